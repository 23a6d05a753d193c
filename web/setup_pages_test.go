package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// The operator's page counts and names nobody.
func TestTheMachineNamesNobody(t *testing.T) {
	o := newOffice(t)
	a := o.booked()
	operator := o.signIn(o.account("", booking.StaffAdmin))
	for _, l := range languages {
		w := o.do("GET", "/staff/machine?lang="+l.Code, "Cookie", operator)
		d := deskless(parse(t, w))
		checkPage(t, d, l)
		text := content(d.one("main"))
		for _, secret := range []string{a.Reference, a.ID, "Youssef", "Amina"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the page tells %s", l.Code, secret)
			}
		}
		if !strings.Contains(text, booking.TZDBVersion()) || !strings.Contains(text, "jalsa journal verify --checkpoint jalsa-checkpoint-") {
			t.Errorf("%s: %s", l.Code, text)
		}
	}
	w := o.do("GET", "/staff/machine/checkpoint", "Cookie", operator)
	signed, _, err := o.store.Checkpoint()
	if err != nil || w.Body.String() != signed || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("checkpoint: %v, %q", err, w.Body)
	}
}

// The operator's page says until when browsers believe the server, in every language.
func TestTheMachineTellsOfItsCertificate(t *testing.T) {
	var shown *Certificate
	f := newFixture(t, func(c *Config) { c.Machine = func() Machine { return Machine{Certificate: shown} } })
	office := &office{fixture: f}
	operator := office.signIn(office.account("", booking.StaffAdmin))
	ends := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, l := range languages {
		for _, c := range []struct {
			shown *Certificate
			want  []string
		}{
			{nil, nil},
			{&Certificate{}, []string{"machine.certificate", "machine.certificate_none"}},
			{&Certificate{Ends: ends}, []string{"machine.certificate"}},
			{&Certificate{Ends: ends, Soon: true}, []string{"machine.certificate", "machine.certificate_soon"}},
		} {
			shown = c.shown
			d := deskless(parse(t, f.do("GET", "/staff/machine?lang="+l.Code, "Cookie", operator)))
			checkPage(t, d, l)
			text := content(d.one("main"))
			for _, key := range []string{"machine.certificate", "machine.certificate_none", "machine.certificate_soon"} {
				if strings.Contains(text, siteOf(t, f).catalogues[l.Code].text(key)) != slices.Contains(c.want, key) {
					t.Errorf("%s, %+v: %s: %s", l.Code, c.shown, key, text)
				}
			}
			if told := strings.Contains(text, "2027"); told != (c.shown != nil && !c.shown.Ends.IsZero()) {
				t.Errorf("%s, %+v: end told: %v", l.Code, c.shown, told)
			}
		}
	}
}

// Every page in every language, with something on it: no key, no open slot, nothing the policy forbids, one h1.
func TestSetupPagesAreWhole(t *testing.T) {
	o := newOffice(t)
	o.booked()
	closure := o.closure(o.admin.Institution)
	raw := regexp.MustCompile(`\{[a-z_]+\}|\b(?:` + areas + `)\.[a-z_]+`)
	check := func(w *httptest.ResponseRecorder, l language, name string) {
		t.Helper()
		d := deskless(parse(t, w))
		checkPage(t, d, l)
		if found := raw.FindString(content(d.one("body"))); found != "" {
			t.Errorf("%s in %s shows %s", name, l.Code, found)
		}
		if w.Header().Get("Referrer-Policy") != "strict-origin" {
			t.Errorf("%s: old browsers would not say where its form comes from", name)
		}
	}
	operator := o.signIn(o.account("", booking.StaffAdmin))
	for _, l := range languages {
		for _, target := range []string{
			"/staff/setup", "/staff/institution", "/staff/services/new", "/staff/services/" + o.service.ID, "/staff/counters/new",
			"/staff/counters/" + o.counter.ID, "/staff/closures", "/staff/closures/new", "/staff/closures/" + closure.ID,
			"/staff/closures/" + closure.ID + "/delete", "/staff/zones",
		} {
			check(o.do("GET", target+"?lang="+l.Code, "Cookie", o.session), l, target)
		}
		for _, target := range []string{"/staff/institutions", "/staff/institutions/new", "/staff/machine"} {
			check(o.do("GET", target+"?lang="+l.Code, "Cookie", operator), l, target)
		}
		w := o.post("/staff/closures/new?lang="+l.Code, url.Values{"first": {"2026-11-25"}})
		check(w, l, "impact")
	}
}

// The page of new zone rules, for which no test can make an old appointment by way of the books.
func TestZonePageShowsBothTimes(t *testing.T) {
	o := newOffice(t)
	s := siteOf(t, o.fixture)
	var err error
	if s.pages, err = ownPages(); err != nil {
		t.Fatal(err)
	}
	a := o.booked()
	for _, l := range languages {
		v := s.visitor(httptest.NewRequest("GET", "/?lang="+l.Code, nil), "")
		d := desk{visitor: v, account: o.admin}
		d.institution, _ = o.store.Institution(o.admin.Institution)
		line, err := d.touched(a)
		if err != nil {
			t.Fatal(err)
		}
		line.Then = d.moment(start.Add(time.Hour))
		view := zonesView{sheet: sheet{frame: s.staffFrame(d, "zones", setupPath), Form: d.form(nil)}, Touched: []touched{line}, Count: 1, TZDB: "2026f"}
		w := httptest.NewRecorder()
		if err := s.render(w, httptest.NewRequest("GET", "/", nil), v, "setup_zones", http.StatusOK, &view); err != nil {
			t.Fatal(err)
		}
		text := content(parse(t, w).one("main"))
		if !strings.Contains(text, "10:00") || !strings.Contains(text, "11:00") || !strings.Contains(text, line.Reference) {
			t.Errorf("%s: %s", l.Code, text)
		}
	}
}
