package booking

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const passphrase = "une phrase que personne ne devine"

func institution(t *testing.T, s *Store) Institution {
	t.Helper()
	i, err := s.PutInstitution(Institution{Name: Text{"fr": "Tribunal de Rabat"}, Zone: "Africa/Casablanca"}, "operator")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// employ makes an account of an institution, by the login "role@example.ma".
func employ(t *testing.T, s *Store, institution string, role StaffRole) Account {
	t.Helper()
	a, err := s.PutAccount(Account{Institution: institution, Login: string(role) + "@example.ma", Name: "Amina El Fassi", Role: role, Language: "ar"}, passphrase, "operator")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wantFaults fails the test unless err is exactly these "field code" pairs.
func wantFaults(t *testing.T, err error, want ...string) {
	t.Helper()
	var bad FieldErrors
	var got []string
	if errors.As(err, &bad) {
		for _, f := range bad {
			got = append(got, f.Field+" "+f.Code)
		}
	}
	if !slices.Equal(got, want) || len(want) == 0 && err != nil {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestAccountsAreChecked(t *testing.T) {
	s, _ := newStore(t)
	at := institution(t, s).ID
	employ(t, s, at, StaffClerk)
	good := Account{Institution: at, Login: "Karim@Example.ma ", Name: "Karim Ouali", Role: StaffOfficial}
	for _, c := range []struct {
		name     string
		change   func(*Account)
		password string
		want     []string
	}{
		{"good", func(*Account) {}, passphrase, nil},
		{"taken, whatever the case", func(a *Account) { a.Login = "CLERK@example.ma" }, passphrase, []string{"login taken"}},
		{"nothing", func(a *Account) { *a = Account{Institution: at} }, "", []string{"name missing", "login missing", "role invalid", "password missing"}},
		{"operator who is no admin", func(a *Account) { a.Institution = "" }, passphrase, []string{"role invalid"}},
		{"short", func(a *Account) { a.Login = "a@example.ma" }, "elevenchars", []string{"password too_short"}},
		{"long", func(a *Account) { a.Login = "a@example.ma" }, strings.Repeat("ab cd ef g", 21), []string{"password too_long"}},
		{"name as password", func(a *Account) { a.Name, a.Login = "Mohammed Bennani", "a@example.ma" }, "mohammed bennani", []string{"password common"}},
		{"login as password", func(a *Account) { a.Login = "karim.ouali@example.ma" }, "Karim.Ouali@example.ma", []string{"password common"}},
		{"common", func(a *Account) { a.Login = "a@example.ma" }, "MotDePasse123", []string{"password common"}},
		{"one text twice", func(a *Account) { a.Login = "a@example.ma" }, "tribunaltribunal", []string{"password common"}},
		{"few characters", func(a *Account) { a.Login = "a@example.ma" }, "aabbaabababab", []string{"password common"}},
	} {
		a := good
		c.change(&a)
		_, err := s.PutAccount(a, c.password, "operator")
		t.Run(c.name, func(t *testing.T) { wantFaults(t, err, c.want...) })
	}
	if _, err := s.PutAccount(Account{Institution: "nowhere", Login: "b@example.ma", Name: "B", Role: StaffAdmin}, passphrase, "operator"); !errors.Is(err, ErrNotFound) {
		t.Errorf("account of no institution: %v", err)
	}
	a, err := s.AccountOf("karim@example.MA")
	if err != nil || a.Login != "karim@example.ma" || a.Created != start {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAChangeKeepsLoginAndInstitution(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, institution(t, s).ID, StaffClerk)
	changed := a
	changed.Login, changed.Institution, changed.Name = "other@example.ma", "", "Karim"
	got, err := s.PutAccount(changed, "", "operator")
	if err != nil || got.Login != a.Login || got.Institution != a.Institution || got.Name != "Karim" || got.Version != a.Version+1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.PutAccount(changed, "", "operator"); !errors.Is(err, ErrStale) {
		t.Errorf("second change of the same version: %v", err)
	}
	if _, _, err := s.Login(a.Login, passphrase); err != nil {
		t.Errorf("the password was lost: %v", err)
	}
}

// What a role or password was good for ends with it; a change of name ends nothing.
func TestWhatEndsSessions(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*Account)
		password string
		ends     bool
	}{
		{"name", func(a *Account) { a.Name = "Karim" }, "", false},
		{"language", func(a *Account) { a.Language = "fr" }, "", false},
		{"role", func(a *Account) { a.Role = StaffAdmin }, "", true},
		{"password", func(*Account) {}, "another phrase entirely", true},
		{"disabled", func(a *Account) { a.Disabled = true }, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := newStore(t)
			at := institution(t, s).ID
			a, other := employ(t, s, at, StaffClerk), employ(t, s, at, StaffOfficial)
			secret, _, _ := s.Login(a.Login, passphrase)
			bystander, _, _ := s.Login(other.Login, passphrase)
			c.change(&a)
			if _, err := s.PutAccount(a, c.password, "operator"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Staff(secret); errors.Is(err, ErrUnknownSession) != c.ends {
				t.Errorf("session: %v, should end: %v", err, c.ends)
			}
			if _, err := s.Staff(bystander); err != nil {
				t.Errorf("session of somebody else: %v", err)
			}
		})
	}
}

func TestNobodyLocksThemselvesOut(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, institution(t, s).ID, StaffAdmin)
	a.Role, a.Disabled = StaffClerk, true
	_, err := s.PutAccount(a, "", a.ID)
	wantFaults(t, err, "role own", "disabled own")
	if got, _ := s.Account(a.ID); got.Role != StaffAdmin || got.Disabled {
		t.Errorf("%+v", got)
	}
	if _, err := s.PutAccount(a, "", "operator"); err != nil {
		t.Errorf("another one: %v", err)
	}
}

// seat books the draft with its host held by an account.
func seat(t *testing.T, s *Store, account, at string) Appointment {
	t.Helper()
	a, _ := book(t, s)
	return must(t)(s.change(a.ID, "clerk", func(tx *tx, a *Appointment) error {
		a.Participants[0].Staff, a.Participants[0].Admitted = account, tx.now
		a.InstitutionID = at
		tx.log(Entry{Kind: "assigned", Appointment: a.ID})
		return nil
	}))
}

// A disabled account is out of every hearing in the transaction that disables it, and everybody who watches hears of it
// then: the live side cuts the connection. What is over stays as it was.
func TestDisablingTakesThePersonOutOfHearings(t *testing.T) {
	s, _ := newStore(t)
	at := institution(t, s).ID
	judge := employ(t, s, at, StaffMagistrate)
	running, done, others := seat(t, s, judge.ID, at), seat(t, s, judge.ID, at), seat(t, s, "somebody-else", at)
	must(t)(s.End(done.ID, "clerk"))
	secret, _, err := s.Login(judge.Login, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]Appointment{}
	defer s.Watch(func(a Appointment) { told[a.ID] = a })()

	judge.Disabled = true
	if judge, err = s.PutAccount(judge, "", "admin"); err != nil {
		t.Fatal(err)
	}
	if p := told[running.ID].Participants; len(told) != 1 || p == nil || p[0].Removed.IsZero() || !p[0].Admitted.IsZero() {
		t.Errorf("watchers were told of %d: %+v", len(told), p)
	}
	if d := Admission(told[running.ID], running.Participants[0].ID, PurposeHearing, start); d.Reason != ReasonRemoved {
		t.Errorf("the gate says %v", d)
	}
	for _, untouched := range []Appointment{done, others} {
		if a, _ := s.Appointment(untouched.ID); !a.Participants[0].Removed.IsZero() {
			t.Errorf("removed from %s", a.ID)
		}
	}
	if _, err := s.Staff(secret); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("session: %v", err)
	}
	if _, _, err := s.Login(judge.Login, passphrase); !errors.Is(err, ErrWrongLogin) {
		t.Errorf("signing in: %v", err)
	}

	_, err = s.Reissue(running.Participants[0].ID, "clerk")
	wantRefused(t, err, ReasonRemoved)

	judge.Disabled = false
	if _, err := s.PutAccount(judge, "", "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Staff(secret); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("the old session is back: %v", err)
	}
	if a, _ := s.Appointment(running.ID); a.Participants[0].Removed.IsZero() {
		t.Error("the old seat is back")
	}
}

func TestChangePassword(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, "", StaffAdmin)
	old, _, _ := s.Login(a.Login, passphrase)
	for _, c := range []struct{ id, old, new string }{{a.ID, "wrong", "another phrase entirely"}, {"nobody", passphrase, "another phrase entirely"}} {
		if _, err := s.ChangePassword(c.id, c.old, c.new); !errors.Is(err, ErrWrongLogin) {
			t.Errorf("%v: %v", c, err)
		}
	}
	_, err := s.ChangePassword(a.ID, passphrase, "short")
	wantFaults(t, err, "password too_short")
	if _, err := s.Staff(old); err != nil {
		t.Errorf("a refused change ended the session: %v", err)
	}
	secret, err := s.ChangePassword(a.ID, passphrase, "another phrase entirely")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Staff(old); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("old session: %v", err)
	}
	if got, err := s.Staff(secret); err != nil || got.ID != a.ID {
		t.Errorf("new session: %+v, %v", got, err)
	}
	if _, _, err := s.Login(a.Login, passphrase); !errors.Is(err, ErrWrongLogin) {
		t.Errorf("old password: %v", err)
	}
	if _, _, err := s.Login(a.Login, "another phrase entirely"); err != nil {
		t.Errorf("new password: %v", err)
	}
}

func TestLoginAnswersAlike(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, "", StaffAdmin)
	for _, c := range []struct{ login, password string }{
		{a.Login, passphrase + " "}, {a.Login, ""}, {a.Login, strings.Repeat("x", maxPassword+1)}, {"nobody@example.ma", passphrase}, {"", ""}, {a.ID, passphrase},
	} {
		secret, got, err := s.Login(c.login, c.password)
		if !errors.Is(err, ErrWrongLogin) || secret != "" || got.ID != "" {
			t.Errorf("%q: %v, %+v", c.login, err, got)
		}
	}
	secret, got, err := s.Login(" ADMIN@example.ma", passphrase)
	if err != nil || got.ID != a.ID || secret == "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAStaffSessionEndsAtItsAge(t *testing.T) {
	s, c := newStore(t)
	a := employ(t, s, "", StaffAdmin)
	secret, _, _ := s.Login(a.Login, passphrase)
	c.now = start.Add(deskLife - time.Second)
	if _, err := s.Staff(secret); err != nil {
		t.Errorf("within its life: %v", err)
	}
	c.now = start.Add(deskLife)
	if _, err := s.Staff(secret); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("after its life: %v", err)
	}
	later, _, err := s.Login(a.Login, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	s.view(func(tx *tx) error {
		n := 0
		for range tx.list(desks, "") {
			n++
		}
		if n != 1 {
			t.Errorf("%d sessions stored, the old one is not swept", n)
		}
		return nil
	})
	for range 2 {
		if err := s.Logout(later); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Staff(later); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("after signing out: %v", err)
	}
	if _, err := s.Staff(""); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("no session: %v", err)
	}
}

func TestSessionsOfAnAccountAreBounded(t *testing.T) {
	s, c := newStore(t)
	a := employ(t, s, "", StaffAdmin)
	var all []string
	s.update("test", func(tx *tx) error {
		for range maxDesks + 1 {
			all = append(all, tx.openDesk(a.ID))
			tx.now = tx.now.Add(time.Second)
		}
		tx.log(Entry{Kind: "signed_in"})
		return nil
	})
	c.now = start.Add(time.Hour)
	for i, secret := range all {
		if _, err := s.Staff(secret); (err != nil) != (i == 0) {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

// Neither password nor session is in the file, and no method hands the hash out.
func TestSecretsOfTheStaffAreNotStored(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, "", StaffAdmin)
	secret, in, _ := s.Login(a.Login, passphrase)
	of, _ := s.AccountOf(a.Login)
	by, _ := s.Staff(secret)
	got, _ := s.Account(a.ID)
	all, _ := s.Accounts("")
	for _, x := range append(all, a, in, of, by, got) {
		if x.Password != "" || x.ID != a.ID {
			t.Errorf("%+v", x)
		}
	}
	file, err := os.ReadFile(s.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte(passphrase)) || bytes.Contains(file, []byte(secret)) || !bytes.Contains(file, []byte("$argon2id$v=19$m=7168,t=5,p=1$")) {
		t.Error("the file holds a secret, or no argon2id")
	}
}
