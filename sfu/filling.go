package sfu

import "slices"

const (
	headroom  = 1.15    // of the budget over all grants before one is raised: two noises of 5 %, and some more
	comeback  = 1.30    // the same before a picture that went away comes back beside another
	slack     = 1.30    // of the lowest layers over the budget that is borne for a while (bearFor): estimates dip, and fall too far
	greedy    = 2 * low // lines that the first class gets before others get anything
	unlimited = 1 << 40 // bit/s of a receiver without an estimate

	aheadNew  = 0.55 // of what its first rung costs is enough for a line that goes before the budget,
	aheadHeld = 0.45 // and for one that is shown already
)

// filling is one division of a budget, from nothing: how much of it is given. Sign language and a page may have a
// picture that is over it (ahead); what is shown anyway may be over it for a while (dips, bears); the rest has to fit.
type filling struct {
	budget, used int
	dips         bool // the budget has just become too small: who is shown may keep the least over it, by slack
	bears        bool // and what is shown in the lowest layer may be over it too, if nobody has more
	raised       bool // somebody gets more than they had: what others have must fit beside it as well as that
}

// fill divides the budget anew, each line within its limit.
func (f filling) fill(order []*contender) {
	if len(order) == 0 {
		return
	}
	for _, l := range order {
		l.gets = 0
	}
	first := order[:foremost(order)]
	f.show(first)
	f.raise(first, greedy)
	f.show(order[len(first):])
	for rest := order; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(l *contender) bool { return l.class != rest[0].class })
		if n < 0 {
			n = len(rest)
		}
		f.raise(rest[:n], unlimited)
		rest = rest[n:]
	}
}

// foremost is how many lines go before all others: one who speaks, else all of the highest class there is.
func foremost(order []*contender) int {
	if order[0].class == classSpeaker {
		return 1
	}
	n := slices.IndexFunc(order, func(l *contender) bool { return l.class != order[0].class })
	if n < 0 {
		return len(order)
	}
	return n
}

// show gives each line the lowest layer, or as many of its temporal layers as fit.
func (f *filling) show(lines []*contender) {
	for _, l := range lines {
		for r := min(l.lowest, l.limit); r > 0 && l.gets == 0; r-- {
			f.take(l, r)
		}
		if least := f.used + l.rungs[min(1, len(l.rungs)-1)].bits; f.dips && l.gets == 0 && min(l.stands, l.limit) > 0 && !l.free && float64(least) <= slack*float64(f.budget) {
			l.gets, f.used = 1, least
		}
		if l.ahead() && l.gets == 0 && l.limit > 0 && f.used == 0 && float64(f.budget) >= l.share()*float64(l.rungs[1].bits) {
			l.gets, f.used = 1, l.rungs[1].bits
		}
	}
}

// ahead tells whether the line goes before the budget: sign language, as long as it would not come in fragments, and a
// page, which may come late.
func (l *contender) ahead() bool { return l.class <= classDocument }

// share is how much of what its first rung costs is enough for a line that goes before the budget.
func (l *contender) share() float64 {
	if l.stands > 0 && !l.free {
		return aheadHeld
	}
	return aheadNew
}

// raise gives lines more, a rung at a time in turn, while it improves pictures of less than height lines.
func (f *filling) raise(lines []*contender, height int) {
	for again := true; again; {
		again = false
		for _, l := range lines {
			if next := l.gets + 1; l.gets > 0 && next <= l.limit && l.rungs[next].below < height && f.take(l, next) {
				again = true
			}
		}
	}
}

// take gives a line a rung if it fits. What a line has need only fit, or nearly so; more needs headroom too.
func (f *filling) take(l *contender, r int) bool {
	used := f.used - l.rungs[l.gets].bits + l.rungs[r].bits
	if f.bears && r <= l.stands && r <= l.lowest && float64(used) <= slack*float64(f.budget) {
		l.gets, f.used = r, used
		return true
	}
	room := headroom
	if f.used > 0 && l.stands == 0 && !l.free {
		room = comeback
	}
	if used > f.budget || (r > l.stands || f.raised) && float64(used)*room > float64(f.budget) {
		return false
	}
	l.gets, f.used = r, used
	f.raised = f.raised || r > l.stands && !l.free
	f.bears = f.bears && r <= l.lowest
	return true
}
