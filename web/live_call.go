package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"jalsa/booking"
)

// callView is what templates/call.html asks: which colleague is to come.
type callView struct {
	frame
	Service   phrase
	Clock     string
	Reference string
	None      bool // nobody is left to call
	Form      form
}

// showCall serves GET /staff/appointments/{appointment}/call.
func (s *site) showCall(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askCall(w, r, d, a, d.form(url.Values{}))
}

// callColleague serves POST of the same: they get a place in the hearing, and their link by mail.
func (s *site) callColleague(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	account := f.line("colleague")
	if account == "" {
		f.fault("colleague", "missing")
		return s.askCall(w, r, d, a, f)
	}
	_, err = s.Bookings.Call(a.ID, account, d.account.ID)
	switch {
	case err == nil:
		return seeOther(w, r, livePath+"?"+toldCode+"=called")
	case errors.Is(err, booking.ErrNotFound):
		f.fault("colleague", "unknown")
	case !d.blameDeed(&f, err):
		return fmt.Errorf("call colleague: %w", err)
	}
	return s.askCall(w, r, d, a, f)
}

func (s *site) askCall(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, f form) error {
	accounts, err := s.Bookings.Accounts(a.InstitutionID)
	if err != nil {
		return fmt.Errorf("list colleagues: %w", err)
	}
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return fmt.Errorf("list colleagues: %w", err)
	}
	var colleagues []choice
	for _, c := range accounts {
		if _, there := placeOf(a, c.ID); !there && !c.Disabled {
			colleagues = append(colleagues, choice{Value: c.ID, Label: c.Name, Hint: d.text("staff.role." + string(c.Role))})
		}
	}
	view := callView{
		frame: s.staffFrame(d, d.text("desk.call.title"), livePath), Service: d.phrase(a.Service),
		Clock: a.Start.Instant.In(zone).Format("15:04"), Reference: a.Reference, None: len(colleagues) == 0,
	}
	f.ask(field{Name: "colleague", Kind: "radios", Label: d.text("desk.call.who"), Choices: colleagues})
	view.Form = f
	return s.showForm(w, r, d.visitor, "call", &view.frame, f, &view)
}
