package bwe

import (
	"testing"
	"time"
)

// A link that carries 2 Mbit/s falls to a sixth of it or less, and comes back.

const fat, thinned = "rate=2M,delay=40ms,queue=400ms", "rate=300k"

// TestFallsThoughToldLate: both ways of a link fall, so that feedback waits in a queue too, and less is sent than might
// be. The first feedback that tells of the queue ends it.
func TestFallsThoughToldLate(t *testing.T) { seeded(t, fallsThoughToldLate) }

func fallsThoughToldLate(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=2M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.estimator.Wanted(800_000)
	r.play(media{voice: 120, packet: 20 * time.Millisecond, video: 720_000, interval: 33 * time.Millisecond})
	r.run(20 * time.Second)
	r.change("rate=300k")
	r.changeBack("delay=300ms")
	r.run(5 * time.Second)
	bound(t, "target of 300k after 800 ms", r.most(20.75, 25, target), 200, 350)
}

// TestPicturesThatFitNoMoreFall: a link that falls to a tenth of what is sent is followed, though little comes through
// at all.
func TestPicturesThatFitNoMoreFall(t *testing.T) { seeded(t, picturesThatFitNoMoreFall) }

func picturesThatFitNoMoreFall(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, "rate=2M,delay=40ms,queue=400ms", "delay=40ms")
	defer r.draw(t)
	r.estimator.Wanted(800_000)
	r.play(media{voice: 187, packet: 60 * time.Millisecond, video: 600_000, interval: 66 * time.Millisecond})
	r.run(20 * time.Second)
	r.change("rate=60k")
	r.run(5 * time.Second)
	bound(t, "target of 60k after 2 s", r.most(22, 25, target), 10, 70)
}

// TestFallsAsSoonWithoutRoom: the same of who uses up the target, so that what came through before says more of the
// link than what is sent; others fill the way back.
func TestFallsAsSoonWithoutRoom(t *testing.T) { seeded(t, fallsAsSoonWithoutRoom) }

func fallsAsSoonWithoutRoom(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, fat+",jitter=5ms", fat+",jitter=5ms")
	defer r.draw(t)
	r.crowd = 450_000
	r.estimator.Wanted(600_000)
	r.play(media{voice: 120, packet: 20 * time.Millisecond, video: 640_000, interval: 33 * time.Millisecond})
	r.run(20 * time.Second)
	r.change(thinned)
	r.changeBack(thinned)
	r.run(time.Second)
	r.crowd = 150_000
	r.run(4 * time.Second)
	bound(t, "target of 300k after 850 ms", r.most(20.85, 25, target), 200, 310)
	bound(t, "least target", r.least(20.85, 23, target), 200, 310)
}

// TestReturnsThroughNoise: a path whose packets come irregularly, since it or a machine is busy, hides short bursts.
func TestReturnsThroughNoise(t *testing.T) { seeded(t, returnsThroughNoise) }

func returnsThroughNoise(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, fat+",jitter=10ms", "delay=40ms")
	defer r.draw(t)
	r.estimator.Wanted(900_000)
	r.play(media{voice: 187, packet: 60 * time.Millisecond, video: 700_000, interval: 66 * time.Millisecond})
	r.run(20 * time.Second)
	r.change(thinned)
	r.run(25 * time.Second)
	bound(t, "target of 300k", r.mean(25, 45, target), 200, 310)
	r.change("rate=2M")
	r.run(11 * time.Second)
	bound(t, "target of 2M after 10 s", r.mean(55, 56, target), 600, 1300)
}

// TestReturnsThoughLittleIsSent: pictures that take half of the thinned link never show that it carries more again.
func TestReturnsThoughLittleIsSent(t *testing.T) { seeded(t, returnsThoughLittleIsSent) }

func returnsThoughLittleIsSent(t *testing.T, seed uint64) {
	r := newRig(t, seed, 300_000, fat+",jitter=5ms", "delay=40ms")
	defer r.draw(t)
	r.estimator.Wanted(900_000)
	m := media{voice: 187, packet: 60 * time.Millisecond, video: 700_000, interval: 66 * time.Millisecond}
	r.play(m)
	r.run(20 * time.Second)
	r.change(thinned)
	r.run(2 * time.Second)
	m.video = 120_000
	r.play(m)
	r.run(23 * time.Second)
	bound(t, "most target of 300k", r.most(25, 45, target), 200, 350)
	r.change("rate=2M")
	r.run(9 * time.Second)
	bound(t, "target of 2M after 8 s", r.mean(53, 54, target), 700, 1200)
}

// TestLearnsWhileOnlyVoiceFlows: what a first burst tells that is drowned in noise makes the next one long enough.
func TestLearnsWhileOnlyVoiceFlows(t *testing.T) {
	sum := 0.0
	seeded(t, func(t *testing.T, seed uint64) {
		r := newRig(t, seed, 240_000, fat+",jitter=15ms", "delay=40ms,jitter=5ms")
		defer r.draw(t)
		r.estimator.Wanted(900_000)
		r.play(voice60)
		r.run(13 * time.Second)
		bound(t, "target of 2M after 12 s", r.mean(12, 13, target), 100, 1300)
		sum += r.mean(12, 13, target)
	})
	bound(t, "target of 2M after 12 s", sum/draws, 600, 1300)
}
