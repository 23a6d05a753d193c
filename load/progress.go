package load

import (
	"context"
	"time"
)

// pulse is what was known when progress was last told.
type pulse struct {
	moment
	sent, received uint64
}

// progress tells how it goes, since it last did.
func (c *Crowd) progress(ctx context.Context, measuring bool, left time.Duration) {
	if c.config.Progress == nil {
		return
	}
	m, err := c.look(ctx)
	if err != nil {
		return // the measurement says so
	}
	now := pulse{m, c.tally.voice.sent.Load() + c.tally.video.sent.Load(), c.tally.voice.received.Load() + c.tally.video.received.Load()}
	c.mu.Lock()
	last, all := c.last, len(c.rooms)*len(c.config.Plan.roles())
	c.last = now
	c.mu.Unlock()
	if all == 0 {
		return
	}
	p := Progress{In: c.in(), All: all, Measuring: measuring, Left: left.Round(time.Second)}
	if took := now.at.Sub(last.at).Seconds(); took > 0.1 && !last.at.IsZero() {
		p.Own = (now.own.Processor - last.own.Processor).Seconds() / took
		p.Server = (now.server.Processor - last.server.Processor).Seconds() / took
		if now.sent >= last.sent && now.received >= last.received {
			p.Out, p.Back = float64(now.sent-last.sent)/took, float64(now.received-last.received)/took
		}
	}
	p.Loss = max(c.tally.voice.loss(), c.tally.video.loss())
	p.P99 = max(c.tally.voice.took.quantile(0.99), c.tally.video.took.quantile(0.99))
	c.config.Progress(p)
}

// tellUntil tells once a second, until all have come or failed.
func (c *Crowd) tellUntil(ctx context.Context, all <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.progress(ctx, false, 0)
		case <-all:
			return
		}
	}
}
