package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// fileOf is the address of an appointment, or of something below it.
func fileOf(a booking.Appointment, rest string) string { return "/staff/appointments/" + a.ID + rest }

func TestAnAppointmentIsShownWithItsPeople(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	c.places[a.ID] = map[string]string{a.Participants[1].ID: "waiting"}
	for _, l := range languages {
		d := c.get(fileOf(a, "?lang="+l.Code))
		checkPage(t, d, l)
		if people := texts(d, "parties"); len(people) != 1 || !strings.Contains(people[0], "Youssef Bennani") || !strings.Contains(people[0], "سناء العلوي") {
			t.Errorf("%s: people %q", l.Code, people)
		}
	}
	text := content(c.get(fileOf(a, "?lang=fr")).one("main"))
	for _, want := range []string{a.Reference, "dossier 2026/1204", "youssef@example.org", "attend", "Lien pas encore utilisé", "Dernier message : non envoyé", "45 minutes"} {
		if !strings.Contains(text, want) {
			t.Errorf("page does not tell %q", want)
		}
	}
}

// What one institution has, another does not see; what does not exist is the same page.
func TestAnAppointmentOfAnotherInstitutionIsNotThere(t *testing.T) {
	c := newCourt(t)
	other := c.fixture.institution("Fès")
	theirs := c.appointment(other, c.account(other.ID, booking.StaffMagistrate))
	for _, id := range []string{theirs.ID, theirs.Reference, "nothing"} {
		if w := c.do("GET", "/staff/appointments/"+id, "Cookie", c.clerk); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", id, w.Code)
		}
	}
	if w := c.do("GET", "/staff/appointments/"+c.appointment(c.institution, c.magistrate).Reference, "Cookie", c.clerk); w.Code != http.StatusOK {
		t.Errorf("own one by its reference: %d", w.Code)
	}
	mine := c.appointment(c.institution, c.magistrate)
	c.refused(fileOf(mine, "/officer"), url.Values{"officer": {c.account(other.ID, booking.StaffMagistrate).ID}})
}

var ticketPattern = regexp.MustCompile(`/j/([a-z2-7]{26})`)

// Links are shown by a form only, one by one or all, and the history tells who looked.
func TestLinksAreShownOnDemand(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	if w := c.do("GET", fileOf(a, ""), "Cookie", c.clerk); ticketPattern.MatchString(w.Body.String()) {
		t.Error("the page of an appointment shows a link unasked")
	}
	shown := func(target string, typed url.Values) []string {
		t.Helper()
		w := c.send(target, typed, "Cookie", c.clerk, "Accept-Encoding", "gzip")
		if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "" {
			t.Fatalf("%s: %d, compressed %q", target, w.Code, w.Header().Get("Content-Encoding"))
		}
		var tickets []string
		for _, m := range ticketPattern.FindAllStringSubmatch(w.Body.String(), -1) {
			if !slices.Contains(tickets, m[1]) {
				tickets = append(tickets, m[1])
			}
		}
		return tickets
	}
	all := shown(fileOf(a, "/links"), nil)
	if len(all) != 2 {
		t.Fatalf("%d links, want those of the two who are no staff", len(all))
	}
	if one := shown(fileOf(a, "/links"), url.Values{"participant": {a.Participants[1].ID}}); len(one) != 1 || one[0] != all[0] {
		t.Errorf("one link: %v of %v", one, all)
	}
	fresh := shown(fileOf(a, "/people/2/renew"), url.Values{"issue": {"1"}})
	if len(fresh) != 1 || fresh[0] == all[0] {
		t.Errorf("new link %v, before %v", fresh, all)
	}
	if _, _, err := c.store.Lookup(all[0]); err == nil {
		t.Error("the old link is still good")
	}
	if w := c.send(fileOf(a, "/people/2/renew"), url.Values{"issue": {"1"}}, "Cookie", c.clerk); w.Code != http.StatusSeeOther {
		t.Errorf("the same form again: %d, want no second link", w.Code)
	}
	if _, _, err := c.store.Lookup(fresh[0]); err != nil {
		t.Errorf("after the same form again: %v", err)
	}
	c.post(fileOf(a, "/people/2/revoke"), nil)
	if _, _, err := c.store.Lookup(fresh[0]); err == nil {
		t.Error("a revoked link is good")
	}
	d := c.get(fileOf(a, "/history"))
	checkPage(t, d, languages[0])
	text := content(d.one("main"))
	for _, want := range []string{"Lien affiché au personnel : Youssef Bennani", "Nouveau lien créé", "Lien désactivé", "Par Salma Idrissi"} {
		if !strings.Contains(text, want) {
			t.Errorf("history does not tell %q: %s", want, text)
		}
	}
	if strings.Contains(text, all[0]) || strings.Contains(c.log.String(), all[0]) || strings.Contains(c.log.String(), fresh[0]) {
		t.Error("a ticket stands in the history or the log")
	}
}

// The link of who holds the hearing is not handed to colleagues, who would hold it in their place.
func TestLinksOfTheStaffAreShownToNobody(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	host := a.Participants[0]
	if host.Staff != c.magistrate.ID {
		t.Fatal("the first is not the magistrate")
	}
	for path, typed := range map[string]url.Values{
		"/links": {"participant": {host.ID}},
		"/people/" + strconv.Itoa(int(host.Number)) + "/renew": {"issue": {"1"}, "show": {"1"}},
	} {
		w := c.send(fileOf(a, path), typed, "Cookie", c.clerk)
		if strings.Contains(w.Body.String(), "/j/") {
			t.Errorf("%s shows the link", path)
		}
	}
}

func TestCancellingNeedsAReason(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	checkPage(t, c.get(fileOf(a, "/cancel")), languages[0])
	if faults := c.refused(fileOf(a, "/cancel"), url.Values{"words": {"Grève"}}); !strings.Contains(faults, "Choisissez un motif.") {
		t.Errorf("without a reason: %q", faults)
	}
	d := c.post(fileOf(a, "/cancel"), url.Values{"why": {"host_absent"}, "words": {"Le magistrat est souffrant."}})
	if got := c.again(a); got.State != booking.StateCancelled || got.Reason != "host_absent" || d.state() != "cancelled" {
		t.Errorf("%s %s, page %s", got.State, got.Reason, d.state())
	}
	text := content(d.one("main"))
	if !strings.Contains(text, "Magistrat ou agent empêché") || !strings.Contains(text, "Le magistrat est souffrant.") {
		t.Errorf("page of a cancelled one: %s", text)
	}
	ticket, _, err := c.store.Ticket(a.Participants[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if page := content(parse(t, c.do("GET", "/j/"+ticket+"?lang=fr")).one("main")); !strings.Contains(page, "Le magistrat est souffrant.") {
		t.Errorf("the page of a link does not tell the words of the staff: %s", page)
	}
	for _, n := range d.elements("form") {
		if action := attribute(n, "action"); strings.HasPrefix(action, "/staff/appointments/") && !strings.Contains(action, "/absent") {
			t.Errorf("a cancelled appointment still offers %s", action)
		}
	}
}

func TestMovingAndAdjourning(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate, func(d *booking.Draft) { d.Screens = [][2]int{{1, 2}} })
	to := url.Values{"held_on": {"2026-11-30"}, "held_at": {"15:30"}, "words": {"Salle indisponible."}}
	c.post(fileOf(a, "/move"), to)
	if got := c.again(a); got.Start.Local != "2026-11-30T15:30" || got.Reference != a.Reference {
		t.Errorf("moved to %s as %s", got.Start.Local, got.Reference)
	}
	for name, bad := range map[string]url.Values{
		"no date": {"held_at": {"15:30"}}, "no time": {"held_on": {"2026-11-30"}},
		"no such day": {"held_on": {"2026-02-30"}, "held_at": {"10:00"}}, "the past": {"held_on": {"2026-11-20"}, "held_at": {"10:00"}},
	} {
		if faults := c.refused(fileOf(a, "/move"), bad); faults == "" {
			t.Errorf("%s: no fault", name)
		}
	}
	to.Set("held_on", "2026-11-23")
	if faults := c.refused(fileOf(a, "/adjourn"), to); !strings.Contains(faults, "postérieure") {
		t.Errorf("adjourned to an earlier day: %q", faults)
	}
	to.Set("held_on", "2026-12-07")
	d := c.post(fileOf(a, "/adjourn"), to)
	old := c.again(a)
	next, err := c.store.Appointment(old.Next)
	if err != nil || old.State != booking.StateMoved || next.Start.Local != "2026-12-07T15:30" || len(next.Screens) != 1 || len(next.Participants) != 3 {
		t.Fatalf("adjourned: %s, next %+v, %v", old.State, next, err)
	}
	if text := content(d.one("main")); !strings.Contains(text, next.Reference) {
		t.Errorf("the page after adjourning is not that of the new appointment: %s", text)
	}
	if faults := c.refused(fileOf(a, "/move"), to); !strings.Contains(faults, "Ce n’est plus possible") {
		t.Errorf("moving what was adjourned: %q", faults)
	}
}

// One of the next free times takes a counter that is free then; what was taken meanwhile comes back with a fault.
func TestMovingToAFreeSlot(t *testing.T) {
	c := newCourt(t)
	a := c.request("11:00")
	c.post(fileOf(a, "/accept"), nil)
	var slots []string
	for _, n := range c.get(fileOf(a, "/move")).all(func(n *html.Node) bool { return attribute(n, "name") == "next_slot" }) {
		slots = append(slots, attribute(n, "value"))
	}
	if len(slots) != offeredSlots+1 || slots[offeredSlots] != anotherTime {
		t.Fatalf("offered %v", slots)
	}
	c.post(fileOf(a, "/move"), url.Values{"next_slot": {slots[3]}, "counter": {"ignored"}})
	if got := c.again(a); got.Start.Local != slots[3] || got.CounterID == "" || got.CounterID == "ignored" {
		t.Errorf("moved to %s at %q, want %s", got.Start.Local, got.CounterID, slots[3])
	}
	b := c.request("15:00")
	if faults := c.refused(fileOf(b, "/move"), url.Values{"next_slot": {slots[3]}}); !strings.Contains(faults, "vient d’être pris") {
		t.Errorf("a slot that is taken: %q", faults)
	}
}

func TestWhoHasAPlaceEntersFromTheDesk(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	host, other := c.signIn(c.magistrate), c.signIn(c.account(c.institution.ID, booking.StaffMagistrate))
	if w := c.send(fileOf(a, "/attend"), nil, "Cookie", c.clerk); w.Code != http.StatusNotFound {
		t.Errorf("a clerk without a place in it: %d", w.Code)
	}
	if w := c.send(fileOf(a, "/attend"), nil, "Cookie", other); w.Code != http.StatusNotFound {
		t.Errorf("a magistrate of another hearing: %d", w.Code)
	}
	w := c.send(fileOf(a, "/attend"), nil, "Cookie", host)
	room := "/h/" + a.Participants[0].ID + "/"
	wantSentTo(t, w, room)
	cookie := find(t, w, booking.SessionCookie)
	if cookie.Path != room || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %v", cookie)
	}
	if w := c.do("GET", room, "Cookie", cookie.Name+"="+cookie.Value); w.Code != http.StatusOK {
		t.Errorf("the room: %d", w.Code)
	}
	c.now = start.Add(-2 * time.Hour)
	if d := parse(t, c.do("GET", fileOf(a, ""), "Cookie", host)); len(texts(d, "deeds")) != 1 || strings.Contains(texts(d, "deeds")[0], "Entrer") {
		t.Errorf("offered before the room opens: %q", texts(d, "deeds"))
	}
}

// Whatever people are called, a page of the staff shows it and nothing else.
func TestHostileNamesAreInertForTheStaff(t *testing.T) {
	c := newCourt(t)
	hostile := `"><script>alert(1)</script>{{.}}`
	a := c.appointment(c.institution, c.magistrate, func(d *booking.Draft) {
		d.Case, d.Service = hostile, booking.Text{"fr": hostile}
		d.Participants[1].Name = hostile
	})
	if _, err := c.store.Cancel(a.ID, booking.Why{Code: "other", Text: hostile}, "test"); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/staff/docket", fileOf(a, ""), fileOf(a, "/history"), fileOf(a, "/cancel")} {
		d := c.get(target)
		if scripts := d.elements("script"); len(scripts) != 0 {
			t.Errorf("%s has the script %q", target, content(scripts[0]))
		}
		if !strings.Contains(content(d.one("main")), hostile) {
			t.Errorf("%s does not show the name as it is", target)
		}
	}
}

// Every kind that the journal has for an appointment has words in the history.
func TestEveryEventHasWords(t *testing.T) {
	fr := siteOf(t, newFixture(t)).catalogues["fr"]
	kinds := map[string]bool{}
	entry := regexp.MustCompile(`Entry\{Kind: "([a-z_]+)", Appointment`)
	constant := regexp.MustCompile(`\bKind[A-Z]\w*\s*= "([a-z_]+)"`)
	receipt := regexp.MustCompile(`receipt\(id, "([a-z_]+)"`)
	for _, glob := range []string{"../booking/*.go", "../signaling/conference/*.go", "*.go"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, pattern := range []*regexp.Regexp{entry, constant, receipt} {
				for _, m := range pattern.FindAllSubmatch(source, -1) {
					kinds[string(m[1])] = true
				}
			}
		}
	}
	if len(kinds) < 30 {
		t.Fatalf("found %d kinds only", len(kinds))
	}
	for kind := range kinds {
		if _, ok := fr.messages["docket.event."+kind]; !ok {
			t.Errorf("event %s has no words", kind)
		}
	}
	for _, deed := range docketDeeds {
		if _, ok := fr.messages["docket.done."+deed]; !ok {
			t.Errorf("deed %s has no words", deed)
		}
	}
	for _, state := range docketStates {
		for _, prefix := range []string{"docket.state.", "docket.is."} {
			if _, ok := fr.messages[prefix+string(state)]; !ok {
				t.Errorf("%s%s has no words", prefix, state)
			}
		}
	}
	for _, place := range []string{placeWaiting, placeInHearing, placeInConsultation, placeReconnecting, placeGone} {
		if _, ok := fr.messages["docket.at."+place]; !ok {
			t.Errorf("place %s has no word", place)
		}
	}
}
