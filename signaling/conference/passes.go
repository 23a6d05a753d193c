package conference

import (
	"cmp"
	"slices"

	"jalsa/booking"
)

// Pass says which media of a source reach a receiver.
type Pass uint8

// What may pass; bits of Pass. They are those of package sfu.
const (
	PassVoice Pass = 1 << iota
	PassCamera
	PassScreen

	PassAll = PassVoice | PassCamera | PassScreen
)

// Passes says what may pass between any two people in one room: nothing for
// one who is not in it. It is made by the conference and never changes.
type Passes struct {
	seats []seat      // by number
	apart [][2]uint32 // who must not meet, the lower number first; sorted
}

// seat is one person in a room, as far as media goes.
type seat struct {
	number  uint32
	sends   Pass   // what may go out from them
	channel string // the language that they speak into, or "" the floor
	listens string // the language that they want to hear before the floor, or ""
}

// Between says what of source may reach receiver, by their numbers. What is
// said into a language reaches those who listen to it, and nobody else.
func (p *Passes) Between(receiver, source uint32) Pass {
	to, from := p.seat(receiver), p.seat(source)
	if to == nil || from == nil || to == from || p.screened(receiver, source) {
		return 0
	}
	if from.channel != "" && from.channel != to.listens {
		return from.sends &^ PassVoice
	}
	return from.sends
}

func (p *Passes) seat(number uint32) *seat {
	i, ok := slices.BinarySearchFunc(p.seats, number, func(s seat, n uint32) int { return int(s.number) - int(n) })
	if !ok {
		return nil
	}
	return &p.seats[i]
}

func (p *Passes) screened(a, b uint32) bool {
	if len(p.apart) == 0 {
		return false
	}
	_, ok := slices.BinarySearchFunc(p.apart, [2]uint32{min(a, b), max(a, b)}, comparePair)
	return ok
}

func comparePair(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) }

func (p *Passes) equal(q *Passes) bool {
	return p != nil && q != nil && slices.Equal(p.seats, q.seats) && slices.Equal(p.apart, q.apart)
}

// passesIn draws from the state what may pass in a room, "" the hearing.
func (s State) passesIn(room string) *Passes {
	p := &Passes{}
	for i := range s.people {
		q := &s.people[i]
		if !s.isIn(q, room) {
			continue
		}
		seat := seat{number: q.Number, sends: s.sends(q)}
		if room == "" {
			seat.channel, seat.listens = q.channel, q.listens
		}
		p.seats = append(p.seats, seat)
	}
	slices.SortFunc(p.seats, func(a, b seat) int { return cmp.Compare(a.number, b.number) })
	for _, pair := range s.appointment.Screens {
		a, b := s.find(pair[0]), s.find(pair[1])
		if a != nil && b != nil && p.seat(a.Number) != nil && p.seat(b.Number) != nil {
			p.apart = append(p.apart, [2]uint32{min(a.Number, b.Number), max(a.Number, b.Number)})
		}
	}
	slices.SortFunc(p.apart, comparePair)
	return p
}

// isIn reports whether a person has a place in a room, "" the hearing.
func (s State) isIn(p *person, room string) bool {
	if room == "" {
		return p.inside()
	}
	return p.room == room
}

// sends is what may go out from a person where they are. In a consultation room
// the order of the hearing does not count.
func (s State) sends(p *person) Pass {
	switch {
	case p.Role == booking.RoleObserver:
		return 0
	case p.room != "":
		return p.sends()
	}
	return p.sends() & s.passesOrder()
}

// passesOrder is what the order of the hearing lets pass at all.
func (s State) passesOrder() Pass {
	switch {
	case s.ordered(booking.OrderPaused):
		return 0
	case s.ordered(booking.OrderSuspended), s.hushed():
		return PassAll &^ PassVoice
	}
	return PassAll
}
