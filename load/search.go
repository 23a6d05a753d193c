package load

import (
	"context"
	"time"
)

// closely is how near the largest load that held has to be to the smallest that did not: a tenth of it, or one room.
const closely = 10

// search looks for the largest number of rooms that holds: it doubles until one does not, then halves what is between. The
// zero value begins at one room.
type search struct {
	most  int // nobody can make more; 0: maxRooms
	held  int // largest that did
	broke int // smallest that did not; 0: none did yet
}

// next is how many rooms to try; 0: the search is over.
func (s search) next() int {
	most := s.most
	if most == 0 {
		most = maxRooms
	}
	switch {
	case s.broke == 0 && s.held >= most:
		return 0
	case s.broke == 0:
		return min(max(s.held*2, 1), most)
	case s.broke-s.held <= max(s.held/closely, 1):
		return 0
	}
	return (s.held + s.broke) / 2
}

// learn takes what became of a number of rooms.
func (s search) learn(rooms int, held bool) search {
	if held {
		s.held = max(s.held, rooms)
	} else {
		s.broke = rooms
	}
	return s
}

// Found is what a search found.
type Found struct {
	Largest *Result  `json:"largest"` // that held; null: not even the smallest did
	Beyond  *Result  `json:"beyond"`  // the smallest that did not hold; null: all did
	Steps   []Result `json:"steps"`
}

// recovery is how long a server is left alone after a load that it did not carry.
const recovery = 3 * time.Second

// Find looks for the largest number of rooms that the server carries. tell is told of each step.
func (c *Crowd) Find(ctx context.Context, tell func(Result)) (f Found, err error) {
	s := search{most: min(c.config.Most, maxRooms)}
	rooms := c.config.Plan.Rooms
	for ; rooms > 0; rooms = s.next() {
		if err := c.Grow(ctx, rooms); err != nil {
			return f, err
		}
		r, err := c.measureTwice(ctx)
		if err != nil {
			return f, err
		}
		f.Steps = append(f.Steps, r)
		tell(r)
		if r.Held {
			f.Largest = &r
		} else {
			f.Beyond = &r
		}
		s = s.learn(rooms, r.Held)
		if r.Held && s.next() > rooms {
			continue // more come
		}
		// Whoever was thrown out, or is taken for somebody behind a thin link, must not weigh on what comes next.
		if err := c.Shrink(ctx, 0); err != nil {
			return f, err
		}
		c.forgetJoins()
		if err := c.pass(ctx, recovery, false); err != nil {
			return f, err
		}
	}
	return f, nil
}

// measureTwice measures once more where what did not hold may be the doing of something else than the server.
func (c *Crowd) measureTwice(ctx context.Context) (Result, error) {
	r, err := c.Measure(ctx)
	if err == nil && !r.Held && r.Generator.Limit != "" {
		return c.Measure(ctx)
	}
	return r, err
}

// forgetJoins begins to count joins anew.
func (c *Crowd) forgetJoins() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.failed = 0, map[string]int{}
	c.tally.joins.reset()
}
