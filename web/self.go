package web

import (
	"errors"
	"net/http"
	"net/url"

	"jalsa/booking"
)

// selfView is what templates/self.html shows: the own account, and what of it one may change alone.
type selfView struct {
	frame
	Account  accountRow
	Saved    string // what was just done, in words; "" if nothing was
	Form     form   // of the language
	Password form
	Errors   form // of either, for the summary
}

// notices of what was just done; the address names them after a form.
var selfNotices = map[string]string{"language": "staff.saved_language", "password": "staff.saved_password"}

// showSelf serves GET /staff/self.
func (s *site) showSelf(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.askSelf(w, r, d, d.form(url.Values{"language": {d.account.Language}}), d.form(url.Values{}))
}

func (s *site) askSelf(w http.ResponseWriter, r *http.Request, d desk, language, password form) error {
	view := selfView{frame: s.staffFrame(d, d.text("staff.self_title"), "/staff/self"), Account: d.accountRow(d.account)}
	view.frame.keep("/staff/self", nil)
	if key := selfNotices[r.URL.Query().Get("saved")]; key != "" && r.Method != http.MethodPost {
		view.Saved = d.text(key)
	}
	language.ask(field{Name: "language", Kind: "select", Label: d.text("staff.language"), Choices: languageChoices(), Short: true})
	password.ask(
		field{Name: "old", Kind: "password", Label: d.text("staff.password_old"), Auto: "current-password"},
		field{Name: "password", Kind: "password", Label: d.text("staff.password_new"), Hint: d.text("staff.password_hint"), Auto: "new-password"},
		field{Name: "again", Kind: "password", Label: d.text("staff.password_again"), Auto: "new-password"},
	)
	view.Form, view.Password = language, password
	view.Errors.Faults = append(language.Faults, password.Faults...)
	return s.showForm(w, r, d.visitor, "self", &view.frame, view.Errors, &view)
}

func languageChoices() []choice {
	var all []choice
	for _, l := range languages {
		all = append(all, choice{Value: l.Code, Label: l.Name, Lang: l.Code})
	}
	return all
}

// changeSelf serves POST /staff/self: the language of one's own pages.
func (s *site) changeSelf(w http.ResponseWriter, r *http.Request, d desk) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	if !spoken(f.line("language")) {
		f.fault("language", "unknown")
		return s.askSelf(w, r, d, f, d.form(url.Values{}))
	}
	a := d.account
	a.Language = f.line("language")
	if _, err := s.Bookings.PutAccount(a, "", d.account.ID); err != nil {
		return err
	}
	s.endCookie(w, languageChoice)
	return seeOther(w, r, "/staff/self?saved=language")
}

// changePassword serves POST /staff/self/password. All sessions of the account end; this browser gets a new one.
func (s *site) changePassword(w http.ResponseWriter, r *http.Request, d desk) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	f, language := d.form(typed), d.form(url.Values{"language": {d.account.Language}})
	if !s.signingIn.allow(w, r, d.account.Login, s.Now()) {
		return errTooManyTries
	}
	if typed.Get("password") != typed.Get("again") {
		f.fault("again", "differs")
		return s.askSelf(w, r, d, language, f)
	}
	secret, err := s.Bookings.ChangePassword(d.account.ID, typed.Get("old"), typed.Get("password"))
	if errors.Is(err, booking.ErrWrongLogin) {
		f.fault("old", "wrong")
		return s.askSelf(w, r, d, language, f)
	}
	if f.blame(err) {
		return s.askSelf(w, r, d, language, f)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, s.deskCookie(deskCookie, secret))
	return seeOther(w, r, "/staff/self?saved=password")
}
