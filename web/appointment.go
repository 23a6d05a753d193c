package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jalsa/booking"
)

// appointmentView is what templates/appointment.html shows the staff: one appointment, its people, and what can be done
// with it as it stands now.
type appointmentView struct {
	frame
	Told   *notice
	Faults []fieldFault // of whichever form of the page was sent

	ID              string
	Reference, Case string
	Service         phrase
	State           string
	Name, Tone      string // of the state
	When            when
	Expected        *when // the new time, after an announced delay
	Delay           int
	Minutes         int
	Counter         string
	Created         moment
	Reason, Remark  string
	Next, Previous  string // addresses of what it was adjourned to and from
	Email, Phone    string
	Proven          bool
	Interpreter     string
	Needs           string
	Erased          bool

	People   []partyView
	Messages []messageView
	Officer  form
	Late     form
	Together form
	Apart    form
	Can      deeds
}

// deeds are what the reader may do with the appointment as it is now.
type deeds struct {
	Accept, Reject, Cancel, Adjourn   bool
	Move, Delay, Assign, Add, Prepare bool // Prepare: people, links, separation
	Attend, MarkAbsent                bool
	ShowLinks                         bool
}

// deedsOn tells what d may do with a. The books decide again.
func (d desk) deedsOn(a booking.Appointment, now time.Time) deeds {
	may := func(verb booking.Verb) bool { return booking.May(d.account, verb, a.InstitutionID) }
	live := a.State.Live() && a.Closed.IsZero()
	begun := !a.Started.IsZero()
	past := a.Status(now) == booking.StatusTooLate
	run, decide := live && may(booking.VerbRun), live && may(booking.VerbDecide)
	can := deeds{
		Accept: decide && !past && a.State == booking.StateRequested,
		Reject: decide && a.State == booking.StateRequested,
		Cancel: decide && a.State == booking.StateConfirmed && !past, Adjourn: decide && a.State == booking.StateConfirmed,
		Move: run && !begun && !past, Delay: run && mayBeLate(a, now), Assign: run && !past, Add: run && !past, Prepare: run && !past,
		MarkAbsent: may(booking.VerbRun) && a.State == booking.StateConfirmed && !now.Before(a.Start.Instant),
		ShowLinks:  run && !past,
	}
	if p, ok := placeOf(a, d.account.ID); ok && may(booking.VerbAttend) {
		can.Attend = booking.Admission(a, p.ID, booking.PurposeHearing, now).Verdict != booking.Refuse
	}
	return can
}

// placeOf finds a member of the staff among the people of an appointment.
func placeOf(a booking.Appointment, accountID string) (booking.Participant, bool) {
	for _, p := range a.Participants {
		if p.Staff == accountID && accountID != "" && p.Removed.IsZero() {
			return p, true
		}
	}
	return booking.Participant{}, false
}

// showAppointment serves GET /staff/appointments/{appointment}.
func (s *site) showAppointment(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.renderAppointment(w, r, d, a, d.form(url.Values{}))
}

// renderAppointment shows the page with what was typed into one of its forms, if one has faults.
func (s *site) renderAppointment(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, typed form) error {
	now := s.Now()
	names, err := s.names(d)
	if err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	state := stateOf(a, s.placesOf(a.ID), now)
	view := appointmentView{
		frame: s.staffFrame(d, a.Reference+" – "+d.phrase(a.Service).Text, "/staff/docket"),
		ID:    a.ID, Reference: a.Reference, Case: a.Case, Service: d.phrase(a.Service),
		State: string(state), Name: d.stateName(a, state), Tone: docketTones[state],
		Minutes: int(a.Duration / time.Minute), Counter: names.counters[a.CounterID],
		Remark: a.Remark, Email: a.Contact.Email, Phone: a.Contact.Phone, Proven: !a.Contact.Proven.IsZero(),
		Needs: a.Needs, Erased: !a.Erased.IsZero(), Can: d.deedsOn(a, now),
	}
	view.frame.keep(appointmentAddress(a.ID, nil), nil)
	if view.Told, err = s.notice(r, d, a); err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	if a.Reason != "" {
		view.Reason = d.reasonName(a.Reason)
	}
	if a.Interpreter != "" {
		view.Interpreter = d.languageName(a.Interpreter)
	}
	if a.Next != "" {
		view.Next = appointmentAddress(a.Next, nil)
	}
	if a.Previous != "" {
		view.Previous = appointmentAddress(a.Previous, nil)
	}
	if err := view.tellTimes(d, a); err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	messages, err := s.Bookings.Messages(a.ID)
	if err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	if err := s.tellParties(&view, d, a, messages); err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	if view.Messages, err = d.receipts(a, messages); err != nil {
		return fmt.Errorf("show appointment: %w", err)
	}
	view.askAll(d, a, names, typed)
	return s.showForm(w, r, d.visitor, "appointment", &view.frame, typed, &view)
}

func (view *appointmentView) tellTimes(d desk, a booking.Appointment) (err error) {
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return err
	}
	view.Created = d.moment(a.Created.In(zone))
	if view.When, err = d.clocks(a, a.Start.Instant); err != nil {
		return err
	}
	if a.Delay > 0 && a.Started.IsZero() {
		view.Delay = int(a.Delay / time.Minute)
		expected, err := d.clocks(a, a.Start.Instant.Add(a.Delay))
		if err != nil {
			return err
		}
		view.Expected = &expected
	}
	return nil
}

// askAll puts the questions of the small forms of the page. typed holds what was typed into the one that was sent; the
// names of their fields differ.
func (view *appointmentView) askAll(d desk, a booking.Appointment, names names, typed form) {
	var everyone []choice
	for _, p := range a.Participants {
		if p.Removed.IsZero() {
			everyone = append(everyone, choice{Value: p.ID, Label: p.Name, Hint: d.person(p).Role})
		}
	}
	with := func(stored url.Values) form {
		f := d.form(stored)
		if typed.faulty() {
			f = typed
			f.Fields = nil
		}
		return f
	}
	current := ""
	for _, p := range officers(a) {
		if p.Staff != "" {
			current = p.Staff
		}
	}
	view.Officer = with(url.Values{"officer": {current}})
	view.Officer.ask(field{Name: "officer", Kind: "select", Label: d.text("docket.officer.label"),
		Choices: append([]choice{{Value: "", Label: d.text("docket.officer.none")}}, names.officerChoices...)})
	view.Late = with(url.Values{})
	view.Late.ask(field{Name: "late_by", Kind: "number", Label: d.text("docket.delay.minutes"), Hint: d.text("docket.delay.hint"), Short: true, Mode: "numeric"})
	view.Together = with(url.Values{})
	view.Together.ask(field{Name: "together", Kind: "checkboxes", Label: d.text("docket.together.label"), Hint: d.text("docket.together.hint"), Choices: everyone})
	view.Apart = with(url.Values{})
	pick := append([]choice{{Value: "", Label: d.text("docket.apart.choose")}}, everyone...)
	view.Apart.ask(
		field{Name: "one", Kind: "select", Label: d.text("docket.apart.one"), Choices: pick},
		field{Name: "other", Kind: "select", Label: d.text("docket.apart.other"), Choices: append([]choice(nil), pick...)},
	)
	view.Faults = typed.Faults // the forms share them, and have told which field each is about
}

// acted ends a deed on an appointment: back to its page, which tells it; or the page as it is now, with why not.
func (s *site) acted(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, f form, err error, deed string) error {
	if err == nil {
		return back(w, r, a.ID, deed)
	}
	if !d.blameDeed(&f, err) {
		return fmt.Errorf("%s appointment: %w", deed, err)
	}
	fresh, err := s.Bookings.Appointment(a.ID)
	if err != nil {
		return fmt.Errorf("find appointment: %w", err)
	}
	return s.renderAppointment(w, r, d, fresh, f)
}

// controls are the fields of our forms by what the books call them, where the names differ.
var controls = map[string]string{"start": "held_on", "duration": "length", "service": "hearing_title", "delay": "late_by"}

// blameDeed is form.blame for what else stands against a deed: the appointment is no longer what the page showed, or the
// time is taken. at tells in which row of the form each participant stood of whom the books speak, see readPeople.
func (d desk) blameDeed(f *form, err error, at ...int) bool {
	var refused *booking.Refused
	var all booking.FieldErrors
	var one *booking.FieldError
	switch {
	case errors.As(err, &refused):
		f.Faults = append(f.Faults, fieldFault{Field: "main", Code: "refused", Text: d.text("docket.refused")})
	case errors.Is(err, booking.ErrAttended):
		f.Faults = append(f.Faults, fieldFault{Field: "main", Code: "attended", Text: d.text("docket.absent.attended")})
	case errors.Is(err, booking.ErrSlotTaken):
		f.fault("held_on", "taken")
	case errors.As(err, new(*booking.AlreadyBooked)):
		f.fault("held_on", "booked")
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = booking.FieldErrors{one}
	default:
		return false
	}
	for _, e := range all {
		f.fault(controlOf(e.Field, at), e.Code)
	}
	return true
}

// controlOf is the control of a field of the books: "participants.2.name" is the name in the row of the third of them.
func controlOf(name string, at []int) string {
	if control, ok := controls[name]; ok {
		return control
	}
	rest, ok := strings.CutPrefix(name, "participants.")
	if !ok {
		return name
	}
	position, what, _ := strings.Cut(rest, ".")
	if i, err := strconv.Atoi(position); err == nil && i < len(at) && at[i] >= 0 {
		return rowField(at[i], what)
	}
	return name
}
