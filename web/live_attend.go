package web

import (
	"fmt"
	"net/http"

	"jalsa/booking"
)

// AttendPath is the page from which a member of the staff enters a hearing by one button, such as the next of their list.
func AttendPath(appointmentID string) string {
	return appointmentAddress(appointmentID, nil) + "/attend"
}

// attendView is what templates/attend.html shows: a hearing before one enters it.
type attendView struct {
	frame
	Service   phrase
	Reference string
	Case      string
	When      when
	Expected  *when
	State     string
	Name      string
	Tone      string
	People    []livePerson
	May       bool // the gate is open to the reader
	Opens     *when
	File      string
	Docket    string
}

// showAttend serves GET /staff/appointments/{appointment}/attend to who has a place in it.
func (s *site) showAttend(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := placeOf(a, d.account.ID)
	if !ok {
		return errNotFound
	}
	return s.beforeEntry(w, r, d, a, p)
}

func (s *site) beforeEntry(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, p booking.Participant) error {
	now := s.Now()
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return fmt.Errorf("show before entry: %w", err)
	}
	places := s.placesOf(a.ID)
	look := lookout{s: s, d: d, a: a, zone: zone, now: now, places: places, links: s.connectionsOf(a.ID)}
	state := stateOf(a, places, now)
	view := attendView{
		frame: s.staffFrame(d, d.text("desk.attend.title"), "/staff/docket"), Service: d.phrase(a.Service), Reference: a.Reference, Case: a.Case,
		State: string(state), Name: d.stateName(a, state), Tone: docketTones[state], File: appointmentAddress(a.ID, nil), Docket: docketOf(a, p),
	}
	decision := booking.Admission(a, p.ID, booking.PurposeHearing, now)
	view.May = decision.Verdict != booking.Refuse
	if view.When, err = d.clocks(a, a.Start.Instant); err != nil {
		return fmt.Errorf("show before entry: %w", err)
	}
	if a.Delay > 0 && a.Started.IsZero() {
		expected, err := d.clocks(a, a.Start.Instant.Add(a.Delay))
		if err != nil {
			return fmt.Errorf("show before entry: %w", err)
		}
		view.Expected = &expected
	}
	if decision.Reason == booking.ReasonTooEarly {
		opens, err := d.clocks(a, a.Opens())
		if err != nil {
			return fmt.Errorf("show before entry: %w", err)
		}
		view.Opens = &opens
	}
	for _, q := range a.Participants {
		if q.ID != p.ID && q.Removed.IsZero() {
			view.People = append(view.People, look.person(q))
		}
	}
	return s.render(w, r, d.visitor, "attend", http.StatusOK, view)
}
