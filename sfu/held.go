package sfu

import "time"

const (
	maxHeld     = 6        // packets of a voice that is not chosen
	maxHeldTime = 120 * 48 // samples: a syllable
	maxHeldSize = 400      // bytes of a packet
)

// held keeps the last words of a voice that is not chosen, so that its first syllable is heard when it is: who speaks up
// is loud only after having begun. The zero value is ready, and small: most voices are never held.
type held struct {
	count, first int
	words        []heldWord // maxHeld, made with the first packet
}

type heldWord struct {
	head    head
	n       int
	payload [maxHeldSize]byte
}

// keep adds a packet and forgets the oldest.
func (h *held) keep(payload []byte, at head, now time.Time) {
	if len(payload) > maxHeldSize {
		return
	}
	if h.words == nil {
		h.words = make([]heldWord, maxHeld)
	}
	if h.count == maxHeld {
		h.first, h.count = (h.first+1)%maxHeld, h.count-1
	}
	w := &h.words[(h.first+h.count)%maxHeld]
	w.head, w.n = at, copy(w.payload[:], payload)
	h.count++
}

// next takes out the oldest packet that is at most a syllable older than stamp; nil: there is none.
func (h *held) next(stamp uint32) *heldWord {
	for h.count > 0 {
		w := &h.words[h.first]
		h.first, h.count = (h.first+1)%maxHeld, h.count-1
		if age := stamp - w.head.stamp; age > 0 && age <= maxHeldTime {
			return w
		}
	}
	return nil
}
