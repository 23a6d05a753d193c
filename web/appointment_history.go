package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"jalsa/booking"
)

// historyView is what templates/history.html shows: what happened to an appointment, from its journal.
type historyView struct {
	frame
	Back      string
	Reference string
	Service   phrase
	Place     string // of the clock
	Events    []eventView
}

// eventView is one entry: when, what, about whom, by whom and why.
type eventView struct {
	Seq    uint64
	When   moment
	What   string
	About  string // name of the participant
	By     string
	Why    string // the code in words
	Remark string
}

// showHistory serves GET /staff/appointments/{appointment}/history.
func (s *site) showHistory(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	events, err := s.Bookings.History(a.ID)
	if err != nil {
		return fmt.Errorf("show history: %w", err)
	}
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return fmt.Errorf("show history: %w", err)
	}
	view := historyView{
		frame: s.staffFrame(d, d.text("docket.history.title")+" – "+a.Reference, "/staff/docket"), Back: appointmentAddress(a.ID, nil),
		Reference: a.Reference, Service: d.phrase(a.Service), Place: d.place(a.Start.Zone),
	}
	actors := actors{s: s, d: d, a: a, known: map[string]string{}}
	for _, e := range events {
		one := eventView{
			Seq: e.Seq, When: d.moment(e.Time.In(zone)), What: d.eventName(e.Entry), By: actors.name(e.Actor),
			Why: d.eventCode(e.Kind, e.Code), Remark: e.Remark,
		}
		if p, ok := a.Participant(e.Participant); ok {
			one.About = p.Name
		}
		view.Events = append(view.Events, one)
	}
	return s.render(w, r, d.visitor, "history", http.StatusOK, view)
}

// eventName is what an entry of the journal tells, in words; a kind that the catalogue does not know stands as it is.
func (d desk) eventName(e booking.Entry) string {
	kind := e.Kind
	if kind == "linked" && e.Code == "" {
		kind = "unlinked"
	}
	if kind == "muted" && e.Code == "locked" {
		kind = "muted_locked"
	}
	key := "docket.event." + kind
	if _, ok := d.messages[key]; ok {
		return d.text(key)
	}
	return kind
}

// eventCode is the code of an entry in words: a reason, a delay, what a message was about. What has none in the catalogue
// is told as it is, but for the name of a group, which says nothing to anybody.
func (d desk) eventCode(kind, code string) string {
	switch {
	case code == "", kind == "linked", kind == "muted":
		return ""
	case kind == "channel", kind == "listens":
		return d.languageName(code)
	case kind == "paused", kind == "suspended":
		return d.reasonOf(code)
	}
	if late, err := time.ParseDuration(code); err == nil && (kind == "postponed" || kind == "extended") {
		return d.text("docket.minutes", "n", int(late/time.Minute))
	}
	if kind == "rehearsed" {
		return d.text("rehearsal.fitness." + code)
	}
	first, rest, _ := strings.Cut(code, ":")
	for _, key := range []string{"docket.reason." + code, "docket.about." + first, "reason." + code + ".title"} {
		if _, ok := d.messages[key]; ok {
			return strings.TrimSpace(d.text(key) + " " + rest)
		}
	}
	return code
}

// actors finds out who the actors of a journal are: people of the appointment, accounts, the server itself.
type actors struct {
	s     *site
	d     desk
	a     booking.Appointment
	known map[string]string
}

func (k actors) name(id string) string {
	if id == "" {
		return k.d.text("docket.actor.server")
	}
	if name, ok := k.known[id]; ok {
		return name
	}
	name := id
	if p, ok := k.a.Participant(id); ok {
		name = p.Name
	} else if account, err := k.s.Bookings.Account(id); err == nil && account.Institution == k.a.InstitutionID {
		name = account.Name
	} else if err == nil || id == "operator" {
		name = k.d.text("docket.actor.operator")
	}
	k.known[id] = name
	return name
}
