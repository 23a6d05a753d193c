package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"jalsa/booking"
)

// What a citizen does with the link of an appointment they booked: confirm, move, cancel, bring somebody, have it sent
// again. Fetching a page never does any of it, because mail scanners fetch links.

// managed is an appointment in the hands of who booked it.
type managed struct {
	visitor
	ticket string
	booked booking.Appointment
	me     booking.Participant
}

// booker serves a page to who booked only; to other participants it does not exist. What they do is mailed to everybody they
// brought, so they may do it only so often.
func (s *site) booker(answer func(http.ResponseWriter, *http.Request, managed) error) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		m := managed{ticket: r.PathValue("ticket")}
		var err error
		if m.booked, m.me, err = s.Bookings.Lookup(m.ticket); err != nil {
			return fmt.Errorf("look up link: %w", err)
		}
		if !m.me.Booker || !m.me.Removed.IsZero() {
			return errNotFound
		}
		if r.Method == http.MethodPost && !s.altering.allow(m.me.ID, s.Now()) {
			s.altering.wait(w)
			return errTooOften
		}
		m.visitor = s.linkVisitor(r, m.booked, m.me)
		keepOrigin(w)
		return answer(w, r, m)
	}
}

// toLink mends an address that is for a form only.
func toLink(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, "/j/"+url.PathEscape(r.PathValue("ticket")))
}

func (m managed) at(page string, more ...string) string {
	path := "/j/" + m.ticket
	if page != "" {
		path += "/" + page
	}
	return m.link(path, more...)
}

// toCome reports whether the appointment is still to take place, and has not begun.
func (m managed) toCome(now time.Time) bool {
	a := m.booked
	return a.State.Live() && a.Started.IsZero() && a.Closed.IsZero() && now.Before(a.Start.Instant)
}

// manageView is the part of templates/hearing.html for who booked.
type manageView struct {
	Prove              string // where the form goes that confirms; "" when there is nothing to confirm
	Within             string // until when it is to be confirmed, on the reader's clock
	Move, Cancel       string // addresses; "" where it is too late
	People, Resend     string
	File, Certificate  string
	Until              *when // the citizen may change it alone until then
	Late               bool  // that time has passed
	Missed             bool  // the institution was not there: its page for a new time comes first
	Again              string
	Phone, Email       string
	Contacts           bool
	With               []brought // who comes along
	Needs, Interpreter string
}

// manage tells who booked what they may do now.
func (s *site) manage(m managed, now time.Time) (*manageView, error) {
	a := m.booked
	view := &manageView{Needs: a.Needs}
	view.Missed = a.Offered(now)
	if a.Interpreter != "" {
		view.Interpreter = m.interpreter(a.Interpreter)
	}
	if i, err := s.Bookings.Institution(a.InstitutionID); err == nil {
		view.Phone, view.Email = i.Phone, i.Email
		if !a.State.Live() || view.Missed {
			view.Again = m.link("/book/" + a.InstitutionID + "/" + a.ServiceID + "/")
		}
	} else if !errors.Is(err, booking.ErrNotFound) {
		return nil, fmt.Errorf("find institution: %w", err)
	}
	view.Contacts = view.Phone != "" || view.Email != ""
	live := m.toCome(now)
	if live {
		view.With = s.brought(m, a.MayChange(now) == nil)
	}
	if a.State == booking.StateRequested && a.Contact.Posted && a.Contact.Proven.IsZero() {
		view.Prove = m.at("prove")
		var err error
		view.Within, err = m.clock(a.Created.Add(booking.ProveWithin))
		return view, err
	}
	switch err := a.MayChange(now); {
	case err == nil:
		view.Move, view.Cancel = m.at("move"), m.at("cancel")
		if view.Missed {
			break
		}
		until, err := m.when(a.Start.Instant.Add(-a.Cutoff), a.Start.Zone)
		if err != nil {
			return nil, err
		}
		view.Until = &until
	case errors.Is(err, booking.ErrCutoff):
		view.Late = live
	}
	if live {
		view.People = m.at("people")
		if m.me.Email != "" && s.Bookings.Mails() {
			view.Resend = m.at("resend")
		}
	}
	if live && a.State == booking.StateConfirmed {
		view.File = m.at("appointment.ics")
	}
	if attestable(a, now) {
		view.Certificate = m.at("attendance")
	}
	return view, nil
}

// proveByLink serves POST /j/{ticket}/prove: who presses the button of the mailed page has read the mail.
func (s *site) proveByLink(w http.ResponseWriter, r *http.Request, m managed) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	_, err = s.Bookings.ProveByTicket(m.ticket, typed.Get("choice") == "new")
	var already *booking.AlreadyBooked
	var refused *booking.Refused
	switch {
	case errors.As(err, &already) && typed.Get("choice") == "old":
		return s.keepOld(w, r, m.booked)
	case errors.As(err, &already):
		return s.showAlready(w, r, m.visitor, m.booked, already.Appointment, "")
	case err != nil && !errors.As(err, &refused): // the page says what became of it
		return fmt.Errorf("prove contact: %w", err)
	}
	return seeOther(w, r, m.at(""))
}

// changeView is what templates/change.html shows: the question before an appointment is cancelled, or somebody is added.
type changeView struct {
	frame
	Institution, Service phrase
	When                 when
	Text, Button         string
	Keep                 string // the way back in words, where the button cannot be undone
	Form                 form
	Back                 string
}

// changeView is the page about a change; what is cancel or people.
func (s *site) changeView(m managed, what string, f form) (changeView, error) {
	times, err := m.when(m.booked.Start.Instant, m.booked.Start.Zone)
	if err != nil {
		return changeView{}, err
	}
	return changeView{
		frame:       s.frame(m.visitor, m.text("manage."+what+".title")),
		Institution: m.phrase(m.booked.Institution), Service: m.phrase(m.booked.Service),
		When: times, Text: m.text("manage." + what + ".text"), Button: m.text("manage." + what + ".button"), Form: f, Back: m.at(""),
	}, nil
}

// askCancel sends somebody back to the page of the link, which says why, when it is too late for what they ask.
func (s *site) askCancel(w http.ResponseWriter, r *http.Request, m managed) error {
	if m.booked.MayChange(s.Now()) != nil {
		return seeOther(w, r, m.at(""))
	}
	return s.showCancel(w, r, m, m.form(url.Values{}))
}

func (s *site) showCancel(w http.ResponseWriter, r *http.Request, m managed, f form) error {
	f.ask(field{Name: "reason", Kind: "textarea", Label: m.text("manage.cancel.reason"), Hint: m.text("manage.cancel.reason_hint"), Optional: true})
	view, err := s.changeView(m, "cancel", f)
	if err != nil {
		return err
	}
	view.Keep = m.text("manage.cancel.keep")
	return s.showForm(w, r, m.visitor, "change", &view.frame, f, &view)
}

func (s *site) cancel(w http.ResponseWriter, r *http.Request, m managed) error {
	f, err := m.posted(w, r)
	if err != nil {
		return err
	}
	_, err = s.Bookings.CancelByTicket(m.ticket, f.paragraph("reason"))
	if err != nil && f.blame(err) {
		for i := range f.Faults {
			f.Faults[i].Field = "reason"
		}
		return s.showCancel(w, r, m, f)
	}
	return s.changed(w, r, m, err, "cancelled")
}

// toldChoice is the parameter of the page of a link by which it tells what was done a moment ago, one of manageTold.
const toldChoice = "told"

var manageTold = []string{"moved", "cancelled", "added", "removed", "resent"}

// changed ends a change: the page of the link tells that it was done, or that it is too late for it.
func (s *site) changed(w http.ResponseWriter, r *http.Request, m managed, err error, done string) error {
	var refused *booking.Refused
	switch {
	case err == nil:
		return seeOther(w, r, m.at("", toldChoice, done))
	case errors.Is(err, booking.ErrCutoff), errors.As(err, &refused):
		return seeOther(w, r, m.at(""))
	}
	return fmt.Errorf("change appointment: %w", err)
}

func (s *site) askMove(w http.ResponseWriter, r *http.Request, m managed) error {
	if !s.mayMove(m) {
		return seeOther(w, r, m.at(""))
	}
	return s.showMove(w, r, m, m.form(url.Values{}))
}

func (s *site) mayMove(m managed) bool {
	return m.booked.ServiceID != "" && m.booked.MayChange(s.Now()) == nil
}

func (s *site) showMove(w http.ResponseWriter, r *http.Request, m managed, f form) error {
	service, err := s.Bookings.Service(m.booked.ServiceID)
	if err != nil {
		return fmt.Errorf("find service: %w", err)
	}
	institution, err := s.Bookings.Institution(service.Institution)
	if err != nil {
		return fmt.Errorf("find institution: %w", err)
	}
	v := m.visitor
	v.kept = keptOf(r.URL.Query(), "month", "day")
	p, err := s.picker(v, r, service, f, nil)
	if err != nil {
		return err
	}
	now, err := v.when(m.booked.Start.Instant, m.booked.Start.Zone)
	if err != nil {
		return err
	}
	view := slotsView{
		frame:       s.frame(v, v.text("manage.move.title")),
		Institution: v.phrase(m.booked.Institution), Service: v.phrase(m.booked.Service),
		Picker: p, When: &now, Phone: institution.Phone, Email: institution.Email,
		Button: v.text("manage.move.button"), Action: r.URL.RequestURI(), Back: m.at(""),
	}
	return s.showForm(w, r, v, "slots", &view.frame, f, &view)
}

func (s *site) move(w http.ResponseWriter, r *http.Request, m managed) error {
	f, err := m.posted(w, r)
	if err != nil {
		return err
	}
	start, ok := readSlot(f.Values.Get(slotField))
	if !ok {
		f.fault(slotField, "missing")
		return s.showMove(w, r, m, f)
	}
	_, err = s.Bookings.MoveByTicket(m.ticket, start)
	if errors.As(err, new(*booking.AlreadyBooked)) {
		f.fault(slotField, "booked")
		f.Status = http.StatusConflict
		return s.showMove(w, r, m, f)
	}
	if (errors.Is(err, booking.ErrSlotTaken) || errors.Is(err, booking.ErrNotFound)) && s.mayMove(m) {
		f.fault(slotField, "taken")
		f.Status = http.StatusConflict
		return s.showMove(w, r, m, f)
	}
	return s.changed(w, r, m, err, "moved")
}

// sendLink serves POST /j/{ticket}/resend: the same link once more, to the address it was sent to before.
func (s *site) sendLink(w http.ResponseWriter, r *http.Request, m managed) error {
	if _, err := readForm(w, r); err != nil {
		return err
	}
	if !s.resent.allow(m.me.ID, s.Now()) {
		s.resent.wait(w)
		return errTooOften
	}
	err := s.Bookings.SendLink(m.me.ID, m.me.ID)
	return s.changed(w, r, m, err, "resent")
}

// manageLink adds to the page of a link what who booked may do, and says for them where a request stands.
func (s *site) manageLink(view *hearingView, v visitor, r *http.Request, a booking.Appointment, p booking.Participant, now time.Time) (err error) {
	if !p.Booker || !p.Removed.IsZero() {
		return nil
	}
	m := managed{visitor: v, ticket: r.PathValue("ticket"), booked: a, me: p}
	if view.Manage, err = s.manage(m, now); err != nil {
		return fmt.Errorf("describe what may be changed: %w", err)
	}
	if told := r.URL.Query().Get(toldChoice); slices.Contains(manageTold, told) && (told != "cancelled" || a.State == booking.StateCancelled) {
		view.Told = v.text("manage.told." + told)
	}
	switch {
	case view.Manage.Prove != "":
		view.say(v, "wait", "prove")
	case a.State == booking.StateRequested:
		view.say(v, "wait", "waits")
		if p.Email != "" && s.Bookings.Mails() {
			view.StateText = v.text("manage.state.waits.mailed")
		}
	case a.State == booking.StateRejected:
		view.say(v, "stop", "rejected")
	case a.State == booking.StateExpired:
		view.say(v, "stop", "expired")
	case a.State == booking.StateConfirmed && view.State == string(booking.ReasonTooEarly):
		view.say(v, "go", "confirmed")
	case view.Manage.Missed:
		view.say(v, "wait", "missed")
	case a.State == booking.StateCancelled && a.Reason == "by_citizen":
		view.say(v, "done", "cancelled")
	}
	return nil
}

// say tells the state in other words than the gate's.
func (view *hearingView) say(v visitor, tone, name string) {
	view.Tone, view.StateName, view.StateText = tone, v.text("manage.state."+name+".title"), v.text("manage.state."+name+".text")
	view.Title = view.StateName + " – " + view.Service.Text
}
