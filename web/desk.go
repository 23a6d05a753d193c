package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"jalsa/booking"
)

// A desk is a page of the staff: who reads it has signed in (login.go) and may do what the page is for. Which things they
// may do it to is asked again, with booking.May, for the institution of the thing.

var (
	errSignedOut    = errors.New("nobody has signed in")
	errTooManyTries = errors.New("password tried too often")
	errForbidden    = errors.New("not among the rights of this role")
)

// deskCookie carries a staff session. It goes to the pages of the staff only.
const (
	deskCookie = "jalsa-desk"
	deskPath   = "/staff"

	requestsPath = "/staff/requests"
)

// desk is a member of the staff who reads a page.
type desk struct {
	visitor
	account     booking.Account
	institution booking.Institution // zero for the operator
}

// clocks tells an instant of an appointment on the institution's clock and that of who booked it: the desk has no use for
// where a browser may be.
func (d desk) clocks(a booking.Appointment, instant time.Time) (when, error) {
	d.zone = cmp.Or(a.Contact.Zone, a.Start.Zone)
	return d.when(instant, a.Start.Zone)
}

func (s *site) deskRoutes() []route {
	self, accounts := who{doorStaff, booking.VerbSelf}, who{doorStaff, booking.VerbAccounts}
	return []route{
		{"/staff", methods{http.MethodGet: s.staff(booking.VerbSelf, s.firstPage)}, self},
		{"/staff/login", methods{http.MethodGet: s.showLogin, http.MethodPost: s.login}, who{}},
		{"/staff/self", methods{http.MethodGet: s.staff(booking.VerbSelf, s.showSelf), http.MethodPost: s.staff(booking.VerbSelf, s.changeSelf)}, self},
		{"/staff/self/password", methods{http.MethodPost: s.staff(booking.VerbSelf, s.changePassword)}, self},
		{"/staff/accounts", methods{http.MethodGet: s.staff(booking.VerbAccounts, s.accounts)}, accounts},
		{"/staff/accounts/new", methods{http.MethodGet: s.staff(booking.VerbAccounts, s.newAccount), http.MethodPost: s.staff(booking.VerbAccounts, s.makeAccount)}, accounts},
		{"/staff/accounts/{account}", methods{http.MethodGet: s.staff(booking.VerbAccounts, s.showAccount), http.MethodPost: s.staff(booking.VerbAccounts, s.changeAccount)}, accounts},
		{"/staff/logout", methods{http.MethodPost: s.staff(booking.VerbSelf, s.logout)}, self},
	}
}

// staff wraps a page for who has signed in and may do verb in their own institution. Who has not is sent to sign in, and
// comes back afterwards; a form of theirs is refused, for it cannot be sent again by itself.
func (s *site) staff(verb booking.Verb, answer func(w http.ResponseWriter, r *http.Request, d desk) error) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		d, err := s.deskOf(r)
		if errors.Is(err, booking.ErrUnknownSession) && reading {
			return seeOther(w, r, "/staff/login?to="+url.QueryEscape(r.URL.RequestURI()))
		}
		if errors.Is(err, booking.ErrUnknownSession) {
			return errSignedOut
		}
		if err != nil {
			return err
		}
		if !booking.May(d.account, verb, d.account.Institution) {
			return errForbidden
		}
		keepOrigin(w)
		s.rememberAtDesk(w, d.visitor)
		return answer(w, r, d)
	}
}

// deskOf finds out who has signed in. booking.ErrUnknownSession when nobody has.
func (s *site) deskOf(r *http.Request) (desk, error) {
	cookie, err := r.Cookie(deskCookie)
	if err != nil {
		return desk{}, booking.ErrUnknownSession
	}
	a, err := s.Bookings.Staff(cookie.Value)
	if err != nil {
		return desk{}, fmt.Errorf("find staff session: %w", err)
	}
	d := desk{visitor: s.visitor(r, a.Language), account: a}
	if !a.Operates() {
		if d.institution, err = s.Bookings.Institution(a.Institution); err != nil {
			return desk{}, fmt.Errorf("find institution: %w", err)
		}
	}
	return d, nil
}

// rememberAtDesk keeps language and zone chosen in the address for all pages of the staff.
func (s *site) rememberAtDesk(w http.ResponseWriter, v visitor) {
	for _, choice := range []string{languageChoice, zoneChoice} {
		if v.chosen.Has(choice) {
			http.SetCookie(w, s.deskCookie(choice, url.PathEscape(v.chosen.Get(choice))))
		}
	}
}

// deskCookie makes a cookie of the staff pages, which ends with the browser: desks are shared.
func (s *site) deskCookie(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: deskPath, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.secure}
}

// endCookie makes the browser forget a cookie of the staff pages.
func (s *site) endCookie(w http.ResponseWriter, name string) {
	c := s.deskCookie(name, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
}

// deskBar is the navigation of the staff, shown by layout.html.
type deskBar struct {
	Name        string
	Institution *phrase // nil for the operator
	Items       []deskItem
	MailOff     bool // nobody is written to: the staff must tell people
}

type deskItem struct {
	Label, Href string
	Current     bool
	Count       int // of what waits there; 0 is not told
}

// deskPages are the items of the navigation; each is shown to who may do its verb at home.
var deskPages = []struct {
	verb       booking.Verb
	label, url string
}{
	{booking.VerbDocket, "staff.nav_docket", "/staff/docket"},
	{booking.VerbRun, "staff.nav_live", livePath},
	{booking.VerbDocket, "staff.nav_requests", requestsPath},
	{booking.VerbCreate, "staff.nav_new", "/staff/hearings/new"},
	{booking.VerbClosures, "staff.nav_closures", closuresPath},
	{booking.VerbSetup, "staff.nav_setup", "/staff/setup"},
	{booking.VerbInstitutions, "staff.nav_institutions", "/staff/institutions"},
	{booking.VerbAccounts, "staff.nav_accounts", "/staff/accounts"},
	{booking.VerbMachine, "staff.nav_machine", "/staff/machine"},
	{booking.VerbSelf, "staff.nav_self", "/staff/self"},
}

// staffFrame is frame with the navigation and the style of the staff; current is the address of the item to mark.
func (s *site) staffFrame(d desk, title, current string) frame {
	f := s.frame(d.visitor, title)
	f.Style, f.Home = s.assets.address("staff.css"), deskPath
	f.Desk = &deskBar{Name: d.account.Name}
	if !d.account.Operates() {
		name := d.phrase(d.institution.Name)
		f.Desk.Institution, f.Desk.MailOff = &name, !s.Bookings.Mails()
	}
	for _, p := range deskPages {
		if booking.May(d.account, p.verb, d.account.Institution) {
			f.Desk.Items = append(f.Desk.Items, deskItem{d.text(p.label), p.url, p.url == current, s.waiting(d, p.url)})
		}
	}
	return f
}

// waiting is how much waits for the staff on a page of the navigation. A page is shown without it rather than not at all.
func (s *site) waiting(d desk, page string) int {
	count := map[string]func(string) (int, error){requestsPath: s.Bookings.Awaiting, livePath: s.openTasks}[page]
	if count == nil {
		return 0
	}
	n, err := count(d.institution.ID)
	if err != nil {
		s.Logger.Error("count what waits", "err", err)
	}
	return n
}

// atDesk reports whether a request is for a page of the staff, whoever asks.
func atDesk(r *http.Request) bool {
	return r.URL.Path == deskPath || strings.HasPrefix(r.URL.Path, deskPath+"/")
}

// deskErrorFrame is the frame of an error on a page of the staff: with the navigation, in their language, if they can be
// found out.
func (s *site) deskErrorFrame(r *http.Request, v visitor, title string) (frame, visitor) {
	d, err := s.deskOf(r)
	if err == nil {
		return s.staffFrame(d, d.text(title), ""), d.visitor
	}
	f := s.frame(v, v.text(title))
	f.Style, f.Home = s.assets.address("staff.css"), deskPath
	return f, v
}

// firstPage serves GET /staff: the first of the pages that this member of the staff has; to who sets things up, the overview
// of that as long as it says that something is missing.
func (s *site) firstPage(w http.ResponseWriter, r *http.Request, d desk) error {
	if !d.account.Operates() && booking.May(d.account, booking.VerbSetup, d.institution.ID) {
		lacks, err := s.lacks(d)
		if err != nil {
			return fmt.Errorf("choose first page: %w", err)
		}
		if lacks {
			return seeOther(w, r, setupPath)
		}
	}
	return seeOther(w, r, s.staffFrame(d, "", "").Desk.Items[0].Href)
}

// ownPath is where to go after signing in: a page of the staff on this server, whatever the address asks for.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, deskPath+"/") || strings.Contains(to, `\`) || path.Clean(u.Path) != u.Path {
		return deskPath
	}
	return u.RequestURI()
}
