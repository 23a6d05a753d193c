package web

import (
	"errors"
	"net/http"
	"strings"

	"jalsa/booking"
)

// The end of the form: what was answered, and the one button that books.

// checkView is what templates/check.html shows.
type checkView struct {
	errandView
	Answers []answer
	Next    string // what happens after booking
}

// answer is a line of the summary.
type answer struct {
	Label  string
	Values []string
	Change string // address of the page that asked
	Dir    string
}

func (s *site) check(w http.ResponseWriter, r *http.Request, e errand) error {
	a := e.hold.Application
	if err := a.Validate(s.Bookings.Mails()); err != nil {
		return seeOther(w, r, e.at(askedAt(err)))
	}
	common, err := s.errandView(e, e.text("book.check.title"), e.at("people"))
	if err != nil {
		return err
	}
	view := checkView{errandView: common, Next: s.nextAfter(e), Answers: []answer{
		{Label: e.text("book.you.name"), Values: []string{a.Name}, Change: e.at("you")},
		{Label: e.text("book.you.email"), Values: []string{a.Email}, Change: e.at("you"), Dir: "ltr"},
		{Label: e.text("book.you.phone"), Values: some(a.Phone), Change: e.at("you"), Dir: "ltr"},
		{Label: e.text("book.needs.language"), Values: []string{e.text("book.language." + a.Language)}, Change: e.at("needs")},
		{Label: e.text("book.needs.interpreter"), Values: []string{e.interpreter(a.Interpreter)}, Change: e.at("needs")},
		{Label: e.text("book.needs.needs"), Values: some(a.Needs), Change: e.at("needs")},
		{Label: e.text("book.people.title"), Change: e.at("people")},
	}}
	people := &view.Answers[len(view.Answers)-1]
	for _, c := range e.companions(a) {
		people.Values = append(people.Values, c.Name+" – "+c.Role)
	}
	if len(people.Values) == 0 {
		people.Values = []string{e.text("book.people.nobody")}
	}
	for i := range view.Answers {
		if len(view.Answers[i].Values) == 0 {
			view.Answers[i].Values = []string{e.text("book.check.none")}
		}
	}
	return s.render(w, r, e.visitor, "check", http.StatusOK, view)
}

// askedAt is the page that asks for what is first wrong with an application.
func askedAt(err error) string {
	var faults booking.FieldErrors
	if errors.As(err, &faults) && len(faults) > 0 {
		switch field, _, _ := strings.Cut(faults[0].Field, "."); field {
		case "language", "interpreter", "needs":
			return "needs"
		case "companions":
			return "people"
		}
	}
	return "you"
}

// nextAfter tells what comes after booking: a mail to confirm by, perhaps the decision of the staff; or the link at once.
func (s *site) nextAfter(e errand) string {
	switch {
	case !s.Bookings.Mails():
		return e.text("book.check.link")
	case e.service.Accepted:
		return e.text("book.check.accepted")
	}
	return e.text("book.check.next")
}

func some(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func (v visitor) interpreter(code string) string {
	if code == "" {
		return v.text("book.needs.no_interpreter")
	}
	return v.text("book.language." + code)
}

// request serves POST check: the held time becomes an appointment. Sent twice, from two tabs or after a dropped link, it
// is the same one.
func (s *site) request(w http.ResponseWriter, r *http.Request, e errand) error {
	if _, err := readForm(w, r); err != nil {
		return err
	}
	_, _, err := s.Bookings.Request(e.hold.Key, e.browser)
	var faults booking.FieldErrors
	switch {
	case errors.Is(err, booking.ErrSlotTaken):
		zone, zerr := booking.Zone(e.zone)
		if zerr != nil {
			return zerr
		}
		return seeOther(w, r, e.slotsAt("taken", "1", "day", e.hold.Start.Instant.In(zone).Format(dayLayout)))
	case errors.As(err, &faults):
		return seeOther(w, r, e.at(askedAt(err)))
	case err != nil:
		return err
	}
	return toDone(w, r, e)
}
