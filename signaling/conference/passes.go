package conference

import "slices"

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
