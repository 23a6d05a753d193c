package signaling

import (
	"sync"

	"jalsa/strangers"
)

const (
	// doorStrangers and doorGuests bound the sockets that have no place in a
	// hearing yet, or no longer: before their join, and while their goodbye is
	// on its way. A guest has a valid session that the gate does not refuse; a
	// stranger is everybody else, and takes no room from guests. Of what is
	// left a network of strangers gets a quarter, so that few do not take all.
	doorStrangers = 1024
	doorGuests    = 4096
	// doorEach bounds either for one participant id, known or not: above it a
	// guest is told "capacity". At twice as many the socket is not opened.
	doorEach = 8
)

// door counts sockets that have no place, so that what they can make the
// server hold is bounded.
type door struct {
	mu              sync.Mutex
	unknown, guests crowd
	from            *strangers.Tally // of the unknown
}

// crowd is a number of sockets, by participant id.
type crowd struct {
	total int
	each  map[string]int
}

func newDoor() *door {
	return &door{unknown: crowd{each: make(map[string]int)}, guests: crowd{each: make(map[string]int)}, from: strangers.NewTally()}
}

// enter counts one more socket, of a guest or of a stranger from somewhere. It answers crowded
// when a guest should be told "capacity", and full when the socket should not
// even be opened; only then it is not counted.
func (d *door) enter(id string, guest bool, from strangers.Place) (crowded, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, bound := &d.unknown, doorStrangers
	if guest {
		c, bound = &d.guests, doorGuests
	}
	if c.total >= bound || c.each[id] >= 2*doorEach || !guest && d.from.Weight(from) >= strangers.Share(bound, bound-c.total) {
		return true, true
	}
	crowded = c.each[id] >= doorEach
	c.add(id, 1)
	if !guest {
		d.from.Enter(from)
	}
	return crowded, false
}

// back counts a guest who had a place and is on the way out.
func (d *door) back(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.guests.add(id, 1)
}

// leave forgets one socket that entered or came back.
func (d *door) leave(id string, guest bool, from strangers.Place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if guest {
		d.guests.add(id, -1)
	} else {
		d.unknown.add(id, -1)
		d.from.Leave(from)
	}
}

func (c *crowd) add(id string, n int) {
	c.total += n
	if c.each[id] += n; c.each[id] == 0 {
		delete(c.each, id)
	}
}
