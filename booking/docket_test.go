package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// account makes a member of the staff who holds hearings.
func (b *bureau) account(t *testing.T, id, institution string, role StaffRole) {
	t.Helper()
	err := b.update("admin", func(t *tx) error {
		t.putJSON(accounts, id, Account{ID: id, Institution: institution, Name: "Juge " + id, Login: id + "@example.org", Role: role, Language: "fr"})
		t.log(Entry{Kind: "account_made", Subject: id})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hearing books a hearing of many parties at the counter, directly.
func (b *bureau) hearing(t *testing.T, clock string) (Appointment, []Invite) {
	t.Helper()
	a, invites, err := b.Book(Draft{
		InstitutionID: b.institution.ID, ServiceID: b.service.ID, CounterID: b.counter.ID, Case: "2026/114",
		Start: at(t, monday+clock),
		Participants: []Participant{
			{Role: RoleParty, Name: "Youssef", Email: "y@example.org", Language: "fr", Link: "a"},
			{Role: RoleInterpreter, Name: "Ines", Link: "a"},
			{Role: RoleWitness, Name: "Karim", Email: "k@example.org", Language: "ar"},
		},
		Screens: [][2]int{{0, 2}},
	}, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	return a, invites
}

var postponed = Why{"postponed", "Le juge est absent."}

func TestAHearingMadeDirectlyClaimsItsCounter(t *testing.T) {
	b := newBureau(t, true)
	b.account(t, "judge", b.institution.ID, StaffMagistrate)
	a, invites := b.hearing(t, "10:00")
	if len(invites) != 4 || a.Participants[3].Staff != "judge" || a.Duration != b.service.Duration || a.Service.In("fr") != "Audience" {
		t.Errorf("made: %+v", a)
	}
	if a.Screens[0] != [2]string{a.Participants[0].ID, a.Participants[2].ID} {
		t.Errorf("screens: %v", a.Screens)
	}
	if got := b.letters(t, a); got != "invited reminder" {
		t.Errorf("letters: %s", got)
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:30 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
	d := Draft{InstitutionID: b.institution.ID, CounterID: b.counter.ID, Service: Text{"fr": "Audience"}, Duration: time.Hour,
		Start: at(t, monday+"09:30"), Participants: []Participant{{Role: RoleParty, Name: "A"}}}
	_, _, err := b.Book(d, "clerk")
	wantErr(t, err, ErrSlotTaken)
	for field, with := range map[string]func(*Draft){
		"institution":          func(d *Draft) { d.InstitutionID = "other" },
		"service":              func(d *Draft) { d.ServiceID = "other" },
		"counter":              func(d *Draft) { d.CounterID = "other" },
		"participants.0.staff": func(d *Draft) { d.Participants = []Participant{{Role: RoleHost, Staff: "other"}} },
		"participants.0.email": func(d *Draft) { d.Participants = []Participant{{Role: RoleParty, Name: "A", Email: "a\r\nBcc: b@c.d"}} },
		"screens.0":            func(d *Draft) { d.Screens = [][2]int{{0, 1}} },
		"case":                 func(d *Draft) { d.Case = "a\nb" },
	} {
		d := d
		d.CounterID = ""
		with(&d)
		var bad *FieldError
		if _, _, err := b.Book(d, "clerk"); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%v, want %s", err, field)
		}
	}
}

func TestTheDocketOfADay(t *testing.T) {
	b := newBureau(t, false)
	b.accepted(t, "b", "11:00")
	b.accepted(t, "a", "10:00")
	b.requesting(t, "c", "10:30", "c@example.org")
	list := func(all []Appointment, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, a := range all {
			out += " " + a.Start.Local[11:] + " " + string(a.State)
		}
		return strings.TrimSpace(out)
	}
	day := at(t, monday+"00:00").Instant
	if got := list(b.Docket(b.institution.ID, day, day.Add(11*time.Hour))); got != "10:00 confirmed 10:30 requested" {
		t.Errorf("docket until 11: %s", got)
	}
	if got := list(b.Docket(b.institution.ID, day, day.Add(24*time.Hour))); got != "10:00 confirmed 10:30 requested 11:00 confirmed" {
		t.Errorf("docket: %s", got)
	}
	if got := list(b.Docket("other", day, day.Add(24*time.Hour))); got != "" {
		t.Errorf("docket of another institution: %s", got)
	}
	if got := list(b.Requests(b.institution.ID)); got != "10:30 requested" {
		t.Errorf("requests: %s", got)
	}
}

// accepted books where there is no mail: the staff accepts.
func (b *bureau) accepted(t *testing.T, letter, clock string) (Appointment, string) {
	t.Helper()
	a, ticket := b.requesting(t, letter, clock, letter+"@example.org")
	return must(t)(b.Accept(a.ID, "clerk")), ticket
}

func TestWhatIsDecidedStays(t *testing.T) {
	b := newBureau(t, false)
	confirmed, _ := b.accepted(t, "a", "10:00")
	_, err := b.Reject(confirmed.ID, Why{Code: "papers"}, "clerk")
	wantErr(t, err, ErrStale)
	rejected, _ := b.requesting(t, "b", "10:30", "b@example.org")
	must(t)(b.Reject(rejected.ID, Why{Code: "papers"}, "clerk"))
	_, err = b.Accept(rejected.ID, "clerk")
	wantRefused(t, err, ReasonCancelled)
	_, err = b.Move(rejected.ID, Place{at(t, monday+"11:00"), b.counter.ID}, postponed, "clerk")
	wantRefused(t, err, ReasonCancelled)
	request, _ := b.requesting(t, "c", "10:30", "c@example.org")
	if a := must(t)(b.Cancel(request.ID, Why{Code: "closed"}, "clerk")); a.State != StateCancelled {
		t.Errorf("a request that was cancelled is %s", a.State)
	}
}

func TestTheStaffMovesWhereTheCounterIsFree(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	b.holding(t, "b", "10:30")
	for _, c := range []struct {
		clock, counter string
		want           string
	}{
		{"2026-11-23T10:30", b.counter.ID, "slot is taken"},
		{"2026-11-23T10:15", b.counter.ID, "slot is taken"},
		{"2026-11-20T10:00", b.counter.ID, "start: past"},
		{"2026-11-23T19:15", "other", "counter: unknown"},
		{"2026-11-23T19:15", b.counter.ID, ""}, // outside of the openings
		{"2026-11-23T19:30", b.counter.ID, ""}, // over its own old time
		{"2026-11-23T10:30", "", ""},
	} {
		moved, err := b.Move(a.ID, Place{at(t, c.clock), c.counter}, postponed, "clerk")
		if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
			t.Errorf("to %s: %q, want %q", c.clock, got, c.want)
		}
		if err == nil && (moved.Start.Local != c.clock || moved.CounterID != c.counter || moved.Remark != postponed.Text || b.linkOf(t, moved) != ticket) {
			t.Errorf("moved: %+v", moved)
		}
	}
	b.clock.now = at(t, monday+"10:30").Instant
	a = must(t)(b.Assign(a.ID, "", "clerk"))
	must(t)(b.Start(a.ID, "clerk"))
	_, err := b.Move(a.ID, Place{at(t, monday+"11:00"), ""}, postponed, "clerk")
	wantRefused(t, err, ReasonTooLate)
}

func TestAdjourningTakesTheSamePartiesAlong(t *testing.T) {
	for _, begun := range []bool{false, true} {
		b := newBureau(t, true)
		b.account(t, "judge", b.institution.ID, StaffMagistrate)
		a, invites := b.hearing(t, "10:00")
		a = must(t)(b.Remove(a.ID, a.Participants[1].ID, "clerk"))
		if begun {
			b.clock.now = a.Start.Instant
			must(t)(b.Start(a.ID, "judge"))
			must(t)(b.Admit(a.ID, []string{a.Participants[0].ID}, "judge"))
		}
		b.holding(t, "b", "11:00")
		_, _, err := b.Adjourn(a.ID, Place{at(t, monday+"11:00"), b.counter.ID}, postponed, "clerk")
		wantErr(t, err, ErrSlotTaken)
		var refused *Refused
		old, new, err := b.Adjourn(a.ID, Place{at(t, monday+"11:30"), b.counter.ID}, postponed, "clerk")
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]Reason{false: ReasonMoved, true: ReasonClosed}[begun]; old.over() != want || old.Next != new.ID || new.Previous != old.ID {
			t.Errorf("begun %v: the old one is %s", begun, old.over())
		}
		var numbers []uint32
		for _, p := range new.Participants {
			numbers = append(numbers, p.Number)
			if !p.Admitted.IsZero() || slices.ContainsFunc(old.Participants, func(q Participant) bool { return q.ID == p.ID }) {
				t.Errorf("taken along: %+v", p)
			}
			if _, ok, _ := b.Ticket(p.ID); !ok {
				t.Error("no new link")
			}
		}
		if !slices.Equal(numbers, []uint32{1, 3, 4}) {
			t.Errorf("numbers %v", numbers)
		}
		if want := [][2]string{{new.Participants[0].ID, new.Participants[1].ID}}; !slices.Equal(new.Screens, want) {
			t.Errorf("screens %v, want %v", new.Screens, want)
		}
		if _, _, _, err := b.Redeem(invites[0].Ticket); !errors.As(err, &refused) {
			t.Errorf("the old link: %v", err)
		}
		if old, new := b.letters(t, old), b.letters(t, new); old != "adjourned" || new != "reminder" && !begun {
			t.Errorf("letters: %s; %s", old, new)
		}
		_, _, err = b.Adjourn(a.ID, Place{at(t, monday+"10:30"), b.counter.ID}, postponed, "clerk")
		wantRefused(t, err, old.over())
	}
}

func TestAHostIsAssignedAlsoLate(t *testing.T) {
	b := newBureau(t, true)
	b.account(t, "judge", b.institution.ID, StaffMagistrate)
	b.account(t, "other", b.institution.ID, StaffMagistrate)
	b.account(t, "clerk", b.institution.ID, StaffClerk)
	b.account(t, "foreign", "elsewhere", StaffMagistrate)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	for _, id := range []string{"none", "clerk", "foreign"} {
		_, err := b.Assign(a.ID, id, "clerk")
		wantErr(t, err, ErrNotFound)
	}
	b.clock.now = a.Start.Instant
	if _, _, _, err := b.Redeem(ticket); err != nil {
		t.Fatal(err)
	}
	must(t)(b.Start(a.ID, "judge"))
	version := must(t)(b.Assign(a.ID, "judge", "clerk")).Version
	a = must(t)(b.Assign(a.ID, "other", "clerk"))
	if a.Version != version+1 || a.Participants[1].Removed.IsZero() || a.Participants[2].Staff != "other" || a.Participants[2].Number != 3 {
		t.Errorf("assigned: %+v", a.Participants)
	}
	_, _, err := b.Attend(a.ID, "judge")
	wantErr(t, err, ErrNotFound)
	_, _, err = b.Attend(a.ID, "")
	wantErr(t, err, ErrNotFound)
	secret, p, err := b.Attend(a.ID, "other")
	if err != nil || p.Name != "Juge other" {
		t.Fatalf("%v, %v", p, err)
	}
	if _, _, err := b.Session(p.ID, secret); err != nil {
		t.Errorf("their session: %v", err)
	}
	if got := b.letters(t, a); !strings.Contains(got, "invited") {
		t.Errorf("letters: %s", got)
	}
}

func TestPeopleAreAddedLinkedAndKeptApart(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.booking(t, "a", "10:00", "y@example.org")
	_, _, err := b.Add(a.ID, []Participant{{Role: "king", Name: ""}}, "clerk")
	if got := fmt.Sprint(err); got != "participants.0.role: unknown, participants.0.name: missing" {
		t.Errorf("%s", got)
	}
	a, invites, err := b.Add(a.ID, []Participant{
		{Role: RoleWitness, Name: "Karim", Email: "k@example.org", Staff: "judge", Booker: true},
		{Role: RoleInterpreter, Name: "Ines"},
	}, "clerk")
	if err != nil || len(invites) != 2 || a.Participants[2].Staff != "" || a.Participants[2].Booker {
		t.Fatalf("added: %+v, %v", a.Participants, err)
	}
	citizen, witness, interpreter := a.Participants[0].ID, a.Participants[2].ID, a.Participants[3].ID
	must(t)(b.Screen(a.ID, citizen, witness, true, "clerk"))
	a = must(t)(b.Screen(a.ID, witness, citizen, true, "clerk"))
	if len(a.Screens) != 1 {
		t.Errorf("screens: %v", a.Screens)
	}
	_, err = b.Link(a.ID, []string{citizen, witness}, "clerk")
	if !errors.As(err, new(FieldErrors)) {
		t.Errorf("linking people kept apart: %v", err)
	}
	a = must(t)(b.Link(a.ID, []string{witness, interpreter}, "clerk"))
	if p, _ := a.Participant(witness); len(a.LinkedWith(p)) != 2 {
		t.Errorf("linked: %+v", a.Participants)
	}
	for _, pair := range [][2]string{{witness, interpreter}, {citizen, citizen}} {
		if _, err := b.Screen(a.ID, pair[0], pair[1], true, "clerk"); !errors.As(err, new(FieldErrors)) {
			t.Errorf("keeping apart who is linked: %v", err)
		}
	}
	if a = must(t)(b.Screen(a.ID, witness, citizen, false, "clerk")); len(a.Screens) != 0 {
		t.Errorf("screens: %v", a.Screens)
	}
	must(t)(b.Link(a.ID, []string{witness}, "clerk"))
	_, err = b.Link(a.ID, []string{"nobody"}, "clerk")
	wantErr(t, err, ErrNotFound)
	_, err = b.Screen(a.ID, witness, "nobody", true, "clerk")
	wantErr(t, err, ErrNotFound)
}

func TestARevokedLinkOpensNothing(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	b.clock.now = a.Start.Instant
	secret, _, p, err := b.Redeem(ticket)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SendLink(p.ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a = must(t)(b.Revoke(p.ID, "clerk"))
	}
	if a.Participants[0].Issue != p.Issue+1 {
		t.Error("who has the session open does not see that it ended")
	}
	_, _, _, err = b.Redeem(ticket)
	wantErr(t, err, ErrUnknownLink)
	_, _, err = b.Session(p.ID, secret)
	wantErr(t, err, ErrUnknownSession)
	wantRefused(t, b.SendLink(p.ID, "clerk"), ReasonUnknownLink)
	invite, err := b.Reissue(p.ID, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.Redeem(invite.Ticket); err != nil {
		t.Errorf("the new link: %v", err)
	}
	if b.linkOf(t, a) != invite.Ticket {
		t.Error("the letters carry another link")
	}
}

func TestADelayIsToldToTheRestOfTheList(t *testing.T) {
	b := newBureau(t, true)
	first, _ := b.booking(t, "a", "10:00", "a@example.org")
	second, _ := b.booking(t, "b", "10:30", "b@example.org")
	third, ticket := b.booking(t, "c", "11:00", "c@example.org")
	must(t)(b.CancelByTicket(ticket, ""))
	b.clock.now = first.Start.Instant
	must(t)(b.Start(first.ID, "judge"))
	ids := []string{first.ID, second.ID, third.ID}
	changed, err := b.Delay(ids, 25*time.Minute, "clerk")
	if err != nil || len(changed) != 1 || changed[0].ID != second.ID || changed[0].Delay != 25*time.Minute {
		t.Errorf("changed %v, %v", changed, err)
	}
	if changed, err := b.Delay(ids, 25*time.Minute, "clerk"); err != nil || len(changed) != 0 {
		t.Errorf("the same again: %v, %v", changed, err)
	}
	if got := b.letters(t, second); !strings.Contains(got, "delayed") {
		t.Errorf("letters: %s", got)
	}
	_, err = b.Delay([]string{second.ID, "none"}, time.Hour, "clerk")
	wantErr(t, err, ErrNotFound)
}

func TestAbsenceIsNotedAfterTheStart(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.booking(t, "a", "10:00", "y@example.org")
	citizen := a.Participants[0].ID
	_, err := b.NoShow(a.ID, citizen, true, "clerk")
	wantRefused(t, err, ReasonTooEarly)
	b.clock.now = a.Start.Instant
	must(t)(b.NoShow(a.ID, citizen, true, "clerk"))
	must(t)(b.End(a.ID, "clerk"))
	a = must(t)(b.NoShow(a.ID, citizen, false, "clerk"))
	if a.Participants[0].NoShow {
		t.Error("not taken back")
	}
	_, err = b.NoShow(a.ID, "nobody", true, "clerk")
	wantErr(t, err, ErrNotFound)
}

// Who only waited, or was let in and never came, was not there.
func TestNoAbsenceOfWhoWasThere(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.booking(t, "a", "10:00", "y@example.org")
	citizen := a.Participants[0].ID
	b.clock.now = a.Start.Instant
	tell := func(kind string) {
		t.Helper()
		if err := b.Record(Entry{Kind: kind, Appointment: a.ID, Participant: citizen}); err != nil {
			t.Fatal(err)
		}
	}
	tell("waiting")
	tell("admitted")
	must(t)(b.NoShow(a.ID, citizen, true, "clerk"))
	tell("connected")
	must(t)(b.NoShow(a.ID, citizen, true, "clerk")) // changes nothing
	must(t)(b.NoShow(a.ID, citizen, false, "clerk"))
	tell("left")
	must(t)(b.End(a.ID, "clerk"))
	_, err := b.NoShow(a.ID, citizen, true, "clerk")
	wantErr(t, err, ErrAttended)
	if now := must(t)(b.Appointment(a.ID)); now.Participants[0].NoShow {
		t.Error("noted all the same")
	}
}

func TestAColleagueIsCalledIn(t *testing.T) {
	b := newBureau(t, true)
	b.account(t, "deputy", b.institution.ID, StaffMagistrate)
	b.account(t, "aide", b.institution.ID, StaffClerk)
	b.account(t, "stranger", "another", StaffClerk)
	a, _ := b.hearing(t, "10:00")
	people := len(a.Participants)
	for account, role := range map[string]Role{"deputy": RoleHost, "aide": RoleClerk} {
		must(t)(b.Call(a.ID, account, "clerk"))
		a = must(t)(b.Call(a.ID, account, "clerk"))
		p := a.Participants[len(a.Participants)-1]
		if people++; len(a.Participants) != people || p.Staff != account || p.Role != role || p.Email != account+"@example.org" {
			t.Errorf("called in: %+v", p)
		}
		if _, _, err := b.Attend(a.ID, account); err != nil {
			var refused *Refused
			if !errors.As(err, &refused) || refused.Decision.Reason != ReasonTooEarly {
				t.Errorf("%s cannot attend: %v", account, err)
			}
		}
	}
	for _, account := range []string{"stranger", "nobody", ""} {
		_, err := b.Call(a.ID, account, "clerk")
		wantErr(t, err, ErrNotFound)
	}
	must(t)(b.Cancel(a.ID, postponed, "clerk"))
	_, err := b.Call(a.ID, "aide", "clerk")
	wantRefused(t, err, ReasonCancelled)
}

func TestWhoSignsIsNoted(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.hearing(t, "10:00")
	ines := a.Participants[1].ID
	a = must(t)(b.Sign(a.ID, ines, true, "clerk"))
	if again := must(t)(b.Sign(a.ID, ines, true, "clerk")); !again.Participants[1].Sign || again.Version != a.Version {
		t.Errorf("noted: %+v", again.Participants[1])
	}
	if a = must(t)(b.Sign(a.ID, ines, false, "clerk")); a.Participants[1].Sign {
		t.Error("not taken back")
	}
	_, err := b.Sign(a.ID, "nobody", true, "clerk")
	wantErr(t, err, ErrNotFound)
	grown, _, err := b.Add(a.ID, []Participant{{Role: RoleInterpreter, Name: "Salma", Sign: true}}, "clerk")
	if err != nil || !grown.Participants[len(grown.Participants)-1].Sign {
		t.Errorf("added: %v", err)
	}
}

// How observers are shown is a rule of the service at the time of booking.
func TestObserversAreShownAsTheServiceSaid(t *testing.T) {
	b := newBureau(t, true)
	v := b.serve(t, func(v *Service) { v.Observers = ObserversCount })
	draft := Draft{InstitutionID: b.institution.ID, ServiceID: v.ID, Start: at(t, monday+"10:00"),
		Participants: []Participant{{Role: RoleParty, Name: "Youssef"}}}
	if a, _, err := b.Book(draft, "clerk"); err != nil || a.Observers != ObserversCount {
		t.Errorf("booked: %q, %v", a.Observers, err)
	}
	draft.Observers = "shadows"
	_, _, err := b.Book(draft, "clerk")
	var bad *FieldError
	if !errors.As(err, &bad) || bad.Field != "observers" {
		t.Errorf("unknown: %v", err)
	}
	v.Observers = "shadows"
	if _, err := b.PutService(v, "admin"); err == nil {
		t.Error("an unknown rule was taken")
	}
}
