package bwe

import (
	"math"
	"time"
)

// Constants of the detector, in milliseconds where they are times; draft-ietf-rmcat-gcc-02 §5.3–5.4 and libwebrtc.
const (
	trendWindow    = 20   // variations in the regression
	trendSmooth    = 0.9  // weight of the past in the smoothed delay
	trendGain      = 4.0  // slope to milliseconds against the threshold
	trendMost      = 60   // variations that count for the gain
	thresholdAt    = 12.5 // start
	thresholdLow   = 6.0  // bounds
	thresholdHigh  = 600.0
	thresholdStep  = 25.0   // time that one variation may stand for, lest few a second move the threshold more than many
	thresholdNoise = 0.5    // times the jitter: never less
	thresholdUp    = 0.0087 // per millisecond, towards a greater trend
	thresholdDown  = 0.0005 // and back
	thresholdSpan  = 15.0   // a trend further above is an event, not noise to get used to
	overuseAfter   = 10.0   // lasting so long
)

// usage is what the delays say of the link.
type usage int8

const (
	normal usage = iota
	overuse
	underuse
)

// trendline watches the slope of queueing delay over time. A queue that fills shows as a steady slope long before it is
// full; the threshold follows the noise of the path, so that neither jitter nor a competing flow that fills the queue by
// itself drives the rate to nothing.
type trendline struct {
	points    [trendWindow]point
	next, n   int
	total     int // variations seen, up to trendMost
	begin     time.Duration
	sum, mean float64 // delay since begin and smoothed, ms

	threshold float64 // ms
	adapted   time.Duration
	previous  float64 // slope
	over      float64 // ms above the threshold; below 0: not
	overTimes int
	state     usage
	drift     float64 // smoothed variation, and
	jitter    float64 // smoothed distance from it, ms
}

type point struct{ at, delay float64 } // ms

// add takes a variation; rate in bit/s is what the link is believed to carry.
func (t *trendline) add(v variation, rate float64, now time.Duration) {
	if t.threshold == 0 {
		t.threshold = thresholdAt
		t.over = -1
	}
	if t.total == 0 {
		t.begin = v.at
	}
	late := milliseconds(v.arrival - v.sent)
	t.total = min(t.total+1, trendMost)
	t.sum += late
	t.mean = trendSmooth*t.mean + (1-trendSmooth)*t.sum
	t.drift += (late - t.drift) / 8
	off := late - t.drift
	off = min(math.Abs(off), math.Abs(off-float64(8*v.bytes)/rate*1e3), 1000) // a larger burst takes longer: no noise
	t.jitter += (off - t.jitter) / 16
	t.points[t.next] = point{milliseconds(v.at - t.begin), t.mean}
	t.next = (t.next + 1) % trendWindow
	t.n = min(t.n+1, trendWindow)
	slope := t.previous
	if t.n == trendWindow {
		slope = t.slope(slope)
	}
	t.detect(slope, milliseconds(v.sent), now)
}

// slope is the linear regression through the points, or else when they lie on one instant.
func (t *trendline) slope(otherwise float64) float64 {
	var x, y float64
	for _, p := range t.points {
		x += p.at
		y += p.delay
	}
	x /= trendWindow
	y /= trendWindow
	var above, below float64
	for _, p := range t.points {
		above += (p.at - x) * (p.delay - y)
		below += (p.at - x) * (p.at - x)
	}
	if below == 0 {
		return otherwise
	}
	return above / below
}

// detect compares the slope with the threshold. elapsed is the sending time that this variation speaks of.
func (t *trendline) detect(slope, elapsed float64, now time.Duration) {
	trend := float64(t.total) * slope * trendGain
	switch {
	case t.total < 2:
		t.state = normal
		return
	case trend > t.threshold:
		if t.over < 0 {
			t.over = elapsed / 2 // began somewhere between the two groups
		} else {
			t.over += elapsed
		}
		t.overTimes++
		if t.over > overuseAfter && t.overTimes > 1 && slope >= t.previous {
			t.over, t.overTimes = 0, 0
			t.state = overuse
		}
	case trend < -t.threshold:
		t.over, t.overTimes = -1, 0
		t.state = underuse
	default:
		t.over, t.overTimes = -1, 0
		t.state = normal
	}
	t.previous = slope
	t.adapt(math.Abs(trend), now)
}

func (t *trendline) adapt(trend float64, now time.Duration) {
	elapsed := min(milliseconds(now-t.adapted), thresholdStep)
	t.adapted = now
	if trend > t.threshold+thresholdSpan {
		return
	}
	k := thresholdUp
	if trend < t.threshold {
		k = thresholdDown
	}
	t.threshold += k * (trend - t.threshold) * elapsed
	t.threshold = min(max(t.threshold, thresholdLow, thresholdNoise*t.jitter), thresholdHigh)
}

// settle brings the threshold back to what the noise demands.
func (t *trendline) settle() { t.threshold = max(thresholdLow, thresholdNoise*t.jitter) }

// noise is how irregularly packets come.
func (t *trendline) noise() time.Duration { return time.Duration(t.jitter * float64(time.Millisecond)) }

// reset forgets delays, but not what was learned of the path's noise.
func (t *trendline) reset() {
	*t = trendline{threshold: t.threshold, adapted: t.adapted, over: -1, jitter: t.jitter}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
