package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// liveDesk is a court whose live side the test plays.
type liveDesk struct {
	*court
	phases map[string][2]string
	told   []string // participant and text
	helped []string // participants
	deaf   bool     // nobody is there to be told anything
}

func newLiveDesk(t *testing.T, open func(testing.TB, ...func(*Config)) *fixture) *liveDesk {
	t.Helper()
	l := &liveDesk{phases: map[string][2]string{}}
	l.court = courtOf(t, func(t testing.TB, change ...func(*Config)) *fixture {
		return open(t, append(change, func(c *Config) {
			c.Phase = func(id string) (string, string) { return l.phases[id][0], l.phases[id][1] }
			c.Helped = func(_, participant string) { l.helped = append(l.helped, participant) }
			c.Tell = func(_, participant, text string) bool {
				l.told = append(l.told, participant+": "+text)
				return !l.deaf
			}
		})...)
	})
	return l
}

// with returns the one element of a class that tells of something.
func (d document) with(class, told string) string {
	d.t.Helper()
	for _, text := range texts(d, class) {
		if strings.Contains(text, told) {
			return text
		}
	}
	d.t.Errorf("no %s tells of %q", class, told)
	return ""
}

func TestTheLiveDeskShowsTheDay(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	held := l.appointment(l.institution, l.magistrate)
	later := l.appointment(l.institution, l.magistrate, at(t, "16:00"))
	off := l.appointment(l.institution, l.magistrate, at(t, "10:30"))
	if _, err := l.store.Cancel(off.ID, booking.Why{Code: "by_service"}, "test"); err != nil {
		t.Fatal(err)
	}
	foreign := l.appointment(l.fixture.institution("Fès"), booking.Account{Name: "Juge"})
	l.now = start.Add(-20 * time.Minute)
	for day, want := range map[string]int{"": 2, "?day=2026-11-24": 1} { // the navigation has one
		links := l.get("/staff/docket" + day).all(func(n *html.Node) bool { return attribute(n, "href") == livePath })
		if len(links) != want {
			t.Errorf("docket%s: %d links lead to the desk, want %d", day, len(links), want)
		}
	}
	d := l.get(livePath)
	main := content(d.one("main"))
	if !strings.Contains(d.with("sitting", held.Reference), "Salle ouverte") || !strings.Contains(d.with("coming-one", later.Reference), "16:00") {
		t.Errorf("the day: %s", main)
	}
	for _, strange := range []string{off.Reference, foreign.Reference} {
		if strings.Contains(main, strange) {
			t.Errorf("%s is on the desk", strange)
		}
	}
	l.now = start
	for _, deed := range []func() error{
		func() error { _, err := l.store.Start(held.ID, "test"); return err },
		func() error { _, err := l.store.End(held.ID, "test"); return err },
	} {
		if err := deed(); err != nil {
			t.Fatal(err)
		}
	}
	d = l.get(livePath)
	if len(texts(d, "sitting")) != 0 || !strings.Contains(d.with("past", "1 "), "terminé") {
		t.Errorf("a hearing that is over: %s", content(d.one("main")))
	}
}

// A hearing that runs past midnight is on the desk of the next day still, and one that begins soon after it as soon as its room opens.
func TestAHearingPastMidnightStaysOnTheDesk(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate, at(t, "22:00"))
	l.now = a.Start.Instant
	if _, err := l.store.Start(a.ID, "test"); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(3 * time.Hour)
	l.clerk = l.signIn(l.account(l.institution.ID, booking.StaffClerk))
	l.get(livePath).with("sitting", a.Reference)
	soon := l.appointment(l.institution, l.magistrate, at(t, "23:59"), func(d *booking.Draft) {
		d.Start.Local, d.Start.Instant = "2026-11-25T00:10", d.Start.Instant.Add(24*time.Hour+11*time.Minute)
	})
	l.now = soon.Start.Instant.Add(-time.Hour)
	l.clerk = l.signIn(l.account(l.institution.ID, booking.StaffClerk))
	if strings.Contains(content(l.get(livePath).one("main")), soon.Reference) {
		t.Error("one of tomorrow is there before its room opens")
	}
	l.now = soon.Start.Instant.Add(-20 * time.Minute)
	l.get(livePath).with("sitting", soon.Reference)
}

func TestTheDeskTellsHowAHearingStands(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate)
	party := a.Participants[1].ID
	state := func(want string) {
		t.Helper()
		if got := strings.Join(texts(l.get(livePath), "sitting-state"), "; "); !strings.Contains(got, want) {
			t.Errorf("state %q, want %q", got, want)
		}
	}
	l.now = start
	l.places[a.ID] = map[string]string{party: placeWaiting}
	state("On attend à l’entrée")
	l.now = start.Add(lateAfter)
	state("N’a pas commencé à l’heure")
	l.phases[a.ID] = [2]string{"countdown"}
	state("Commence dans quelques secondes")
	if _, err := l.store.Start(a.ID, "test"); err != nil {
		t.Fatal(err)
	}
	l.phases[a.ID] = [2]string{"in_session"}
	state("En cours")
	l.phases[a.ID] = [2]string{"suspended", "no_host"}
	state("Suspendue — plus personne pour la tenir")
	for _, c := range []struct {
		sitting    booking.Sitting
		kind, want string
	}{
		{booking.Sitting{Order: booking.OrderSuspended, Reason: "witness"}, "suspended", "Suspendue — dans l’attente d’un témoin"},
		{booking.Sitting{Order: booking.OrderSuspended, Reason: "flood"}, "suspended", "Suspendue — autre motif"},
		{booking.Sitting{Order: booking.OrderPaused}, "paused", "En pause"},
		{booking.Sitting{Order: booking.OrderDeliberation, Locked: true}, "deliberation", "En délibéré Salle fermée"},
	} {
		if _, err := l.store.Sit(a.ID, c.sitting, c.kind, "test"); err != nil {
			t.Fatal(err)
		}
		state(c.want)
	}
	if _, _, err := l.store.Extend(a.ID, 10*time.Minute, "test"); err != nil {
		t.Fatal(err)
	}
	state("prolongé de 10 minutes")
}

// Where somebody is, or where they are stuck on the way.
func TestTheDeskTellsWhereEverybodyIs(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a, invites := l.book(func(d *booking.Draft) { d.InstitutionID, d.Institution = l.institution.ID, l.institution.Name })
	ticket, name := invites[1].Ticket, a.Participants[1].Name
	party := a.Participants[1].ID
	where := func(want string) {
		t.Helper()
		if got := l.get(livePath).with("seat", name); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	l.now = start.Add(-10 * time.Minute)
	where("Pas encore là")
	l.now = start
	where("Toujours pas là")
	for late, want := range map[time.Duration]int{0: 0, lateAfter: len(a.Participants)} {
		l.now = start.Add(late)
		if alarming := l.get(livePath).all(func(n *html.Node) bool { return attribute(n, "class") == "place stop" }); len(alarming) != want {
			t.Errorf("%s late, %d people alarm the desk, want %d", late, len(alarming), want)
		}
	}
	l.now = start
	l.do("HEAD", "/j/"+ticket)
	where("Toujours pas là")
	l.do("GET", "/j/"+ticket)
	where("A ouvert son lien")
	room, cookie := l.enter(ticket)
	session := cookie.Name + "=" + cookie.Value
	l.do("GET", room, "Cookie", session)
	where("Vérifie son micro")
	l.do("GET", "/j/"+ticket) // in another tab
	where("Vérifie son micro")
	for _, c := range []struct{ step, want string }{
		{"denied", "Micro refusé"}, {"unfit", "Navigateur trop ancien"}, {"connecting", "Se connecte"}, {"unreachable", "N’arrive pas à se connecter"},
	} {
		if w := l.send(room+"step", url.Values{"step": {c.step}}, "Cookie", session); w.Code != http.StatusNoContent {
			t.Errorf("step %s: %d", c.step, w.Code)
		}
		where(c.want)
	}
	for place, want := range map[string]string{
		placeWaiting: "En salle d’attente", placeInHearing: "En salle d’audience Bonne connexion", placeInConsultation: "En entretien confidentiel",
		placeReconnecting: "Connexion coupée, se reconnecte",
	} {
		l.places[a.ID], l.words[a.ID] = map[string]string{party: place}, map[string]string{party: connectionGood}
		where(want)
	}
	l.places[a.ID] = map[string]string{party: placeGone}
	where("N’arrive pas à se connecter") // a step of a moment ago says more
	l.now = l.now.Add(2 * time.Minute)
	where("A quitté la salle")
}

// Who moves with somebody is admitted with them, there or not: of who is not there, no time tells since when.
func TestWhoIsAdmittedWithoutBeingThereIsStillExpected(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate)
	l.now = start
	if _, err := l.store.Admit(a.ID, []string{a.Participants[1].ID}, "test"); err != nil {
		t.Fatal(err)
	}
	where := texts(l.get(livePath), "seat-where")
	if len(where) != len(a.Participants) {
		t.Fatalf("%d people on the desk: %q", len(where), where)
	}
	for _, told := range where {
		if told != "Toujours pas là" {
			t.Errorf("told %q", told)
		}
	}
}

func TestStepsAreTakenFromWhoIsInTheRoomOnly(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a, invites := l.book()
	l.now = start
	room, cookie := l.enter(invites[1].Ticket)
	session := cookie.Name + "=" + cookie.Value
	for _, step := range []string{"", "opened", "in_hearing", "<script>"} {
		if w := l.send(room+"step", url.Values{"step": {step}}, "Cookie", session); w.Code != http.StatusBadRequest {
			t.Errorf("step %q: %d", step, w.Code)
		}
	}
	other := "/h/" + a.Participants[2].ID + "/step"
	if w := l.send(other, url.Values{"step": {"check"}}, "Cookie", session); w.Code != http.StatusForbidden {
		t.Errorf("a step of somebody else: %d", w.Code)
	}
	code := 0
	for range stepPace.burst + 1 {
		code = l.send(room+"step", url.Values{"step": {"check"}}, "Cookie", session).Code
	}
	if code != http.StatusTooManyRequests {
		t.Errorf("many steps at once: %d", code)
	}
}

// However many come, steps take no more memory than was set aside for them.
func TestJourneysAreBounded(t *testing.T) {
	j := newJourneys()
	for i := range 2 * journeysKept {
		j.note(strings.Repeat("a", i%7)+string(rune(i)), stepCheck, start.Add(time.Duration(i)*time.Second))
		if len(j.each) > journeysKept {
			t.Fatalf("%d are kept", len(j.each))
		}
	}
	j.note("a", stepCheck, start)
	if _, ok := j.of("a", start.Add(journeyLife)); ok {
		t.Error("a step tells something for ever")
	}
}

func TestTheDeskRenewsItselfWhileSomebodyIsToCome(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	refresh := func(target, want string) {
		t.Helper()
		w := l.do("GET", target, "Cookie", l.clerk)
		if got := w.Header().Get("Refresh"); got != want {
			t.Errorf("%s: Refresh %q, want %q", target, got, want)
		}
	}
	refresh(livePath, "")
	l.appointment(l.institution, l.magistrate)
	l.now = start.Add(-2 * time.Hour)
	refresh(livePath, "60; url=/staff/desk")
	l.now = start
	refresh(livePath+"?done=told", "15; url=/staff/desk")
	refresh(livePath+"?still=1", "")
}

func TestTasksAreOnTheDesk(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate)
	l.now = start
	party := a.Participants[1]
	k, err := l.store.OpenTask(a.ID, party.ID, booking.TaskHelp, party.ID)
	if err != nil {
		t.Fatal(err)
	}
	l.now = start.Add(4 * time.Minute)
	l.places[a.ID] = map[string]string{party.ID: placeWaiting}
	d := l.get(livePath)
	if task := d.with("task", party.Name); !strings.Contains(task, "Demande d’aide") || !strings.Contains(task, "depuis 4") || !strings.Contains(task, "En salle d’attente") {
		t.Errorf("to do: %s", task)
	}
	d.with("seat", "Demande de l’aide")
	if got := texts(l.get("/staff/docket"), "desk-count"); strings.Join(got, "") != "1" {
		t.Errorf("the navigation counts %v", got)
	}
	d = l.post(livePath+"/tasks/"+k.ID+"/done", nil)
	if len(texts(d, "task")) != 0 || !strings.Contains(d.with("dealt", party.Name), "10:04") {
		t.Errorf("done: %s", content(d.one("main")))
	}
	if got := strings.Join(texts(d, "told"), ""); got != "La demande est traitée." {
		t.Errorf("told %q", got)
	}
	if !slices.Equal(l.helped, []string{party.ID}) {
		t.Errorf("the live side hears of %v", l.helped)
	}
	other := l.fixture.institution("Fès")
	stranger := l.signIn(l.account(other.ID, booking.StaffClerk))
	if w := l.send(livePath+"/tasks/"+k.ID+"/done", nil, "Cookie", stranger); w.Code != http.StatusNotFound {
		t.Errorf("a stranger closes it: %d", w.Code)
	}
}

func TestTheDeskTellsSomebodySomething(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate)
	l.now = start
	party, witness := a.Participants[1], a.Participants[2]
	l.places[a.ID] = map[string]string{party.ID: placeWaiting}
	hrefs := map[string]bool{}
	for _, n := range l.get(livePath).elements("a") {
		hrefs[attribute(n, "href")] = true
	}
	if !hrefs[messageAddress(a, party)] || hrefs[messageAddress(a, witness)] {
		t.Errorf("who can be written to: %v", hrefs)
	}
	to := messageAddress(a, party)
	l.post(to, url.Values{"text": {"  Un instant,\nje vous prie.\x00 "}})
	l.post(messageAddress(a, witness), url.Values{"ready": {"soon"}})
	ar := siteOf(t, l.fixture).catalogues["ar"].text("desk.ready.soon")
	want := []string{party.ID + ": Un instant, je vous prie.", witness.ID + ": " + ar}
	if strings.Join(l.told, "|") != strings.Join(want, "|") {
		t.Errorf("told %q, want %q", l.told, want)
	}
	l.told = nil
	for text, want := range map[string]string{"": "Choisissez un message", strings.Repeat("é", mostTold+1): "trop long"} {
		if got := l.refused(to, url.Values{"text": {text}}); !strings.Contains(got, want) {
			t.Errorf("%d characters: %s", len(text), got)
		}
	}
	l.refused(to, url.Values{"ready": {"threat"}})
	if len(l.told) != 0 {
		t.Errorf("told %q", l.told)
	}
	l.deaf = true
	if got := l.refused(to, url.Values{"text": {"Bonjour"}}); !strings.Contains(got, "pas connectée") {
		t.Errorf("not there: %s", got)
	}
}

func TestAColleagueIsCalledIn(t *testing.T) {
	l := newLiveDesk(t, newMailFixture)
	a := l.appointment(l.institution, l.magistrate)
	deputy := l.account(l.institution.ID, booking.StaffMagistrate)
	off := l.account(l.institution.ID, booking.StaffClerk)
	off.Disabled = true
	if _, err := l.store.PutAccount(off, "", "test"); err != nil {
		t.Fatal(err)
	}
	foreign := l.account(l.fixture.institution("Fès").ID, booking.StaffClerk)
	l.now = start.Add(-10 * time.Minute)
	call := appointmentAddress(a.ID, nil) + "/call"
	offered := map[string]bool{}
	for _, n := range l.get(call).elements("input") {
		offered[attribute(n, "value")] = true
	}
	if !offered[deputy.ID] || offered[off.ID] || offered[foreign.ID] || offered[l.magistrate.ID] {
		t.Errorf("offered: %v", offered)
	}
	for _, nobody := range []string{"", off.ID, foreign.ID, "x"} {
		l.refused(call, url.Values{"colleague": {nobody}})
	}
	l.post(call, url.Values{"colleague": {deputy.ID}})
	a = l.again(a)
	if p := a.Participants[len(a.Participants)-1]; p.Staff != deputy.ID || p.Role != booking.RoleHost {
		t.Errorf("called in: %+v", p)
	}
	messages, err := l.store.Messages(a.ID)
	if err != nil || !slices.ContainsFunc(messages, func(m booking.Message) bool {
		return m.Kind == booking.MessageInvited && m.To == deputy.Login
	}) {
		t.Errorf("their link is not mailed: %v, %v", messages, err)
	}
	theirs := l.do("GET", "/staff/docket", "Cookie", l.signIn(deputy))
	if !strings.Contains(theirs.Body.String(), a.Reference) {
		t.Error("it is not on their docket")
	}
}

// A host goes on to the next hearing by one button.
func TestOneButtonLeadsIntoTheNextHearing(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	a := l.appointment(l.institution, l.magistrate)
	l.places[a.ID] = map[string]string{a.Participants[1].ID: placeWaiting}
	judge := l.signIn(l.magistrate)
	page := func() document {
		t.Helper()
		w := l.do("GET", AttendPath(a.ID), "Cookie", judge)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		return parse(t, w)
	}
	buttons := func(d document) (n int) {
		for _, b := range d.elements("button") {
			if strings.Contains(attribute(b, "class"), "enter") {
				n++
			}
		}
		return n
	}
	l.now = start.Add(-2 * time.Hour)
	judge = l.signIn(l.magistrate)
	if buttons(page()) != 0 {
		t.Error("there is a button before the room opens")
	}
	l.now = start
	d := page()
	if buttons(d) != 1 || !strings.Contains(content(d.one("main")), "Youssef Bennani") {
		t.Errorf("before entry: %s", content(d.one("main")))
	}
	if w := l.send(AttendPath(a.ID), nil, "Cookie", judge); w.Code != http.StatusSeeOther || w.Header().Get("Location") != roomPath(a.Participants[0].ID) {
		t.Errorf("the button leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := l.do("GET", AttendPath(a.ID), "Cookie", l.clerk); w.Code != http.StatusNotFound {
		t.Errorf("without a place in it: %d", w.Code)
	}
}

func TestWhoSignsIsNotedByTheStaff(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	sign := appointmentAddress(a.ID, nil) + "/people/3/sign"
	d := c.post(sign, nil)
	if !c.again(a).Participants[2].Sign || !strings.Contains(content(d.one("main")), "Langue des signes") {
		t.Error("not noted")
	}
	c.post(sign, url.Values{"back": {"1"}})
	if c.again(a).Participants[2].Sign {
		t.Error("not taken back")
	}
	c.post(appointmentAddress(a.ID, nil)+"/people", url.Values{
		"people.0.role": {"interpreter"}, "people.0.name": {"Ines Haddad"}, "people.0.language": {"fr"}, "people.0.sign": {"on"},
	})
	if grown := c.again(a); len(grown.Participants) != 4 || !grown.Participants[3].Sign {
		t.Errorf("added: %+v", grown.Participants)
	}
}

// Who waits before the door without script is told what happens behind it, in their language.
func TestThePageOfALinkTellsWhatHostsOrdered(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	f.now = start
	if _, err := f.store.Start(a.ID, "test"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ order, kind string }{
		{booking.OrderPaused, "paused"}, {booking.OrderSuspended, "suspended"}, {booking.OrderDeliberation, "deliberation"}, {"", "resumed"},
	} {
		if _, err := f.store.Sit(a.ID, booking.Sitting{Order: c.order}, c.kind, "test"); err != nil {
			t.Fatal(err)
		}
		want := c.order
		if want == "" {
			want = "in_session"
		}
		for _, l := range languages {
			w := f.do("GET", "/j/"+invites[1].Ticket+"?lang="+l.Code)
			d := parse(t, w)
			checkPage(t, d, l)
			words := func(part string) string {
				return strings.Join(strings.Fields(siteOf(t, f).catalogues[l.Code].text("join."+want+part)), " ")
			}
			if main := content(d.one("main")); d.state() != want || !strings.Contains(main, words(".title")) || !strings.Contains(main, words(".text")) {
				t.Errorf("%s %s: state %q\n%s", l.Code, want, d.state(), content(d.one("main")))
			}
			if w.Header().Get("Refresh") == "" || f.do("GET", "/j/"+invites[1].Ticket+"?lang="+l.Code+"&still=1").Header().Get("Refresh") != "" {
				t.Errorf("%s %s: the page does not renew itself, or cannot be stopped", l.Code, want)
			}
		}
	}
}

// Names and texts of strangers stand on the desk as they are.
func TestTheDeskShowsHostileNamesAsTheyAre(t *testing.T) {
	l := newLiveDesk(t, newFixture)
	const hostile = `<script>alert(1)</script>"'&`
	a := l.appointment(l.institution, l.magistrate, func(d *booking.Draft) { d.Participants[1].Name = hostile })
	l.now = start
	l.places[a.ID] = map[string]string{a.Participants[1].ID: placeWaiting}
	for _, target := range []string{livePath, messageAddress(a, a.Participants[1])} {
		d := l.get(target)
		if len(d.elements("script")) != 0 || len(d.all(func(n *html.Node) bool { return content(n) == hostile })) == 0 {
			t.Errorf("%s does not show the name as it is", target)
		}
	}
}
