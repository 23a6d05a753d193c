package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"jalsa/booking"
)

// maxLate is the longest delay that the pages announce; what is later than that is moved.
const maxLate = 8 * time.Hour

// delayList serves POST /staff/docket/delay: all appointments of the list that have yet to begin are announced as late,
// or on time again with 0. Which these are is found anew: those that began meanwhile are left out.
func (s *site) delayList(w http.ResponseWriter, r *http.Request, d desk) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	now := s.Now()
	filter, err := readFilter(typed, d, now)
	if err != nil {
		return fmt.Errorf("announce delay: %w", err)
	}
	f := d.form(typed)
	late, ok := readDelay(&f)
	if !ok {
		return s.renderDocket(w, r, d, filter, f)
	}
	from, to := filter.day()
	all, err := s.Bookings.Docket(d.institution.ID, from, to)
	if err != nil {
		return fmt.Errorf("announce delay: %w", err)
	}
	told, err := s.Bookings.Delay(s.listed(all, filter, now), late, d.account.ID)
	if err != nil && d.blameDeed(&f, err) {
		return s.renderDocket(w, r, d, filter, f)
	}
	if err != nil {
		return fmt.Errorf("announce delay: %w", err)
	}
	query := filter.values()
	query.Set(toldCode, delayDeed(late))
	query.Set(toldCount, strconv.Itoa(len(told)))
	for _, a := range told {
		if len(told) <= mostAbout {
			query.Add(toldOf, a.ID)
		}
	}
	return seeOther(w, r, address("/staff/docket", query))
}

// listed are the ids of those on the list that may still begin late.
func (s *site) listed(all []booking.Appointment, filter docketFilter, now time.Time) []string {
	var ids []string
	for _, a := range all {
		if !filter.takes(a) || !mayBeLate(a, now) {
			continue
		}
		if filter.Show == "" || filter.Show == stateOf(a, s.placesOf(a.ID), now) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// delayOne serves POST /staff/appointments/{id}/delay.
func (s *site) delayOne(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	late, ok := readDelay(&f)
	var told []booking.Appointment
	if ok {
		told, err = s.Bookings.Delay([]string{a.ID}, late, d.account.ID)
		ok = !d.blameDeed(&f, err)
	}
	if !ok {
		return s.renderAppointment(w, r, d, a, f)
	}
	if err != nil {
		return fmt.Errorf("announce delay: %w", err)
	}
	return seeOther(w, r, appointmentAddress(a.ID, url.Values{toldCode: {delayDeed(late)}, toldCount: {strconv.Itoa(len(told))}}))
}

// readDelay reads the minutes of a form, or notes what is wrong with them.
func readDelay(f *form) (time.Duration, bool) {
	n, wrong := takeNumber(f.Values, "late_by")
	late := time.Duration(n) * time.Minute
	if late > maxLate {
		wrong = "invalid"
	}
	if wrong != "" {
		f.fault("late_by", wrong)
		return 0, false
	}
	return late, true
}

func delayDeed(late time.Duration) string {
	if late == 0 {
		return "undelayed"
	}
	return "delayed"
}
