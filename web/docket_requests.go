package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"jalsa/booking"
)

// requestsView is what templates/requests.html shows: what waits for the staff, the nearest first.
type requestsView struct {
	frame
	Told      *notice
	Decided   *decidedView // what Told is about
	Rows      []requestRow
	MayDecide bool
}

// decidedView is the appointment that was just accepted or rejected.
type decidedView struct {
	Href, Reference string
	Assign          bool // it takes place, and nobody is to hold it yet
}

// requestRow is one request; its forms come back to this page.
type requestRow struct {
	ID        string
	Reference string
	Service   phrase
	When      when
	Who       string
	Proven    bool // the contact was shown to be theirs
	Words     []string
}

// showRequests serves GET /staff/requests.
func (s *site) showRequests(w http.ResponseWriter, r *http.Request, d desk) error {
	all, err := s.Bookings.Requests(d.institution.ID)
	if err != nil {
		return fmt.Errorf("show requests: %w", err)
	}
	view := requestsView{
		frame:     s.staffFrame(d, d.text("docket.requests.title"), requestsPath),
		MayDecide: booking.May(d.account, booking.VerbDecide, d.institution.ID),
	}
	if view.Told, err = s.notice(r, d); err != nil {
		return fmt.Errorf("show requests: %w", err)
	}
	if of := r.URL.Query().Get(toldOf); view.Told != nil && of != "" {
		a, err := s.appointmentOf(d, booking.VerbDocket, of)
		if err == nil {
			free := a.State == booking.StateConfirmed && len(officers(a)) == 0
			view.Decided = &decidedView{appointmentAddress(a.ID, nil), a.Reference, free && d.deedsOn(a, s.Now()).Assign}
		} else if !errors.Is(err, booking.ErrNotFound) && !errors.Is(err, errNotFound) {
			return fmt.Errorf("show requests: %w", err)
		}
	}
	for _, a := range all {
		row := requestRow{ID: a.ID, Reference: a.Reference, Service: d.phrase(a.Service), Proven: !a.Contact.Proven.IsZero()}
		if row.When, err = d.clocks(a, a.Start.Instant); err != nil {
			return fmt.Errorf("show requests: %w", err)
		}
		if booker, ok := bookerOf(a); ok {
			row.Who = booker.Name
		}
		row.Words = d.wishes(a)
		view.Rows = append(view.Rows, row)
	}
	keepOrigin(w)
	return s.render(w, r, d.visitor, "requests", http.StatusOK, view)
}

// fromRequests is the value of a form's field "from" that asks to come back to the list of requests.
const fromRequests = "requests"

// decided ends accepting and rejecting: back to where the form stood.
func decided(w http.ResponseWriter, r *http.Request, appointmentID, from, deed string) error {
	if from == fromRequests {
		return seeOther(w, r, address(requestsPath, url.Values{toldCode: {deed}, toldOf: {appointmentID}}))
	}
	return back(w, r, appointmentID, deed)
}

// wishes is what who booked asks for beyond the time: an interpreter, help, people who come along.
func (d desk) wishes(a booking.Appointment) []string {
	var all []string
	if a.Interpreter != "" {
		all = append(all, d.text("docket.fact.interpreter")+d.text("docket.history.colon")+" "+d.languageName(a.Interpreter))
	}
	if a.Needs != "" {
		all = append(all, a.Needs)
	}
	for _, p := range a.Participants {
		if !p.Booker && p.Staff == "" && p.Removed.IsZero() {
			all = append(all, d.text("docket.requests.with", "name", p.Name, "role", d.person(p).Role))
		}
	}
	return all
}
