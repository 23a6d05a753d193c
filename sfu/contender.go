package sfu

import (
	"cmp"
	"slices"
)

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

// next is the rung that a line may be raised to: a layer up, or the best that fits of layers with the same lines, since
// each layer that its publisher begins to send makes the others worse for a while.
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
