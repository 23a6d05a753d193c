package sfu

import (
	"slices"
	"time"
)

// Seat tells which participant fills a seat of a receiver; Number 0: nobody. Screen: the seat shows their screen, without
// sound. Paused is why their video is held back.
type Seat struct {
	Seat   int
	Number uint32
	Screen bool
	Paused Pause
}

// sitter is a candidate for a seat.
type sitter struct {
	number uint32
	spoke  time.Time // last time heard speaking; zero: never
}

// assignSeats decides who sits where, for a receiver with len(seated) seats. Whoever sits stays, so that faces do not
// jump; a free seat goes to the first of others; when there are more people than seats, somebody who speaks takes the
// seat of whoever has been silent longest. others must not contain the receiver, and comes in order of arrival.
func assignSeats(seated []uint32, others []sitter) []uint32 {
	next := slices.Clone(seated)
	for i, number := range next {
		if !slices.ContainsFunc(others, func(o sitter) bool { return o.number == number }) {
			next[i] = 0
		}
	}
	var waiting []sitter
	for _, o := range others {
		if !slices.Contains(next, o.number) {
			waiting = append(waiting, o)
		}
	}
	slices.SortStableFunc(waiting, func(a, b sitter) int { return b.spoke.Compare(a.spoke) })
	for _, w := range waiting {
		if free := slices.Index(next, 0); free >= 0 {
			next[free] = w.number
			continue
		}
		if i := quietest(next, others); i >= 0 && w.spoke.After(spoke(next[i], others)) {
			next[i] = w.number
		}
	}
	return next
}

func quietest(seated []uint32, others []sitter) int {
	best := -1
	for i, number := range seated {
		if best < 0 || spoke(number, others).Before(spoke(seated[best], others)) {
			best = i
		}
	}
	return best
}

func spoke(number uint32, others []sitter) time.Time {
	for _, o := range others {
		if o.number == number {
			return o.spoke
		}
	}
	return time.Time{}
}
