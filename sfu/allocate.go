package sfu

import (
	"cmp"
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
// Classes are served in order. Whoever is to be seen first gets a picture up to 360 lines before anybody else gets one: of
// several who spoke of late the one shown so far, since voices alternate quicker than pictures can. Then everybody gets the
// lowest layer, then each class in turn more, layer by layer. Where the lowest layer is too much, its lower temporal layers are tried.
// To be lowered takes a link that carries less than was granted, or somebody of a higher class; to be raised takes
// headroom, holdDown since the link last failed, and a second since the last change. Where raises fail, they become rare: a
// picture that comes and goes is worse than none, and costs voice more.
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

// rung is a step of a line's ladder, from nothing up to the highest layer that the wish covers.
type rung struct {
	layer, temporal int
	bits            int
	below           int // height of the layer below, for which this one is an improvement
	height          int // of its own
}

// contender is a line while a decision is made.
type contender struct {
	*demand
	space  [1 + maxTemporal + maxLayers]rung
	rungs  []rung // in space
	lowest int    // rung of the lowest whole layer
	free   bool   // there is nothing to be steady about
	stands int    // rung granted last
	limit  int    // rung that it may get
	gets   int
}

// decide returns a grant for each demand, in their order, to be used before the next decision. budget is what video may take
// in bit/s, with all headers; level is the highest that the person wants to receive.
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

// before orders lines: who goes first gets more, and last.
func (l *contender) before(o *contender) int {
	return cmp.Or(cmp.Compare(l.class, o.class), cmp.Compare(o.stands, l.stands), cmp.Compare(o.height, l.height), cmp.Compare(l.seat, o.seat))
}

// climb builds a line's ladder. Temporal layers are worth a rung in the lowest layer only; further up there is the layer
// below.
func (l *contender) climb(level Level) {
	height := min(l.height, level.height())
	l.rungs, l.lowest = append(l.space[:0], rung{layer: -1}), 0
	below := 0
	for i, o := range l.layers {
		if !o.there || below >= height && o.height != below {
			continue
		}
		first := o.temporal
		if below == 0 {
			first = 1
			l.lowest = o.temporal
		}
		for n := first; n <= o.temporal; n++ {
			l.rungs = append(l.rungs, rung{i, n, o.bits[n-1], below, o.height})
		}
		below = max(o.height, 1)
	}
}

// stand finds the rung of what was granted last.
func (l *contender) stand(before *standing) {
	l.stands = 0
	for i, r := range l.rungs {
		if before.known && (r.layer < before.layer || r.layer == before.layer && (before.whole || r.temporal <= before.temporal)) {
			l.stands = i
		}
	}
	// Also when what it had is gone, or come, by no decision of ours.
	l.free = l.fresh || !before.known || before.dark || before.layer >= 0 && l.stands == 0
	l.gets = l.stands
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

// next is the rung that a line may be raised to: a layer up, or the best that fits of layers with the same lines, since each
// layer that its publisher begins to send makes the others worse for a while.
func (l *contender) next() int {
	if l.stands == 0 {
		return l.lowest
	}
	next := l.stands + 1
	for next < l.gets && l.rungs[next+1].height == l.rungs[next].height && next >= l.lowest {
		next++
	}
	return next
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

// fail notes that the link carries less than was granted. The lines that fall with one raise make one failure. A link that falls by
// itself fails no raise, unless it does so again and again.
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

// dark tells that there is nothing to be had of a line's track: its camera is off.
func (l *contender) dark() bool {
	return !slices.ContainsFunc(l.layers, func(o offering) bool { return o.there })
}

// wants are the layers that the publisher should send for this line: the one granted, the one above if it may be granted
// within half a second, the lowest if it may have to be. raises tells that nothing but the budget holds the line back.
func (l *contender) wants(budget, spare int, raises bool, level Level) (mask uint8) {
	height, has := min(l.height, level.height()), l.rungs[l.gets]
	below, lower, upper := 0, -1, -1
	strained := float64(budget-spare)*tight > float64(budget)
	for i, o := range l.layers {
		if below >= height && o.height != below {
			break
		}
		switch full := o.bits[o.temporal-1]; {
		case i < has.layer:
			switch {
			case o.there && lower < 0:
				lower = i // the lowest: what a link that has fallen surely carries
			case !o.there && strained:
				mask |= 1 << i // may come back
			}
		case i == has.layer:
			mask |= 1 << i
		case below == 0 && has.layer < 0 && raises && o.bits[0] <= spare, raises && full-has.bits <= spare:
			if upper >= 0 && l.layers[upper].height == o.height {
				mask &^= 1 << upper
			}
			mask, upper = mask|1<<i, i
		}
		below = max(o.height, 1)
	}
	if lower >= 0 && strained {
		mask |= 1 << lower
	}
	return mask
}
