package sfu

import "time"

const (
	keyframeSpace   = 500 * time.Millisecond // between two requests to a publisher, whoever asks
	keyframePatient = 2 * time.Second        // after keyframeTries without an answer
	keyframeTries   = 10
)

// keyframes coalesces the wishes of all receivers of a stream into picture loss indications to its publisher
// (RFC 4585, section 6.3.1).
type keyframes struct {
	wanted bool
	asked  time.Time
	tries  int
}

// want notes a wish and tells whether the publisher may be asked now.
func (k *keyframes) want(now time.Time) bool {
	k.wanted = true
	return now.Sub(k.asked) >= k.space()
}

// due tells whether to ask the publisher now, for the first time or again, and counts on its being done.
func (k *keyframes) due(now time.Time) bool {
	if !k.wanted || now.Sub(k.asked) < k.space() {
		return false
	}
	k.asked = now
	k.tries++
	return true
}

func (k *keyframes) space() time.Duration {
	if k.tries >= keyframeTries {
		return keyframePatient
	}
	return keyframeSpace
}

// came ends all wishes.
func (k *keyframes) came() { k.wanted, k.tries = false, 0 }
