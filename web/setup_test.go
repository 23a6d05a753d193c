package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// counter makes one that is open on weekdays from 9 to 12.
func (f *fixture) counter(institution, host string, services ...string) booking.Counter {
	f.t.Helper()
	c, _, _, err := f.store.PutCounter(booking.Counter{
		Institution: institution, Name: "Guichet 1", Services: services, Host: host,
		Openings: []booking.Opening{{Weekdays: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, From: "09:00", To: "12:00"}},
	}, booking.Treatment{Do: booking.TreatKeep}, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// closure makes a holiday that touches nothing.
func (f *fixture) closure(institution string) booking.Closure {
	f.t.Helper()
	all := []booking.Closure{{Institution: institution, First: "2027-01-14", Last: "2027-01-14", Name: booking.Text{"fr": "Nouvel an amazigh"}}}
	if _, _, err := f.store.PutClosures(all, booking.Treatment{Do: booking.TreatKeep}, "test"); err != nil {
		f.t.Fatal(err)
	}
	stored, err := f.store.Closures(institution)
	if err != nil {
		f.t.Fatal(err)
	}
	return stored[len(stored)-1]
}

// office is an institution with a service, a counter and an admin who has signed in.
type office struct {
	*fixture
	admin   booking.Account
	session string
	service booking.Service
	counter booking.Counter
}

func newOffice(t *testing.T) *office {
	o := &office{fixture: newFixture(t)}
	o.admin, o.session = o.desk(booking.StaffAdmin)
	o.service = o.fixture.service(o.admin.Institution)
	o.counter = o.fixture.counter(o.admin.Institution, "", o.service.ID)
	return o
}

// booked is an appointment at the counter on Wednesday, 25 November at 10:00, made by the staff.
func (o *office) booked() booking.Appointment {
	o.t.Helper()
	civil, err := booking.NewCivil("2026-11-25T10:00", "Africa/Casablanca")
	if err != nil {
		o.t.Fatal(err)
	}
	a, _ := o.book(func(d *booking.Draft) {
		d.Reference, d.Start, d.Duration = "", civil, 30*time.Minute
		d.InstitutionID, d.ServiceID, d.CounterID = o.admin.Institution, o.service.ID, o.counter.ID
	})
	return a
}

func (o *office) get(target string) document {
	o.t.Helper()
	w := o.do("GET", target, "Cookie", o.session)
	if w.Code != http.StatusOK {
		o.t.Fatalf("%s: status %d", target, w.Code)
	}
	return parse(o.t, w)
}

func (o *office) post(target string, typed url.Values) *httptest.ResponseRecorder {
	return o.send(target, typed, "Cookie", o.session)
}

// typedIn is what a browser would send of the form on a page, without its buttons.
func (d document) typedIn() url.Values {
	typed := url.Values{}
	for _, n := range d.elements("input") {
		kind := attribute(n, "type")
		checked := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
		if kind != "checkbox" && kind != "radio" || checked {
			typed.Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	for _, n := range d.elements("textarea") {
		typed.Add(attribute(n, "name"), raw(n))
	}
	for _, n := range d.elements("select") {
		for o := range n.Descendants() {
			if o.Data == "option" && slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
				typed.Add(attribute(n, "name"), attribute(o, "value"))
			}
		}
	}
	return typed
}

func raw(n *html.Node) string {
	var all strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			all.WriteString(c.Data)
		}
	}
	return all.String()
}

// faulty wants the page back with a summary whose every entry leads to a control.
func (o *office) faulty(w *httptest.ResponseRecorder, fields ...string) document {
	o.t.Helper()
	d := parse(o.t, w)
	if w.Code != http.StatusUnprocessableEntity {
		o.t.Fatalf("status %d: %s", w.Code, content(d.one("main")))
	}
	var led []string
	for _, n := range d.elements("a") {
		if id, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok && id != "main" {
			led = append(led, id)
			if len(d.all(func(n *html.Node) bool { return attribute(n, "id") == id })) != 1 {
				o.t.Errorf("the summary leads to #%s, which is nowhere", id)
			}
		}
	}
	if !slices.Equal(led, fields) {
		o.t.Errorf("faults at %v, want %v", led, fields)
	}
	return d
}

// From nothing to a free time, by forms alone.
func TestAnInstitutionIsSetUpByPages(t *testing.T) {
	f := newFixture(t)
	operator := f.signIn(f.account("", booking.StaffAdmin))
	f.faultyOrDone(f.send("/staff/institutions/new", url.Values{
		"name.fr": {"Consulat de Lyon"}, "name.ar": {"قنصلية ليون"}, "zone": {"Africa/Casablanca"}, "phone": {"00212 5 37 00-00.00"},
	}, "Cookie", operator), "/staff/institutions?done=institution")
	all, err := f.store.Institutions()
	if err != nil || len(all) != 1 || all[0].Phone != "+212537000000" || all[0].Name["ar"] != "قنصلية ليون" {
		t.Fatalf("institutions %v, %v", all, err)
	}
	list := content(parse(t, f.do("GET", "/staff/institutions?done=institution", "Cookie", operator)).one("main"))
	if !strings.Contains(list, "Consulat de Lyon") {
		t.Errorf("list: %s", list)
	}
	admin := f.account(all[0].ID, booking.StaffAdmin)
	officer := f.account(all[0].ID, booking.StaffOfficial)
	session := f.signIn(admin)
	overview := func() document { return parse(t, f.do("GET", "/staff/setup", "Cookie", session)) }
	for _, href := range []string{"/staff/services/new", "/staff/counters/new"} {
		if len(overview().all(func(n *html.Node) bool { return attribute(n, "href") == href })) < 2 {
			t.Errorf("the overview does not say that %s is missing", href)
		}
	}

	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/setup")

	service := parse(t, f.do("GET", "/staff/services/new", "Cookie", session)).typedIn()
	service.Set("name.ar", "توثيق")
	service.Set("prepare.fr", "Passeport\r\nActe")
	service.Set("prepare.ar", "جواز السفر")
	service.Set("duration", "٢٠")
	f.faultyOrDone(f.send("/staff/services/new", service, "Cookie", session), "/staff/setup?done=service#services")
	services, _ := f.store.Services(all[0].ID)
	if len(services) != 1 || services[0].Duration != 20*time.Minute || len(services[0].Prepare) != 2 || services[0].Prepare[0]["ar"] != "جواز السفر" {
		t.Fatalf("services %+v", services)
	}

	counter := parse(t, f.do("GET", "/staff/counters/new", "Cookie", session)).typedIn()
	for name, value := range map[string]string{"name": "Guichet 1", "services": services[0].ID, "host": officer.ID, "openings.0.from": "9h", "openings.0.to": "12:00"} {
		counter.Set(name, value)
	}
	counter["openings.0.weekdays"] = []string{"1", "2", "3", "4", "5"}
	f.faultyOrDone(f.send("/staff/counters/new", counter, "Cookie", session), "/staff/setup?done=counter")
	d := overview()
	checkPage(t, deskless(d), languages[0])
	if text := content(d.one("main")); !strings.Contains(text, "Les citoyens peuvent prendre rendez-vous") {
		t.Errorf("overview: %s", text)
	}
	wantSentTo(t, f.do("GET", "/staff", "Cookie", session), "/staff/docket")
	slots, err := f.store.Free(services[0].ID, f.now, f.now.AddDate(0, 0, 7))
	if err != nil || len(slots) == 0 {
		t.Errorf("%d free times, %v", len(slots), err)
	}
}

func (f *fixture) faultyOrDone(w *httptest.ResponseRecorder, location string) {
	f.t.Helper()
	if w.Code != http.StatusSeeOther {
		f.t.Fatalf("status %d: %s", w.Code, content(parse(f.t, w).one("main")))
	}
	wantSentTo(f.t, w, location)
}

// deskless is a page of the staff without its second navigation, for checkPage, which knows one.
func deskless(d document) document {
	for _, n := range d.all(func(n *html.Node) bool { return n.Data == "nav" && attribute(n, "class") == "desk" }) {
		n.Parent.RemoveChild(n)
	}
	return d
}

func TestFaultsOfAServiceKeepWhatWasTyped(t *testing.T) {
	o := newOffice(t)
	typed := o.get("/staff/services/" + o.service.ID).typedIn()
	typed.Set("name.fr", "")
	typed.Set("name.ar", " ")
	typed.Set("duration", "half an hour")
	typed.Set("horizon", "400")
	typed.Set("reminders.1", "90")
	typed.Set("reminders.1.unit", "days")
	d := o.faulty(o.post("/staff/services/"+o.service.ID, typed), "name.fr", "duration", "horizon", "reminders.0")
	if again := d.typedIn(); again.Encode() != typed.Encode() {
		t.Errorf("typed  %s\nshown  %s", typed.Encode(), again.Encode())
	}
	if now, _ := o.store.Service(o.service.ID); now.Version != o.service.Version {
		t.Error("it was saved all the same")
	}
}

// What a form shows and is sent back unchanged is what was stored.
func TestFormsRoundTrip(t *testing.T) {
	o := newOffice(t)
	v := o.service
	v.About, v.Prepare = booking.Text{"fr": "Une ligne\net une autre", "zgh": "ⵜⴰⵏⴼⵓⵍⵜ"}, []booking.Text{{"fr": "A", "ar": "أ"}, {"ar": "ب"}, {"en": "C"}}
	v.Reminders, v.Grace, v.Accepted = []time.Duration{48 * time.Hour, 90 * time.Minute}, 0, true
	v, err := o.store.PutService(v, "test")
	if err != nil {
		t.Fatal(err)
	}
	o.faultyOrDone(o.post("/staff/services/"+v.ID, o.get("/staff/services/"+v.ID).typedIn()), "/staff/setup?done=service#services")
	now, _ := o.store.Service(v.ID)
	now.Version = v.Version
	if fmt.Sprint(now) != fmt.Sprint(v) {
		t.Errorf("service\n%+v, want\n%+v", now, v)
	}

	c := o.counter
	c.Openings = append(c.Openings, booking.Opening{Weekdays: [7]bool{0: true, 6: true}, From: "20:00", To: "24:00", First: "2027-02-08", Last: "2027-03-09", Instead: true})
	c, _, _, err = o.store.PutCounter(c, booking.Treatment{Do: booking.TreatKeep}, "test")
	if err != nil {
		t.Fatal(err)
	}
	o.faultyOrDone(o.post("/staff/counters/"+c.ID, o.get("/staff/counters/"+c.ID).typedIn()), "/staff/setup?done=counter")
	again, _ := o.store.Counter(c.ID)
	again.Version = c.Version
	if fmt.Sprint(again) != fmt.Sprint(c) {
		t.Errorf("counter\n%+v, want\n%+v", again, c)
	}

	x := o.closure(o.admin.Institution)
	o.faultyOrDone(o.post("/staff/closures/"+x.ID, o.get("/staff/closures/"+x.ID).typedIn()), "/staff/closures?done=closure")
	if now, _ := o.store.Closure(x.ID); now.Name["fr"] != x.Name["fr"] || now.First != x.First || now.Last != x.Last || now.From != "" {
		t.Errorf("closure %+v", now)
	}
	typed := o.get("/staff/institution").typedIn()
	o.faultyOrDone(o.post("/staff/institution", typed), "/staff/setup?done=institution")
}

// Rows of hours come and go without script.
func TestRowsOfHours(t *testing.T) {
	o := newOffice(t)
	target := "/staff/counters/" + o.counter.ID
	typed := o.get(target).typedIn()
	typed.Set("act", "row")
	typed.Set("name", "Guichet A")
	w := o.post(target, typed)
	d := parse(t, w)
	typed = d.typedIn()
	if w.Code != http.StatusOK || typed.Get("rows") != "2" || typed.Get("name") != "Guichet A" {
		t.Fatalf("status %d, %v", w.Code, typed)
	}
	if now, _ := o.store.Counter(o.counter.ID); now.Name != "Guichet 1" {
		t.Error("adding a row saved the form")
	}
	typed.Set("openings.1.from", "15:00")
	typed.Set("openings.1.to", "14:00")
	typed.Set("openings.1.instead", "on")
	d = o.faulty(o.post(target, typed), "openings.1.weekdays", "openings.1.to", "openings.1.first", "openings.1.last")
	typed = d.typedIn()
	typed.Set("openings.1.remove", "on")
	o.faultyOrDone(o.post(target, typed), "/staff/setup?done=counter")
	if now, _ := o.store.Counter(o.counter.ID); len(now.Openings) != 1 || now.Name != "Guichet A" {
		t.Errorf("counter %+v", now)
	}
}

// Who was slower is told, keeps what they typed, and may save after looking.
func TestTwoPeopleEditOneThing(t *testing.T) {
	o := newOffice(t)
	x := o.closure(o.admin.Institution)
	for _, target := range []string{"/staff/services/" + o.service.ID, "/staff/counters/" + o.counter.ID, "/staff/closures/" + x.ID, "/staff/institution"} {
		typed := o.get(target).typedIn()
		if w := o.post(target, typed); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: status %d", target, w.Code)
		}
		w := o.post(target, typed)
		d := parse(t, w)
		if w.Code != http.StatusConflict {
			t.Errorf("%s: status %d: %s", target, w.Code, content(d.one("main")))
			continue
		}
		if w := o.post(target, d.typedIn()); w.Code != http.StatusSeeOther {
			t.Errorf("%s, after looking: status %d", target, w.Code)
		}
	}
}

// Markup stays text on every page; what cannot be shown as it is stored is refused.
func TestHostileTextOfTheSetup(t *testing.T) {
	o := newOffice(t)
	hostile := `<script>alert(1)</script>"'&{{.}} 🧿`
	typed := o.get("/staff/services/" + o.service.ID).typedIn()
	for _, name := range []string{"name.fr", "about.fr", "who.fr", "prepare.fr"} {
		typed.Set(name, hostile)
	}
	o.faultyOrDone(o.post("/staff/services/"+o.service.ID, typed), "/staff/setup?done=service#services")
	typed = o.get("/staff/counters/" + o.counter.ID).typedIn()
	typed.Set("name", hostile)
	o.faultyOrDone(o.post("/staff/counters/"+o.counter.ID, typed), "/staff/setup?done=counter")
	o.faultyOrDone(o.post("/staff/closures/new", url.Values{"first": {"2026-12-01"}, "name.fr": {hostile}}), "/staff/closures?done=closure")
	for _, target := range []string{"/staff/setup", "/staff/services/" + o.service.ID, "/staff/counters/" + o.counter.ID, "/staff/closures"} {
		d := o.get(target)
		if len(d.elements("script")) > 0 {
			t.Errorf("%s runs it", target)
		}
		if page := raw(d.one("main")) + d.typedIn().Encode(); !strings.Contains(page, hostile) && !strings.Contains(page, url.QueryEscape(hostile)) {
			t.Errorf("%s does not show it", target)
		}
	}
	for _, refused := range []string{"a\u202eb", "a\u2066b", "a\x00b", "\xff"} {
		o.faulty(o.post("/staff/closures/new", url.Values{"first": {"2026-12-02"}, "name.fr": {refused}}), "name.fr")
	}
}

// A form that is sent twice, by a double click or by going back, makes one thing.
func TestSentTwiceIsMadeOnce(t *testing.T) {
	o := newOffice(t)
	operator := o.signIn(o.account("", booking.StaffAdmin))
	for range 2 {
		for target, typed := range map[string]url.Values{
			"/staff/closures/new":     {"days": {"1/12/2026 A\n2/12/2026 B"}},
			"/staff/counters/new":     {"name": {"Guichet 2"}, "services": {o.service.ID}},
			"/staff/institutions/new": {"name.fr": {"Fès"}, "zone": {"Africa/Casablanca"}},
		} {
			session := o.session
			if strings.Contains(target, "institutions") {
				session = operator
			}
			if w := o.send(target, typed, "Cookie", session); w.Code != http.StatusSeeOther {
				t.Fatalf("%s: status %d", target, w.Code)
			}
		}
		typed := o.get("/staff/services/new").typedIn()
		typed.Set("name.fr", "Légalisation")
		o.faultyOrDone(o.post("/staff/services/new", typed), "/staff/setup?done=service#services")
	}
	closures, _ := o.store.Closures(o.admin.Institution)
	counters, _ := o.store.Counters(o.admin.Institution)
	services, _ := o.store.Services(o.admin.Institution)
	institutions, _ := o.store.Institutions()
	if len(closures) != 2 || len(counters) != 2 || len(services) != 2 || len(institutions) != 2 {
		t.Errorf("%d closures, %d counters, %d services, %d institutions; want 2 each", len(closures), len(counters), len(services), len(institutions))
	}
}

// What belongs to another institution does not exist, also behind the parameters of the overview and in forms.
func TestNothingOfAnotherInstitution(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	other.fixture = o.fixture
	other.admin, other.session = o.desk(booking.StaffAdmin)
	other.service = o.fixture.service(other.admin.Institution)
	a := o.booked()
	for session, shown := range map[string]bool{o.session: true, other.session: false} {
		w := o.do("GET", "/staff/setup?done=closure&left=gone&left="+a.ID, "Cookie", session)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), a.Reference) != shown {
			t.Errorf("left behind: status %d, shown %v, want %v", w.Code, !shown, shown)
		}
	}
	typed := o.get("/staff/counters/" + o.counter.ID).typedIn()
	typed.Set("services", other.service.ID)
	o.faulty(o.post("/staff/counters/"+o.counter.ID, typed), "services")
}
