package booking

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Account is a member of the staff, or the operator.
type Account struct {
	ID          string
	Institution string // id; "" is the operator, who sees the machine and never a hearing
	Login       string // e-mail address in lower case, unique
	Name        string // shown to citizens as the host
	Role        StaffRole
	Language    string
	Password    string // argon2id in PHC form; never leaves this package: methods return it empty
	Disabled    bool
	Created     time.Time
	Version     uint64
}

// StaffRole is what a member of the staff is.
type StaffRole string

const (
	StaffAdmin      StaffRole = "admin"
	StaffClerk      StaffRole = "clerk"
	StaffMagistrate StaffRole = "magistrate"
	StaffProsecutor StaffRole = "prosecutor"
	StaffOfficial   StaffRole = "official"
)

// StaffRoles in the order of a form.
var StaffRoles = []StaffRole{StaffAdmin, StaffClerk, StaffMagistrate, StaffProsecutor, StaffOfficial}

// Hosts reports whether the role may hold hearings.
func (r StaffRole) Hosts() bool {
	return r == StaffMagistrate || r == StaffProsecutor || r == StaffOfficial
}

// Operates reports whether this is the operator's account.
func (a Account) Operates() bool { return a.Institution == "" }

// public is the account without what never leaves this package.
func (a Account) public() Account {
	a.Password = ""
	return a
}

func (a Account) faults() FieldErrors {
	var bad FieldErrors
	bad.add("name", nameFault(a.Name, true))
	bad.add("login", emailFault(a.Login, true))
	if !slices.Contains(StaffRoles, a.Role) || a.Operates() && a.Role != StaffAdmin {
		bad.add("role", "invalid")
	}
	if a.Language != "" && !isCode(a.Language) {
		bad.add("language", "invalid")
	}
	return bad
}

// PutAccount makes an account (ID "", with a password) or changes name, role, language and Disabled, and the password when
// one is given. A change of role or password ends all sessions of the account; disabling ends them too and takes the
// person out of every hearing at once. Login and institution never change. Nobody changes their own role or disables
// themselves, so that an institution is not left without an admin by a slip. FieldErrors (login taken; password missing,
// too_short, too_long, common; role and disabled own), ErrStale, ErrNotFound.
func (s *Store) PutAccount(a Account, password, actor string) (Account, error) {
	if a.ID != "" {
		old, err := s.Account(a.ID)
		if err != nil {
			return a, err
		}
		a.Institution, a.Login, a.Created = old.Institution, old.Login, old.Created
	}
	a.Login = foldEmail(a.Login)
	bad := a.faults()
	if a.ID == "" || password != "" {
		bad.add("password", passwordFault(password, a))
	}
	if err := bad.err(); err != nil {
		return a, err
	}
	hash := ""
	if password != "" {
		hash = s.hashing.hash(password)
	}
	err := s.update(actor, func(t *tx) error { return t.putAccount(&a, hash) })
	return a.public(), err
}

// putAccount writes a with a new password hash, or with the one it has when hash is "".
func (t *tx) putAccount(a *Account, hash string) error {
	var was Account
	err := writeRecord(t, accounts, "account", a, &a.ID, &a.Version, func(t *tx, old *Account) error {
		if old == nil {
			if t.get(logins, a.Login) != nil {
				return FieldErrors{{"login", "taken"}}
			}
			if !a.Operates() {
				if err := t.mustExist(institutions, a.Institution, "institution"); err != nil {
					return err
				}
			}
			a.Created, a.Password = t.now, hash
			return nil
		}
		was = *old
		a.Password = was.Password
		if hash != "" {
			a.Password = hash
		}
		return a.ownFaults(was, t.actor)
	})
	if err != nil {
		return err
	}
	t.put(logins, a.Login, []byte(a.ID))
	if was.ID == "" {
		return nil
	}
	return t.accountChanged(was, *a)
}

// ownFaults refuses what nobody may do to themselves.
func (a Account) ownFaults(old Account, actor string) error {
	var bad FieldErrors
	if actor == a.ID && a.Role != old.Role {
		bad.add("role", "own")
	}
	if actor == a.ID && a.Disabled && !old.Disabled {
		bad.add("disabled", "own")
	}
	return bad.err()
}

// accountChanged draws the consequences of a change in its own transaction: no session outlives the rights it was made
// for, and no seat the account.
func (t *tx) accountChanged(old, a Account) error {
	if a.Password != old.Password {
		t.log(Entry{Kind: "password_changed", Subject: a.ID})
	}
	if a.Role != old.Role {
		t.log(Entry{Kind: "role_changed", Subject: a.ID, Code: string(a.Role)})
	}
	if a.Disabled != old.Disabled {
		t.log(Entry{Kind: map[bool]string{true: "account_disabled", false: "account_enabled"}[a.Disabled], Subject: a.ID})
	}
	if a.Password != old.Password || a.Role != old.Role || a.Disabled != old.Disabled {
		t.endDesks(a.ID)
	}
	if a.Disabled {
		return t.unseat(a.ID)
	}
	return nil
}

// unseat removes a member of the staff from every hearing that is not over; Admission and all who watch it act on that
// at once.
func (t *tx) unseat(account string) error {
	var ids []string
	prefix := account + "/"
	from := prefix + moment(t.now.Add(-sessionLife)) // nothing that began before can still be entered
	for key := range t.listFrom(assigned, prefix, from) {
		ids = append(ids, key[len(prefix)+8:])
	}
	for _, id := range ids {
		a, err := t.appointment(id)
		if err != nil {
			return err
		}
		if r := a.over(); r != ReasonNone && r != ReasonRequested {
			continue
		}
		a.Participants = slices.Clone(a.Participants)
		for i := range a.Participants {
			p := &a.Participants[i]
			if p.Staff == account && p.Removed.IsZero() {
				p.Removed, p.Admitted = t.now, time.Time{}
				t.log(Entry{Kind: "removed", Appointment: a.ID, Participant: p.ID, Code: "account_disabled"})
			}
		}
		t.putAppointment(&a)
	}
	return nil
}

// Account returns one by id. ErrNotFound.
func (s *Store) Account(id string) (Account, error) {
	a, err := getRecord[Account](s, accounts, id)
	return a.public(), err
}

// AccountOf returns one by login. ErrNotFound.
func (s *Store) AccountOf(login string) (a Account, err error) {
	err = s.view(func(t *tx) (err error) {
		a, err = t.accountOf(login)
		return err
	})
	return a.public(), err
}

func (t *tx) accountOf(login string) (a Account, err error) {
	id := t.get(logins, foldEmail(login))
	if id == nil {
		return a, fmt.Errorf("account %w", ErrNotFound)
	}
	_, err = t.getJSON(accounts, string(id), &a)
	return a, err
}

// Accounts returns those of an institution ("" for the operator's) by name.
func (s *Store) Accounts(institution string) ([]Account, error) {
	all, err := listRecords(s, accounts, func(a Account) bool { return a.Institution == institution }, func(a Account) string { return a.Name })
	for i := range all {
		all[i] = all[i].public()
	}
	return all, err
}

// ChangePassword checks the old one, sets the new one, ends all sessions of the account and returns a new one.
// ErrWrongLogin, FieldErrors.
func (s *Store) ChangePassword(id, old, new string) (secret string, err error) {
	a, err := getRecord[Account](s, accounts, id)
	if errors.Is(err, ErrNotFound) {
		return "", ErrWrongLogin
	}
	if err != nil {
		return "", err
	}
	if !s.hashing.fits(a.Password, old) {
		return "", ErrWrongLogin
	}
	var bad FieldErrors
	bad.add("password", passwordFault(new, a))
	if err := bad.err(); err != nil {
		return "", err
	}
	hash := s.hashing.hash(new)
	err = s.update(id, func(t *tx) error {
		var now Account
		if _, err := t.getJSON(accounts, id, &now); err != nil {
			return err
		}
		if now.Password != a.Password || now.Disabled {
			return ErrWrongLogin
		}
		if err := t.putAccount(&now, hash); err != nil {
			return err
		}
		secret = t.openDesk(id)
		return nil
	})
	return secret, err
}
