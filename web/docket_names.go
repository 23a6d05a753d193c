package web

import (
	"fmt"

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
