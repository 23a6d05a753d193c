package signaling

import "sync"

const (
	// doorTotal bounds the sockets that have no place in a hearing yet, or no
	// longer: before their join, and while their goodbye is on its way.
	doorTotal = 1024
	// doorEach bounds the same for one participant id, known or not.
	doorEach = 8
)

// door counts sockets that nobody has let in yet, so that what a stranger can
// make the server hold is bounded.
type door struct {
	mu    sync.Mutex
	total int
	each  map[string]int
}

// enter counts one more socket. It answers crowded when the socket should be
// told "capacity", and full when it should not even be opened; only then it is
// not counted.
func (d *door) enter(id string) (crowded, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total >= 2*doorTotal || d.each[id] >= 2*doorEach {
		return true, true
	}
	crowded = d.total >= doorTotal || d.each[id] >= doorEach
	d.total++
	d.each[id]++
	return crowded, false
}

// back counts a socket that had a place and is on its way out.
func (d *door) back(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total++
	d.each[id]++
}

// leave forgets one socket that entered or came back.
func (d *door) leave(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total--
	if d.each[id]--; d.each[id] == 0 {
		delete(d.each, id)
	}
}
