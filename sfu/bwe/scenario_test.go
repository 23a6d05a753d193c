package bwe

import (
	"strconv"
	"testing"
	"time"
)

// What is sent in the scenarios.
var (
	voice20 = media{voice: 120, packet: 20 * time.Millisecond} // 48 kbit/s
	voice60 = media{voice: 187, packet: 60 * time.Millisecond} // 25 kbit/s
	call    = media{voice: 120, packet: 20 * time.Millisecond, video: 3e6, interval: 66 * time.Millisecond}
	thin    = media{voice: 187, packet: 60 * time.Millisecond, video: 3e6, interval: 143 * time.Millisecond}
)

const draws = 6

// seeded runs a scenario over several draws of loss and jitter.
func seeded(t *testing.T, scenario func(t *testing.T, seed uint64)) {
	for seed := range uint64(draws) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { scenario(t, seed) })
	}
}

// bound fails the test unless low <= v <= high.
func bound(t *testing.T, what string, v, low, high float64) {
	t.Helper()
	t.Logf("%s: %.1f", what, v)
	if !(v >= low && v <= high) {
		t.Errorf("%s: %.1f, must be %g to %g", what, v, low, high)
	}
}

func TestFollowsCapacityDownAndUp(t *testing.T) { seeded(t, followsCapacityDownAndUp) }

func followsCapacityDownAndUp(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=2M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(20 * time.Second)
	r.change("rate=300k")
	r.run(20 * time.Second)
	r.change("rate=1M")
	r.run(20 * time.Second)
	bound(t, "target of 2M", r.mean(10, 20, target), 1400, 2100)
	bound(t, "target of 300k after 2 s", r.most(22, 40, target), 200, 350)
	bound(t, "target of 300k", r.mean(22, 40, target), 220, 310)
	bound(t, "queue after 2 s", r.mean(22, 40, queue), 0, 50)
	bound(t, "longest queue after 3 s", r.most(23, 40, queue), 0, 200) // while it is asked for more
	bound(t, "target of 1M after 15 s", r.mean(55, 60, target), 700, 1100)
}

// TestVoiceBearsAStall: what arrives of voice that uses half of a link says little of that link, also when all of it
// was late for a second.
func TestVoiceBearsAStall(t *testing.T) { seeded(t, voiceBearsAStall) }

func voiceBearsAStall(t *testing.T, seed uint64) {
	r := newRig(t, seed, 75_000, "rate=64k,delay=300ms,loss=1,queue=1s", "delay=300ms,loss=1")
	defer r.draw(t)
	r.every = 250 * time.Millisecond
	r.play(voice60)
	r.run(30 * time.Second)
	before := float64(r.estimator.Target())
	r.change("rate=8k")
	r.run(900 * time.Millisecond)
	r.change("rate=64k")
	r.run(10 * time.Second)
	bound(t, "least target after a stall, of before", 1000*r.least(30, 40, target)/before, 0.5, 1)
}

func TestRandomLossDoesNotCollapse(t *testing.T) { seeded(t, randomLossDoesNotCollapse) }

func randomLossDoesNotCollapse(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms,loss=5", "delay=40ms,loss=5")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	bound(t, "target of 1M with 5 % loss", r.mean(15, 60, target), 600, 1150)
	bound(t, "queue", r.mean(15, 60, queue), 0, 100)
}

func TestLossInBurstsLeavesAUsableRate(t *testing.T) { seeded(t, lossInBurstsLeavesAUsableRate) }

func lossInBurstsLeavesAUsableRate(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms,loss=10,burst=3", "delay=40ms,loss=10,burst=3")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	bound(t, "target of 1M with 10 % loss in bursts", r.mean(15, 60, target), 600, 1150)
	bound(t, "queue", r.mean(15, 60, queue), 0, 100)
}

func TestShortQueueThatOverflowsLimits(t *testing.T) { seeded(t, shortQueueThatOverflowsLimits) }

func shortQueueThatOverflowsLimits(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=500k,delay=40ms,queue=3000", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	bound(t, "target of 500k", r.mean(15, 60, target), 300, 560)
	bound(t, "loss, %", r.mean(15, 60, func(m moment) float64 { return 100 * m.stats.Lost }), 0, 8)
}

func TestLongRoundTrip(t *testing.T) { seeded(t, longRoundTrip) }

func longRoundTrip(t *testing.T, seed uint64) {
	r := newRig(t, seed, 150_000, "rate=1M,delay=150ms,queue=400ms", "delay=150ms")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	bound(t, "target of 1M at 300 ms", r.mean(20, 60, target), 700, 1100)
	bound(t, "queue", r.mean(20, 60, queue), 0, 80)
}

// TestJitter: what packets of a path with 200 ms of jitter tell differs from one draw to the next; on average they tell
// enough.
func TestJitter(t *testing.T) {
	sum := 0.0
	seeded(t, func(t *testing.T, seed uint64) { sum += jitter(t, seed) })
	bound(t, "target of 1M with 200 ms jitter", sum/draws, 500, 1200)
}

func jitter(t *testing.T, seed uint64) float64 {
	r := newRig(t, seed, 150_000, "rate=1M,delay=250ms,jitter=200ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	mean := r.mean(20, 60, target)
	bound(t, "target of 1M", mean, 250, 1200)
	bound(t, "queue", r.mean(20, 60, queue), 0, 60)
	return mean
}

func TestRivalLeavesAShare(t *testing.T) { seeded(t, rivalLeavesAShare) }

func rivalLeavesAShare(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(15 * time.Second)
	r.rival = newRival(40*time.Millisecond, r.now)
	r.run(60 * time.Second)
	bound(t, "ours of 1M", r.mean(25, 75, got), 200, 420)
	bound(t, "the rival's", r.mean(25, 75, func(m moment) float64 { return m.rival / 1e3 }), 400, 800)
}

// TestBurstsDoNotHalveTheRate: pictures that take two thirds of a link in bursts, with a key frame now and then, leave the
// target near the link: what comes on average between bursts says nothing of it.
func TestBurstsDoNotHalveTheRate(t *testing.T) { seeded(t, burstsDoNotHalveTheRate) }

func burstsDoNotHalveTheRate(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=256k,delay=100ms,loss=1,queue=400ms", "delay=100ms,loss=1")
	defer r.draw(t)
	r.play(media{voice: 187, packet: 60 * time.Millisecond, video: 150_000, interval: 83 * time.Millisecond, keys: 60})
	r.run(90 * time.Second)
	bound(t, "target of 256k", r.mean(10, 90, target), 200, 290)
	bound(t, "least target", r.least(10, 90, target), 155, 290)
	bound(t, "queue", r.mean(10, 90, queue), 0, 60)
}

// TestBelievesLittleMoreThanCame: pictures that take three quarters of a link leave the target near the link, so that
// nobody is shown more of them for want of evidence.
func TestBelievesLittleMoreThanCame(t *testing.T) { seeded(t, believesLittleMoreThanCame) }

func believesLittleMoreThanCame(t *testing.T, seed uint64) {
	r := newRig(t, seed, 150_000, "rate=256k,delay=100ms,loss=1,queue=400ms", "delay=100ms,loss=1")
	defer r.draw(t)
	r.estimator.Wanted(400_000)
	r.play(media{voice: 187, packet: 60 * time.Millisecond, video: 160_000, interval: 66 * time.Millisecond, keys: 150})
	r.run(90 * time.Second)
	bound(t, "target of 256k", r.mean(20, 90, target), 210, 260)
	bound(t, "most target", r.most(20, 90, target), 210, 290)
}

// TestNoiseCostsLittle: packets that come irregularly look like a queue now and then. Where none stands, the target
// stays above what is sent.
func TestNoiseCostsLittle(t *testing.T) { seeded(t, noiseCostsLittle) }

func noiseCostsLittle(t *testing.T, seed uint64) {
	r := newRig(t, seed, 200_000, "rate=256k,delay=100ms,jitter=20ms,loss=1,queue=400ms", "delay=100ms,jitter=20ms,loss=1")
	defer r.draw(t)
	r.every = 150 * time.Millisecond
	r.estimator.Wanted(500_000)
	r.play(media{voice: 187, packet: 60 * time.Millisecond, video: 110_000, interval: 83 * time.Millisecond, keys: 120})
	r.run(90 * time.Second)
	bound(t, "target of 256k", r.mean(20, 90, target), 203, 260)
	bound(t, "least target", r.least(20, 90, target), 165, 260)
}

func TestApplicationLimitedThenDemand(t *testing.T) { seeded(t, applicationLimitedThenDemand) }

func applicationLimitedThenDemand(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	little := call
	little.video = 100e3
	r.play(little)
	r.estimator.Wanted(400_000)
	r.run(60 * time.Second)
	bound(t, "most while limited", r.most(0, 60, target), 300, 520)
	r.estimator.Wanted(3_000_000)
	r.play(call)
	r.run(30 * time.Second)
	bound(t, "target of 1M", r.mean(75, 90, target), 700, 1100)
	bound(t, "queue after demand", r.most(60, 75, queue), 0, 250)
}

func TestVoiceThenVideo(t *testing.T) { seeded(t, voiceThenVideo) }

func voiceThenVideo(t *testing.T, seed uint64) {
	for name, m := range map[string]media{"20ms": voice20, "60ms": voice60} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, seed, 150_000, "rate=500k,delay=60ms,queue=400ms", "delay=60ms")
			defer r.draw(t)
			r.play(m)
			r.estimator.Wanted(300_000)
			r.run(30 * time.Second)
			bound(t, "target before video", r.mean(25, 30, target), 250, 400)
			m.video, m.interval = 250e3, 66*time.Millisecond
			r.play(m)
			r.run(20 * time.Second)
			bound(t, "sent with video", r.mean(35, 50, sentRate), 220, 330)
			bound(t, "queue", r.most(30, 50, queue), 0, 150)
		})
	}
}

func TestThinLinkKeepsVoiceQuick(t *testing.T) { seeded(t, thinLinkKeepsVoiceQuick) }

func thinLinkKeepsVoiceQuick(t *testing.T, seed uint64) {
	r := newRig(t, seed, 40_000, "rate=32k,delay=150ms,jitter=30ms,loss=1,queue=400ms", "rate=32k,delay=150ms,jitter=30ms,loss=1")
	defer r.draw(t)
	r.every = 250 * time.Millisecond
	r.play(voice60)
	r.estimator.Wanted(300_000)
	r.run(120 * time.Second)
	bound(t, "worst wait of voice", r.most(0, 120, voice), 0, 150)
	bound(t, "mean wait of voice", r.mean(0, 120, voice), 0, 60)
	bound(t, "most target", r.most(0, 120, target), 25, 44)
}

func TestThinVideoWithLoss(t *testing.T) { seeded(t, thinVideoWithLoss) }

func thinVideoWithLoss(t *testing.T, seed uint64) {
	r := newRig(t, seed, 75_000, "rate=128k,delay=100ms,loss=2,queue=400ms", "rate=128k,delay=100ms,loss=2")
	defer r.draw(t)
	r.every = 150 * time.Millisecond
	r.play(thin)
	r.run(90 * time.Second)
	bound(t, "target of 128k", r.mean(20, 90, target), 85, 140)
	bound(t, "queue", r.mean(20, 90, queue), 0, 80)
	bound(t, "wait of voice", r.mean(20, 90, voice), 0, 150)
	bound(t, "most wait of voice", r.most(20, 90, voice), 0, 400)
	bound(t, "share of time voice waits > 250 ms, %", r.mean(20, 90, func(m moment) float64 { return 100 * truth(voice(m) > 250) }), 0, 4)
}

func TestStartTooHigh(t *testing.T) { seeded(t, startTooHigh) }

func startTooHigh(t *testing.T, seed uint64) {
	for _, start := range []int{75_000, 150_000, 300_000} {
		r := newRig(t, seed, start, "rate=32k,delay=150ms,jitter=30ms,loss=1,queue=400ms", "rate=32k,delay=150ms,jitter=30ms,loss=1")
		r.every = 150 * time.Millisecond
		r.play(voice60)
		r.estimator.Wanted(300_000)
		r.run(30 * time.Second)
		r.draw(t)
		bound(t, "most wait of voice "+strconv.Itoa(start), r.most(0, 30, voice), 0, 260)
		bound(t, "wait of voice later "+strconv.Itoa(start), r.most(5, 30, voice), 0, 160)
	}
}

func TestThinLinkChanges(t *testing.T) { seeded(t, thinLinkChanges) }

func thinLinkChanges(t *testing.T, seed uint64) {
	r := newRig(t, seed, 75_000, "rate=128k,delay=100ms,queue=400ms", "rate=128k,delay=100ms")
	defer r.draw(t)
	r.every = 150 * time.Millisecond
	r.play(thin)
	r.run(30 * time.Second)
	r.change("rate=48k")
	r.run(30 * time.Second)
	r.change("rate=256k")
	r.run(30 * time.Second)
	bound(t, "target of 128k", r.mean(15, 30, target), 85, 140)
	bound(t, "target of 48k", r.mean(35, 60, target), 32, 52)
	bound(t, "wait of voice at 48k", r.mean(35, 60, voice), 0, 150)
	bound(t, "target of 256k after 15 s", r.mean(75, 90, target), 120, 270)
}

func TestThinLinkWithVeryLongRoundTrip(t *testing.T) { seeded(t, thinLinkWithVeryLongRoundTrip) }

func thinLinkWithVeryLongRoundTrip(t *testing.T, seed uint64) {
	r := newRig(t, seed, 75_000, "rate=64k,delay=300ms,loss=1,queue=400ms", "rate=64k,delay=300ms,loss=1")
	defer r.draw(t)
	r.every = 200 * time.Millisecond
	m := voice60
	m.video, m.interval = 20e3, 500*time.Millisecond
	r.play(m)
	r.estimator.Wanted(110_000)
	r.run(90 * time.Second)
	bound(t, "target of 64k", r.mean(20, 90, target), 45, 85)
	bound(t, "wait of voice", r.mean(20, 90, voice), 0, 130)
}

func TestFeedbackOutage(t *testing.T) { seeded(t, feedbackOutage) }

func feedbackOutage(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(30 * time.Second)
	r.mute = true
	r.run(5 * time.Second)
	r.mute = false
	r.run(15 * time.Second)
	bound(t, "target in the outage", r.mean(34, 35, target), 100, 600)
	bound(t, "target 4 s after", r.mean(39, 42, target), 650, 1100)
}

func TestLinkOutage(t *testing.T) { seeded(t, linkOutage) }

func linkOutage(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=20000", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(30 * time.Second)
	r.change("rate=0")
	r.run(5 * time.Second)
	r.change("rate=1M")
	r.run(15 * time.Second)
	bound(t, "target 5 s after", r.mean(40, 45, target), 600, 1100)
}

func TestStartsQuickly(t *testing.T) { seeded(t, startsQuickly) }

func startsQuickly(t *testing.T, seed uint64) {
	r := newRig(t, seed, 150_000, "rate=3M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(20 * time.Second)
	bound(t, "target of 3M after 3 s", r.mean(3, 5, target), 1000, 3000)
	bound(t, "target of 3M after 10 s", r.mean(10, 20, target), 2000, 3000)
}

func TestShortQueueWhoseLinkThins(t *testing.T) { seeded(t, shortQueueWhoseLinkThins) }

func shortQueueWhoseLinkThins(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=4000", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(20 * time.Second)
	r.change("rate=250k")
	r.run(20 * time.Second)
	bound(t, "target of 1M", r.mean(10, 20, target), 600, 1100)
	bound(t, "target of 250k after 3 s", r.mean(23, 40, target), 130, 300)
	bound(t, "loss after 5 s, %", r.mean(25, 40, func(m moment) float64 { return 100 * m.stats.Lost }), 0, 9)
}

func TestPathThatGetsLonger(t *testing.T) { seeded(t, pathThatGetsLonger) }

func pathThatGetsLonger(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.play(call)
	r.run(20 * time.Second)
	r.change("delay=240ms")
	r.run(30 * time.Second)
	bound(t, "target after 10 s", r.mean(30, 50, target), 600, 1100)
	bound(t, "queue measured after 10 s", r.mean(32, 50, func(m moment) float64 { return milliseconds(m.stats.Queue) }), 0, 60)
}

func TestFeedbackIsLost(t *testing.T) { seeded(t, feedbackIsLost) }

func feedbackIsLost(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=1M,delay=40ms,queue=400ms", "delay=40ms,loss=25")
	defer r.draw(t)
	r.play(call)
	r.run(60 * time.Second)
	bound(t, "target of 1M", r.mean(15, 60, target), 735, 1100)
	bound(t, "queue", r.mean(15, 60, queue), 0, 80)
}

func TestVoiceAloneOnAnUnsteadyPath(t *testing.T) { seeded(t, voiceAloneOnAnUnsteadyPath) }

// voiceAloneOnAnUnsteadyPath: little is sent, some of it is lost and the rest is shaken, by the path or by a busy machine,
// but no queue stands. What the link carries is not forgotten for that; a link that thins is noticed all the same.
func voiceAloneOnAnUnsteadyPath(t *testing.T, seed uint64) {
	r := newRig(t, seed, 800_000, "rate=1M,delay=40ms,jitter=30ms,queue=400ms,loss=10,burst=3", "delay=40ms,jitter=30ms")
	defer r.draw(t)
	r.play(media{voice: 75, packet: 20 * time.Millisecond}) // 30 kbit/s
	r.estimator.Wanted(800_000)
	r.run(60 * time.Second)
	bound(t, "least target", r.least(10, 60, target), 300, 1100)
	r.change("rate=28k,jitter=0,loss=0")
	r.run(10 * time.Second)
	bound(t, "target of 28k after 5 s", r.most(65, 70, target), 10, 60)
}
