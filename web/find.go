package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jalsa/booking"
)

// How one who lost the link gets back: the reference, then the code that is mailed to who booked. Nothing on the way
// tells whether a reference exists: the answer is the same, and is given before the books are asked.

// findView is what templates/find.html and find_code.html show.
type findView struct {
	frame
	Form form
	Off  bool // no mail can bring a code
	Back string
}

var (
	// findPace bounds how often one reference is tried.
	findPace = pace{burst: 10, every: time.Minute}
	// seekPace bounds how often references are tried from one network, which may be thousands of phones.
	seekPace = pace{burst: 100, every: 3 * time.Second}
	// resendPace bounds how often a link is mailed again.
	resendPace = pace{burst: 3, every: 10 * time.Minute}
)

const longestReference = 64

func (s *site) askReference(w http.ResponseWriter, r *http.Request) error {
	v := s.visitor(r, "")
	return s.showFind(w, r, v, v.form(url.Values{}))
}

func (s *site) showFind(w http.ResponseWriter, r *http.Request, v visitor, f form) error {
	f.ask(field{Name: "reference", Label: v.text("find.reference"), Hint: v.text("find.reference_hint"), Auto: "off", Dir: "ltr", Short: true})
	view := findView{frame: s.frame(v, v.text("find.title")), Form: f, Off: !s.Bookings.Mails(), Back: v.link("/")}
	return s.showForm(w, r, v, "find", &view.frame, f, &view)
}

// sendCode serves POST /find. The answer is on its way before the books are asked, whose work is the same for every
// reference.
func (s *site) sendCode(w http.ResponseWriter, r *http.Request) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	v := s.visitor(r, "")
	f := v.form(typed)
	reference := f.line("reference")
	switch {
	case reference == "":
		f.fault("reference", "missing")
	case len(reference) > longestReference:
		f.fault("reference", "too_long")
	}
	if f.faulty() {
		return s.showFind(w, r, v, f)
	}
	if !s.mayFind(w, r, reference) {
		return errTooOften
	}
	w.Header().Set("Content-Length", "0") // else the end of the answer would wait for the books
	if err := seeOther(w, r, v.link("/find/code", "reference", reference)); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush() // the reader has gone: the code is mailed all the same
	s.Bookings.SendCode(reference)
	return nil
}

func (s *site) mayFind(w http.ResponseWriter, r *http.Request, reference string) bool {
	now := s.Now()
	if !s.seeking.allow(r, now) {
		s.seeking.wait(w)
		return false
	}
	if !s.sought.allow(strings.ToLower(reference), now) {
		s.sought.wait(w)
		return false
	}
	return true
}

func (s *site) askCode(w http.ResponseWriter, r *http.Request) error {
	v := s.visitor(r, "")
	return s.showCode(w, r, v, v.form(url.Values{"reference": {r.URL.Query().Get("reference")}}))
}

func (s *site) showCode(w http.ResponseWriter, r *http.Request, v visitor, f form) error {
	v.kept = keptOf(r.URL.Query(), "reference")
	f.ask(
		field{Name: "reference", Label: v.text("find.reference"), Auto: "off", Dir: "ltr", Short: true},
		field{Name: "code", Label: v.text("book.code"), Hint: v.text("find.code_hint"), Auto: "one-time-code", Mode: "numeric", Dir: "ltr", Short: true},
	)
	view := findView{frame: s.frame(v, v.text("find.code_title")), Form: f, Back: v.link("/find")}
	return s.showForm(w, r, v, "find_code", &view.frame, f, &view)
}

// findByCode serves POST /find/code.
func (s *site) findByCode(w http.ResponseWriter, r *http.Request) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	v := s.visitor(r, "")
	f := v.form(typed)
	reference := f.line("reference")
	code := digits(f.line("code"))
	switch {
	case reference == "":
		f.fault("reference", "missing")
	case code == "":
		f.fault("code", "missing")
	case len(reference) > longestReference:
		f.fault("code", "wrong")
	}
	if f.faulty() {
		return s.showCode(w, r, v, f)
	}
	if !s.mayFind(w, r, reference) {
		return errTooOften
	}
	ticket, err := s.Bookings.TicketByCode(reference, code)
	if errors.Is(err, booking.ErrWrongCode) {
		f.fault("code", "wrong")
		return s.showCode(w, r, v, f)
	}
	if err != nil {
		return fmt.Errorf("find ticket: %w", err)
	}
	return seeOther(w, r, v.link("/j/"+ticket))
}
