package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/strangers"
)

// password of every account of the tests.
const password = "une phrase que personne ne devine"

// institution makes one, named like its id for people.
func (f *fixture) institution(name string) booking.Institution {
	f.t.Helper()
	i, err := f.store.PutInstitution(booking.Institution{Name: booking.Text{"fr": name, "ar": "محكمة " + name}, Zone: "Africa/Casablanca"}, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return i
}

// account makes a member of the staff of an institution, or for "" the operator.
func (f *fixture) account(institution string, role booking.StaffRole) booking.Account {
	f.t.Helper()
	f.accounts++
	login := string(role) + strings.Repeat("i", f.accounts) + "@example.ma"
	a, err := f.store.PutAccount(booking.Account{Institution: institution, Login: login, Name: "Salma Idrissi", Role: role, Language: "fr"}, password, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// signIn gives an account a session, for the header Cookie of requests.
func (f *fixture) signIn(a booking.Account) (cookie string) {
	f.t.Helper()
	secret, _, err := f.store.Login(a.Login, password)
	if err != nil {
		f.t.Fatal(err)
	}
	return deskCookie + "=" + secret
}

// desk makes a member of the staff of a new institution and signs them in.
func (f *fixture) desk(role booking.StaffRole) (booking.Account, string) {
	f.t.Helper()
	a := f.account(f.institution("Rabat").ID, role)
	return a, f.signIn(a)
}

// send posts a form; header holds name, value pairs.
func (f *fixture) send(target string, typed url.Values, header ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(typed.Encode()))
	r.Host = "audiences.example.ma"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func wantSentTo(t testing.TB, w *httptest.ResponseRecorder, location string) {
	t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != location {
		t.Errorf("status %d to %q, want 303 to %q", w.Code, got, location)
	}
}

func TestSigningIn(t *testing.T) {
	f := newFixture(t)
	a := f.account(f.institution("Rabat").ID, booking.StaffClerk)
	asked := f.do("GET", "/staff/self?day=2026-11-23")
	wantSentTo(t, asked, "/staff/login?to=%2Fstaff%2Fself%3Fday%3D2026-11-23")
	shown := f.do("GET", asked.Header().Get("Location"))
	d := parse(t, shown)
	checkPage(t, d, languages[0])
	to := ""
	for _, n := range d.elements("input") {
		if attribute(n, "name") == "to" {
			to = attribute(n, "value")
		}
	}
	w := f.send("/staff/login", url.Values{"login": {" " + strings.ToUpper(a.Login)}, "password": {password}, "to": {to}})
	wantSentTo(t, w, "/staff/self?day=2026-11-23")
	c := find(t, w, deskCookie)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/staff" || c.Secure || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("cookie %v", c)
	}
	session := c.Name + "=" + c.Value
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/docket")
	wantSentTo(t, f.do("GET", "/staff/login?to=/staff/self", "Cookie", session), "/staff/self")

	w = f.send("/staff/logout", nil, "Cookie", session)
	wantSentTo(t, w, "/staff/login")
	if c := find(t, w, deskCookie); c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("cookie after signing out: %v", c)
	}
	if w := f.do("GET", "/staff", "Cookie", session); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/staff/login") {
		t.Errorf("after signing out: %d to %s", w.Code, w.Header().Get("Location"))
	}
}

func TestTheCookieIsSecureOnHTTPS(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PublicURL = "https://audiences.example.ma" })
	a := f.account("", booking.StaffAdmin)
	w := f.send("/staff/login", url.Values{"login": {a.Login}, "password": {password}})
	if c := find(t, w, deskCookie); !c.Secure {
		t.Errorf("cookie %v", c)
	}
	wantSentTo(t, w, "/staff")
}

// Unknown, wrong and disabled are one page, with what was typed but for the password.
func TestSigningInFails(t *testing.T) {
	f := newFixture(t)
	a := f.account("", booking.StaffAdmin)
	gone := f.account("", booking.StaffAdmin)
	gone.Disabled = true
	if _, err := f.store.PutAccount(gone, "", "test"); err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, typed := range []url.Values{
		{"login": {a.Login}, "password": {password + "."}},
		{"login": {"nobody@example.ma"}, "password": {password}},
		{"login": {gone.Login}, "password": {password}},
		{"login": {a.Login}, "password": {strings.Repeat("long ", 1000)}},
		{"login": {a.Login}},
	} {
		w := f.send("/staff/login", typed)
		d := parse(t, w)
		checkPage(t, d, languages[0])
		if w.Code != http.StatusUnprocessableEntity || len(w.Header()["Set-Cookie"]) > 0 {
			t.Errorf("%v: status %d, cookies %v", typed, w.Code, w.Header()["Set-Cookie"])
		}
		for _, n := range d.elements("input") {
			switch attribute(n, "name") {
			case "login":
				if attribute(n, "value") != typed.Get("login") {
					t.Errorf("login shown: %q", attribute(n, "value"))
				}
			case "password":
				if attribute(n, "value") != "" {
					t.Error("the password is shown again")
				}
			}
		}
		pages = append(pages, strings.ReplaceAll(w.Body.String(), typed.Get("login"), ""))
	}
	for _, p := range pages[1:] {
		if p != pages[0] {
			t.Errorf("the page tells why:\n%s\n%s", p, pages[0])
		}
	}
}

func TestGuessingIsSlow(t *testing.T) {
	f := newFixture(t)
	a, other := f.account("", booking.StaffAdmin), f.account("", booking.StaffAdmin)
	guess := url.Values{"login": {a.Login}, "password": {"x"}}
	for range newSignInLimits().pair.burst {
		if w := f.send("/staff/login", guess); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("status %d within the burst", w.Code)
		}
	}
	w := f.send("/staff/login", url.Values{"login": {strings.ToUpper(a.Login)}, "password": {password}})
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("status %d, retry after %q", w.Code, w.Header().Get("Retry-After"))
	}
	checkPage(t, parse(t, w), languages[0])
	wantSentTo(t, f.send("/staff/login", url.Values{"login": {other.Login}, "password": {password}}), "/staff")
	f.now = f.now.Add(time.Minute)
	wantSentTo(t, f.send("/staff/login", url.Values{"login": {a.Login}, "password": {password}}), "/staff")
}

// Guesses at one account from many networks, and at many accounts from one, are held back too.
func TestSignInLimitsCountAccountsAndNetworks(t *testing.T) {
	now, w := start, httptest.NewRecorder()
	from := func(address string) *http.Request { return &http.Request{RemoteAddr: address} }
	l := newSignInLimits()
	n := 0
	for l.allow(w, from("192.0."+string(rune('0'+n%8))+".1:1"), "a", now) {
		n++
	}
	if n != l.account.burst {
		t.Errorf("%d guesses at one account", n)
	}
	if !l.allow(w, from("192.0.2.1:1"), "b", now) {
		t.Error("another account has to wait too")
	}
	l, n = newSignInLimits(), 0
	for l.allow(w, from("192.0.2.1:1"), strings.Repeat("x", n), now) {
		n++
	}
	if n != l.network.burst {
		t.Errorf("%d guesses from one network", n)
	}
	if !l.allow(w, from("192.0.3.1:1"), "b", now) {
		t.Error("another network has to wait too")
	}
}

// Who walks through the 65,536 networks of a /48 guesses no faster than from four of them, and at one account too slowly to keep
// its owner out who signs in from elsewhere; a neighbour of one guesser with a /64 is not kept out either.
func TestSignInLimitsCountWhoWalks(t *testing.T) {
	now, w := start, httptest.NewRecorder()
	from := func(i int) *http.Request { return &http.Request{RemoteAddr: fmt.Sprintf("[2001:db8:1:%x::1]:1", i)} }
	guess := func(l signInLimits, login string, times int) (let int) {
		for i := range times {
			if l.allow(w, from(i), login, now) {
				let++
			}
		}
		return let
	}
	l, n := newSignInLimits(), 0
	for i := range 10 * l.network.burst {
		if l.allow(w, from(i), fmt.Sprint(i), now) {
			n++
		}
	}
	if most := strangers.Wide * l.network.burst; n > most {
		t.Errorf("%d guesses at many accounts, want at most %d", n, most)
	}
	l = newSignInLimits()
	if n := guess(l, "a", 1000); n != l.around.burst {
		t.Errorf("%d guesses at one account", n)
	}
	for range 600 {
		now = now.Add(time.Second)
		guess(l, "a", 3)
	}
	if !l.allow(w, &http.Request{RemoteAddr: "192.0.2.1:1"}, "a", now) {
		t.Error("the owner is kept out")
	}
	l = newSignInLimits()
	for range 100 {
		l.allow(w, from(1), "a", now)
	}
	if !l.allow(w, from(2), "a", now) || !l.allow(w, from(3), "b", now) {
		t.Error("neighbours are kept out")
	}
}

// A session that somebody put into the browser beforehand is worth nothing after signing in.
func TestSessionFixation(t *testing.T) {
	f := newFixture(t)
	a := f.account("", booking.StaffAdmin)
	planted := f.signIn(a)
	w := f.send("/staff/login", url.Values{"login": {a.Login}, "password": {password}}, "Cookie", planted)
	session := deskCookie + "=" + find(t, w, deskCookie).Value
	if session == planted {
		t.Fatal("the session of before is used on")
	}
	if w := f.do("GET", "/staff", "Cookie", planted); w.Header().Get("Location") == "/staff/institutions" {
		t.Error("the session of before is still good")
	}
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/institutions")
	made := deskCookie + "=chosen-by-somebody-else"
	w = f.send("/staff/login", url.Values{"login": {a.Login}, "password": {password}}, "Cookie", made)
	if find(t, w, deskCookie).Value == "chosen-by-somebody-else" {
		t.Error("a made-up session was taken over")
	}
}

func TestADisabledAccountIsOutAtTheNextRequest(t *testing.T) {
	f := newFixture(t)
	a, session := f.desk(booking.StaffClerk)
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/docket")
	a.Disabled = true
	if _, err := f.store.PutAccount(a, "", "test"); err != nil {
		t.Fatal(err)
	}
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/login?to=%2Fstaff")
	if w := f.send("/staff/logout", nil, "Cookie", session); w.Code != http.StatusForbidden || parse(t, w).state() != "signed_out" {
		t.Errorf("status %d", w.Code)
	}
}

func TestStaffFormsFromAnotherSiteAreRefused(t *testing.T) {
	f := newFixture(t)
	a, session := f.desk(booking.StaffClerk)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		w := f.send("/staff/logout", nil, append(header, "Cookie", session)...)
		if w.Code != http.StatusForbidden || parse(t, w).state() != "cross_origin" {
			t.Errorf("%v: signing out: %d", header, w.Code)
		}
		if w := f.send("/staff/login", url.Values{"login": {a.Login}, "password": {password}}, header...); w.Code != http.StatusForbidden {
			t.Errorf("%v: signing in: %d", header, w.Code)
		}
	}
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/docket")
}

func TestSigningInLeadsToOwnPagesOnly(t *testing.T) {
	for to, want := range map[string]string{
		"":                               "/staff",
		"/staff/docket?day=2026-11-23":   "/staff/docket?day=2026-11-23",
		"/staff/docket#evil":             "/staff/docket",
		"https://evil.example/staff/x":   "/staff",
		"//evil.example/staff/x":         "/staff",
		`/\evil.example/staff/x`:         "/staff",
		"/staff/../j/x":                  "/staff",
		"/staff//evil.example":           "/staff",
		"/j/ticket":                      "/staff",
		"javascript:alert(1)":            "/staff",
		"/staff/\r\nSet-Cookie: a=b":     "/staff",
		"/staffroom":                     "/staff",
		"/staff/%2e%2e/%2e%2e/elsewhere": "/staff",
	} {
		if got := ownPath(to); got != want {
			t.Errorf("%q: %q, want %q", to, got, want)
		}
	}
}

// The language is that of the account until the reader chooses another, which then stays for all pages of the staff.
func TestLanguageOfTheStaff(t *testing.T) {
	f := newFixture(t)
	a, session := f.desk(booking.StaffClerk)
	a.Language = "ar"
	if _, err := f.store.PutAccount(a, "", "test"); err != nil {
		t.Fatal(err)
	}
	page := func(target, cookies string) (string, *httptest.ResponseRecorder) {
		w := f.do("GET", target, "Cookie", cookies)
		return attribute(parse(t, w).one("html"), "lang"), w
	}
	if lang, _ := page("/staff/self", session); lang != "ar" {
		t.Errorf("at first: %s", lang)
	}
	lang, w := page("/staff/self?lang=en", session)
	chosen := find(t, w, languageChoice)
	if lang != "en" || chosen.Path != "/staff" {
		t.Errorf("chosen: %s, cookie %v", lang, chosen)
	}
	if lang, _ := page("/staff/self", session+"; lang="+chosen.Value); lang != "en" {
		t.Errorf("afterwards: %s", lang)
	}
}

// An error of the staff has their navigation and language, and speaks of no personal link.
func TestErrorsOfTheStaff(t *testing.T) {
	f := newFixture(t)
	a, session := f.desk(booking.StaffClerk)
	a.Language = "ar"
	if _, err := f.store.PutAccount(a, "", "test"); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]struct {
		status int
		text   string
	}{
		"/staff/nothing":  {http.StatusNotFound, "انطلقوا من القائمة"},
		"/staff/accounts": {http.StatusForbidden, "لا يسمح دوركم"},
		"/staff/logout":   {http.StatusMethodNotAllowed, "الصفحة السابقة"},
	} {
		w := f.do("GET", target, "Cookie", session)
		d := parse(t, w)
		checkPage(t, d, languages[1])
		if text := content(d.one("main")); w.Code != want.status || !strings.Contains(text, want.text) || strings.Contains(text, "اتصلتم") || !strings.Contains(text, "رمز الخطأ") || len(d.elements("nav")) != 2 {
			t.Errorf("%s: %d %s", target, w.Code, text)
		}
		if w.Header().Get("Referrer-Policy") == "no-referrer" {
			t.Errorf("%s: its form for signing out would be sent without an origin", target)
		}
	}
	w := f.do("GET", "/staff/nothing")
	if d := parse(t, w); w.Code != http.StatusNotFound || len(d.elements("nav")) != 1 {
		t.Errorf("to nobody: %d", w.Code)
	}
}

// Every item of the navigation leads to a page, which asks for the verb that shows the item.
func TestTheNavigationLeadsSomewhere(t *testing.T) {
	f := newFixture(t)
	verbs := map[string]booking.Verb{}
	for _, r := range siteOf(t, f).routes() {
		if r.answers[http.MethodGet] != nil {
			verbs[r.pattern] = r.who.verb
		}
	}
	for _, p := range deskPages {
		if verb, ok := verbs[p.url]; !ok || verb != p.verb {
			t.Errorf("%s: shown to who may %s, asks for %q (found: %v)", p.url, p.verb, verb, ok)
		}
	}
}
