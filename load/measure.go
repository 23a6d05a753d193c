package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"time"
)

// settle is how long a crowd that has come in is left alone before it is measured, however short that is: the server has to
// learn first what links carry, and withholds pictures meanwhile.
const settle = 2 * time.Second

// voices are how many a receiver is sent for sure (maxFaces in signaling/room.go).
const voices = 8

// Errors where there is nothing to measure.
var (
	ErrNobody = errors.New("nobody came in")
	ErrGone   = errors.New("everybody was thrown out")
)

// Measure waits until the crowd has settled, and says how it does during the time of the plan.
func (c *Crowd) Measure(ctx context.Context) (r Result, err error) {
	if c.in() == 0 {
		return r, fmt.Errorf("%w: %s", ErrNobody, reasons(c.Joins().Reasons))
	}
	if err := c.pass(ctx, settle, false); err != nil {
		return r, err
	}
	before, err := c.look(ctx)
	if err != nil {
		return r, err
	}
	c.tally.begin()
	err = c.pass(ctx, c.config.Plan.Duration, true)
	c.tally.end()
	if err != nil {
		return r, err
	}
	after, err := c.look(ctx)
	if err != nil {
		return r, err
	}
	return c.conclude(before, after), nil
}

// moment is what is known at one time.
type moment struct {
	at     time.Time
	server Server
	own    Machine
}

func (c *Crowd) look(ctx context.Context) (m moment, err error) {
	if m.server, err = c.config.Look(ctx); err != nil {
		return m, fmt.Errorf("look at the server: %w", err)
	}
	m.at, m.own = c.share.now(), c.config.Own()
	return m, nil
}

func (c *Crowd) conclude(before, after moment) Result {
	took := after.at.Sub(before.at).Seconds()
	t := &c.tally
	r := Result{
		Load: c.config.Plan, Seconds: round(took), Joins: c.Joins(), Lost: c.lost(), Refused: map[string]int{},
		Voice: t.voice.conclude(took), Video: t.video.conclude(took), Faults: t.faults.Load(),
	}
	r.Load.Rooms = c.size()
	for _, room := range c.all() {
		r.Missing += room.missing(after.at.Add(-2*time.Second), voices, c.config.Plan.Video > 0)
	}
	t.mu.Lock()
	for what, n := range t.refused {
		r.Refused[what] = n
	}
	t.mu.Unlock()
	r.Server = serverUse(before, after)
	r.Generator = generatorUse(before, after, t.lateness.quantile(0.99))
	r.Held, r.Why = r.judge()
	return r
}

// Joins are those since the crowd began, or since Find sent everybody away.
func (c *Crowd) Joins() Joins {
	c.mu.Lock()
	j := Joins{Asked: c.asked, Reasons: maps.Clone(c.failed)}
	c.mu.Unlock()
	j.Failed = total(j.Reasons)
	j.Succeeded = j.Asked - j.Failed
	j.Took = c.tally.joins.quantiles()
	var first histogram
	for _, r := range c.all() {
		for _, g := range r.guests {
			if d, ok := g.waited(); ok {
				first.add(d)
			}
		}
	}
	j.Media = first.quantiles()
	return j
}

func serverUse(before, after moment) (u ServerUse) {
	u.Goroutines, u.Peers = after.server.Goroutines, after.server.Peers
	u.Dropped = map[string]uint64{}
	if after.server.Run != before.server.Run {
		u.Unknown = "the server was started anew meanwhile, and counts from zero"
		return u
	}
	for reason, n := range after.server.Dropped {
		if more := n - before.server.Dropped[reason]; more > 0 {
			u.Dropped[reason] = more
		}
	}
	used := after.server.Processor - before.server.Processor
	switch {
	case after.server.Same:
		u.Unknown = "the server runs in the process of the load, so that what it uses is not known"
		return u
	case used <= 0:
		u.Unknown = "the server does not know what it uses on this system"
		return u
	}
	forwarded := float64(after.server.Sent - before.server.Sent)
	cores := used.Seconds() / after.at.Sub(before.at).Seconds()
	u.Cores = known(cores)
	if forwarded > 0 {
		u.PerPacket = known(float64(used.Microseconds()) / forwarded)
		u.PerCore = known(forwarded / used.Seconds())
	}
	if after.server.Resident > 0 {
		u.Resident = &after.server.Resident
	}
	return u
}

// Beyond these the machine that makes the load is what is measured.
const (
	mostBusy = 0.92                 // share of all cores that are taken
	mostLate = 5 * time.Millisecond // p99 of how late packets are sent
	much     = 0.25                 // share of all cores that does not leave a server what it could use
)

func generatorUse(before, after moment, late time.Duration) GeneratorUse {
	took := after.at.Sub(before.at).Seconds()
	cores := float64(runtime.NumCPU())
	u := GeneratorUse{Of: runtime.NumCPU(), LateP99: float64(late.Microseconds()) / 1000, Resident: after.own.Resident}
	own := (after.own.Processor - before.own.Processor).Seconds() / took
	all := own
	if !after.server.Same && !after.server.Elsewhere {
		all += (after.server.Processor - before.server.Processor).Seconds() / took
	}
	others := 0.0
	if after.own.Busy > 0 {
		others = max((after.own.Busy-before.own.Busy).Seconds()/took-all, 0)
		u.Others = known(others)
	}
	if after.own.Processor > 0 {
		u.Cores = known(own)
	}
	full := late > mostLate || all+others > mostBusy*cores
	switch {
	case full && others > much*cores:
		u.Limit = LimitOthers
	case full && (own > much*cores || late > mostLate):
		u.Limit = LimitLoad
	}
	return u
}

func known(x float64) *float64 {
	x = round(x)
	return &x
}

// round keeps three digits behind the point.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// lost are those who had come in and are no longer, by why.
func (c *Crowd) lost() map[string]int {
	why := map[string]int{}
	for _, r := range c.all() {
		for _, g := range r.guests {
			if err := g.lost(); err != nil {
				why[err.Error()]++
			}
		}
	}
	return why
}

// pass lets time go by, and tells how it goes. It ends early when all who should be there are gone.
func (c *Crowd) pass(ctx context.Context, d time.Duration, measuring bool) error {
	ends := c.share.now().Add(d)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	over := time.NewTimer(d)
	defer over.Stop()
	c.progress(ctx, measuring, d)
	for {
		select {
		case <-tick.C:
			c.progress(ctx, measuring, ends.Sub(c.share.now()))
			if c.size() > 0 && c.in() == 0 {
				return fmt.Errorf("%w: %s", ErrGone, reasons(c.lost()))
			}
		case <-over.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
