package web

import (
	"errors"
	"fmt"
	"net/http"

	"jalsa/booking"
)

// homeView is what templates/home.html shows.
type homeView struct {
	frame
	Book string // where one books; "" where nothing is offered
	Find string // where a lost link is found by a code that is mailed; "" where nothing is mailed
}

// home serves GET /: what this is, for somebody who came without a link.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	v := s.visitor(r, "")
	view := homeView{frame: s.frame(v, v.text("home.title"))}
	if s.Bookings.Mails() {
		view.Find = v.link("/find")
	}
	offers, err := s.offers(v)
	if err != nil {
		return err
	}
	if len(offers) > 0 {
		view.Book = v.link("/book/")
	}
	return s.render(w, r, v, "home", http.StatusOK, view)
}

// showLink serves GET and HEAD /j/{ticket}. It reads only: mail scanners and link previews fetch this page, often
// and before the person does.
func (s *site) showLink(w http.ResponseWriter, r *http.Request) error {
	a, p, err := s.Bookings.Lookup(r.PathValue("ticket"))
	if err != nil {
		return fmt.Errorf("look up link: %w", err)
	}
	v, now := s.linkVisitor(r, a, p), s.Now()
	view, err := s.hearing(v, a, p, booking.Admission(a, p.ID, booking.PurposeHearing, now), now)
	if err != nil {
		return err
	}
	if err := s.manageLink(&view, v, r, a, p, now); err != nil {
		return err
	}
	keepOrigin(w)
	if view.Reloads {
		reload(w, a, p.ID, now)
	}
	view.renews(w, r, p)
	if r.Method == http.MethodGet {
		s.journeys.note(p.ID, stepOpened, now)
	}
	view.Rehearsed = v.rehearsed(p, now)
	view.Rehearses = view.Enter == "" && mayRehearse(a, p, now) // the room has a check of its own
	return s.render(w, r, v, "hearing", http.StatusOK, view)
}

// redeem serves POST /j/{ticket}: one of two buttons, without an address so that the ticket stands in no page.
func (s *site) redeem(w http.ResponseWriter, r *http.Request) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	if typed.Has("rehearsal") {
		return s.redeemRehearsal(w, r)
	}
	return s.redeemTo(w, r, s.Bookings.Redeem, roomPath)
}

// redeemTo makes the link a session of this browser, for this participant's own path, and leads to the page that it is
// for: the ticket leaves the address bar.
func (s *site) redeemTo(w http.ResponseWriter, r *http.Request, redeem func(ticket string) (string, booking.Appointment, booking.Participant, error), page func(participantID string) string) error {
	_, p, err := s.Bookings.Lookup(r.PathValue("ticket"))
	if err != nil {
		return fmt.Errorf("look up link: %w", err)
	}
	if !s.redeemed.allow(p.ID, s.Now()) {
		redeemPace.wait(w)
		return errTooOften
	}
	secret, _, p, err := redeem(r.PathValue("ticket"))
	var refused *booking.Refused
	if errors.As(err, &refused) {
		return s.refuse(w, r, refused.Decision)
	}
	if err != nil {
		return fmt.Errorf("redeem link: %w", err)
	}
	http.SetCookie(w, s.cookie(booking.SessionCookie, secret, roomPath(p.ID)))
	s.remember(w, s.visitor(r, p.Language), roomPath(p.ID))
	http.Redirect(w, r, page(p.ID), http.StatusSeeOther)
	return nil
}

// refuse shows why the gate said no, on the page of the link itself.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, d booking.Decision) error {
	a, p, err := s.Bookings.Lookup(r.PathValue("ticket"))
	if err != nil {
		return fmt.Errorf("look up link: %w", err)
	}
	v := s.linkVisitor(r, a, p)
	view, err := s.hearing(v, a, p, d, s.Now())
	if err != nil {
		return err
	}
	view.Reloads = false
	return s.render(w, r, v, "hearing", refusalStatus(d.Reason), view)
}

// keepOrigin lets the browser name its origin when the form of this page is sent. Under "no-referrer" it would send
// "Origin: null" (Fetch standard, "append a request Origin header"), and browsers that send no Sec-Fetch-Site
// either (Safari before 16.4; any browser on plain http) would be taken for another site. The path, and with it
// the ticket, is still never sent.
func keepOrigin(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "strict-origin") }
