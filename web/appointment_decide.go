package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"jalsa/booking"
)

// decisionView is what templates/decision.html asks before an appointment is rejected, cancelled, moved or adjourned: a
// reason in words that those concerned will read, and another time.
type decisionView struct {
	frame
	Back      string
	BackText  string
	Reference string
	Service   phrase
	When      when // as it is now
	Lead      string
	Audience  audience
	Form      form
	Button    string
}

// Codes of a reason that the staff chooses from; each is the catalogue's docket.reason.<code>.
var cancelReasons = strings.Fields("by_service by_citizen_asked host_absent duplicate other")

// reasonName is a stored reason in words; a code of a command that the catalogue does not know is shown as it is.
func (d desk) reasonName(code string) string {
	key := "docket.reason." + code
	if _, ok := d.messages[key]; ok {
		return d.text(key)
	}
	return code
}

// accept serves POST /staff/appointments/{appointment}/accept.
func (s *site) accept(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	if _, err = s.Bookings.Accept(a.ID, d.account.ID); err == nil {
		return decided(w, r, a.ID, f.line("from"), "accepted")
	}
	if errors.As(err, new(*booking.AlreadyBooked)) {
		f.Faults = append(f.Faults, fieldFault{Field: "main", Code: "booked", Text: d.text("field.held_on.booked")})
		return s.renderAppointment(w, r, d, a, f)
	}
	return s.acted(w, r, d, a, f, err, "accepted")
}

// showReject serves GET /staff/appointments/{appointment}/reject.
func (s *site) showReject(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askDecision(w, r, d, a, "reject", d.form(url.Values{"from": {r.URL.Query().Get("from")}}))
}

// reject serves POST /staff/appointments/{appointment}/reject.
func (s *site) reject(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	words := f.paragraph("words")
	if words == "" {
		f.fault("words", "missing")
		return s.askDecision(w, r, d, a, "reject", f)
	}
	_, err = s.Bookings.Reject(a.ID, booking.Why{Code: "by_service", Text: words}, d.account.ID)
	if err == nil {
		return decided(w, r, a.ID, f.line("from"), "rejected")
	}
	return s.undecided(w, r, d, a, "reject", f, err)
}

// showCancelling serves GET /staff/appointments/{appointment}/cancel.
func (s *site) showCancelling(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askDecision(w, r, d, a, "cancel", d.form(url.Values{}))
}

// cancelAppointment serves POST /staff/appointments/{appointment}/cancel.
func (s *site) cancelAppointment(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	code := f.line("why")
	if !slices.Contains(cancelReasons, code) {
		f.fault("why", "unknown")
		return s.askDecision(w, r, d, a, "cancel", f)
	}
	_, err = s.Bookings.Cancel(a.ID, booking.Why{Code: code, Text: f.paragraph("words")}, d.account.ID)
	if err == nil {
		return back(w, r, a.ID, "cancelled")
	}
	return s.undecided(w, r, d, a, "cancel", f, err)
}

// undecided shows the question again with what is wrong with the answer; where the appointment has changed so that there
// is nothing to decide any more, its page.
func (s *site) undecided(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, what string, f form, err error) error {
	var refused *booking.Refused
	if errors.As(err, &refused) || !f.blame(err) {
		return s.acted(w, r, d, a, d.form(url.Values{}), err, what)
	}
	return s.askDecision(w, r, d, a, what, f)
}

// askDecision shows the page that asks for the reason; what is reject or cancel.
func (s *site) askDecision(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, what string, f form) error {
	view, err := s.decisionView(d, a, what)
	if err != nil {
		return fmt.Errorf("ask decision: %w", err)
	}
	if what == "cancel" {
		var reasons []choice
		for _, code := range cancelReasons {
			reasons = append(reasons, choice{Value: code, Label: d.text("docket.reason." + code)})
		}
		f.ask(field{Name: "why", Kind: "radios", Label: d.text("docket.why.reason"), Choices: reasons})
	}
	f.ask(
		field{Name: "words", Kind: "textarea", Label: d.text("docket.why.text"), Hint: d.text("docket.why.hint"), Optional: what == "cancel"},
		field{Name: "from", Kind: "hidden"},
	)
	if f.Values.Get("from") == fromRequests {
		view.Back, view.BackText = "/staff/requests", d.text("docket.back_requests")
	}
	view.Form = f
	return s.showForm(w, r, d.visitor, "decision", &view.frame, f, &view)
}

// decisionView is the page about a decision; what is reject, cancel, move or adjourn.
func (s *site) decisionView(d desk, a booking.Appointment, what string) (view decisionView, err error) {
	view = decisionView{
		frame: s.staffFrame(d, d.text("docket."+what+".title"), "/staff/docket"), Back: appointmentAddress(a.ID, nil), BackText: d.text("docket.back"),
		Reference: a.Reference, Service: d.phrase(a.Service),
		Lead: d.text("docket." + what + ".lead"), Button: d.text("docket." + what + ".submit"),
		Audience: s.audienceOf(d, what, false, a),
	}
	view.When, err = d.clocks(a, a.Start.Instant)
	return view, err
}
