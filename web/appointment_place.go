package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"jalsa/booking"
)

const (
	offeredSlots  = 8 // of the next free ones, for the staff to choose from
	offeredWithin = 62 * 24 * time.Hour
	anotherTime   = "other" // value of the choice that lets date and time be typed
)

// showMoving serves GET /staff/appointments/{appointment}/move.
func (s *site) showMoving(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askPlace(w, r, d, a, "move", d.form(url.Values{"counter": {a.CounterID}}))
}

// moveAppointment serves POST /staff/appointments/{appointment}/move.
func (s *site) moveAppointment(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	deed := "moved"
	return s.replace(w, r, d, a, "move", &deed, func(to booking.Place, why booking.Why) (string, error) {
		now, err := s.Bookings.Move(a.ID, to, why, d.account.ID)
		if err == nil && now.Start.Instant.Equal(a.Start.Instant) {
			deed = "kept_time"
		}
		return a.ID, err
	})
}

// showAdjourn serves GET /staff/appointments/{appointment}/adjourn.
func (s *site) showAdjourn(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askPlace(w, r, d, a, "adjourn", d.form(url.Values{"counter": {a.CounterID}}))
}

// adjourn serves POST /staff/appointments/{appointment}/adjourn; it ends on the page of the new appointment.
func (s *site) adjourn(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	deed := "adjourned"
	return s.replace(w, r, d, a, "adjourn", &deed, func(to booking.Place, why booking.Why) (string, error) {
		_, next, err := s.Bookings.Adjourn(a.ID, to, why, d.account.ID)
		return next.ID, err
	})
}

// replace reads another time and place and gives them to do, which returns whose page to go to; there deed is told.
func (s *site) replace(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, what string, deed *string, do func(booking.Place, booking.Why) (string, error)) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	to := readPlace(&f, a.Start.Zone)
	if f.faulty() {
		return s.askPlace(w, r, d, a, what, f)
	}
	proposal := booking.Proposal{Institution: a.InstitutionID, Place: to, Duration: a.Duration, Appointment: a.ID}
	if stop, err := s.objected(d, &f, proposal); err != nil {
		return fmt.Errorf("%s appointment: %w", what, err)
	} else if stop {
		return s.askPlace(w, r, d, a, what, f)
	}
	id, err := do(to, booking.Why{Code: "by_service", Text: f.paragraph("words")})
	if err == nil {
		return back(w, r, id, *deed)
	}
	var refused *booking.Refused
	if errors.As(err, &refused) {
		return s.acted(w, r, d, a, d.form(url.Values{}), err, what)
	}
	if !d.blameDeed(&f, err) {
		return fmt.Errorf("%s appointment: %w", what, err)
	}
	return s.askPlace(w, r, d, a, what, f)
}

// readPlace reads one of the offered times, for which the books choose the counter, or a time that was f.Values.
func readPlace(f *form, zone string) booking.Place {
	slot := f.line("next_slot")
	if slot != "" && slot != anotherTime {
		start, err := booking.NewCivil(slot, zone)
		if err != nil {
			f.fault("next_slot", "unknown")
		}
		return booking.Place{Start: start, Counter: booking.AnyCounter}
	}
	return booking.Place{Start: readCivil(f, zone), Counter: f.line("counter")}
}

// readCivil reads the fields start (date) and clock (time of day) as they are on the wall of a zone.
func readCivil(f *form, zone string) booking.Civil {
	date, clock := f.line("held_on"), f.line("held_at")
	switch {
	case date == "":
		f.fault("held_on", "missing")
	case clock == "":
		f.fault("held_at", "missing")
	}
	if date == "" || clock == "" {
		return booking.Civil{}
	}
	start, err := booking.NewCivil(date+"T"+clock, zone)
	var bad *booking.FieldError
	switch {
	case errors.As(err, &bad) && bad.Code == "gap":
		f.fault("held_at", bad.Code)
	case err != nil:
		f.fault("held_on", "date")
	}
	return start
}

// askPlace shows the page that asks for another time; what is move or adjourn.
func (s *site) askPlace(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, what string, f form) error {
	names, err := s.names(d)
	if err != nil {
		return fmt.Errorf("ask for a time: %w", err)
	}
	view, err := s.decisionView(d, a, what)
	if err != nil {
		return fmt.Errorf("ask for a time: %w", err)
	}
	from := s.Now()
	if what == "adjourn" && a.Start.Instant.After(from) {
		from = a.Start.Instant.Add(time.Second)
	}
	slots, err := s.nextSlots(d, a, from)
	if err != nil {
		return fmt.Errorf("ask for a time: %w", err)
	}
	if len(slots) > 0 {
		other := choice{Value: anotherTime, Label: d.text("docket.place.another"), Chosen: !f.Values.Has("next_slot")}
		f.ask(field{Name: "next_slot", Kind: "radios", Label: d.text("docket.place.slot"), Choices: append(slots, other)})
	}
	f.ask(
		field{Name: "held_on", Kind: "date", Label: d.text("docket.place.date"), Short: true},
		field{Name: "held_at", Kind: "time", Label: d.text("docket.place.clock"), Hint: d.text("docket.place.zone", "zone", d.place(a.Start.Zone)), Short: true},
		field{Name: "counter", Kind: "select", Label: d.text("docket.counter.label"), Choices: append([]choice{{Value: "", Label: d.text("docket.counter.none")}}, names.counterChoices...)},
		field{Name: "words", Kind: "textarea", Label: d.text("docket.why.text"), Hint: d.text("docket.why.hint"), Optional: true},
	)
	d.askDespite(&f, what)
	view.Form = f
	return s.showForm(w, r, d.visitor, "decision", &view.frame, f, &view)
}

// nextSlots are the next times from an instant on at which the service of an appointment is free, in its own zone.
func (s *site) nextSlots(d desk, a booking.Appointment, from time.Time) ([]choice, error) {
	if a.ServiceID == "" {
		return nil, nil
	}
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return nil, err
	}
	free, err := s.Bookings.Free(a.ServiceID, from, from.Add(offeredWithin))
	if errors.Is(err, booking.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var choices []choice
	for _, slot := range free[:min(len(free), offeredSlots)] {
		m := d.moment(slot.Start.Instant.In(zone))
		choices = append(choices, choice{Value: slot.Start.Local, Label: d.text("docket.place.at", "date", m.Date, "clock", m.Clock, "offset", m.Offset)})
	}
	return choices, nil
}

// assign serves POST /staff/appointments/{appointment}/officer: who holds it, or "" for nobody yet.
func (s *site) assign(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	officer, deed := f.line("officer"), "unassigned"
	if officer != "" {
		deed = "assigned"
		account, err := s.Bookings.Account(officer)
		if errors.Is(err, booking.ErrNotFound) || err == nil && (account.Institution != a.InstitutionID || !account.Role.Hosts() || account.Disabled) {
			f.fault("officer", "unknown")
			return s.renderAppointment(w, r, d, a, f)
		}
		if err != nil {
			return fmt.Errorf("assign officer: %w", err)
		}
	}
	_, err = s.Bookings.Assign(a.ID, officer, d.account.ID)
	return s.acted(w, r, d, a, f, err, deed)
}

// attend serves POST /staff/appointments/{appointment}/attend: a member of the staff who is in the hearing takes their place in it,
// with a session as a personal link would give.
func (s *site) attend(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	secret, p, err := s.Bookings.Attend(a.ID, d.account.ID)
	if err != nil {
		return s.acted(w, r, d, a, d.form(url.Values{}), err, "attend")
	}
	http.SetCookie(w, s.cookie(booking.SessionCookie, secret, roomPath(p.ID)))
	return seeOther(w, r, roomPath(p.ID))
}
