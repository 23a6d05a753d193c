package sfu

import "time"

const (
	keyframeSpace   = 500 * time.Millisecond // between two requests to a publisher, whoever asks
	keyframeYoung   = 300 * time.Millisecond // so old a key frame is, when a newcomer may have another
	keyframePatient = 2 * time.Second        // after keyframeTries without an answer
	keyframeTries   = 10
	keyframeShare   = 0.3             // of a stream's bits that may go into key frames on request
	keyframeWorst   = 3 * time.Second // longest wait for that
	keyframeNeeds   = 3               // of one line in keyframeWithin
	keyframeWithin  = 10 * time.Second
)

// keyframes coalesces the wishes of all receivers of a stream into picture loss indications to its publisher
// (RFC 4585, section 6.3.1), and bounds what they cost: an encoder pays for a key frame with the quality of what follows.
type keyframes struct {
	wanted   bool
	newcomer bool // somebody who wants one is shown nothing, or more than their link carries
	asked    time.Time
	tries    int
	came     time.Time // the newest
	stamp    uint32    // of the newest
	bytes    int       // of the newest
}

// want notes a wish and tells whether the publisher may be asked now. rate is the stream's, in bit/s.
func (k *keyframes) want(rate int, now time.Time) bool {
	k.wanted = true
	return !now.Before(k.next(rate))
}

// due tells whether to ask the publisher now, for the first time or again, and counts on its being done.
func (k *keyframes) due(rate int, now time.Time) bool {
	if !k.wanted || now.Before(k.next(rate)) {
		return false
	}
	k.asked = now
	k.tries++
	return true
}

// next is when the publisher may be asked.
func (k *keyframes) next(rate int) time.Time {
	again := k.asked.Add(keyframeSpace)
	switch {
	case k.tries >= keyframeTries:
		return k.asked.Add(keyframePatient)
	case k.tries > 0 || k.came.IsZero(): // not answered yet
		return again
	case k.newcomer:
		return k.came.Add(keyframeYoung)
	}
	cost := keyframeWorst
	if rate > 0 {
		cost = min(cost, time.Duration(float64(k.bytes*8)/(keyframeShare*float64(rate))*float64(time.Second)))
	}
	if paid := k.came.Add(cost); paid.After(again) {
		return paid
	}
	return again
}

// take counts a packet, and ends all wishes if it begins a key frame.
func (k *keyframes) take(p *incoming) {
	if p.vp8.keyframe {
		*k = keyframes{asked: k.asked, came: p.at, stamp: p.stamp}
	}
	if !k.came.IsZero() && p.stamp == k.stamp {
		k.bytes += len(p.payload)
	}
}

// needs bounds how often one line gets a key frame because its receiver asks, or sooner than the stream has paid for it.
type needs [keyframeNeeds]time.Time

// allow tells whether one more fits, and counts it if so.
func (n *needs) allow(now time.Time) bool {
	if !n[0].IsZero() && now.Sub(n[0]) < keyframeWithin {
		return false
	}
	copy(n[:], n[1:])
	n[len(n)-1] = now
	return true
}
