package sfu

import (
	"slices"
	"time"
)

const (
	holdDown    = 6 * time.Second  // after the link carried less than was granted, until a picture gets better again
	resumeAfter = 4 * time.Second  // the same, until a picture that went away comes back
	quickenIn   = 2 * time.Second  // the same, until one moves quicker beside the others: that takes no key frame, and is taken back without a freeze
	proveWithin = 15 * time.Second // a raise that the link fails so soon should not have been: each doubles these times,
	longestHold = 8                // up to so many of them, and one that stands longer sets them back
	fallen      = 0.66             // of the raise's budget or less is a link that fell by itself
	outgrown    = 1.5              // a budget of so many times that of the raise: what failed then says nothing of this link
	takeBack    = 5 * time.Second  // it is taken back, before anybody else has less, if it fails even sooner
	changeEvery = time.Second      // between two changes of lines that stand
	soon        = time.Second / 2  // what a publisher may need to send a layer again
	urgent      = 1.10             // of all grants over the budget above which nothing waits for changeEvery
	bearFor     = 3 * time.Second  // slack is; a picture that goes away takes a key frame to come back
	choked      = 1.50             // of all grants over the budget above which no old layer is sent until the new one begins
	tight       = 2.00             // headroom below which the layer under a granted one may be needed soon: a link loses half at once
	maxTemporal = 3                // layers in time, of one stream
)

// class orders the lines of a receiver: when its link does not carry all of them, the last class goes first.
type class int

const (
	classReserved class = iota // sign language: for who needs it what voice is for others
	classDocument              // a document or a screen
	classSpeaker               // has the floor, or spoke a moment ago
	classHost
	classOther
)

// demand is a video line of a receiver: what it wishes, and what it could be sent.
type demand struct {
	seat   int
	class  class
	height int  // lines that the receiver can show; 0: nothing
	fresh  bool // somebody else sits there, or the wish is another: there is nothing to be steady about
	layers []offering
}

// offering is a layer of the track of a line.
type offering struct {
	height   int              // lines
	there    bool             // comes, or is off and would come if it were wanted
	temporal int              // temporal layers, 1 to maxTemporal
	bits     [maxTemporal]int // bit/s of IP datagrams with so many temporal layers and one
}

// grant is what a line is sent.
type grant struct {
	layer    int // index in demand.layers; -1: nothing
	temporal int // temporal layers to send, the lower ones
	pause    Pause
	wants    uint8 // layers to be sent by the publisher, a bit for each: granted, or likely to be soon
	hasty    bool  // what was sent so far is far more than the link carries: it ends at once
}

// allocator divides what a receiver's link carries among its video lines. It is a pure function of time and what it is
// told, and remembers only what steadiness needs.
//
// Classes are served in order. Whoever is to be seen first gets a picture up to 360 lines before anybody else gets one:
// of several who spoke of late the one shown so far, since voices alternate quicker than pictures can. Then everybody
// gets the lowest layer, then each class in turn more, layer by layer. Where the lowest layer is too much, its lower
// temporal layers are tried. To be lowered takes a link that carries less than was granted, or somebody of a higher
// class; to be raised takes headroom, holdDown since the link last failed, and a second since the last change. Where
// raises fail, they become rare: a picture that comes and goes is worse than none, and costs voice more.
type allocator struct {
	stood   []standing    // by seat
	changed time.Time     // a line that stood was raised or lowered
	failed  time.Time     // the link carried less than was granted
	raised  time.Time     // a line that stood was raised; zero: the link has failed since
	trial   int           // its seat
	before  int           // and its rung before
	dared   int           // and the budget
	refused int           // that of the raise which failed last
	hold    time.Duration // times holdDown and resumeAfter; 0: 1
	short   time.Time     // since when it does; zero: it carries all
	useful  int           // bit/s that all wishes together could use, at the last decision

	// Memory for a decision.
	lines []contender
	order []*contender
	given []grant
}

func newAllocator() *allocator { return &allocator{} }

// standing is what a line was granted last.
type standing struct {
	grant
	known bool
	dark  bool // no layer was to be had
	whole bool // with all its temporal layers, as far as they were known
}

// decide returns a grant for each demand, in their order, to be used before the next decision. budget is what video may
// take in bit/s, with all headers; level is the highest that the person wants to receive.
func (a *allocator) decide(budget int, level Level, demands []demand, now time.Time) []grant {
	standing, whole := a.contend(level, demands)
	switch {
	case standing <= budget:
		a.short = time.Time{}
	case a.short.IsZero():
		a.short = now
	}
	if !whole || standing > budget {
		a.divide(budget, standing, now)
	}
	grants := a.grants(a.lines, budget, level, now)
	for i := range grants {
		grants[i].hasty = float64(standing) > choked*float64(budget)
	}
	return grants
}

// contend has a contender for each demand, and returns what they were granted last, in bit/s. whole: that is all that they
// can use, so that nothing is to be divided anew as long as it fits.
func (a *allocator) contend(level Level, demands []demand) (standing int, whole bool) {
	a.lines = slices.Grow(a.lines[:0], len(demands))[:len(demands)]
	a.useful, whole = 0, true
	for i := range demands {
		l := &a.lines[i]
		l.demand = &demands[i]
		l.climb(level)
		l.stand(a.stoodAt(l.seat))
		standing += l.rungs[l.stands].bits
		a.useful += l.rungs[len(l.rungs)-1].bits
		whole = whole && l.stands == len(l.rungs)-1
	}
	return standing, whole
}

// stoodAt is what the line of a seat was granted last.
func (a *allocator) stoodAt(seat int) *standing {
	for len(a.stood) <= seat {
		a.stood = append(a.stood, standing{})
	}
	return &a.stood[seat]
}

// divide changes what lines get, if it is time for that.
func (a *allocator) divide(budget, standing int, now time.Time) {
	order := a.order[:0]
	for i := range a.lines {
		order = append(order, &a.lines[i])
	}
	a.order = order
	slices.SortStableFunc(order, (*contender).before)
	over := float64(standing) > float64(budget)*urgent || standing > budget && now.Sub(a.changed) >= changeEvery
	dips := !a.short.IsZero() && now.Sub(a.short) < bearFor
	f := filling{budget: budget, dips: dips, bears: dips}
	if raised := a.limit(order, f, now); over || raised {
		if over {
			a.revoke(order, budget, now)
		}
		f.fill(order)
		a.note(order, budget, standing > budget, now)
	}
}

// limit says how far each line may go now, and whether any may get more than it has: fresh lines as far as they wish,
// one other by one layer, if it is time.
func (a *allocator) limit(order []*contender, f filling, now time.Time) (raised bool) {
	for _, l := range order {
		l.limit = len(l.rungs) - 1
	}
	f.fill(order)
	steady := now.Sub(a.changed) < changeEvery
	for _, l := range order {
		more := l.gets > l.stands
		switch {
		case l.free:
			raised = raised || more
		case more && !steady && (a.waited(l, f.budget, now) <= 0 || a.quickens(l, order, f.budget, now)):
			steady, raised = true, true
			l.limit = l.next()
		default:
			l.limit = l.stands
		}
	}
	for _, l := range order {
		l.gets = l.stands
	}
	return raised
}

// revoke takes back a raise that fails at once; not of a line that goes before the budget, which is over it from the start.
func (a *allocator) revoke(order []*contender, budget int, now time.Time) {
	if a.raised.IsZero() || now.Sub(a.raised) >= takeBack || a.fell(budget) {
		return
	}
	for _, l := range order {
		if l.seat == a.trial && (a.before > 0 || !l.ahead()) {
			l.limit = min(l.limit, a.before)
		}
	}
}

// quickens tells whether a line may be sent one more temporal layer of the lowest, which nobody else has to pay for.
func (a *allocator) quickens(l *contender, order []*contender, budget int, now time.Time) bool {
	if l.stands == 0 || l.stands >= l.lowest || now.Sub(a.failed) < quickenIn {
		return false
	}
	used := l.rungs[l.stands+1].bits - l.rungs[l.stands].bits
	for _, other := range order {
		used += other.rungs[other.stands].bits
	}
	return float64(used)*headroom <= float64(budget)
}

// waited is how long a line has still to wait before it may be raised.
func (a *allocator) waited(l *contender, budget int, now time.Time) time.Duration {
	wait := holdDown
	if l.stands == 0 {
		wait = resumeAfter
	}
	if float64(budget) < outgrown*float64(a.refused) {
		wait *= max(a.hold, 1)
	}
	return wait - now.Sub(a.failed)
}

// note remembers when lines that stood changed, and whether because the link failed.
func (a *allocator) note(order []*contender, budget int, failed bool, now time.Time) {
	for _, l := range order {
		if l.free || l.gets == l.stands {
			continue
		}
		a.changed = now
		switch {
		case l.gets > l.stands:
			a.raised, a.trial, a.before, a.dared = now, l.seat, l.stands, budget
		case failed:
			a.fail(budget, now)
		}
	}
}

// fail notes that the link carries less than was granted. The lines that fall with one raise make one failure. A link
// that falls by itself fails no raise, unless it does so again and again.
func (a *allocator) fail(budget int, now time.Time) {
	again := now.Sub(a.failed) < 2*proveWithin
	a.failed = now
	if a.raised.IsZero() {
		return
	}
	switch {
	case now.Sub(a.raised) >= proveWithin:
		a.hold = 1
	case again || !a.fell(budget):
		a.hold, a.refused = min(2*max(a.hold, 1), longestHold), a.dared
	}
	a.raised = time.Time{}
}

// fell tells whether the link carries so much less than when somebody was raised that it was not the raise.
func (a *allocator) fell(budget int) bool { return float64(budget) < fallen*float64(a.dared) }

// grants tells what each line gets, and remembers it.
func (a *allocator) grants(lines []contender, budget int, level Level, now time.Time) []grant {
	spare := budget
	for i := range lines {
		spare -= lines[i].rungs[lines[i].gets].bits
	}
	a.given = slices.Grow(a.given[:0], len(lines))[:len(lines)]
	grants := a.given
	for i := range lines {
		l := &lines[i]
		r, dark := l.rungs[l.gets], l.dark()
		g := grant{layer: r.layer, temporal: r.temporal}
		if g.layer < 0 && l.height > 0 && !dark {
			g.pause = PauseLink
			if level.height() == 0 {
				g.pause = PauseSaver
			}
		}
		g.wants = l.wants(budget, spare, a.waited(l, budget, now) < soon, level)
		grants[i] = g
		*a.stoodAt(l.seat) = standing{g, true, dark, r.layer >= 0 && r.temporal == l.layers[r.layer].temporal}
	}
	return grants
}
