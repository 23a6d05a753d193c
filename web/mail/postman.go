package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/textproto"
	"runtime/debug"
	"time"

	"jalsa/booking"
)

// Outbox is the books, as far as a postman sees them. See booking.Store.
type Outbox interface {
	Posted() <-chan struct{}
	Due(n int) (now []booking.Message, next time.Time, err error)
	Sent(id string) error
	Failed(id, why string, again time.Time) error
	Dropped(id, why string) error
}

// Carrier takes letters to where they are read. Its errors should be *Failure.
type Carrier interface {
	Carry(ctx context.Context, l Letter) error
	Rest() // there is nothing to carry for now
}

// Moot is the error of Compose for a message that has nothing to tell any more.
type Moot struct{ Why string } // stable code

func (m *Moot) Error() string { return "nothing to tell: " + m.Why }

// Postman takes messages out of the outbox when they are due, one after the other, and notes what became of each.
type Postman struct {
	Outbox  Outbox
	Compose func(booking.Message) (Letter, error) // *Moot when there is nothing to tell
	Carrier Carrier
	Now     func() time.Time
	Logger  *slog.Logger

	closed  time.Time       // until then the mail server is left in peace
	down    bool            // it did not answer at the last attempt
	carried map[string]bool // letters whose receipt could not be written: they must not be carried again
}

const (
	batch = 20          // letters taken out at once
	pause = time.Minute // before a mail server that is down is asked again, with one letter
	nap   = 5 * time.Minute
)

// Run works until ctx ends. It sleeps until something is queued or due.
func (p *Postman) Run(ctx context.Context) {
	defer p.Carrier.Rest()
	for ctx.Err() == nil {
		next := p.round(ctx)
		wait := nap // also with nothing to do: the clock of the machine may be set
		if !next.IsZero() {
			wait = min(nap, max(0, next.Sub(p.Now())))
		}
		timer := time.NewTimer(wait)
		select {
		case <-p.Outbox.Posted():
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// round carries all that is due and returns when to look again; zero: when something is queued.
func (p *Postman) round(ctx context.Context) (next time.Time) {
	if now := p.Now(); now.Before(p.closed) {
		return p.closed
	}
	defer p.Carrier.Rest()
	for ctx.Err() == nil {
		due, next, err := p.Outbox.Due(batch)
		if err != nil {
			p.Logger.Error("read outbox", "err", err)
			return p.Now().Add(pause)
		}
		if len(due) == 0 {
			return next
		}
		for _, m := range due {
			if err := p.deliver(ctx, m); err != nil {
				p.Logger.Error("note receipt of letter", "appointment", m.Appointment, "err", err)
				return p.Now().Add(pause)
			}
			if now := p.Now(); ctx.Err() != nil || now.Before(p.closed) {
				return p.closed
			}
		}
	}
	return time.Time{}
}

// deliver carries one letter and notes the receipt; its error is that it could not be noted.
func (p *Postman) deliver(ctx context.Context, m booking.Message) error {
	if p.carried[m.ID] {
		return p.sent(m)
	}
	letter, err := p.compose(m)
	var moot *Moot
	if errors.As(err, &moot) {
		return p.Outbox.Dropped(m.ID, moot.Why)
	}
	if err == nil {
		err = p.Carrier.Carry(ctx, letter)
	}
	if err == nil {
		p.answered()
		return p.sent(m)
	}
	if ctx.Err() != nil {
		return nil // it was we who ended it; the letter stays queued
	}
	return p.failed(m, failureOf(err))
}

// compose is Compose, of which not even a panic may end the post of everybody else.
func (p *Postman) compose(m booking.Message) (_ Letter, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	l, err := p.Compose(m)
	if err != nil {
		err = fmt.Errorf("compose %s: %w", m.Kind, err)
	}
	return l, err
}

func (p *Postman) sent(m booking.Message) error {
	err := p.Outbox.Sent(m.ID)
	if err == nil {
		delete(p.carried, m.ID)
		return nil
	}
	if p.carried == nil {
		p.carried = map[string]bool{}
	}
	p.carried[m.ID] = true
	return err
}

func (p *Postman) failed(m booking.Message, f *Failure) error {
	now := p.Now()
	retry := again(m.Attempts+1, now)
	if f.Permanent {
		retry = time.Time{}
	}
	if f.Down {
		p.closed = now.Add(pause)
		if !p.down {
			p.Logger.Error("mail server does not take letters; they wait", "reason", f.Why, "err", f.Err)
		}
		p.down = true
	} else {
		p.answered()
		p.Logger.Warn("letter not taken", "appointment", m.Appointment, "participant", m.Participant, "kind", string(m.Kind),
			"reason", f.Why, "code", answerCode(f.Err), "again", !retry.IsZero())
	}
	if f.Why == WhyOther {
		p.Logger.Error("letter failed for a reason that is ours", "appointment", m.Appointment, "err", f.Err)
	}
	return p.Outbox.Failed(m.ID, f.Why, retry)
}

// answered notes that the mail server is there.
func (p *Postman) answered() {
	if p.down {
		p.Logger.Info("mail server takes letters again")
	}
	p.down, p.closed = false, time.Time{}
}

// answerCode is the reply code of the mail server, 0 without. Its words may name people.
func answerCode(err error) int {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}
