package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jalsa/booking"
)

// names are what an institution's services, counters and people are called, and the lists to choose from them.
type names struct {
	counters       map[string]string
	services       []booking.Service
	counterList    []booking.Counter
	officerList    []booking.Account
	serviceChoices []choice
	counterChoices []choice
	officerChoices []choice // accounts that may hold hearings
}

func (s *site) names(d desk) (names, error) {
	n := names{counters: map[string]string{}}
	var err error
	if n.services, err = s.Bookings.Services(d.institution.ID); err != nil {
		return n, err
	}
	if n.counterList, err = s.Bookings.Counters(d.institution.ID); err != nil {
		return n, err
	}
	accounts, err := s.Bookings.Accounts(d.institution.ID)
	if err != nil {
		return n, err
	}
	for _, v := range n.services {
		name := d.phrase(v.Name)
		n.serviceChoices = append(n.serviceChoices, choice{Value: v.ID, Label: name.Text, Lang: name.Lang})
	}
	for _, c := range n.counterList {
		n.counters[c.ID] = c.Name
		n.counterChoices = append(n.counterChoices, choice{Value: c.ID, Label: c.Name})
	}
	for _, a := range accounts {
		if a.Role.Hosts() && !a.Disabled {
			n.officerList = append(n.officerList, a)
			n.officerChoices = append(n.officerChoices, choice{Value: a.ID, Label: a.Name})
		}
	}
	return n, nil
}

// appointmentOf finds an appointment, by id or reference, on which d may do verb; one of another institution is not there.
func (s *site) appointmentOf(d desk, verb booking.Verb, id string) (booking.Appointment, error) {
	a, err := s.Bookings.Appointment(id)
	if err != nil {
		return a, fmt.Errorf("find appointment: %w", err)
	}
	if !booking.May(d.account, verb, a.InstitutionID) {
		return a, errNotFound
	}
	return a, nil
}

// address is a path with a query; language and zone are kept by the browser, see rememberAtDesk.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// appointmentAddress is the page of an appointment.
func appointmentAddress(id string, query url.Values) string {
	return address("/staff/appointments/"+id, query)
}

// keep lets the language switch lead to a page with a query: this one, or where a form was sent to that is no page to read.
func (f *frame) keep(path string, query url.Values) {
	for i, l := range f.Languages {
		all := url.Values{languageChoice: {l.Code}}
		for name, values := range query {
			all[name] = values
		}
		f.Languages[i].Href = address(path, all)
	}
}

// What a page tells after a form: the address carries a code and perhaps a number.
const (
	toldCode  = "done"
	toldCount = "n"
)

// told says what was done on the page before, or "".
func (d desk) told(r *http.Request) string {
	asked := r.URL.Query()
	code := asked.Get(toldCode)
	if !slices.Contains(docketDeeds, code) {
		return ""
	}
	n, err := strconv.Atoi(asked.Get(toldCount))
	if err != nil || n < 0 || n > 1_000_000 {
		n = 0
	}
	return d.text("docket.done."+code, "n", n)
}

// docketDeeds are the codes that told knows.
var docketDeeds = strings.Fields("accepted rejected cancelled moved adjourned assigned unassigned delayed undelayed added " +
	"linked unlinked screened unscreened sent renewed revoked absent present removed created created_off added_off")

// back ends a form that was good: 303 to the page of the appointment, which tells what was done.
func back(w http.ResponseWriter, r *http.Request, appointmentID, deed string) error {
	return seeOther(w, r, appointmentAddress(appointmentID, url.Values{toldCode: {deed}}))
}
