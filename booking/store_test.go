package booking

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// clock is the time of a test, moved by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func openStore(t *testing.T, path string, c *clock) *Store {
	t.Helper()
	s, err := Open(path, Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t *testing.T) (*Store, *clock) {
	t.Helper()
	c := &clock{start}
	return openStore(t, filepath.Join(t.TempDir(), "jalsa.db"), c), c
}

func draft(t *testing.T) Draft {
	t.Helper()
	at, err := NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	return Draft{
		Institution: Text{"fr": "Tribunal de première instance", "ar": "المحكمة الابتدائية"},
		Service:     Text{"fr": "Audience familiale", "ar": "جلسة الأسرة"},
		Prepare:     []Text{{"fr": "Votre pièce d'identité"}},
		Start:       at, Duration: time.Hour, EarlyEntry: 15 * time.Minute, Grace: 15 * time.Minute,
		Participants: []Participant{
			{Role: RoleHost, Name: "Amina El Fassi", Language: "ar"},
			{Role: RoleParty, Name: "Youssef Bennani", Language: "fr", Link: "a"},
			{Role: RoleInterpreter, Name: "Ines Haddad", Link: "a"},
			{Role: RoleWitness, Name: "Karim Alaoui"},
		},
	}
}

// book books the draft and returns the tickets by position.
func book(t *testing.T, s *Store) (Appointment, []string) {
	t.Helper()
	a, invites, err := s.Book(draft(t), "clerk")
	if err != nil {
		t.Fatal(err)
	}
	var issued []string
	for _, i := range invites {
		issued = append(issued, i.Ticket)
	}
	return a, issued
}

// must fails the test unless the write went well, and returns what it wrote.
func must(t *testing.T) func(Appointment, error) Appointment {
	return func(a Appointment, err error) Appointment {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

func wantRefused(t *testing.T, err error, want Reason) {
	t.Helper()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Decision.Reason != want {
		t.Errorf("%v, want refused: %s", err, want)
	}
}

func TestABookingIsReadBackAsItWasMade(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	if a.State != StateConfirmed || a.Version != 1 || len(a.Participants) != 4 || len(a.Reference) != 9 {
		t.Errorf("booked %+v", a)
	}
	for i, p := range a.Participants {
		if p.Number != uint32(i+1) || len(p.ID) != 16 || !p.Admitted.IsZero() || !p.Removed.IsZero() {
			t.Errorf("participant %d is %+v", i, p)
		}
		got, q, err := s.Lookup(tickets[i])
		if err != nil || q != p || !reflect.DeepEqual(got, a) {
			t.Errorf("ticket %d: %+v %+v, %v", i, got, q, err)
		}
	}
	if got, err := s.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("read %+v, %v", got, err)
	}
	if _, err := s.Appointment("nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown id: %v", err)
	}
}

func TestAppointmentsComeByTheirStart(t *testing.T) {
	s, _ := newStore(t)
	for _, local := range []string{"2026-11-25T10:00", "2026-11-23T10:00", "2026-11-24T10:00"} {
		d := draft(t)
		d.Start, _ = NewCivil(local, "Africa/Casablanca")
		if _, _, err := s.Book(d, "clerk"); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Appointments()
	var got []string
	for _, a := range all {
		got = append(got, a.Start.Local[8:10])
	}
	if fmt.Sprint(got) != "[23 24 25]" || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestABadDraftIsRefusedByField(t *testing.T) {
	s, _ := newStore(t)
	taken, _ := book(t, s)
	for _, c := range []struct {
		want string
		edit func(*Draft)
	}{
		{"reference: taken", func(d *Draft) { d.Reference = taken.Reference }},
		{"reference: invalid", func(d *Draft) { d.Reference = " 12" }},
		{"reference: invalid", func(d *Draft) { d.Reference = strings.Repeat("1", 201) }},
		{"institution: missing", func(d *Draft) { d.Institution = nil }},
		{"service: missing", func(d *Draft) { d.Service = Text{"fr": " "} }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"français!": "x"} }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"fr": "\xff"} }},
		{"prepare.1: too_long", func(d *Draft) { d.Prepare = append(d.Prepare, Text{"fr": strings.Repeat("é", 2001)}) }},
		{"zone: unknown", func(d *Draft) { d.Start.Zone = "Europe/Atlantis" }},
		{"zone: unknown", func(d *Draft) { d.Start = Civil{} }},
		{"start: invalid", func(d *Draft) { d.Start.Instant = d.Start.Instant.Add(time.Hour) }},
		{"duration: invalid", func(d *Draft) { d.Duration = 0 }},
		{"duration: invalid", func(d *Draft) { d.Duration = 15 * time.Hour }},
		{"early_entry: invalid", func(d *Draft) { d.EarlyEntry = -1 }},
		{"grace: invalid", func(d *Draft) { d.Grace = 25 * time.Hour }},
		{"participants: missing", func(d *Draft) { d.Participants = nil }},
		{"participants: too_many", func(d *Draft) { d.Participants = make([]Participant, 201) }},
		{"participants.1.role: unknown", func(d *Draft) { d.Participants[1].Role = "king" }},
		{"participants.2.name: missing", func(d *Draft) { d.Participants[2].Name = "" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "two\nlines" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "turned\u202earound" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "hid\u200bden" }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"fr": "S\x1b[2J"} }},
		{"participants: no_host", func(d *Draft) { d.Participants = d.Participants[1:] }},
		{"participants.3.language: invalid", func(d *Draft) { d.Participants[3].Language = "fr; drop" }},
		{"participants.0.link: invalid", func(d *Draft) { d.Participants[0].Link = "\x00" }},
	} {
		d := draft(t)
		c.edit(&d)
		_, _, err := s.Book(d, "clerk")
		var bad *FieldError
		if !errors.As(err, &bad) || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, _, err := s.Book(draft(t), "a name with spaces"); err == nil {
		t.Error("the name of an actor reached the journal")
	}
	if all, _ := s.Appointments(); len(all) != 1 {
		t.Errorf("%d appointments after bad drafts", len(all))
	}
}

func TestAdmittingAsksTheGate(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	host, party, interpreter, witness := a.Participants[0].ID, a.Participants[1].ID, a.Participants[2].ID, a.Participants[3].ID

	c.now = start.Add(-time.Hour)
	_, err := s.Admit(a.ID, []string{party}, host)
	wantRefused(t, err, ReasonTooEarly)

	c.now = start
	_, err = s.Admit(a.ID, []string{party, "nobody"}, host)
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("admit an unknown: %v", err)
	}
	must(t)(s.Remove(a.ID, interpreter, host))
	got := must(t)(s.Admit(a.ID, []string{host, party, interpreter}, host))
	for i, want := range []bool{true, true, false, false} {
		if admitted := !got.Participants[i].Admitted.IsZero(); admitted != want {
			t.Errorf("participant %d admitted: %t", i, admitted)
		}
	}
	_, err = s.Admit(a.ID, []string{interpreter}, host)
	wantRefused(t, err, ReasonRemoved)

	c.now = start.Add(time.Minute)
	if again := must(t)(s.Admit(a.ID, []string{host, party}, host)); !reflect.DeepEqual(again, got) {
		t.Errorf("admitted again: %+v", again)
	}
	must(t)(s.Start(a.ID, host))
	c.now = start.Add(2 * time.Hour)
	_, err = s.Admit(a.ID, []string{witness}, host)
	wantRefused(t, err, ReasonTooLate)
	must(t)(s.End(a.ID, host))
	_, err = s.Admit(a.ID, []string{party}, host)
	wantRefused(t, err, ReasonClosed)
}

func TestDismissingTakesBackAnAdmissionOnce(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	witness := a.Participants[len(a.Participants)-1].ID
	must(t)(s.Admit(a.ID, []string{witness}, "host"))
	dismissed := must(t)(s.Dismiss(a.ID, witness, witness))
	if p, _ := dismissed.Participant(witness); !p.Admitted.IsZero() {
		t.Error("still admitted")
	}
	if again := must(t)(s.Dismiss(a.ID, witness, witness)); again.Version != dismissed.Version {
		t.Error("dismissing twice wrote twice")
	}
	if _, err := s.Dismiss(a.ID, "nobody", "host"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestStartAndEndOfAConference(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	c.now = start.Add(-time.Hour)
	_, err := s.Start(a.ID, "host")
	wantRefused(t, err, ReasonTooEarly)
	c.now = start
	started := must(t)(s.Start(a.ID, "host"))
	c.now = start.Add(time.Hour)
	if again := must(t)(s.Start(a.ID, "host")); !again.Started.Equal(start) || again.Version != started.Version {
		t.Errorf("started again: %+v", again)
	}
	closed := must(t)(s.End(a.ID, "host"))
	c.now = start.Add(2 * time.Hour)
	if again := must(t)(s.End(a.ID, "host")); !again.Closed.Equal(start.Add(time.Hour)) || again.Version != closed.Version {
		t.Errorf("closed again: %+v", again)
	}
	_, err = s.Cancel(a.ID, "judge_ill", "clerk")
	wantRefused(t, err, ReasonClosed)
	_, err = s.Postpone(a.ID, time.Hour, "clerk")
	wantRefused(t, err, ReasonClosed)
	if _, err := s.Start("nobody", "host"); !errors.Is(err, ErrNotFound) {
		t.Errorf("start of an unknown: %v", err)
	}
}

func TestCancellingByIdOrReferenceEndsEverySession(t *testing.T) {
	s, _ := newStore(t)
	for _, name := range []func(Appointment) string{
		func(a Appointment) string { return a.ID },
		func(a Appointment) string { return a.Reference },
	} {
		a, tickets := book(t, s)
		other, otherTickets := book(t, s)
		secret, _, p, _ := s.Redeem(tickets[1])
		otherSecret, _, q, _ := s.Redeem(otherTickets[1])

		got := must(t)(s.Cancel(name(a), "judge_ill", "clerk"))
		if got.State != StateCancelled || got.Reason != "judge_ill" {
			t.Errorf("cancelled %+v", got)
		}
		if again := must(t)(s.Cancel(name(a), "other", "clerk")); again.Reason != "judge_ill" || again.Version != got.Version {
			t.Errorf("cancelled again %+v", again)
		}
		if _, _, err := s.Session(p.ID, secret); !errors.Is(err, ErrUnknownSession) {
			t.Errorf("session after cancelling: %v", err)
		}
		_, _, _, err := s.Redeem(tickets[1])
		wantRefused(t, err, ReasonCancelled)
		_, err = s.Start(a.ID, "host")
		wantRefused(t, err, ReasonCancelled)
		_, err = s.End(a.ID, "host")
		wantRefused(t, err, ReasonCancelled)
		if _, _, err := s.Lookup(tickets[1]); err != nil {
			t.Errorf("the page of a cancelled hearing: %v", err)
		}
		if _, _, err := s.Session(q.ID, otherSecret); err != nil {
			t.Errorf("session of appointment %s: %v", other.ID, err)
		}
	}
	if _, err := s.Cancel("nobody", "judge_ill", "clerk"); !errors.Is(err, ErrNotFound) {
		t.Errorf("cancel an unknown: %v", err)
	}
	if _, err := s.Cancel("nobody", "free text", "clerk"); err == nil {
		t.Error("free text reached the journal")
	}
}

func TestPostponing(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	if got := must(t)(s.Postpone(a.ID, 2*time.Hour, "clerk")); got.Delay != 2*time.Hour || got.Version != 2 {
		t.Errorf("postponed %+v", got)
	}
	c.now = start.Add(2 * time.Hour)
	must(t)(s.Admit(a.ID, []string{a.Participants[1].ID}, "host"))
	if _, err := s.Postpone(a.ID, -time.Minute, "clerk"); err == nil {
		t.Error("a hearing began before its time")
	}
}

// A process that dies has closed nothing: what was acknowledged must be in the file as it lies there.
func TestAnAcknowledgedWriteIsInTheFile(t *testing.T) {
	c := &clock{start}
	folder := t.TempDir()
	path := filepath.Join(folder, "jalsa.db")
	s := openStore(t, path, c)
	a, tickets := book(t, s)
	secret, _, p, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	steps := []func() Appointment{
		func() Appointment { return must(t)(s.Admit(a.ID, []string{p.ID}, "host")) },
		func() Appointment { return must(t)(s.Start(a.ID, "host")) },
		func() Appointment { return must(t)(s.Remove(a.ID, a.Participants[3].ID, "host")) },
		func() Appointment { return must(t)(s.Postpone(a.ID, time.Hour, "host")) },
		func() Appointment { return must(t)(s.End(a.ID, "host")) },
	}
	for i, step := range steps {
		want := step()
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		left := filepath.Join(folder, fmt.Sprintf("crash-%d.db", i))
		if err := os.WriteFile(left, image, 0o600); err != nil {
			t.Fatal(err)
		}
		after := openStore(t, left, c)
		if got, err := after.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("step %d: found %+v, %v; want %+v", i, got, err, want)
		}
		if _, _, err := after.Session(p.ID, secret); err != nil {
			t.Errorf("step %d: session: %v", i, err)
		}
		if _, _, err := after.Lookup(tickets[2]); err != nil {
			t.Errorf("step %d: ticket: %v", i, err)
		}
		if err := after.VerifyJournal(); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	broken := errors.New("broken on purpose")
	_, err := s.change(a.ID, "clerk", func(t *tx, a *Appointment) error {
		a.Closed = start
		t.putAppointment(a)
		t.log(Entry{Kind: "closed", Appointment: a.ID})
		return broken
	})
	if err != broken {
		t.Fatal(err)
	}
	if got, err := s.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("found %+v, %v", got, err)
	}
	if err := s.VerifyJournal(); err != nil {
		t.Error(err)
	}
}

func TestAStoreHasOneOpener(t *testing.T) {
	c := &clock{start}
	path := filepath.Join(t.TempDir(), "jalsa.db")
	first := openStore(t, path, c)
	if _, err := Open(path, Options{Now: c.Now}); !errors.Is(err, ErrLocked) {
		t.Errorf("second opener: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, path, c)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("not a store "), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want error // nil: any
	}{
		{filepath.Join(folder, "missing", "jalsa.db"), fs.ErrNotExist},
		{folder, nil},
		{filepath.Join(garbage, "jalsa.db"), nil},
		{garbage, nil},
	} {
		_, err := Open(c.path, Options{Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n") || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	if _, err := Open(filepath.Join(folder, "jalsa.db"), Options{}); err == nil {
		t.Error("a store without a clock")
	}
}

func TestOpenInAFolderWithoutPermission(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		folder = "/sys" // the one place where Linux lets not even root make a file
	}
	if _, err := Open(filepath.Join(folder, "jalsa.db"), Options{Now: time.Now}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unwritable folder: %v", err)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	s, _ := newStore(t)
	info, err := os.Stat(s.db.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAStoreOfAnotherFormatIsRefused(t *testing.T) {
	s, c := newStore(t)
	corrupt(t, s, func(t *tx) { t.put(meta, "format", []byte("2")) })
	path := s.db.Path()
	s.Close()
	if _, err := Open(path, Options{Now: c.Now}); err == nil || !strings.Contains(err.Error(), `"2"`) {
		t.Errorf("format 2: %v", err)
	}
}

func TestTheLogTellsIdsAndNeverSecrets(t *testing.T) {
	var out bytes.Buffer
	c := &clock{start}
	s, err := Open(filepath.Join(t.TempDir(), "jalsa.db"), Options{Now: c.Now, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, tickets := book(t, s)
	secret, _, p, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	invite, err := s.Reissue(p.ID, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "msg=redeemed appointment="+a.ID+" participant="+p.ID) {
		t.Errorf("log %s", out.String())
	}
	image, err := os.ReadFile(s.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(tickets, secret, invite.Ticket) {
		if strings.Contains(out.String(), word) || bytes.Contains(image, []byte(word)) {
			t.Errorf("a secret is in the log or in the file")
		}
	}
	if strings.Contains(out.String(), "Bennani") {
		t.Error("a name is in the log")
	}
}
