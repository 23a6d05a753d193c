package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jalsa/booking"
)

// The questions after a time was chosen: who one is, what one needs, who comes along. Each page checks and keeps its own
// answers; whether all are given is asked at the end.

// stepView is what templates/step.html shows: one question of the form.
type stepView struct {
	errandView
	Form   form
	Lead   string
	Button string
	People []companion // who comes along so far
}

// companion is somebody who comes along, as a page shows them.
type companion struct {
	Number      int // as a button sends it
	Name, Email string
	Role        string // in words
}

// answers keeps the part of an application that a page asks for. Faults of other pages are theirs to show.
func (s *site) answers(e errand, a booking.Application, f *form, fields ...string) error {
	var mine booking.FieldErrors
	var all booking.FieldErrors
	if errors.As(a.Validate(s.Bookings.Mails()), &all) {
		for _, fault := range all {
			if slices.Contains(fields, fault.Field) {
				mine = append(mine, fault)
			}
		}
	}
	if len(mine) > 0 {
		f.blame(mine)
		return nil
	}
	_, err := s.Bookings.Fill(e.hold.Key, e.browser, a)
	if err != nil && !f.blame(err) {
		return fmt.Errorf("keep answers: %w", err)
	}
	return nil
}

// showStep renders a question; title is its heading.
func (s *site) showStep(w http.ResponseWriter, r *http.Request, e errand, title, back string, change func(*stepView)) error {
	common, err := s.errandView(e, title, back)
	if err != nil {
		return err
	}
	view := stepView{errandView: common, Button: e.text("book.next")}
	change(&view)
	return s.showForm(w, r, e.visitor, "step", &view.frame, view.Form, &view)
}

func (s *site) askYou(w http.ResponseWriter, r *http.Request, e errand) error {
	a := e.hold.Application
	return s.showYou(w, r, e, e.form(url.Values{"name": {a.Name}, "email": {a.Email}, "phone": {a.Phone}}))
}

func (s *site) showYou(w http.ResponseWriter, r *http.Request, e errand, f form) error {
	mails := s.Bookings.Mails()
	email, phone := e.text("book.you.email_hint"), e.text("book.you.phone_hint")
	if !mails {
		email, phone = e.text("book.you.email_hint_off"), e.text("book.you.phone_hint_off")
	}
	f.ask(
		field{Name: "name", Label: e.text("book.you.name"), Hint: e.text("book.you.name_hint"), Auto: "name"},
		field{Name: "email", Kind: "email", Label: e.text("book.you.email"), Hint: email, Auto: "email"},
		field{Name: "phone", Kind: "tel", Label: e.text("book.you.phone"), Hint: phone, Auto: "tel", Optional: mails},
	)
	return s.showStep(w, r, e, e.text("book.you.title"), e.slotsAt(), func(view *stepView) { view.Form = f })
}

func (s *site) tellYou(w http.ResponseWriter, r *http.Request, e errand) error {
	f, err := e.posted(w, r)
	if err != nil {
		return err
	}
	a := e.hold.Application
	a.Name, a.Email, a.Phone, a.Zone = f.line("name"), f.line("email"), booking.NormalPhone(f.line("phone")), e.zone
	if a.Language == "" {
		a.Language = e.Code
	}
	if err := s.answers(e, a, &f, "name", "email", "phone"); err != nil {
		return err
	}
	if f.faulty() {
		return s.showYou(w, r, e, f)
	}
	return seeOther(w, r, e.at("needs"))
}

// tongues are the languages for which an interpreter can be asked: of those who come, and sign language.
var tongues = []string{"ar", "zgh", "fr", "en", "es", "it", "nl", "de", "sgn"}

func (s *site) askNeeds(w http.ResponseWriter, r *http.Request, e errand) error {
	a := e.hold.Application
	values := url.Values{"language": {a.Language}, "interpreter": {a.Interpreter}, "needs": {a.Needs}}
	if a.Language == "" {
		values.Set("language", e.Code)
	}
	return s.showNeeds(w, r, e, e.form(values))
}

func (s *site) showNeeds(w http.ResponseWriter, r *http.Request, e errand, f form) error {
	var hearing []choice
	for _, l := range languages {
		hearing = append(hearing, choice{Value: l.Code, Label: l.Name, Lang: l.Code})
	}
	interpreters := []choice{{Value: "", Label: e.text("book.needs.no_interpreter"), Chosen: true}}
	for _, code := range tongues {
		interpreters = append(interpreters, choice{Value: code, Label: e.text("book.language." + code)})
	}
	hint := ""
	if s.Bookings.Mails() {
		hint = e.text("book.needs.language_hint")
	}
	f.ask(
		field{Name: "language", Kind: "radios", Label: e.text("book.needs.language"), Hint: hint, Choices: hearing},
		field{Name: "interpreter", Kind: "select", Label: e.text("book.needs.interpreter"), Hint: e.text("book.needs.interpreter_hint"), Choices: interpreters},
		field{Name: "needs", Kind: "textarea", Label: e.text("book.needs.needs"), Hint: e.text("book.needs.needs_hint"), Optional: true},
	)
	return s.showStep(w, r, e, e.text("book.needs.title"), e.at("you"), func(view *stepView) { view.Form = f })
}

func (s *site) tellNeeds(w http.ResponseWriter, r *http.Request, e errand) error {
	f, err := e.posted(w, r)
	if err != nil {
		return err
	}
	a := e.hold.Application
	a.Language, a.Interpreter, a.Needs = f.line("language"), f.line("interpreter"), f.paragraph("needs")
	if !spoken(a.Language) {
		f.fault("language", "unknown")
	}
	if a.Interpreter != "" && !slices.Contains(tongues, a.Interpreter) {
		f.fault("interpreter", "unknown")
	}
	if !f.faulty() {
		if err := s.answers(e, a, &f, "language", "interpreter", "needs"); err != nil {
			return err
		}
	}
	if f.faulty() {
		return s.showNeeds(w, r, e, f)
	}
	return seeOther(w, r, e.at("people"))
}

// companionRoles are what somebody who comes along can be.
var companionRoles = []booking.Role{booking.RoleRepresentative, booking.RoleAssistant}

func (s *site) askPeople(w http.ResponseWriter, r *http.Request, e errand) error {
	return s.showPeople(w, r, e, e.form(url.Values{"role": {"none"}}))
}

func (s *site) showPeople(w http.ResponseWriter, r *http.Request, e errand, f form) error {
	further := len(e.hold.Application.Companions) > 0
	f.ask(s.companionFields(e.visitor, true, further)...)
	title := "book.people.title"
	if further {
		title = "book.people.title_else"
	}
	return s.showStep(w, r, e, e.text(title), e.at("needs"), func(view *stepView) {
		view.Form, view.People = f, e.companions(e.hold.Application)
	})
}

// companionFields ask for one companion; further, when there is one already.
func (s *site) companionFields(v visitor, mayBeNobody, further bool) []field {
	hint := v.text("book.people.email_hint")
	if !s.Bookings.Mails() {
		hint = v.text("book.people.email_hint_off")
	}
	question, nobody := "book.people.role", "book.people.nobody"
	if further {
		question, nobody = "book.people.else", "book.people.nobody_else"
	}
	roles := []choice{}
	if mayBeNobody {
		roles = append(roles, choice{Value: "none", Label: v.text(nobody)})
	}
	for _, role := range companionRoles {
		roles = append(roles, choice{Value: string(role), Label: v.text("book.people.role." + string(role))})
	}
	return []field{
		{Name: "role", Kind: "radios", Label: v.text(question), Choices: roles},
		{Name: "name", Label: v.text("book.people.name"), Auto: "off"},
		{Name: "email", Kind: "email", Label: v.text("book.people.email"), Hint: hint, Optional: true, Auto: "off"},
	}
}

// companions are those who come along so far.
func (v visitor) companions(a booking.Application) []companion {
	var all []companion
	for i, c := range a.Companions {
		all = append(all, companion{i, c.Name, c.Email, v.text("book.people.role." + string(c.Role))})
	}
	return all
}

// tellPeople adds one companion, or takes one away, and asks again; with nobody to add it goes on.
func (s *site) tellPeople(w http.ResponseWriter, r *http.Request, e errand) error {
	f, err := e.posted(w, r)
	if err != nil {
		return err
	}
	a := e.hold.Application
	a.Companions = slices.Clone(a.Companions)
	next := "people"
	if remove, err := strconv.Atoi(f.Values.Get("remove")); err == nil && f.Values.Has("remove") {
		if remove >= 0 && remove < len(a.Companions) {
			a.Companions = slices.Delete(a.Companions, remove, remove+1)
		}
	} else if c, ok := f.companion(e.Code); ok {
		if !slices.Contains(a.Companions, c) { // else sent twice
			a.Companions = append(a.Companions, c)
		}
	} else {
		next = "check"
	}
	if !f.faulty() {
		if err := s.keepCompanions(e, a, &f); err != nil {
			return err
		}
	}
	if f.faulty() {
		return s.showPeople(w, r, e, f)
	}
	return seeOther(w, r, e.at(next))
}

// companion reads one from the form; false when nobody is to be added.
func (f *form) companion(lang string) (booking.Companion, bool) {
	c := booking.Companion{Role: booking.Role(f.line("role")), Name: f.line("name"), Email: f.line("email"), Language: lang}
	switch {
	case c.Role == "none" && c.Name == "" && c.Email == "":
		return c, false
	case !slices.Contains(companionRoles, c.Role):
		f.fault("role", "missing")
	}
	return c, true
}

// keepCompanions checks them as the books do; faults of the one just typed stand at the fields of the page.
func (s *site) keepCompanions(e errand, a booking.Application, f *form) error {
	typed := form{words: e.catalogue}
	fields := []string{"companions"}
	for i := range a.Companions {
		for _, name := range []string{"role", "name", "email", "language"} {
			fields = append(fields, fmt.Sprintf("companions.%d.%s", i, name))
		}
	}
	if err := s.answers(e, a, &typed, fields...); err != nil {
		return err
	}
	for _, fault := range typed.Faults {
		name := fault.Field[strings.LastIndexByte(fault.Field, '.')+1:]
		if name == "companions" {
			name = "role"
		}
		f.fault(name, fault.Code)
	}
	return nil
}
