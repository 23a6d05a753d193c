package sfu

import "time"

const (
	window    = 1024 // packets behind the newest that we know about
	maxGap    = 256  // a larger jump is a new start, not a loss
	maxTries  = 8
	maxLosses = 256
	reordered = 10 * time.Millisecond // how long a packet may be late before it is asked for
	minSpace  = 20 * time.Millisecond // between two requests for one packet
	giveUp    = 3 * time.Second
	unlikely  = 16 // stale packets in a row that make a new start (RFC 3550, appendix A.1)
)

// arrivals knows which of the last packets of a stream came, and which to ask for again (RFC 4585, generic NACK).
// Packets that were repaired count as come, which Pion's own generator never learns.
type arrivals struct {
	started bool
	newest  uint16
	seen    [window / 64]uint64
	losses  []loss // in order of sequence
	behind  uint16 // next sequence after the newest stale packet
	staled  int    // stale packets in a row
}

type loss struct {
	seq   uint16
	since time.Time
	asked time.Time // zero: not yet
	tries int
}

// persistence bounds how often and how long a lost packet is asked for.
type persistence struct {
	tries  int
	giveUp time.Duration
}

// fate tells what a packet is to the stream.
type fate int

const (
	fresh     fate = iota
	late           // fills a gap
	duplicate      // came before
	stale          // older than what we know
	restart        // the publisher jumped: nothing before counts
)

func (a *arrivals) bit(seq uint16) (word int, mask uint64) {
	i := int(seq) % window
	return i / 64, 1 << (i % 64)
}

func (a *arrivals) mark(seq uint16)     { w, m := a.bit(seq); a.seen[w] |= m }
func (a *arrivals) clear(seq uint16)    { w, m := a.bit(seq); a.seen[w] &^= m }
func (a *arrivals) has(seq uint16) bool { w, m := a.bit(seq); return a.seen[w]&m != 0 }

// note records the arrival of seq.
func (a *arrivals) note(seq uint16, now time.Time) fate {
	ahead := seq - a.newest
	switch {
	case !a.started:
		a.started = true
		a.newest = seq
		a.mark(seq)
		return fresh
	case ahead == 0:
		return duplicate
	case ahead <= maxGap:
		for s := a.newest + 1; s != seq; s++ {
			a.clear(s)
			if len(a.losses) < maxLosses {
				a.losses = append(a.losses, loss{seq: s, since: now})
			}
		}
		a.newest = seq
		a.mark(seq)
		return fresh
	case ahead < 1<<15 || -ahead >= 4*window:
		return a.again(seq)
	case -ahead >= window-maxGap:
		if seq != a.behind {
			a.staled = 0
		}
		a.staled++
		a.behind = seq + 1
		if a.staled >= unlikely {
			return a.again(seq)
		}
		return stale
	case a.has(seq):
		return duplicate
	}
	a.mark(seq)
	a.found(seq)
	return late
}

func (a *arrivals) again(seq uint16) fate {
	*a = arrivals{started: true, newest: seq, losses: a.losses[:0]}
	a.mark(seq)
	return restart
}

func (a *arrivals) found(seq uint16) {
	for i := range a.losses {
		if a.losses[i].seq == seq {
			a.losses = append(a.losses[:i], a.losses[i+1:]...)
			return
		}
	}
}

// due appends to seqs what to ask for now, and forgets what is hopeless.
func (a *arrivals) due(seqs []uint16, now time.Time, rtt time.Duration, with persistence) []uint16 {
	space := max(rtt, minSpace)
	kept := a.losses[:0]
	for _, l := range a.losses {
		if l.tries >= with.tries || now.Sub(l.since) > with.giveUp || a.newest-l.seq >= window-maxGap {
			continue
		}
		if (l.tries == 0 && now.Sub(l.since) >= reordered) || (l.tries > 0 && now.Sub(l.asked) >= space) {
			l.tries++
			l.asked = now
			seqs = append(seqs, l.seq)
		}
		kept = append(kept, l)
	}
	a.losses = kept
	return seqs
}
