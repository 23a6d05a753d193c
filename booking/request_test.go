package booking

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// bureau is an office where one books: with mail, a counter of two hours a day, and time to spare before its first slot.
type bureau struct {
	*office
	counter Counter
}

// monday is the first day that the bureau is open: slots at 10:00, 10:30, 11:00 and 11:30.
const monday = "2026-11-23T"

func newBureau(t *testing.T, mail bool) *bureau {
	t.Helper()
	return newBureauWith(t, Options{Mail: mail})
}

func newBureauWith(t *testing.T, o Options) *bureau {
	t.Helper()
	c := &clock{start.Add(-72 * time.Hour)}
	o.Now, o.LinkKey = c.Now, []byte("key of the links")
	s := openWith(t, filepath.Join(t.TempDir(), "jalsa.db"), o)
	b := &bureau{office: &office{Store: s, clock: c}}
	var err error
	if b.institution, err = s.PutInstitution(Institution{Name: Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "admin"); err != nil {
		t.Fatal(err)
	}
	b.service = b.serve(t, func(v *Service) {})
	b.counter = b.staff(t, "judge", hours("10:00", "12:00"))
	return b
}

// at is a slot of the bureau by its clock.
func at(t *testing.T, local string) Civil {
	t.Helper()
	c, err := NewCivil(local, "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// key is a key of a form, told apart by a letter.
func key(letter string) string { return strings.Repeat(letter, 26) }

func typed(email string) Application {
	return Application{Name: "Youssef Bennani", Email: email, Phone: "0033 6 12 34 56 78", Language: "fr", Needs: "fauteuil roulant"}
}

// holding chooses a slot in the browser of a letter.
func (b *bureau) holding(t *testing.T, letter, clock string) Hold {
	t.Helper()
	h, err := b.Hold(key(letter), "browser "+letter, "192.0.2.0/24", b.service.ID, at(t, monday+clock).Instant)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// requesting goes through the whole form.
func (b *bureau) requesting(t *testing.T, letter, clock, email string) (Appointment, string) {
	t.Helper()
	b.holding(t, letter, clock)
	if _, err := b.Fill(key(letter), "browser "+letter, typed(email)); err != nil {
		t.Fatal(err)
	}
	a, ticket, err := b.Request(key(letter), "browser "+letter)
	if err != nil {
		t.Fatal(err)
	}
	return a, ticket
}

// linkOf is the ticket in the letters to who booked.
func (b *bureau) linkOf(t *testing.T, a Appointment) string {
	t.Helper()
	p, _ := a.booker()
	ticket, ok, err := b.Ticket(p.ID)
	if err != nil || !ok {
		t.Fatalf("no ticket: %v", err)
	}
	return ticket
}

// booking goes through the form and proves the contact.
func (b *bureau) booking(t *testing.T, letter, clock, email string) (Appointment, string) {
	t.Helper()
	a, _ := b.requesting(t, letter, clock, email)
	ticket := b.linkOf(t, a)
	return must(t)(b.ProveByTicket(ticket, false)), ticket
}

// codeIn is the code in the last letter of a kind.
func (b *bureau) codeIn(t *testing.T, a Appointment, kind MessageKind) string {
	t.Helper()
	code := ""
	for _, m := range messagesOf(t, b.Store, a) {
		if m.Kind == kind && m.Code != "" {
			code = m.Code
		}
	}
	return code
}

// letters are the kinds of what an appointment has queued, sorted, each once.
func (b *bureau) letters(t *testing.T, a Appointment) string {
	t.Helper()
	var kinds []string
	for _, m := range messagesOf(t, b.Store, a) {
		if m.State != MessageDropped {
			kinds = append(kinds, string(m.Kind))
		}
	}
	slices.Sort(kinds)
	return strings.Join(slices.Compact(kinds), " ")
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestAnApplicationNamesWhatIsWrongWithIt(t *testing.T) {
	good := typed("y@example.org").tidy()
	for _, c := range []struct {
		with func(*Application)
		want string
	}{
		{func(a *Application) {}, ""},
		{func(a *Application) { a.Name = "" }, "name: missing"},
		{func(a *Application) { a.Name = "A\nB" }, "name: invalid"},
		{func(a *Application) { a.Name = "A\u202eB" }, "name: invalid"},
		{func(a *Application) { a.Email = "" }, "email: missing"},
		{func(a *Application) { a.Email = "x@localhost" }, "email: invalid"},
		{func(a *Application) { a.Phone = "06 12" }, "phone: invalid"},
		{func(a *Application) { a.Language = "français" }, "language: invalid"},
		{func(a *Application) { a.Language = "" }, "language: missing"},
		{func(a *Application) { a.Zone = "Europe/Nowhere" }, "zone: unknown"},
		{func(a *Application) { a.Interpreter = "zgh-Tfng" }, ""},
		{func(a *Application) { a.Needs = "a\x00b" }, "needs: invalid"},
		{func(a *Application) { a.Companions = make([]Companion, 6) }, "companions: too_many"},
		{func(a *Application) { a.Companions = []Companion{{Role: RoleHost, Name: "B"}} }, "companions.0.role: unknown"},
		{func(a *Application) { a.Companions = []Companion{{Role: RoleAssistant}} }, "companions.0.name: missing"},
		{func(a *Application) { a.Companions = []Companion{{Role: RoleAssistant, Name: "B", Email: "b"}} }, "companions.0.email: invalid"},
	} {
		a := good
		c.with(&a)
		got := ""
		if err := a.Validate(true); err != nil {
			got, _, _ = strings.Cut(err.Error(), ", ")
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestPhoneNumbersAreTakenAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"+33 6 12 34 56 78":      "+33612345678",
		"0033.6.12.34.56.78":     "+33612345678",
		"+33 (0)6-12-34-56-78":   "+33612345678",
		"٠٠٢١٢ ٦٦١ ٢٢ ٣٣ ٤٤":     "+212661223344",
		"+1 (514)\u00a0555‑0199": "+15145550199",
		"call me":                "callme",
	} {
		if got := NormalPhone(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}

func TestOneBooksOnceWhateverTheBrowserDoes(t *testing.T) {
	b := newBureau(t, true)
	h := b.holding(t, "a", "10:00")
	if again := b.holding(t, "a", "10:00"); again.Until != h.Until || again.Counter != h.Counter {
		t.Error("the same key and slot is another hold")
	}
	if _, err := b.Held(key("a"), "browser b"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another browser sees the hold: %v", err)
	}
	_, _, err := b.Request(key("a"), "browser a")
	if !errors.As(err, new(FieldErrors)) {
		t.Errorf("a request without a person: %v", err)
	}
	first, _ := b.requesting(t, "a", "10:00", "y@example.org")
	// Back, and on again in two tabs.
	b.holding(t, "a", "11:00")
	if _, err := b.Fill(key("a"), "browser a", typed("z@example.org")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		second, ticket, err := b.Request(key("a"), "browser a")
		if err != nil || second.ID != first.ID || second.Contact.Email != "y@example.org" || ticket != "" {
			t.Errorf("the same key again: %v, %v", second, err)
		}
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:30 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
	if first.Contact.Phone != "+33612345678" || first.State != StateRequested || len(first.Participants) != 2 {
		t.Errorf("booked: %+v", first)
	}
	if err := b.Release(key("a"), "browser a"); err != nil {
		t.Fatal(err)
	}
	if h, err := b.Held(key("a"), "browser a"); err != nil || h.Appointment != first.ID || h.Application.Name != "" {
		t.Errorf("a spent hold is %+v, %v", h, err)
	}
}

func TestAHoldMovesAndLapses(t *testing.T) {
	b := newBureau(t, true)
	h := b.holding(t, "a", "10:00")
	if want := b.clock.now.Add(holdFor); !h.Until.Equal(want) {
		t.Errorf("until %s, want %s", h.Until, want)
	}
	if _, err := b.Fill(key("a"), "browser a", typed("y@example.org")); err != nil {
		t.Fatal(err)
	}
	b.holding(t, "a", "10:30")
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 11:00 11:30" {
		t.Errorf("after moving: %s", got)
	}
	b.holding(t, "b", "10:00")
	_, err := b.Hold(key("a"), "browser a", "192.0.2.0/24", b.service.ID, at(t, monday+"10:00").Instant)
	wantErr(t, err, ErrSlotTaken)
	if h, err := b.Held(key("a"), "browser a"); err != nil || h.Start.Local != monday+"10:30" || !h.holds(b.clock.now) {
		t.Errorf("after a slot that was taken the hold is %+v, %v", h, err)
	}
	b.clock.now = b.clock.now.Add(25 * time.Minute)
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 10:30 11:00 11:30" {
		t.Errorf("after lapsing: %s", got)
	}
	// Lapsed, and nobody took it: the request takes it again.
	a, _, err := b.Request(key("a"), "browser a")
	if err != nil || a.Start.Local != monday+"10:30" {
		t.Errorf("a lapsed hold: %v, %v", a.Start, err)
	}
	// Lapsed, and somebody took it: what was typed is kept for another slot.
	if _, err := b.Fill(key("b"), "browser b", typed("b@example.org")); err != nil {
		t.Fatal(err)
	}
	b.requesting(t, "c", "10:00", "c@example.org")
	_, _, err = b.Request(key("b"), "browser b")
	wantErr(t, err, ErrSlotTaken)
	b.holding(t, "b", "11:00")
	if a, _, err := b.Request(key("b"), "browser b"); err != nil || a.Contact.Email != "b@example.org" {
		t.Errorf("another slot after one that was lost: %v", err)
	}
}

func TestNoKeyHoldsForever(t *testing.T) {
	b := newBureau(t, true)
	first := b.holding(t, "a", "10:00").First
	for _, clock := range []string{"10:30", "10:00", "10:30", "10:00"} {
		b.clock.now = b.clock.now.Add(9 * time.Minute)
		if h := b.holding(t, "a", clock); h.Until.After(first.Add(holdAtMost)) && h.First.Equal(first) {
			t.Errorf("held until %s, first %s", h.Until, h.First)
		}
	}
}

func TestNobodyTakesMoreThanTheirShare(t *testing.T) {
	b := newBureau(t, true)
	b.staff(t, "", hours("09:00", "23:30"))
	clock := func(i int) string {
		return at(t, monday+"13:00").Instant.Add(time.Duration(i) * 30 * time.Minute).Format("15:04")
	}
	hold := func(key, browser, network string, i int) error {
		_, err := b.Hold(key, browser, network, b.service.ID, at(t, monday+clock(i)).Instant)
		return err
	}
	for i, letter := range []string{"a", "b", "c"} {
		if err := hold(key(letter), "one", "192.0.2.0/24", i); err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, hold(key("d"), "one", "192.0.2.0/24", 4), ErrTooMany)
	if err := hold(key("a"), "one", "192.0.2.0/24", 4); err != nil {
		t.Errorf("moving a hold within the share: %v", err)
	}
	if err := hold(key("e"), "two", "192.0.2.0/24", 5); err != nil {
		t.Errorf("another browser: %v", err)
	}
	if err := b.Release(key("b"), "one"); err != nil {
		t.Fatal(err)
	}
	if err := hold(key("d"), "one", "192.0.2.0/24", 6); err != nil {
		t.Errorf("after giving one back: %v", err)
	}
	b.clock.now = b.clock.now.Add(holdFor)
	if err := hold(key("f"), "one", "192.0.2.0/24", 7); err != nil {
		t.Errorf("after they lapsed: %v", err)
	}
}

// What counts against a share is what a browser or a network has without having proven a contact.
func TestRequestsCountUntilTheyAreProven(t *testing.T) {
	b := newBureau(t, true)
	b.staff(t, "", hours("09:00", "23:30"))
	slot := at(t, monday+"13:00").Instant
	hold := func(key string) error {
		slot = slot.Add(30 * time.Minute)
		_, err := b.Hold(key, "one", "192.0.2.0/24", b.service.ID, slot)
		return err
	}
	request := func(letter string) Appointment {
		t.Helper()
		if _, err := b.Fill(key(letter), "one", typed(letter+"@example.org")); err != nil {
			t.Fatal(err)
		}
		a, _, err := b.Request(key(letter), "one")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, letter := range []string{"a", "b", "c"} {
		if err := hold(key(letter)); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.now = b.clock.now.Add(3 * time.Hour) // all lapse, and are asked for again by being sent
	first := request("a")
	request("b")
	request("c")
	b.clock.now = b.clock.now.Add(ProveWithin - time.Second)
	wantErr(t, hold(key("d")), ErrTooMany)
	must(t)(b.ProveByTicket(b.linkOf(t, first), false))
	if err := hold(key("d")); err != nil {
		t.Errorf("after one is proven: %v", err)
	}
	wantErr(t, hold(key("e")), ErrTooMany)
	b.clock.now = b.clock.now.Add(time.Second)
	if err := hold(key("e")); err != nil {
		t.Errorf("after the others expired: %v", err)
	}
}

// Who walks through the networks of a /48, a slot in each, has no more of the calendar than four networks, also when another share
// is set; what one neighbour takes is missing to nobody.
func TestTheShareOfWhoWalks(t *testing.T) {
	b := newBureauWith(t, Options{Mail: true, NetworkShare: 2})
	for range 4 {
		b.staff(t, "", hours("13:00", "16:00"))
	}
	hold := func(n int, network string) error {
		start := at(t, monday+"13:00").Instant.Add(time.Duration(n%6) * 30 * time.Minute)
		_, err := b.Hold(newSecret(), fmt.Sprint(network, " browser ", n), network, b.service.ID, start)
		return err
	}
	for n := range 3 {
		if err := hold(n, "2001:db8:1:ffff::/64"); (err == nil) != (n < 2) {
			t.Errorf("slot %d of one: %v", n, err)
		}
	}
	got := 2
	for n := 2; n < 20; n++ {
		if err := hold(n, fmt.Sprintf("2001:db8:1:%x::/64", n)); err == nil {
			got++
		} else if !errors.Is(err, ErrTooMany) {
			t.Fatal(err)
		}
	}
	if got != 4*2 {
		t.Errorf("%d slots", got)
	}
	if err := hold(20, "2001:db8:2:1::/64"); err != nil {
		t.Errorf("another customer: %v", err)
	}
	b.clock.now = b.clock.now.Add(holdFor)
	if err := hold(21, "2001:db8:1:100::/64"); err != nil {
		t.Errorf("when all have lapsed: %v", err)
	}
}

func TestTheShareOfANetworkIsSet(t *testing.T) {
	for _, c := range []struct{ set, want int }{{2, 2}, {0, NetworkShare}} {
		b := newBureauWith(t, Options{Mail: true, NetworkShare: c.set})
		for range c.want/6 + 1 {
			b.staff(t, "", hours("13:00", "16:00"))
		}
		got := 0
		for i := range c.want + 2 {
			browser, start := fmt.Sprint("browser ", i), at(t, monday+"13:00").Instant.Add(time.Duration(i%6)*30*time.Minute)
			if _, err := b.Hold(newSecret(), browser, "192.0.2.0/24", b.service.ID, start); errors.Is(err, ErrTooMany) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			got++
		}
		if got != c.want {
			t.Errorf("share %d: %d holds", c.set, got)
		}
		if _, err := b.Hold(newSecret(), "another", "198.51.100.0/24", b.service.ID, at(t, monday+"15:30").Instant); err != nil {
			t.Errorf("another network: %v", err)
		}
	}
}
