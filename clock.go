package main

import (
	"context"
	"time"

	"jalsa/booking"
)

// tickPeriod is how often the gate and the live hearings look at the clock.
const tickPeriod = 250 * time.Millisecond

// tick drives every decision that depends on time alone. It begins at an instant that is a whole number of periods, as the
// rooms of sfu tick: a process that sleeps is woken once for all of them.
func (s *server) tick(ctx context.Context) {
	select {
	case <-time.After(tickPeriod - time.Duration(s.now().UnixNano())%tickPeriod):
	case <-ctx.Done():
		return
	}
	t := time.NewTicker(tickPeriod)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.live.Tick(s.now())
		case <-ctx.Done():
			return
		}
	}
}

// sweepPeriod is how often the books do what time alone makes due: lapsed holds, requests never proven, names past their
// time of keeping.
const sweepPeriod = time.Minute

// sweep begins at once: much may have become due while the server was down, and zone rules may be newer ones.
func (s *server) sweep(ctx context.Context) {
	s.tellRezoned()
	t := time.NewTicker(sweepPeriod)
	defer t.Stop()
	for {
		if err := s.store.Sweep(); err != nil {
			s.log.Error("sweep failed", "err", err)
		}
		s.lookAtCertificate()
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// lookAtCertificate renews what is ours to renew, and warns once a day when nobody did.
func (s *server) lookAtCertificate() {
	if s.certs == nil {
		return
	}
	now := s.now()
	s.certs.look(now)
	if c := s.certs.current(); c != nil && s.ending.due(c.Leaf, now) {
		s.log.Warn("the certificate ends soon", "ends", c.Leaf.NotAfter, "days_left", stateOf("", c, now).Days)
	}
}

// tellRezoned warns of appointments made under older zone rules: until their institution has decided, they keep the
// instant that was meant then.
func (s *server) tellRezoned() {
	impact, err := s.store.ZoneImpact("")
	if err != nil {
		s.log.Error("time zone rules not compared", "err", err)
	}
	if n := len(impact.Touched); n > 0 {
		s.log.Warn("time zone rules changed: institutions must decide, see /staff/zones", "appointments", n, "tzdb", booking.TZDBVersion())
	}
}

// steady is a clock that nobody puts forward or back while the program runs: media goes by it, which only measures.
func steady() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(time.Since(began)) }
}
