package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// values reads the form of a page as a browser would send it: name → value, of what is shown.
func (d document) values() url.Values {
	typed := url.Values{}
	for _, n := range d.all(func(n *html.Node) bool { return attribute(n, "name") != "" }) {
		name, value := attribute(n, "name"), attribute(n, "value")
		switch {
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					typed.Add(name, attribute(o, "value"))
				}
			}
		case n.Data == "textarea":
			typed.Add(name, strings.TrimPrefix(content(n), "\n"))
		case attribute(n, "type") == "radio" || attribute(n, "type") == "checkbox":
			if has(n, "checked") {
				typed.Add(name, value)
			}
		case n.Data == "input":
			typed.Add(name, value)
		}
	}
	return typed
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func TestAnAdminMakesAndChangesAccounts(t *testing.T) {
	f := newFixture(t)
	admin, session := f.desk(booking.StaffAdmin)
	typed := url.Values{"name": {"Nadia Berrada"}, "login": {"nadia@example.ma"}, "role": {"clerk"}, "language": {"ar"}, "password": {"court"}, "institution": {"elsewhere"}}
	w := f.send("/staff/accounts/new", typed, "Cookie", session)
	d := parse(t, w)
	checkPage(t, d, languages[0])
	shown := d.values()
	if w.Code != http.StatusUnprocessableEntity || shown.Get("password") != "" {
		t.Errorf("status %d, password %q", w.Code, shown.Get("password"))
	}
	for _, kept := range []string{"name", "login", "role", "language"} {
		if shown.Get(kept) != typed.Get(kept) {
			t.Errorf("%s: %q", kept, shown.Get(kept))
		}
	}
	if links := d.all(func(n *html.Node) bool { return attribute(n, "href") == "#password" }); len(links) != 1 {
		t.Errorf("%d links to the fault", len(links))
	}
	typed.Set("password", password)
	wantSentTo(t, f.send("/staff/accounts/new", typed, "Cookie", session), "/staff/accounts?saved")
	made, err := f.store.AccountOf("nadia@example.ma")
	if err != nil || made.Institution != admin.Institution || made.Role != booking.StaffClerk {
		t.Fatalf("%+v, %v", made, err)
	}

	page := "/staff/accounts/" + made.ID
	stale := parse(t, f.do("GET", page, "Cookie", session)).values()
	change := parse(t, f.do("GET", page, "Cookie", session)).values()
	change.Set("role", "magistrate")
	wantSentTo(t, f.send(page, change, "Cookie", session), "/staff/accounts?saved")
	stale.Set("name", "Nadia B.")
	w = f.send(page, stale, "Cookie", session)
	again := parse(t, w)
	if now, _ := f.store.Account(made.ID); w.Code != http.StatusUnprocessableEntity || now.Name != "Nadia Berrada" || now.Role != booking.StaffMagistrate {
		t.Errorf("stale change: status %d, %+v", w.Code, now)
	}
	if v := again.values(); v.Get("name") != "Nadia B." || v.Get("version") != strconv.FormatUint(2, 10) {
		t.Errorf("shown again: %v", v)
	}
	wantSentTo(t, f.send(page, again.values(), "Cookie", session), "/staff/accounts?saved")

	theirs := f.signIn(made)
	change = parse(t, f.do("GET", page, "Cookie", session)).values()
	change.Set("disabled", "on")
	wantSentTo(t, f.send(page, change, "Cookie", session), "/staff/accounts?saved")
	wantSentTo(t, f.do("GET", "/staff/self", "Cookie", theirs), "/staff/login?to=%2Fstaff%2Fself")
	if text := content(parse(t, f.do("GET", "/staff/accounts?saved", "Cookie", session)).one("main")); !strings.Contains(text, "Désactivé") || !strings.Contains(text, "Le compte est enregistré.") {
		t.Errorf("list: %s", text)
	}
}

// What an admin may not do to themselves is neither offered nor, when sent all the same, done.
func TestAnAdminStaysAdmin(t *testing.T) {
	f := newFixture(t)
	admin, session := f.desk(booking.StaffAdmin)
	page := "/staff/accounts/" + admin.ID
	form := parse(t, f.do("GET", page, "Cookie", session)).values()
	for _, name := range []string{"role", "disabled", "password"} {
		if form.Has(name) {
			t.Errorf("%s is offered", name)
		}
	}
	form.Set("role", "clerk")
	form.Set("disabled", "on")
	form.Set("password", "another phrase at last")
	form.Set("name", "Salma I.")
	wantSentTo(t, f.send(page, form, "Cookie", session), "/staff/accounts?saved")
	if now, _ := f.store.Account(admin.ID); now.Role != booking.StaffAdmin || now.Disabled || now.Name != "Salma I." {
		t.Errorf("%+v", now)
	}
	if w := f.do("GET", "/staff/self", "Cookie", session); w.Code != http.StatusOK {
		t.Errorf("signed out by changing the own name: %d", w.Code)
	}
}

// The operator makes other operators and the admins of institutions, and sees nobody else.
func TestTheOperatorSeesAdminsOnly(t *testing.T) {
	f := newFixture(t)
	at := f.institution("Rabat")
	operator, admin, clerk := f.account("", booking.StaffAdmin), f.account(at.ID, booking.StaffAdmin), f.account(at.ID, booking.StaffClerk)
	session := f.signIn(operator)
	d := parse(t, f.do("GET", "/staff/accounts", "Cookie", session))
	for id, want := range map[string]int{operator.ID: 1, admin.ID: 1, clerk.ID: 0} {
		if links := d.all(func(n *html.Node) bool { return attribute(n, "href") == "/staff/accounts/"+id }); len(links) != want {
			t.Errorf("%s is listed %d times, want %d", id, len(links), want)
		}
	}
	if w := f.do("GET", "/staff/accounts/"+clerk.ID, "Cookie", session); w.Code != http.StatusNotFound {
		t.Errorf("page of a clerk: %d", w.Code)
	}
	if got := parse(t, f.do("GET", "/staff/accounts/new?lang=ar&institution="+at.ID, "Cookie", session)).values().Get("language"); got != "ar" {
		t.Errorf("to who reads Arabic a new account is offered in %q", got)
	}
	form := parse(t, f.do("GET", "/staff/accounts/new?institution="+at.ID, "Cookie", session)).values()
	if form.Get("institution") != at.ID || form.Has("role") {
		t.Errorf("form: %v", form)
	}
	form.Set("name", "Premier")
	form.Set("login", "first@example.ma")
	form.Set("password", password)
	form.Set("role", "magistrate")
	wantSentTo(t, f.send("/staff/accounts/new", form, "Cookie", session), "/staff/accounts?saved")
	if a, err := f.store.AccountOf("first@example.ma"); err != nil || a.Role != booking.StaffAdmin || a.Institution != at.ID {
		t.Errorf("%+v, %v", a, err)
	}
	form.Set("login", "second@example.ma")
	form.Set("institution", "nowhere")
	if w := f.send("/staff/accounts/new", form, "Cookie", session); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("unknown institution: %d", w.Code)
	}
}

func TestAccountsOfAnotherInstitutionAreNotListed(t *testing.T) {
	f := newFixture(t)
	_, session := f.desk(booking.StaffAdmin)
	other := f.account(f.institution("Fès").ID, booking.StaffClerk)
	if page := f.do("GET", "/staff/accounts", "Cookie", session).Body.String(); strings.Contains(page, other.Login) || strings.Contains(page, "Fès") {
		t.Error("the list tells of another institution")
	}
}

func TestOwnLanguageAndPassword(t *testing.T) {
	f := newFixture(t)
	a, session := f.desk(booking.StaffOfficial)
	w := f.send("/staff/self", url.Values{"language": {"ar"}}, "Cookie", session+"; lang=fr")
	wantSentTo(t, w, "/staff/self?saved=language")
	if c := find(t, w, languageChoice); c.MaxAge >= 0 {
		t.Error("the choice of before outlives the new language")
	}
	d := parse(t, f.do("GET", "/staff/self?saved=language", "Cookie", session))
	checkPage(t, d, languages[1])
	if !strings.Contains(content(d.one("main")), "تم حفظ اللغة.") {
		t.Error("what was saved is not said")
	}
	if w := f.send("/staff/self", url.Values{"language": {"xx"}}, "Cookie", session); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("unknown language: %d", w.Code)
	}

	other := f.signIn(a)
	fresh := "another phrase at last"
	for _, c := range []struct{ old, new, again, fault string }{
		{"wrong", fresh, fresh, "#old"}, {password, "short", "short", "#password"}, {password, fresh, fresh + ".", "#again"}, {"", "", "", "#old"},
	} {
		w := f.send("/staff/self/password", url.Values{"old": {c.old}, "password": {c.new}, "again": {c.again}}, "Cookie", session)
		d := parse(t, w)
		if links := d.all(func(n *html.Node) bool { return attribute(n, "href") == c.fault }); w.Code != http.StatusUnprocessableEntity || len(links) != 1 {
			t.Errorf("%v: status %d", c, w.Code)
		}
		checkPage(t, d, languages[1])
	}
	w = f.send("/staff/self/password", url.Values{"old": {password}, "password": {fresh}, "again": {fresh}}, "Cookie", session)
	wantSentTo(t, w, "/staff/self?saved=password")
	now := deskCookie + "=" + find(t, w, deskCookie).Value
	if w := f.do("GET", "/staff/self", "Cookie", now); w.Code != http.StatusOK {
		t.Errorf("the new session: %d", w.Code)
	}
	for _, old := range []string{session, other} {
		wantSentTo(t, f.do("GET", "/staff/self", "Cookie", old), "/staff/login?to=%2Fstaff%2Fself")
	}
}

func TestThePasswordCannotBeGuessedFromAStolenDesk(t *testing.T) {
	f := newFixture(t)
	_, session := f.desk(booking.StaffClerk)
	guess := url.Values{"old": {"x"}, "password": {"another phrase at last"}, "again": {"another phrase at last"}}
	for range newSignInLimits().pair.burst {
		if w := f.send("/staff/self/password", guess, "Cookie", session); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("status %d within the burst", w.Code)
		}
	}
	if w := f.send("/staff/self/password", guess, "Cookie", session); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
}

// Every role and every fault of these forms has words, and each page is whole in each language.
func TestStaffPagesInEachLanguage(t *testing.T) {
	f := newFixture(t)
	admin, session := f.desk(booking.StaffAdmin)
	for _, l := range languages {
		c := siteOf(t, f).catalogues[l.Code]
		for _, role := range booking.StaffRoles {
			for _, key := range []string{"staff.role.", "staff.role_hint."} {
				if _, ok := c.messages[key+string(role)]; !ok {
					t.Errorf("%s: no %s%s", l.Code, key, role)
				}
			}
		}
		for _, target := range []string{"/staff/accounts", "/staff/accounts/new", "/staff/accounts/" + admin.ID, "/staff/self"} {
			d := parse(t, f.do("GET", target+"?lang="+l.Code, "Cookie", session))
			checkPage(t, d, l)
			if text := content(d.one("body")); strings.Contains(text, "staff.") || strings.Contains(text, "{") {
				t.Errorf("%s in %s shows a key or a slot: %s", target, l.Code, text)
			}
			marked := d.all(func(n *html.Node) bool { return attribute(n, "aria-current") == "page" })
			if len(marked) != 1 {
				t.Errorf("%s: %d items marked", target, len(marked))
			}
		}
	}
}

// A name is text wherever it stands.
func TestHostileNamesAreInert(t *testing.T) {
	f := newFixture(t)
	admin, session := f.desk(booking.StaffAdmin)
	admin.Name = `<script>alert(1)</script>"><b onclick=x>`
	if _, err := f.store.PutAccount(admin, "", "test"); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/staff/accounts", "/staff/accounts/" + admin.ID, "/staff/self"} {
		d := parse(t, f.do("GET", target, "Cookie", session))
		if len(d.elements("script")) > 0 || len(d.all(func(n *html.Node) bool { return has(n, "onclick") })) > 0 {
			t.Errorf("%s runs a name", target)
		}
		if !strings.Contains(content(d.one("main")), admin.Name) {
			t.Errorf("%s does not show the name as it is", target)
		}
	}
	for _, name := range []string{"a\u202eb", "a\nb", "a\x00b"} {
		w := f.send("/staff/accounts/new", url.Values{"name": {name}, "login": {"x@example.ma"}, "role": {"clerk"}, "language": {"fr"}, "password": {password}}, "Cookie", session)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: status %d", name, w.Code)
		}
	}
}
