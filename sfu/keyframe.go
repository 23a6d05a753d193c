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

// want notes a wish and tells whether to ask the publisher now.
func (k *keyframes) want(now time.Time) bool {
	k.wanted = true
	return k.due(now)
}

// due tells whether a wish that is still open is to be repeated.
func (k *keyframes) due(now time.Time) bool {
	space := keyframeSpace
	if k.tries >= keyframeTries {
		space = keyframePatient
	}
	if !k.wanted || now.Sub(k.asked) < space {
		return false
	}
	k.asked = now
	k.tries++
	return true
}

// came ends all wishes.
func (k *keyframes) came() { k.wanted, k.tries = false, 0 }
