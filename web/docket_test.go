package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// appointment makes one of an institution at the time of the tests, with a host, a party (number 2) and a witness (3).
func (f *fixture) appointment(at booking.Institution, host booking.Account, change ...func(*booking.Draft)) booking.Appointment {
	f.t.Helper()
	civil, err := booking.NewCivil("2026-11-23T10:00", at.Zone)
	if err != nil {
		f.t.Fatal(err)
	}
	draft := booking.Draft{
		InstitutionID: at.ID, Institution: at.Name, Service: booking.Text{"fr": "Audience de conciliation", "ar": "جلسة صلح"}, Judicial: true,
		Case: "2026/1204", Start: civil, Duration: 45 * time.Minute, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute, Keep: 365,
		Participants: []booking.Participant{
			{Role: booking.RoleHost, Name: host.Name, Staff: host.ID, Language: "fr"},
			{Role: booking.RoleParty, Name: "Youssef Bennani", Language: "fr", Email: "youssef@example.org"},
			{Role: booking.RoleWitness, Name: "سناء العلوي", Language: "ar"},
		},
	}
	for _, c := range change {
		c(&draft)
	}
	a, _, err := f.store.Book(draft, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// at is a change of a draft that lets it begin at another time of the day of the tests.
func at(t *testing.T, clock string) func(*booking.Draft) {
	t.Helper()
	civil, err := booking.NewCivil("2026-11-23T"+clock, "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	return func(d *booking.Draft) { d.Start = civil }
}

// court is an institution with a magistrate and a clerk, who has signed in.
type court struct {
	*fixture
	institution booking.Institution
	magistrate  booking.Account
	clerk       string // cookie
	places      map[string]map[string]string
	words       map[string]map[string]string
	measured    map[string][]Measure // by participant
}

// newCourt sends no mail; newMailCourt does.
func newCourt(t *testing.T) *court { return courtOf(t, newFixture) }

func newMailCourt(t *testing.T) *court { return courtOf(t, newMailFixture) }

func courtOf(t *testing.T, open func(testing.TB, ...func(*Config)) *fixture) *court {
	t.Helper()
	c := &court{places: map[string]map[string]string{}, words: map[string]map[string]string{}}
	c.fixture = open(t, func(config *Config) {
		config.Presence = func(id string) map[string]string { return c.places[id] }
		config.Connections = func(id string) map[string]string { return c.words[id] }
		config.Measured = func(string) map[string][]Measure { return c.measured }
	})
	c.institution = c.fixture.institution("Rabat")
	c.magistrate = c.account(c.institution.ID, booking.StaffMagistrate)
	c.clerk = c.signIn(c.account(c.institution.ID, booking.StaffClerk))
	return c
}

func (c *court) get(target string) document {
	c.t.Helper()
	w := c.do("GET", target, "Cookie", c.clerk)
	if w.Code != http.StatusOK {
		c.t.Fatalf("GET %s: %d\n%s", target, w.Code, c.log.String())
	}
	return parse(c.t, w)
}

// post sends a form that must be good, and returns the page that it leads to.
func (c *court) post(target string, typed url.Values) document {
	c.t.Helper()
	w := c.send(target, typed, "Cookie", c.clerk)
	if w.Code != http.StatusSeeOther {
		c.t.Fatalf("POST %s: %d\n%s\n%s", target, w.Code, content(parse(c.t, w).one("main")), c.log.String())
	}
	return c.get(w.Header().Get("Location"))
}

// refused sends a form that must come back with faults, and returns their texts.
func (c *court) refused(target string, typed url.Values) string {
	c.t.Helper()
	w := c.send(target, typed, "Cookie", c.clerk)
	if w.Code != http.StatusUnprocessableEntity {
		c.t.Fatalf("POST %s: %d, want 422\n%s", target, w.Code, c.log.String())
	}
	return strings.Join(texts(parse(c.t, w), "errors"), " ")
}

func texts(d document, class string) []string {
	var all []string
	for _, n := range d.all(func(n *html.Node) bool { return strings.Contains(" "+attribute(n, "class")+" ", " "+class+" ") }) {
		all = append(all, content(n))
	}
	return all
}

func (c *court) again(a booking.Appointment) booking.Appointment {
	c.t.Helper()
	a, err := c.store.Appointment(a.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func TestStateOnTheDocket(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	party := a.Participants[1].ID
	for name, test := range map[string]struct {
		change func(*booking.Appointment)
		at     time.Duration // after the start
		places map[string]string
		want   docketState
	}{
		"before":              {want: docketExpected, at: -time.Hour},
		"a party waits":       {places: map[string]string{party: "waiting"}, want: docketWaiting},
		"only the host waits": {places: map[string]string{a.Participants[0].ID: "in_hearing"}, want: docketExpected},
		"begun":               {change: func(a *booking.Appointment) { a.Started = start }, at: time.Minute, want: docketSession},
		"begun and overtime":  {change: func(a *booking.Appointment) { a.Started = start }, at: 3 * time.Hour, want: docketSession},
		"closed":              {change: func(a *booking.Appointment) { a.Started, a.Closed = start, start }, want: docketDone},
		"never begun":         {at: 2 * time.Hour, want: docketMissed},
		"the party was away":  {change: func(a *booking.Appointment) { a.Participants[1].NoShow = true }, at: 2 * time.Hour, want: docketNoShow},
		"one of two was away": {change: func(a *booking.Appointment) {
			a.Participants[1].NoShow, a.Participants[2].Role = true, booking.RoleParty
		}, at: time.Minute, want: docketExpected},
		"both were away": {change: func(a *booking.Appointment) {
			a.Participants[1].NoShow, a.Participants[2].NoShow, a.Participants[2].Role = true, true, booking.RoleParty
		}, at: time.Minute, want: docketNoShow},
		"who booked was away, not the lawyer": {change: func(a *booking.Appointment) {
			a.Participants[1].Booker, a.Participants[1].NoShow, a.Participants[2].Role = true, true, booking.RoleRepresentative
		}, at: time.Minute, want: docketExpected},
		"away, and came after all": {change: func(a *booking.Appointment) { a.Participants[1].NoShow = true }, at: time.Minute, places: map[string]string{party: "waiting"}, want: docketWaiting},
		"adjourned":                {change: func(a *booking.Appointment) { a.State, a.Next = booking.StateMoved, "x" }, want: docketAdjourned},
		"adjourned in session":     {change: func(a *booking.Appointment) { a.Started, a.Closed, a.Next = start, start, "x" }, want: docketAdjourned},
		"requested":                {change: func(a *booking.Appointment) { a.State = booking.StateRequested }, at: -time.Hour, want: docketRequested},
		"never accepted":           {change: func(a *booking.Appointment) { a.State = booking.StateRequested }, at: 2 * time.Hour, want: docketMissed},
		"rejected":                 {change: func(a *booking.Appointment) { a.State = booking.StateRejected }, want: docketCancelled},
	} {
		b := a
		b.Participants = append([]booking.Participant(nil), a.Participants...)
		if test.change != nil {
			test.change(&b)
		}
		if got := stateOf(b, test.places, start.Add(test.at)); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestTheDocketTellsWhoseConnectionIsBad(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	host, party := a.Participants[0].ID, a.Participants[1].ID
	for _, test := range []struct{ place, word, want string }{
		{"in_hearing", "good", ""},
		{"in_hearing", "", ""},
		{"in_hearing", "fair", "connexion moyenne"},
		{"in_hearing", "poor", "connexion faible"},
		{"in_hearing", "lost", "connexion coupée"},
		{"reconnecting", "lost", ""}, // said by the place
		{"gone", "poor", ""},
	} {
		c.places[a.ID] = map[string]string{host: "in_hearing", party: test.place}
		c.words[a.ID] = map[string]string{host: "good", party: test.word}
		row := texts(c.get("/staff/docket?day=2026-11-23"), "row-one")[0]
		if strings.Contains(row, "connexion") != (test.want != "") || !strings.Contains(row, test.want) {
			t.Errorf("%s, %s: %q, want %q", test.place, test.word, row, test.want)
		}
	}
}

func TestTheFileTellsWhatWasMeasured(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	party := a.Participants[1].ID
	file := func() string { return content(c.get(fileOf(a, "?lang=fr")).one("main")) }
	if text := file(); strings.Contains(text, "mesurée") {
		t.Errorf("of nobody: %q", text)
	}
	c.words[a.ID] = map[string]string{party: "poor"}
	c.measured = map[string][]Measure{party: {
		{At: start.Add(-time.Minute), Path: "relay", Sent: 30_400, Received: 31_600, Loss: 124, RTT: 640, Concealed: 55, Frozen: 2600},
		{At: start, Path: "direct", Sent: 64_000, Received: 58_000, Loss: 8, RTT: 310},
	}}
	const latest = "Connexion mesurée à 10:00. Chemin direct (UDP) ; envoi 64 kbit/s, réception 58 kbit/s, pertes 1 %, aller-retour 310 ms"
	const worst = "Au pire depuis 09:59 : pertes 12 %, aller-retour 640 ms, 6 % du son reconstitué, image figée 3 s"
	for _, want := range []string{latest, "connexion faible", worst} {
		if text := strings.Map(unspaced, file()); !strings.Contains(text, strings.Map(unspaced, want)) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	for _, l := range languages {
		checkPage(t, c.get(fileOf(a, "?lang="+l.Code)), l)
	}
}

// unspaced takes any space for a plain one.
func unspaced(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

func TestTheDocketShowsADayOfTheInstitution(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	c.appointment(c.institution, booking.Account{}, at(t, "11:00"), func(d *booking.Draft) { d.Participants = d.Participants[1:] })
	other := c.fixture.institution("Fès")
	c.appointment(other, c.account(other.ID, booking.StaffMagistrate), func(d *booking.Draft) { d.Case = "secret" })
	c.places[a.ID] = map[string]string{a.Participants[1].ID: "waiting"}

	d := c.get("/staff/docket?day=2026-11-23")
	checkPage(t, d, languages[0])
	rows := texts(d, "row-one")
	if len(rows) != 2 {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for _, want := range []string{"10:00", "à 10:45", "Audience de conciliation", "2026/1204", a.Reference, "Youssef Bennani", "Partie", "attend", "Salma Idrissi", "Attend"} {
		if !strings.Contains(rows[0], want) {
			t.Errorf("row %q does not tell %q", rows[0], want)
		}
	}
	if !strings.Contains(rows[1], "Pas encore désigné") {
		t.Errorf("row without officer: %s", rows[1])
	}
	for query, want := range map[string]int{
		"": 2, "&officer=none": 1, "&officer=" + c.magistrate.ID: 1, "&show=waiting": 1, "&show=done": 0, "&service=x": 0, "&show=nonsense": 2,
	} {
		if got := len(texts(c.get("/staff/docket?day=2026-11-23"+query), "row-one")); got != want {
			t.Errorf("%q: %d rows, want %d", query, got, want)
		}
	}
	if got := len(texts(c.get("/staff/docket?day=2026-11-24"), "row-one")); got != 0 {
		t.Errorf("the next day has %d rows", got)
	}
	if got := len(texts(c.get("/staff/docket?day=yesterday"), "row-one")); got != 2 {
		t.Errorf("a day that is none: %d rows, want those of today", got)
	}
}

// The offset of a docket is that of its day, not of today.
func TestADocketTellsTheOffsetOfItsDay(t *testing.T) {
	c := newCourt(t)
	paris := c.fixture.institution("Paris")
	paris.Zone = "Europe/Paris"
	if _, err := c.store.PutInstitution(paris, "test"); err != nil {
		t.Fatal(err)
	}
	c.clerk = c.signIn(c.account(paris.ID, booking.StaffClerk))
	for day, offset := range map[string]string{"2026-11-23": "(UTC+1)", "2027-07-01": "(UTC+2)"} {
		if text := content(c.get("/staff/docket?day=" + day).one("main")); !strings.Contains(text, offset) {
			t.Errorf("docket of %s does not tell %s: %s", day, offset, text)
		}
	}
}

// A page that renews itself has nothing on it that one types into.
func TestALiveDocketLosesNothingTyped(t *testing.T) {
	c := newCourt(t)
	c.appointment(c.institution, c.magistrate)
	w := c.do("GET", "/staff/docket?live=1", "Cookie", c.clerk)
	if got := w.Header().Get("Refresh"); got != "30" {
		t.Errorf("Refresh %q", got)
	}
	for _, n := range parse(t, w).elements("input") {
		t.Errorf("<input name=%q> on a page that renews itself", attribute(n, "name"))
	}
	if got := c.do("GET", "/staff/docket", "Cookie", c.clerk).Header().Get("Refresh"); got != "" {
		t.Errorf("unasked Refresh %q", got)
	}
}

// A delay reaches those of the list who have yet to begin, and nobody else.
func TestRunningLate(t *testing.T) {
	c := newCourt(t)
	c.now = start.Add(5 * time.Minute)
	begun := c.appointment(c.institution, c.magistrate, at(t, "09:30"))
	due := c.appointment(c.institution, c.magistrate)
	later := c.appointment(c.institution, c.magistrate, at(t, "14:00"))
	over := c.appointment(c.institution, c.magistrate, at(t, "08:00"))
	elsewhere := c.appointment(c.institution, c.account(c.institution.ID, booking.StaffOfficial), at(t, "15:00"))
	if _, err := c.store.Admit(begun.ID, []string{begun.Participants[0].ID}, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.Start(begun.ID, "test"); err != nil {
		t.Fatal(err)
	}
	list := url.Values{"day": {"2026-11-23"}, "officer": {c.magistrate.ID}, "late_by": {"25"}}
	told := texts(c.post("/staff/docket/delay", list), "told")
	if len(told) != 1 || told[0] != "Retard annoncé à 2 rendez-vous." {
		t.Errorf("told %q", told)
	}
	for _, x := range []struct {
		name string
		a    booking.Appointment
		want time.Duration
	}{{"begun", begun, 0}, {"due", due, 25 * time.Minute}, {"later", later, 25 * time.Minute}, {"over", over, 0}, {"of another list", elsewhere, 0}} {
		if got := c.again(x.a).Delay; got != x.want {
			t.Errorf("%s: delay %v, want %v", x.name, got, x.want)
		}
	}
	row := texts(c.get("/staff/docket?day=2026-11-23&show=expected"), "row-one")[0]
	if !strings.Contains(row, "10:25") || !strings.Contains(row, "à 11:10") || !strings.Contains(row, "25 min de retard") {
		t.Errorf("row of a late one: %s", row)
	}
	if _, err := c.store.NoShow(due.ID, due.Participants[1].ID, true, "test"); err != nil {
		t.Fatal(err)
	}
	if row := texts(c.get("/staff/docket?day=2026-11-23&show=no_show"), "row-one"); len(row) != 1 || !strings.Contains(row[0], "25 min de retard") {
		t.Errorf("row of a late one whose party is absent: %s", row)
	}
	list.Set("late_by", "0")
	c.post("/staff/docket/delay", list)
	if got := c.again(later).Delay; got != 0 {
		t.Errorf("after taking it back: %v", got)
	}
	for _, minutes := range []string{"", "x", "-5", "481"} {
		list.Set("late_by", minutes)
		if got := c.refused("/staff/docket/delay", list); got == "" {
			t.Errorf("%q minutes: no fault", minutes)
		}
	}
}

func TestRequestsAreDecidedFromTheirList(t *testing.T) {
	c := newCourt(t)
	request := func(clock string) booking.Appointment { return c.request(clock) }
	late, early := request("15:00"), request("11:00")
	d := c.get("/staff/requests")
	checkPage(t, d, languages[0])
	rows := texts(d, "request")
	if len(rows) != 2 || !strings.Contains(rows[0], early.Reference) {
		t.Fatalf("requests %q, want the nearest first", rows)
	}
	if got := texts(d, "desk-count"); len(got) != 1 || got[0] != "2" {
		t.Errorf("the navigation counts %q requests", got)
	}
	d = c.post("/staff/appointments/"+early.ID+"/accept", url.Values{"from": {"requests"}})
	if got := texts(d, "told"); len(got) != 1 || !strings.Contains(got[0], early.Reference) || !strings.Contains(got[0], "Désigner qui le tiendra") || len(texts(d, "request")) != 1 {
		t.Errorf("after accepting: told %q", got)
	}
	for _, href := range []string{fileOf(early, ""), fileOf(early, "#officer")} {
		if got := d.all(func(n *html.Node) bool { return attribute(n, "href") == href }); len(got) != 1 {
			t.Errorf("%d links to %s after accepting", len(got), href)
		}
	}
	if got := len(c.get(fileOf(early, "")).all(func(n *html.Node) bool { return attribute(n, "id") == "officer" })); got != 1 {
		t.Errorf("%d controls for the officer", got)
	}
	if got := c.again(early).State; got != booking.StateConfirmed {
		t.Errorf("accepted: %s", got)
	}
	if got := c.refused("/staff/appointments/"+late.ID+"/reject", url.Values{"from": {"requests"}}); !strings.Contains(got, "Donnez une explication.") {
		t.Errorf("without words: %q", got)
	}
	d = c.post("/staff/appointments/"+late.ID+"/reject", url.Values{"from": {"requests"}, "words": {"Adressez-vous au consulat."}})
	if got := c.again(late); got.State != booking.StateRejected || got.Remark != "Adressez-vous au consulat." || len(texts(d, "request")) != 0 {
		t.Errorf("rejected: %s %q", got.State, got.Remark)
	}
	if got := c.refused("/staff/appointments/"+late.ID+"/accept", nil); !strings.Contains(got, "Ce n’est plus possible") {
		t.Errorf("accepting what was rejected: %q", got)
	}
	again := request("11:30") // by who asked for 11:00
	if got := c.refused("/staff/appointments/"+again.ID+"/accept", nil); !strings.Contains(got, "un autre rendez-vous") {
		t.Errorf("accepting a second of the same person: %q", got)
	}
}

// request lets a citizen ask for a service that the staff must accept; without mail there is nothing to prove.
func (c *court) request(clock string) booking.Appointment {
	c.t.Helper()
	services, err := c.store.Services(c.institution.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(services) == 0 {
		v := booking.NewService(c.institution.ID)
		v.Name, v.Notice, v.Accepted = booking.Text{"fr": "Conciliation"}, 0, true
		if v, err = c.store.PutService(v, "test"); err != nil {
			c.t.Fatal(err)
		}
		all := [7]bool{true, true, true, true, true, true, true}
		if _, _, _, err = c.store.PutCounter(booking.Counter{
			Institution: c.institution.ID, Name: "Guichet 1", Services: []string{v.ID}, Openings: []booking.Opening{{Weekdays: all, From: "08:00", To: "18:00"}},
		}, booking.Treatment{Do: booking.TreatKeep}, "test"); err != nil {
			c.t.Fatal(err)
		}
		services = append(services, v)
	}
	civil, err := booking.NewCivil("2026-11-23T"+clock, "Africa/Casablanca")
	if err != nil {
		c.t.Fatal(err)
	}
	key := strings.Repeat("a", 22) + strings.ReplaceAll(strings.ReplaceAll(clock, ":", ""), "1", "b")
	key = strings.NewReplacer("0", "c", "8", "d", "9", "e").Replace(key)
	if _, err := c.store.Hold(key, "browser", "192.0.2.0/24", services[0].ID, civil.Instant); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.Fill(key, "browser", booking.Application{
		Name: "Leïla Amrani", Email: "leila" + strconv.Itoa(len(key)+civil.Instant.Hour()) + "@example.org", Language: "fr", Needs: "Fauteuil roulant",
		Phone: "+33612345678", Zone: "America/New_York",
	}); err != nil {
		c.t.Fatal(err)
	}
	a, _, err := c.store.Request(key, "browser")
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}
