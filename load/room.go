package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"jalsa/signaling"
)

// Hearing is an appointment that was made for the crowd.
type Hearing struct {
	Reference string
	Links     []Link
}

// Link is that of one participant.
type Link struct {
	Number uint32
	URL    string
}

// admitPace is how fast a host lets people in: the server takes 30 messages a second of one socket.
const admitPace = 20

// room is one hearing and the guests who come to it, the host first.
type room struct {
	// fixed
	number  uint32 // in the crowd
	hearing Hearing
	guests  []*guest
	door    *rate.Limiter

	mu  sync.Mutex
	let map[uint32]bool // in, by the host
}

func newRoom(share *common, number uint32, h Hearing) *room {
	r := &room{number: number, hearing: h, door: rate.NewLimiter(admitPace, admitPace), let: map[uint32]bool{}}
	for i, l := range h.Links {
		r.guests = append(r.guests, &guest{crowd: share, room: r, link: l, speaks: i < share.plan.Participants})
	}
	return r
}

// asks has the host let somebody in, once.
func (r *room) asks(ctx context.Context, number uint32) {
	r.mu.Lock()
	again := r.let[number]
	r.let[number] = true
	r.mu.Unlock()
	if again || r.door.Wait(ctx) != nil {
		return
	}
	r.guests[0].send(signaling.Admit{Number: number})
}

// sending tells whether somebody sends media by now.
func (r *room) sending() bool {
	return slices.ContainsFunc(r.guests, func(g *guest) bool { return g.speaks && g.isUp() })
}

// leave ends all guests.
func (r *room) leave() {
	var all sync.WaitGroup
	for _, g := range r.guests {
		all.Go(g.leave)
	}
	all.Wait()
}

// missing counts the voices, and faces, that somebody should have had since t and had not. A receiver has a limited number
// of seats: in a larger room nobody can say who is due.
func (r *room) missing(since time.Time, seats int, faces bool) (n int) {
	var speaking []uint32
	for _, g := range r.guests {
		if g.speaks && g.isUp() {
			speaking = append(speaking, g.link.Number)
		}
	}
	if len(speaking)-1 > seats {
		return 0
	}
	for _, g := range r.guests {
		if !g.isUp() {
			continue
		}
		heard, seen := g.reception.present(since)
		for _, number := range speaking {
			if number == g.link.Number {
				continue
			}
			if !heard[number] {
				n++
			}
			if faces && !seen[number] {
				n++
			}
		}
	}
	return n
}

var errHost = errors.New("the host did not come in")

// come brings the host in and then, each at its turn, everybody else. It returns why some did not come in.
func (r *room) come(ctx context.Context, turn func(context.Context) error) (failed []error) {
	if err := turn(ctx); err != nil {
		return nil
	}
	if err := r.guests[0].join(ctx); err != nil {
		failed = append(failed, err)
		for range r.guests[1:] {
			failed = append(failed, fmt.Errorf("%w", errHost))
		}
		return failed
	}
	var (
		all sync.WaitGroup
		mu  sync.Mutex
	)
	for _, g := range r.guests[1:] {
		if turn(ctx) != nil {
			break
		}
		all.Go(func() {
			if err := g.join(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	all.Wait()
	return failed
}
