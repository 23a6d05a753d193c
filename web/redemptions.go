package web

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// errTooOften is answered to a link that is redeemed faster than people do.
var errTooOften = errors.New("link redeemed too often")

const (
	redeemBurst = 10               // a scanner, a phone that was dropped, a second device
	redeemEvery = 10 * time.Second // one more
	redeemKept  = 4096             // participants remembered; the rest begin afresh
)

// redemptions bounds how often each link is redeemed: every time writes to the disk, behind which the decisions of all
// hearings wait. Only links that exist are counted, so that guesses take no memory.
type redemptions struct {
	mu   sync.Mutex
	each map[string]*rate.Limiter // by participant
}

func (r *redemptions) allow(participantID string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.each[participantID]
	if l == nil {
		r.makeRoom(now)
		l = rate.NewLimiter(rate.Every(redeemEvery), redeemBurst)
		r.each[participantID] = l
	}
	return l.AllowN(now, 1)
}

// makeRoom forgets those who have not redeemed for a while, or everybody if all have.
func (r *redemptions) makeRoom(now time.Time) {
	if r.each == nil {
		r.each = map[string]*rate.Limiter{}
	}
	if len(r.each) < redeemKept {
		return
	}
	for id, l := range r.each {
		if l.TokensAt(now) >= redeemBurst {
			delete(r.each, id)
		}
	}
	if len(r.each) >= redeemKept {
		clear(r.each)
	}
}
