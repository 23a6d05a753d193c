package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"jalsa/booking"
)

// After booking, in the browser that booked: what happens next, and the code of the mail for those who read it elsewhere.

// doneView is what templates/done.html shows.
type doneView struct {
	errandView
	Reference string
	State     string // prove, wait, link, accepted, confirmed or over
	Text      string
	Email     string
	Within    string // until when it is to be confirmed, on the reader's clock
	Link      string // personal link, shown where no mail brings it
	Rehearse  string // address of the test of devices and connection, beside it
	Resent    bool
	Spent     bool // no further mail to this address for now
	Form      form
}

func (s *site) done(w http.ResponseWriter, r *http.Request, e errand) error {
	return s.showDone(w, r, e, e.form(url.Values{}))
}

func (s *site) showDone(w http.ResponseWriter, r *http.Request, e errand, f form) error {
	if e.hold.Appointment == "" {
		return seeOther(w, r, e.at("check"))
	}
	a, err := s.Bookings.Appointment(e.hold.Appointment)
	if err != nil {
		return fmt.Errorf("find appointment: %w", err)
	}
	e.catalogue = e.about(a)
	e.hold.Start = a.Start // it may have been moved since
	state := doneState(a)
	common, err := s.errandView(e, e.text("book.state."+state+".title"), "")
	if err != nil {
		return err
	}
	view := doneView{errandView: common, Reference: a.Reference, State: state, Text: e.text("book.state." + state + ".text"), Form: f}
	switch state {
	case "prove":
		view.Email = a.Contact.Email
		if view.Within, err = e.clock(a.Created.Add(booking.ProveWithin)); err != nil {
			return err
		}
		told := r.URL.Query()
		view.Spent = told.Get("resent") == "spent"
		view.Resent = told.Has("resent") && !view.Spent
		view.Form.ask(field{Name: "code", Label: e.text("book.code"), Hint: e.text("book.code_hint"), Auto: "one-time-code", Mode: "numeric", Dir: "ltr", Short: true})
	case "link", "accepted":
		if view.Link, err = s.bookersLink(a); err != nil {
			return err
		}
		if p, ok := bookerOf(a); ok && view.Link != "" && mayRehearse(a, p, s.Now()) {
			view.Rehearse = view.Link + "/rehearsal"
		}
	}
	return s.showForm(w, r, e.visitor, "done", &view.frame, view.Form, &view)
}

// doneState is what the citizen has to do now.
func doneState(a booking.Appointment) string {
	switch {
	case a.State == booking.StateConfirmed && a.Contact.Posted:
		return "confirmed"
	case a.State == booking.StateConfirmed:
		return "accepted"
	case a.State != booking.StateRequested:
		return "over"
	case !a.Contact.Posted:
		return "link"
	case a.Contact.Proven.IsZero():
		return "prove"
	}
	return "wait"
}

// booker returns who booked an appointment.
func bookerOf(a booking.Appointment) (booking.Participant, bool) {
	for _, p := range a.Participants {
		if p.Booker {
			return p, true
		}
	}
	return booking.Participant{}, false
}

// bookersLink is the personal link of who booked, "" if it cannot be shown again.
func (s *site) bookersLink(a booking.Appointment) (string, error) {
	p, ok := bookerOf(a)
	if !ok {
		return "", nil
	}
	ticket, ok, err := s.Bookings.Ticket(p.ID)
	if err != nil || !ok {
		return "", err
	}
	return s.PublicURL + "/j/" + ticket, nil
}

// proveByCode serves POST code: the code of the mail proves the contact in the browser that booked, and leads to the
// personal page.
func (s *site) proveByCode(w http.ResponseWriter, r *http.Request, e errand) error {
	f, err := e.posted(w, r)
	if err != nil {
		return err
	}
	code := digits(f.line("code"))
	a, err := s.Bookings.ProveByCode(e.hold.Key, e.browser, code, f.line("choice") == "new")
	var already *booking.AlreadyBooked
	var refused *booking.Refused
	switch {
	case errors.Is(err, booking.ErrWrongCode):
		if mine, err := s.Bookings.Appointment(e.hold.Appointment); err != nil || doneState(mine) != "prove" {
			return toDone(w, r, e) // proven otherwise meanwhile: there is no code to ask for
		}
		f.fault("code", "wrong")
		return s.showDone(w, r, e, f)
	case errors.As(err, &already):
		mine, err := s.Bookings.Appointment(e.hold.Appointment)
		if err != nil {
			return fmt.Errorf("find appointment: %w", err)
		}
		if f.line("choice") == "old" {
			return s.keepOld(w, r, mine)
		}
		return s.showAlready(w, r, e.visitor, mine, already.Appointment, code)
	case errors.As(err, &refused):
		return toDone(w, r, e)
	case err != nil:
		return fmt.Errorf("prove contact: %w", err)
	}
	link, err := s.bookersLink(a)
	if err != nil || link == "" {
		return toDone(w, r, e)
	}
	return seeOther(w, r, link)
}

// digits are those of a code as people copy it, with blanks or in Arabic figures.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return r
		case '٠' <= r && r <= '٩':
			return '0' + r - '٠'
		case '۰' <= r && r <= '۹':
			return '0' + r - '۰'
		}
		return -1
	}, typed)
}

// sendProof serves POST resend.
func (s *site) sendProof(w http.ResponseWriter, r *http.Request, e errand) error {
	if _, err := readForm(w, r); err != nil {
		return err
	}
	var refused *booking.Refused
	told := "1"
	switch err := s.Bookings.SendProof(e.hold.Key, e.browser); {
	case errors.As(err, &refused):
		return toDone(w, r, e) // which says what became of it
	case errors.Is(err, booking.ErrTooMany):
		told = "spent"
	case err != nil:
		return fmt.Errorf("send proof: %w", err)
	}
	return seeOther(w, r, e.link("/book/errand/"+e.hold.Key+"/done", "resent", told))
}

// alreadyView is what templates/already.html shows: two appointments of which one is kept.
type alreadyView struct {
	frame
	Service  phrase
	Old, New when
	Fixed    bool   // the old one can be given up no more
	Code     string // proven a moment ago, to be sent again; "" where the link proves
}

func (s *site) showAlready(w http.ResponseWriter, r *http.Request, v visitor, mine, old booking.Appointment, code string) error {
	view := alreadyView{frame: s.frame(v, v.text("book.already.title")), Service: v.phrase(mine.Service), Code: code, Fixed: old.MayChange(s.Now()) != nil}
	var err error
	if view.Old, err = v.when(old.Start.Instant, old.Start.Zone); err != nil {
		return err
	}
	if view.New, err = v.when(mine.Start.Instant, mine.Start.Zone); err != nil {
		return err
	}
	return s.render(w, r, v, "already", http.StatusConflict, view)
}

// keepOld gives the new time back: who booked has an appointment already and wants that one.
func (s *site) keepOld(w http.ResponseWriter, r *http.Request, mine booking.Appointment) error {
	p, ok := bookerOf(mine)
	if !ok {
		return errNotFound
	}
	ticket, ok, err := s.Bookings.Ticket(p.ID)
	if err != nil {
		return fmt.Errorf("find ticket: %w", err)
	}
	if !ok {
		return errNotFound
	}
	var refused *booking.Refused
	_, err = s.Bookings.CancelByTicket(ticket, "")
	if err != nil && !errors.Is(err, booking.ErrCutoff) && !errors.As(err, &refused) { // else it expires by itself
		return fmt.Errorf("give the new time back: %w", err)
	}
	return seeOther(w, r, "/j/"+ticket)
}
