package sfu

import (
	"math"
	"time"
)

const (
	tickEvery  = 20 * time.Millisecond  // requests for lost packets, while there are some, and the like
	quietEvery = 250 * time.Millisecond // all that happens because time passes, while nothing comes
)

// clockwork says when a room ticks, and what is due in a tick. Owned by the room's goroutine.
//
// Ticks fall on instants that all rooms share. The first packet to come after one brings the tick (Room.brings): packets
// wake the process anyway, and a timer that fires wakes it once more, and a thread of Go's runtime too. There is one all
// the same, for a room in which nobody sends; as long as packets come it is moved on before it fires.
type clockwork struct {
	speakers *speakers
	due      time.Time
	window   time.Time
	reports  time.Time

	windows map[uint32]loudness // of voices, by number: memory for what is heard in one
}

func newClockwork() *clockwork {
	return &clockwork{speakers: newSpeakers(), windows: map[uint32]loudness{}}
}

// wind sets when the next tick is due, and returns how long to wait for the packets that bring it.
func (c *clockwork) wind(every time.Duration, now time.Time) time.Duration {
	c.due = instant(now, every)
	if every < windowEvery { // somebody waits for something
		return c.due.Add(every).Sub(now)
	}
	return instant(c.due.Add(windowEvery), quietEvery).Sub(now)
}

// instant is the next of those that are every apart for all rooms, but not at once: a tick may be early, or late.
func instant(now time.Time, every time.Duration) time.Time {
	d := every - time.Duration(now.UnixNano())%every
	if d < every/4 {
		d += every
	}
	return now.Add(d)
}

// turns tells whether, of spans that begin at the same instants for all, another one than last's has begun, and sets last.
// Ticks may be late; two that are close to one another are of one span.
func turns(last *time.Time, every time.Duration, now time.Time) bool {
	if now.Sub(*last) < every/2 || now.UnixNano()/int64(every) == last.UnixNano()/int64(every) {
		return false
	}
	*last = now
	return true
}

// never is when a tick is due of which the room's goroutine is being told.
const never = math.MaxInt64

// brings tells whether a packet that came now brings the tick. One reader is told so, and is to call the room when it has
// sent what it has in hand.
func (r *Room) brings(now int64) bool {
	due := r.due.Load()
	return now >= due && r.due.CompareAndSwap(due, never)
}

// call has the room's goroutine look whether a tick is due. It never waits.
func (r *Room) call() {
	select {
	case r.called <- struct{}{}:
	default:
	}
}
