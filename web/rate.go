package web

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"jalsa/strangers"
)

// errTooOften is answered to who does something faster than people do.
var errTooOften = errors.New("done too often")

// pace is how often something may be done: so many times at once, then one more each so often.
type pace struct {
	burst int
	every time.Duration
}

// wait tells the browser when it may try again.
func (p pace) wait(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(int((p.every+time.Second-1)/time.Second)))
}

// redeemPace bounds how often each link is redeemed: every time writes to the disk, behind which the decisions of all
// hearings wait. The burst is for a scanner, a phone that was dropped, a second device. Only links that exist are
// counted, so that guesses take no memory.
var redeemPace = pace{burst: 10, every: 10 * time.Second}

var (
	// applyPace bounds how fast one network writes on the way to an appointment, each time to the disk and to the journal
	// for good. A booking is some six times, and behind one address may be a whole consulate on the morning of a release.
	applyPace = pace{burst: 1000, every: 500 * time.Millisecond}
	// alterPace bounds how often who booked changes an appointment: each change is mailed to everybody in it.
	alterPace = pace{burst: 15, every: 5 * time.Minute}
	// stepPace bounds how often a room client tells how far it has come; a check of devices has some ten steps, in all.
	stepPace = pace{burst: 20, every: 5 * time.Second}
	// rehearsePace bounds how often what a rehearsal found is kept, in the journal for good: some tries in a row, days ahead.
	rehearsePace = pace{burst: 10, every: 5 * time.Minute}
)

// limiterKept is how many keys a limiter remembers; the rest begin afresh.
const limiterKept = 4096

// limiter holds each of many keys (links, logins) to a pace.
type limiter struct {
	pace
	mu   sync.Mutex
	each map[string]*rate.Limiter
}

func newLimiter(p pace) *limiter { return &limiter{pace: p, each: map[string]*rate.Limiter{}} }

func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.each[key]
	if one == nil {
		l.makeRoom(now)
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.each[key] = one
	}
	return one.AllowN(now, 1)
}

// makeRoom forgets keys that have not come for a while, or all if all have.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.each) < limiterKept {
		return
	}
	for key, one := range l.each {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.each, key)
		}
	}
	if len(l.each) >= limiterKept {
		clear(l.each)
	}
}

// networks holds each network to a pace, and the /48 around it to one several times as wide.
type networks struct {
	pace
	*strangers.Paces
}

func newNetworks(p pace) networks {
	return networks{p, strangers.NewPaces(float64(p.burst), float64(time.Second)/float64(p.every))}
}

func (n networks) allow(r *http.Request, now time.Time) bool { return n.Take(whence(r), now) }

// whence is where a request comes from; what is unreadable is one place.
func whence(r *http.Request) strangers.Place {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return strangers.At(from.Addr(), strangers.Block)
}

// NetworkOf is what a limit counts as one: the /24 or /64 that the request comes from.
func NetworkOf(r *http.Request) string { return whence(r).Near.String() }
