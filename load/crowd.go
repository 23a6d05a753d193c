package load

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Config of a crowd. Now must be a clock that nobody puts forward or back.
type Config struct {
	Plan  Plan
	Now   func() time.Time
	Roots *x509.CertPool // who may have signed the server's certificate; nil: those of the system
	At    string         // HOST:PORT to go to instead of where the server's name leads; "": there
	Most  int            // rooms that Find goes up to; 0: as many as there can be
	Local netip.Addr     // of this machine, from which the server's media is reached

	// Book makes an appointment, open now, for people of these roles; Cancel ends it and its hearing.
	Book   func(ctx context.Context, roles []string) (Hearing, error)
	Cancel func(ctx context.Context, reference string) error
	// Look tells what the server has used and counted so far.
	Look func(ctx context.Context) (Server, error)
	// Own tells what this machine, and this program, have used so far.
	Own func() Machine
	// Progress is told once a second what happens; nil: nobody is.
	Progress func(Progress)
}

// Process is what a process has used so far.
type Process struct {
	Processor time.Duration // 0: not known
	Resident  uint64        // bytes; 0: not known
}

// Machine is what makes the load.
type Machine struct {
	Process               // of this program
	Busy    time.Duration // of all programs, on all cores; 0: not known
}

// Server is what the server tells of itself.
type Server struct {
	Process
	Run            string            // another after it was started anew
	Same           bool              // it is this very process, so that its own use is not known
	Elsewhere      bool              // it is on another machine
	Received, Sent uint64            // RTP packets
	Dropped        map[string]uint64 // packets, by reason
	Goroutines     int
	Peers          int
}

// Progress is how it goes.
type Progress struct {
	In, All     int // guests, and how many there should be
	Measuring   bool
	Left        time.Duration
	Out, Back   float64 // packets a second that guests send, and that they receive
	Loss        float64 // share
	P99         time.Duration
	Server, Own float64 // cores
}

// Crowd is the guests of all rooms. Its owner makes it grow, measures, and closes it; Close ends what it has begun, also
// when it is interrupted.
type Crowd struct {
	config Config
	share  common
	pace   *rate.Limiter
	tally  tally

	mu     sync.Mutex
	rooms  []*room
	made   uint32 // rooms, ever
	asked  int    // joins, ever
	failed map[string]int
	last   pulse
}

// New makes a crowd of nobody.
func New(c Config) (*Crowd, error) {
	if err := c.Plan.Check(); err != nil {
		return nil, err
	}
	crowd := &Crowd{config: c, pace: rate.NewLimiter(rate.Limit(c.Plan.Joins), 1), failed: map[string]int{}}
	crowd.share = common{now: c.Now, epoch: c.Now(), gate: newGate(c.Roots, c.At), local: c.Local, tally: &crowd.tally, plan: c.Plan}
	return crowd, nil
}

// Grow makes appointments and brings guests in until there are so many rooms, and returns when each has come or failed.
func (c *Crowd) Grow(ctx context.Context, rooms int) error {
	all := make(chan struct{})
	var coming, telling sync.WaitGroup
	telling.Go(func() { c.tellUntil(ctx, all) })
	defer telling.Wait()
	defer close(all)
	defer coming.Wait()
	for c.size() < rooms {
		h, err := c.config.Book(ctx, c.config.Plan.roles())
		if err != nil {
			return fmt.Errorf("make an appointment: %w", err)
		}
		r := c.open(h)
		coming.Go(func() { c.fill(ctx, r) })
	}
	coming.Wait()
	return ctx.Err()
}

// open notes a room as soon as there is an appointment, so that it is cancelled whatever comes.
func (c *Crowd) open(h Hearing) *room {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	r := newRoom(&c.share, c.made, h)
	c.rooms = append(c.rooms, r)
	return r
}

func (c *Crowd) fill(ctx context.Context, r *room) {
	failed := r.come(ctx, func(ctx context.Context) error {
		if err := c.pace.Wait(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		c.asked++
		c.mu.Unlock()
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range failed {
		if errors.Is(err, errHost) {
			c.asked++ // they would have come
		}
		c.failed[err.Error()]++
	}
}

// Shrink ends rooms until there are so few.
func (c *Crowd) Shrink(ctx context.Context, rooms int) error {
	var (
		ending sync.WaitGroup
		mu     sync.Mutex
		first  error
		failed int
	)
	atOnce := make(chan struct{}, 8)
	for _, r := range c.take(rooms) {
		ending.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			r.leave()
			if err := c.config.Cancel(ctx, r.hearing.Reference); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if failed++; first == nil {
					first = err
				}
			}
		})
	}
	ending.Wait()
	if first != nil {
		return fmt.Errorf("%d appointments are not cancelled: %w", failed, first)
	}
	return nil
}

// take removes the last rooms from the crowd.
func (c *Crowd) take(leave int) []*room {
	c.mu.Lock()
	defer c.mu.Unlock()
	leave = min(leave, len(c.rooms))
	gone := c.rooms[leave:]
	c.rooms = c.rooms[:leave:leave]
	return gone
}

func (c *Crowd) size() int { return len(c.all()) }

func (c *Crowd) all() []*room {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rooms
}

// Close sends everybody away and cancels their appointments.
func (c *Crowd) Close(ctx context.Context) error {
	err := c.Shrink(ctx, 0)
	c.share.gate.close()
	return err
}

// guests who are in now.
func (c *Crowd) in() (n int) {
	for _, r := range c.all() {
		for _, g := range r.guests {
			if g.isUp() {
				n++
			}
		}
	}
	return n
}
