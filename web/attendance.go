package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"jalsa/booking"
)

// attendanceView is what templates/attendance.html shows: that somebody was there, for an employer or a court abroad.
type attendanceView struct {
	frame
	Institution, Service phrase
	Reference            string
	When                 when
	People               []attended
	Place                string // whose clock the times are on
	Offset               string
	Entry                uint64 // of the journal: up to here the certificate has read
	Back                 string
}

// attended is one person of the certificate.
type attended struct {
	Name, Role  string
	First, Last string // times of day, or with the date where it is another one; "" when they were not there or are still
	Absent      bool
}

// attendance serves GET /j/{ticket}/attendance: to who booked with those they brought, to others alone.
func (s *site) attendance(w http.ResponseWriter, r *http.Request) error {
	a, p, err := s.Bookings.Lookup(r.PathValue("ticket"))
	if err != nil {
		return fmt.Errorf("look up link: %w", err)
	}
	if !attestable(a, s.Now()) {
		return toLink(w, r)
	}
	v := s.linkVisitor(r, a, p)
	view := attendanceView{
		frame:       s.frame(v, v.text("manage.attendance.title")),
		Institution: v.phrase(a.Institution), Service: v.phrase(a.Service), Reference: a.Reference,
		Place: v.place(a.Start.Zone), Back: v.link("/j/" + r.PathValue("ticket")),
	}
	if view.When, err = v.when(a.Start.Instant, a.Start.Zone); err != nil {
		return err
	}
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return fmt.Errorf("tell attendance: %w", err)
	}
	view.Offset = offset(a.Start.Instant.In(zone))
	presences, err := s.Bookings.Attendance(a.ID)
	if err != nil {
		return fmt.Errorf("read attendance: %w", err)
	}
	for _, who := range a.Participants {
		brought := p.Booker && who.Staff == "" && slices.Contains(booking.CompanionRoles, who.Role) && !mustNotMeet(a, p, who)
		if who.ID == p.ID || brought {
			view.People = append(view.People, v.attended(who, presences, a.Start.Instant.In(zone)))
		}
	}
	events, err := s.Bookings.History(a.ID)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	for _, e := range events {
		view.Entry = max(view.Entry, e.Seq)
	}
	return s.render(w, r, v, "attendance", http.StatusOK, view)
}

// mustNotMeet reports whether two people are kept apart; nothing may tell one of the other.
func mustNotMeet(a booking.Appointment, p, q booking.Participant) bool {
	return slices.Contains(a.Screens, [2]string{p.ID, q.ID}) || slices.Contains(a.Screens, [2]string{q.ID, p.ID})
}

// attestable reports whether there was a hearing of which to tell.
func attestable(a booking.Appointment, now time.Time) bool {
	return !a.Started.IsZero() && (!a.Closed.IsZero() || !now.Before(a.End()))
}

func (v visitor) attended(p booking.Participant, presences []booking.Presence, start time.Time) attended {
	row := attended{Name: p.Name, Role: v.person(p).Role, Absent: true}
	tell := func(at time.Time) string {
		at = at.In(start.Location())
		if at.Format(dayLayout) == start.Format(dayLayout) {
			return at.Format("15:04")
		}
		return v.date(at) + " " + at.Format("15:04")
	}
	for _, presence := range presences {
		if presence.Participant != p.ID {
			continue
		}
		row.Absent, row.First = false, tell(presence.From)
		if !presence.To.IsZero() {
			row.Last = tell(presence.To)
		}
	}
	return row
}
