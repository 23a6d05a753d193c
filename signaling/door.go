package signaling

import "sync"

const (
	// doorStrangers and doorGuests bound the sockets that have no place in a
	// hearing yet, or no longer: before their join, and while their goodbye is
	// on its way. A guest has a valid session that the gate does not refuse; a
	// stranger is everybody else, and takes no room from guests.
	doorStrangers = 1024
	doorGuests    = 4096
	// doorEach bounds either for one participant id, known or not: above it a
	// guest is told "capacity". At twice as many the socket is not opened.
	doorEach = 8
)

// door counts sockets that have no place, so that what they can make the
// server hold is bounded.
type door struct {
	mu                sync.Mutex
	strangers, guests crowd
}

// crowd is a number of sockets, by participant id.
type crowd struct {
	total int
	each  map[string]int
}

func newDoor() *door {
	return &door{strangers: crowd{each: make(map[string]int)}, guests: crowd{each: make(map[string]int)}}
}

// enter counts one more socket, of a guest or of a stranger. It answers crowded
// when a guest should be told "capacity", and full when the socket should not
// even be opened; only then it is not counted.
func (d *door) enter(id string, guest bool) (crowded, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, bound := &d.strangers, doorStrangers
	if guest {
		c, bound = &d.guests, doorGuests
	}
	if c.total >= bound || c.each[id] >= 2*doorEach {
		return true, true
	}
	crowded = c.each[id] >= doorEach
	c.add(id, 1)
	return crowded, false
}

// back counts a guest who had a place and is on the way out.
func (d *door) back(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.guests.add(id, 1)
}

// leave forgets one socket that entered or came back.
func (d *door) leave(id string, guest bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if guest {
		d.guests.add(id, -1)
	} else {
		d.strangers.add(id, -1)
	}
}

func (c *crowd) add(id string, n int) {
	c.total += n
	if c.each[id] += n; c.each[id] == 0 {
		delete(c.each, id)
	}
}
