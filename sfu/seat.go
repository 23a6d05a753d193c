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

// Pause is why the video of a seat is held back; "": it is not.
type Pause string

const (
	PauseLink  Pause = "link"  // the receiver's link does not carry it
	PauseSaver Pause = "saver" // the receiver wants to save data
)

// Preference is a receiver's wish for a seat's video, in lines of height; 0: send no video for this seat.
type Preference struct{ Seat, Height int }

// occupant is a participant in a seat, or their screen, which is no participant's face; the zero value: nobody.
type occupant struct {
	number uint32
	screen bool
}

// sitter is a candidate for a seat.
type sitter struct {
	occupant
	spoke time.Time // last time heard speaking; zero: never
}

// before orders those who wait for a seat: a screen, then whoever spoke later.
func (s sitter) before(o sitter) int {
	if s.screen != o.screen {
		if s.screen {
			return -1
		}
		return 1
	}
	return o.spoke.Compare(s.spoke)
}

// assignSeats decides who sits where, for a receiver with len(seated) seats, of which the first pictures have a line for
// video. Whoever sits stays, so that faces do not jump; a free seat goes to the first of others, one with video to a screen
// before all; when there are more than seats, somebody who speaks takes the seat of whoever has been silent longest. A
// screen takes such a seat too, but whoever had it looks for another. Nobody takes that of a screen, which is why two seats
// are kept from them for voices. others must not contain
// the receiver, and comes in order of arrival.
func assignSeats(seated []occupant, pictures int, others []sitter) []occupant {
	next := slices.Clone(seated)
	for i, who := range next {
		if !slices.ContainsFunc(others, func(o sitter) bool { return o.occupant == who }) {
			next[i] = occupant{}
		}
	}
	var waiting []sitter
	for _, o := range others {
		if !slices.Contains(next, o.occupant) {
			waiting = append(waiting, o)
		}
	}
	slices.SortStableFunc(waiting, sitter.before)
	screens := mostScreens(len(next), pictures) - countScreens(next)
	for len(waiting) > 0 {
		w, seats := waiting[0], next
		waiting = waiting[1:]
		if w.screen {
			if screens--; screens < 0 {
				continue
			}
			seats = next[:pictures]
		}
		if free := slices.Index(seats, occupant{}); free >= 0 {
			seats[free] = w.occupant
			continue
		}
		i := quietest(seats, others)
		switch {
		case i < 0:
		case w.screen:
			waiting = append(waiting, sitter{seats[i], spoke(seats[i], others)})
			slices.SortStableFunc(waiting, sitter.before)
			seats[i] = w.occupant
		case w.spoke.After(spoke(seats[i], others)):
			seats[i] = w.occupant
		}
	}
	return next
}

// mostScreens is how many of a receiver's seats may show screens: in two, people can still speak by turns.
func mostScreens(seats, pictures int) int { return min(max(1, seats-2), pictures) }

func countScreens(seated []occupant) (n int) {
	for _, who := range seated {
		if who.screen {
			n++
		}
	}
	return n
}

// quietest is the seat of whoever has been silent longest, -1 if there are but screens.
func quietest(seated []occupant, others []sitter) int {
	best := -1
	for i, who := range seated {
		if !who.screen && (best < 0 || spoke(who, others).Before(spoke(seated[best], others))) {
			best = i
		}
	}
	return best
}

func spoke(who occupant, others []sitter) time.Time {
	for _, o := range others {
		if o.occupant == who {
			return o.spoke
		}
	}
	return time.Time{}
}
