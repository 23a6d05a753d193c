package booking

import (
	"fmt"
	"slices"
	"time"
)

// Sitting is how a hearing that is held stands, as far as it must outlive a crash: what its hosts have ordered. Whether
// somebody is inside, and an interruption for want of a host, follow from connections and are not stored.
type Sitting struct {
	Order  string    // "" in session as far as it has begun, or one of the Order constants
	Reason string    // of the order, a code for people and journal, or ""
	Locked bool      // nobody comes in but by a host's admission
	Since  time.Time `json:",omitzero"` // of the order; zero without one
}

// What hosts may have ordered.
const (
	OrderPaused       = "paused"       // all stay, nobody is heard or seen
	OrderSuspended    = "suspended"    // all stay, nobody is heard
	OrderDeliberation = "deliberation" // the bench alone is inside
)

// sittingKinds are the entries of the journal that change a sitting.
var sittingKinds = []string{"paused", "resumed", "suspended", "deliberation", "locked", "unlocked"}

// Sit notes an order of a host. kind is the entry of the journal that tells it: paused, resumed, suspended, deliberation,
// locked or unlocked; its code is the reason. A zero Since is now. The same again changes nothing. ErrNotFound; *Refused
// when the hearing is over; *FieldError.
func (s *Store) Sit(id string, sitting Sitting, kind, actor string) (Appointment, error) {
	if err := sitting.validate(); err != nil {
		return Appointment{}, err
	}
	if !slices.Contains(sittingKinds, kind) {
		return Appointment{}, &FieldError{"kind", "unknown"}
	}
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		if r := a.over(); r != ReasonNone {
			return &Refused{Decision{Reason: r}}
		}
		was := a.Sitting
		if was.Order == sitting.Order && was.Reason == sitting.Reason && was.Locked == sitting.Locked {
			return nil
		}
		switch {
		case sitting.Order == "":
			sitting.Since = time.Time{}
		case sitting.Order == was.Order:
			sitting.Since = was.Since
		case sitting.Since.IsZero():
			sitting.Since = t.now
		}
		sitting.Since = sitting.Since.UTC().Round(0)
		a.Sitting = sitting
		t.log(Entry{Kind: kind, Appointment: a.ID, Code: sitting.Reason})
		return nil
	})
}

func (s Sitting) validate() error {
	switch s.Order {
	case OrderPaused, OrderSuspended, OrderDeliberation:
	case "":
		if s.Reason != "" {
			return &FieldError{"reason", "invalid"}
		}
	default:
		return &FieldError{"order", "unknown"}
	}
	if s.Reason != "" && !isCode(s.Reason) {
		return &FieldError{"reason", "invalid"}
	}
	return nil
}

// extensionStep is what the length of a running hearing grows by.
const extensionStep = 5 * time.Minute

// Extend gives a hearing that runs more time, and announces to those of its day that come after it how much later they
// begin: none that has the same counter or host begins before this one's new end, nor before the end of one that this
// pushed in front of it. A delay that was announced is never shortened. It returns the hearing and those it delayed.
// ErrNotFound; *Refused when the hearing is over or has not begun; a *FieldError on "by" for what is no multiple of five
// minutes or more than a hearing may last.
func (s *Store) Extend(id string, by time.Duration, actor string) (a Appointment, delayed []Appointment, err error) {
	if by < extensionStep || by%extensionStep != 0 {
		return a, nil, &FieldError{"by", "invalid"}
	}
	err = s.update(actor, func(t *tx) error {
		if a, err = t.appointment(id); err != nil {
			return err
		}
		switch r := a.over(); {
		case r != ReasonNone:
			return &Refused{Decision{Reason: r}}
		case a.Started.IsZero():
			return &Refused{Decision{Reason: ReasonTooEarly, Until: a.Start.Instant}}
		case !t.now.Before(a.entryEnds(true)):
			return &Refused{Decision{Reason: ReasonTooLate}}
		case a.Duration+by > overtime:
			return &FieldError{"by", "too_long"}
		}
		a.Duration += by
		a.Extended += by
		a.Sequence++
		t.log(Entry{Kind: "extended", Appointment: a.ID, Code: by.String()})
		t.putAppointment(&a)
		delayed, err = t.push(a)
		return err
	})
	if err != nil {
		return Appointment{}, nil, err
	}
	return a, delayed, nil
}

// push delays what is later on the day of a hearing that takes longer than it should.
func (t *tx) push(a Appointment) (pushed []Appointment, err error) {
	after, err := t.laterThatDay(a)
	if err != nil {
		return nil, err
	}
	for _, b := range after {
		begins := b.Start.Instant.Add(b.Delay)
		if b.contends(a) {
			begins = later(begins, a.End())
		}
		for _, p := range pushed {
			if b.contends(p) && !b.Start.Instant.Before(p.Start.Instant.Add(p.Duration)) {
				begins = later(begins, p.End())
			}
		}
		delay := min(begins.Sub(b.Start.Instant), maxMargin)
		if t.postpone(&b, delay) {
			pushed = append(pushed, b)
		}
	}
	return pushed, nil
}

// laterThatDay returns the appointments of the same institution that start after a on the same date, by start.
func (t *tx) laterThatDay(a Appointment) (later []Appointment, err error) {
	from := a.Start.Instant.Add(time.Second)
	all, err := t.starting(docket, a.InstitutionID, from, a.Start.Instant.Add(26*time.Hour)) // the longest date
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if b.date() == a.date() {
			later = append(later, b)
		}
	}
	return later, nil
}

// date is that on which an appointment starts, where it takes place.
func (a Appointment) date() string { return a.Start.Local[:min(len(dateLayout), len(a.Start.Local))] }

// contends reports whether two appointments cannot take place at once: they have the same counter or host.
func (a Appointment) contends(b Appointment) bool {
	if a.CounterID != "" && a.CounterID == b.CounterID {
		return true
	}
	return slices.ContainsFunc(a.Participants, func(p Participant) bool { return p.Staff != "" && p.holds() && b.heldBy(p.Staff) })
}

// holds reports whether somebody is host.
func (p Participant) holds() bool { return p.Role.Hosts() && p.Removed.IsZero() }

// heldBy reports whether a member of the staff is host of a.
func (a Appointment) heldBy(account string) bool {
	return slices.ContainsFunc(a.Participants, func(p Participant) bool { return p.holds() && p.Staff == account })
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// NextOf returns the appointment that comes after this one on its day in the list of a member of the staff: the next that
// they host and that can still be held. ErrNotFound for an unknown id.
func (s *Store) NextOf(id, staffAccount string) (next Appointment, found bool, err error) {
	err = s.view(func(t *tx) error {
		a, err := t.appointment(id)
		if err != nil {
			return err
		}
		held, err := t.heldBy(staffAccount, a.Start.Instant, a.Start.Instant.Add(26*time.Hour))
		if err != nil {
			return fmt.Errorf("find next: %w", err)
		}
		for _, b := range held {
			after := b.Start.Instant.After(a.Start.Instant) || b.Start.Instant.Equal(a.Start.Instant) && b.ID > a.ID
			if after && b.date() == a.date() && b.over() == ReasonNone && b.heldBy(staffAccount) && t.now.Before(b.entryEnds(true)) {
				next, found = b, true
				return nil
			}
		}
		return nil
	})
	return next, found, err
}
