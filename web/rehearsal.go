package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"jalsa/booking"
)

// A rehearsal is a participant's test of devices and connection, days before the hearing even:
//
//	GET /j/{ticket}/rehearsal        what will happen, and a button; what an earlier one found
//	POST /j/{ticket}/rehearsal       or the second button of /j/{ticket}: RedeemRehearsal asks the gate, cookie for /h/{id}/, 303, as for the hearing
//	GET /h/{participant}/rehearsal   the page with the client in it (client/rehearsal.tsx)
//	POST /h/{participant}/rehearsal  what that found, once, as a form: booking validates and keeps it

// rehearsalView is what templates/rehearsal.html shows, before and after the link is redeemed.
type rehearsalView struct {
	frame
	Institution, Service phrase
	When                 when
	Last                 *rehearsed
	Phone, Email         string
	Boot                 *rehearsalBoot
}

// rehearsalBoot is what the client starts with.
type rehearsalBoot struct {
	Lang     string             `json:"lang"`
	Dir      string             `json:"dir"`
	Socket   string             `json:"socket"` // path
	Result   string             `json:"result"` // path that takes what was found
	Phone    string             `json:"phone"`
	Messages map[string]message `json:"messages"`
}

// rehearsed is the latest rehearsal of somebody in words.
type rehearsed struct {
	Fitness string // the code
	Tone    string
	Text    string // how it went and when
	Details string // path and figures, for those who understand them
}

// fitnessTones are the colours of what a rehearsal found; see tones.
var fitnessTones = map[booking.Fitness]string{
	booking.FitGood: "go", booking.FitVoice: "wait", booking.FitPoor: "stop", booking.FitNone: "stop",
}

// rehearsed tells of the latest rehearsal of p, nil if there is none.
func (v visitor) rehearsed(p booking.Participant, now time.Time) *rehearsed {
	r := p.Rehearsal
	if r.At.IsZero() {
		return nil
	}
	fitness := string(r.Fitness)
	told := &rehearsed{
		Fitness: fitness, Tone: fitnessTones[r.Fitness],
		Text: v.text("rehearsal.found", "fitness", v.text("rehearsal.fitness."+fitness), "ago", v.ago(now.Sub(r.At))),
	}
	if r.Path != "" {
		told.Details = v.text("rehearsal.details", "path", v.text("rehearsal.path."+r.Path),
			"up", strconv.Itoa(r.Up), "down", strconv.Itoa(r.Down), "loss", strconv.Itoa(r.Loss), "rtt", strconv.Itoa(r.RTT))
	}
	return told
}

// ago is a length of time past, in its largest unit.
func (v visitor) ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return v.text("rehearsal.ago.now")
	case d < time.Hour:
		return v.text("rehearsal.ago.minutes", "n", int(d/time.Minute))
	case d < 24*time.Hour:
		return v.text("rehearsal.ago.hours", "n", int(d/time.Hour))
	}
	return v.text("rehearsal.ago.days", "n", int(d/(24*time.Hour)))
}

// mayRehearse reports whether the gate lets p rehearse now.
func mayRehearse(a booking.Appointment, p booking.Participant, now time.Time) bool {
	return booking.Admission(a, p.ID, booking.PurposeRehearsal, now).Verdict == booking.Enter
}

// showRehearsalLink serves GET /j/{ticket}/rehearsal; it reads only.
func (s *site) showRehearsalLink(w http.ResponseWriter, r *http.Request) error {
	a, p, err := s.Bookings.Lookup(r.PathValue("ticket"))
	if err != nil {
		return fmt.Errorf("look up link: %w", err)
	}
	if d := booking.Admission(a, p.ID, booking.PurposeRehearsal, s.Now()); d.Verdict == booking.Refuse {
		return s.refuse(w, r, d)
	}
	v := s.linkVisitor(r, a, p)
	view, err := s.rehearsalView(v, a, p)
	if err != nil {
		return err
	}
	keepOrigin(w)
	return s.render(w, r, v, "rehearsal", http.StatusOK, view)
}

// redeemRehearsal serves POST /j/{ticket}/rehearsal.
func (s *site) redeemRehearsal(w http.ResponseWriter, r *http.Request) error {
	return s.redeemTo(w, r, s.Bookings.RedeemRehearsal, rehearsalPath)
}

func rehearsalPath(participantID string) string { return roomPath(participantID) + "rehearsal" }

// rehearse serves GET /h/{participant}/rehearsal to whoever holds a session of that participant.
func (s *site) rehearse(w http.ResponseWriter, r *http.Request) error {
	a, p, err := s.session(r)
	if err != nil {
		return err
	}
	v, now := s.linkVisitor(r, a, p), s.Now()
	s.remember(w, v, roomPath(p.ID))
	if d := booking.Admission(a, p.ID, booking.PurposeRehearsal, now); d.Verdict == booking.Refuse {
		view, err := s.hearing(v, a, p, d, now)
		if err != nil {
			return err
		}
		return s.render(w, r, v, "hearing", refusalStatus(d.Reason), view)
	}
	view, err := s.rehearsalView(v, a, p)
	if err != nil {
		return err
	}
	view.Aid = s.assets.address("rehearsal.js")
	view.Boot = &rehearsalBoot{
		Lang: v.Code, Dir: v.Dir, Socket: rehearsalPath(p.ID) + "/ws", Result: rehearsalPath(p.ID), Phone: view.Phone,
		Messages: v.under("rehearsal.", "room.microphone", "room.camera", "room.speaker", "room.device.", "room.denied.", "room.meter.", "room.unfit.", "room.inapp."),
	}
	keepOrigin(w)
	return s.render(w, r, v, "rehearsal", http.StatusOK, view)
}

// rehearsalView is what both pages show.
func (s *site) rehearsalView(v visitor, a booking.Appointment, p booking.Participant) (rehearsalView, error) {
	clocks, err := v.when(a.Start.Instant, a.Start.Zone)
	if err != nil {
		return rehearsalView{}, fmt.Errorf("describe appointment: %w", err)
	}
	view := rehearsalView{
		frame:       s.frame(v, v.text("rehearsal.title")),
		Institution: v.phrase(a.Institution), Service: v.phrase(a.Service), When: clocks, Last: v.rehearsed(p, s.Now()),
	}
	view.Style = s.assets.address("rehearsal.css")
	if i, err := s.Bookings.Institution(a.InstitutionID); err == nil {
		view.Phone, view.Email = i.Phone, i.Email
	} else if !errors.Is(err, booking.ErrNotFound) {
		return rehearsalView{}, fmt.Errorf("find institution: %w", err)
	}
	return view, nil
}

// keepRehearsal serves POST /h/{participant}/rehearsal, which the client sends when it is done.
func (s *site) keepRehearsal(w http.ResponseWriter, r *http.Request) error {
	_, p, err := s.session(r)
	if err != nil {
		return err
	}
	if !s.rehearsing.allow(p.ID, s.Now()) {
		s.rehearsing.wait(w)
		return errTooOften
	}
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	found, err := readRehearsal(typed)
	if err != nil {
		return err
	}
	var refused *booking.Refused
	err = s.Bookings.Rehearse(p.ID, found)
	switch {
	case errors.As(err, new(*booking.FieldError)):
		return errBadForm
	case errors.As(err, &refused):
		return errForbidden
	case err != nil:
		return fmt.Errorf("keep rehearsal: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readRehearsal reads what the client found; booking judges it.
func readRehearsal(typed url.Values) (found booking.Rehearsal, err error) {
	found = booking.Rehearsal{Fitness: booking.Fitness(typed.Get("fitness")), Path: typed.Get("path")}
	for name, field := range map[string]*int{"up": &found.Up, "down": &found.Down, "loss": &found.Loss, "rtt": &found.RTT} {
		if *field, err = strconv.Atoi(typed.Get(name)); err != nil {
			return found, errBadForm
		}
	}
	return found, nil
}
