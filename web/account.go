package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"jalsa/booking"
)

// accountRow is a member of the staff as the pages of accounts show them.
type accountRow struct {
	ID, Name, Login string
	Role            string // in words
	Disabled        bool
	Own             bool // of who reads the page
}

func (d desk) accountRow(a booking.Account) accountRow {
	return accountRow{a.ID, a.Name, a.Login, d.text("staff.role." + string(a.Role)), a.Disabled, a.ID == d.account.ID}
}

// accountsView is what templates/accounts.html shows: the staff of the own institution; to the operator, the operators
// and the admins of each institution.
type accountsView struct {
	frame
	Groups []accountGroup
	Saved  string
}

type accountGroup struct {
	Institution *phrase // nil: the own one, or the server's
	Label       string
	New         string // address of the form that makes one here
	Accounts    []accountRow
}

// accounts serves GET /staff/accounts.
func (s *site) accounts(w http.ResponseWriter, r *http.Request, d desk) error {
	view := accountsView{frame: s.staffFrame(d, d.text("staff.accounts_title"), "/staff/accounts")}
	if r.URL.Query().Has("saved") {
		view.Saved = d.text("staff.saved_account")
	}
	own, err := s.accountGroup(d, d.account.Institution)
	if err != nil {
		return err
	}
	view.Groups = append(view.Groups, own)
	if d.account.Operates() {
		all, err := s.Bookings.Institutions()
		if err != nil {
			return err
		}
		for _, i := range all {
			g, err := s.accountGroup(d, i.ID)
			if err != nil {
				return err
			}
			name := d.phrase(i.Name)
			g.Institution = &name
			view.Groups = append(view.Groups, g)
		}
	}
	return s.render(w, r, d.visitor, "accounts", http.StatusOK, &view)
}

func (s *site) accountGroup(d desk, institution string) (accountGroup, error) {
	g := accountGroup{New: "/staff/accounts/new"}
	if d.account.Operates() {
		g.Label = d.text("staff.operators")
		g.New += "?institution=" + url.QueryEscape(institution)
	}
	all, err := s.Bookings.Accounts(institution)
	for _, a := range all {
		if d.account.Governs(a) {
			g.Accounts = append(g.Accounts, d.accountRow(a))
		}
	}
	return g, err
}

// accountView is what templates/account.html shows: a form for a new account or for one that there is.
type accountView struct {
	frame
	Account *accountRow // as it stands; nil for a new one
	Form    form
}

// newAccount serves GET /staff/accounts/new.
func (s *site) newAccount(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.askAccount(w, r, d, nil, d.form(url.Values{"institution": {r.URL.Query().Get("institution")}, "language": {d.Code}}))
}

// makeAccount serves POST /staff/accounts/new.
func (s *site) makeAccount(w http.ResponseWriter, r *http.Request, d desk) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	a := booking.Account{Institution: d.account.Institution, Login: f.line("login")}
	if d.account.Operates() {
		a.Institution = f.line("institution")
	}
	f.account(&a, d)
	if !d.account.Governs(a) {
		return errNotFound
	}
	_, err = s.Bookings.PutAccount(a, f.Values.Get("password"), d.account.ID)
	if errors.Is(err, booking.ErrNotFound) {
		f.fault("institution", "unknown")
	} else if err != nil && !f.blame(err) {
		return err
	}
	if f.faulty() {
		return s.askAccount(w, r, d, nil, f)
	}
	return seeOther(w, r, "/staff/accounts?saved")
}

// showAccount serves GET /staff/accounts/{account}.
func (s *site) showAccount(w http.ResponseWriter, r *http.Request, d desk) error {
	a, err := s.governed(r, d)
	if err != nil {
		return err
	}
	values := url.Values{
		"name": {a.Name}, "role": {string(a.Role)}, "language": {a.Language}, "version": {strconv.FormatUint(a.Version, 10)},
	}
	if a.Disabled {
		values.Set("disabled", "on")
	}
	return s.askAccount(w, r, d, &a, d.form(values))
}

// changeAccount serves POST /staff/accounts/{account}. What one may not do to oneself is not read.
func (s *site) changeAccount(w http.ResponseWriter, r *http.Request, d desk) error {
	a, err := s.governed(r, d)
	if err != nil {
		return err
	}
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	f, stored, password := d.form(typed), a, ""
	f.account(&a, d)
	if a.Version, err = strconv.ParseUint(f.line("version"), 10, 64); err != nil {
		return errBadForm
	}
	if a.ID != d.account.ID {
		a.Disabled, password = f.ticked("disabled", "on"), typed.Get("password")
	}
	_, err = s.Bookings.PutAccount(a, password, d.account.ID)
	if errors.Is(err, booking.ErrStale) {
		f.fault("name", "stale")
		f.Values.Set("version", strconv.FormatUint(stored.Version, 10))
	} else if err != nil && !f.blame(err) {
		return err
	}
	if f.faulty() {
		return s.askAccount(w, r, d, &stored, f)
	}
	return seeOther(w, r, "/staff/accounts?saved")
}

// governed is the account of the address. Whether there is one that d may not see is not told.
func (s *site) governed(r *http.Request, d desk) (booking.Account, error) {
	a, err := s.Bookings.Account(r.PathValue("account"))
	if err != nil {
		return a, err
	}
	if !d.account.Governs(a) {
		return a, errNotFound
	}
	return a, nil
}

// account reads what the forms for new and old accounts have in common. The operator makes admins only.
func (f form) account(a *booking.Account, d desk) {
	a.Name, a.Language = f.line("name"), f.line("language")
	if a.ID != "" && a.ID == d.account.ID {
		return
	}
	if a.Role = booking.StaffRole(f.line("role")); d.account.Operates() {
		a.Role = booking.StaffAdmin
	}
}

// askAccount shows the form: stored is the account as it stands, nil for a new one.
func (s *site) askAccount(w http.ResponseWriter, r *http.Request, d desk, stored *booking.Account, f form) error {
	title, own := d.text("staff.account_new"), false
	view := accountView{}
	if stored != nil {
		row := d.accountRow(*stored)
		view.Account, title, own = &row, stored.Name, row.Own
		f.ask(field{Name: "version", Kind: "hidden"})
	} else if d.account.Operates() {
		choices, err := s.institutionChoices(d)
		if err != nil {
			return err
		}
		f.ask(field{Name: "institution", Kind: "select", Label: d.text("staff.institution"), Choices: choices})
	}
	f.ask(field{Name: "name", Label: d.text("staff.name"), Hint: d.text("staff.name_hint"), Auto: "off"})
	if stored == nil {
		f.ask(field{Name: "login", Kind: "email", Label: d.text("staff.login"), Auto: "off"})
	}
	if !d.account.Operates() && !own {
		f.ask(field{Name: "role", Kind: "radios", Label: d.text("staff.role"), Choices: d.roleChoices()})
	}
	f.ask(field{Name: "language", Kind: "select", Label: d.text("staff.language"), Choices: languageChoices(), Short: true})
	if !own {
		f.ask(field{Name: "password", Kind: "password", Label: d.text("staff.password_new"), Hint: d.text("staff.password_hint"), Auto: "new-password", Optional: stored != nil})
	}
	if stored != nil && !own {
		f.ask(field{Name: "disabled", Kind: "checkbox", Label: d.text("staff.disable"), Hint: d.text("staff.disable_hint")})
	}
	view.frame, view.Form = s.staffFrame(d, title, "/staff/accounts"), f
	return s.showForm(w, r, d.visitor, "account", &view.frame, f, &view)
}

func (s *site) institutionChoices(d desk) ([]choice, error) {
	choices := []choice{{Value: "", Label: d.text("staff.operators")}}
	all, err := s.Bookings.Institutions()
	for _, i := range all {
		name := d.phrase(i.Name)
		choices = append(choices, choice{Value: i.ID, Label: name.Text, Lang: name.Lang})
	}
	return choices, err
}

func (d desk) roleChoices() []choice {
	var all []choice
	for _, role := range booking.StaffRoles {
		all = append(all, choice{Value: string(role), Label: d.text("staff.role." + string(role)), Hint: d.text("staff.role_hint." + string(role))})
	}
	return all
}
