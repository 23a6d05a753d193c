package booking

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A desk is a staff session: what a browser holds after its person has signed in. How they proved who they are is known
// to Login alone; a passkey or a single sign-on would be another way to openDesk, and nothing else would change.
type desk struct {
	Account string
	Opened  time.Time
}

const (
	// deskLife ends a session whatever is done with it: a long working day. There is no shorter one for idleness, for that
	// would write to the disk at each page; the cookie ends with the browser.
	deskLife = 12 * time.Hour
	// maxDesks is how many sessions of one account live; one more ends the oldest.
	maxDesks = 16
)

// Login checks a password and makes a session: the content of the staff cookie. Hashing is bounded to the cores and the
// same work for unknown accounts. ErrWrongLogin.
func (s *Store) Login(login, password string) (secret string, a Account, err error) {
	err = s.view(func(t *tx) (err error) {
		a, err = t.accountOf(login)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", Account{}, err
	}
	stored := a.Password
	if err != nil {
		stored = nobody
	}
	if fits := s.hashing.fits(stored, password); err != nil || !fits || a.Disabled {
		return "", Account{}, ErrWrongLogin
	}
	err = s.update(a.ID, func(t *tx) error {
		// The account may have changed while the password was hashed.
		if _, err := t.getJSON(accounts, a.ID, &a); err != nil {
			return err
		}
		if a.Password != stored || a.Disabled {
			return ErrWrongLogin
		}
		secret = t.openDesk(a.ID)
		t.log(Entry{Kind: "signed_in", Subject: a.ID})
		return nil
	})
	if err != nil {
		return "", Account{}, err
	}
	return secret, a.public(), nil
}

// Staff returns whose staff session this is. ErrUnknownSession: unknown, ended, older than its life, or the account is
// disabled.
func (s *Store) Staff(secret string) (a Account, err error) {
	err = s.view(func(t *tx) error {
		var d desk
		found, err := t.getJSON(desks, digest(secret), &d)
		if err != nil {
			return err
		}
		if !found || d.expired(t.now) {
			return ErrUnknownSession
		}
		found, err = t.getJSON(accounts, d.Account, &a)
		if err == nil && (!found || a.Disabled) {
			err = ErrUnknownSession
		}
		return err
	})
	if err != nil {
		return Account{}, err
	}
	return a.public(), nil
}

// Logout ends a staff session. Ending twice changes nothing.
func (s *Store) Logout(secret string) error {
	return s.update("", func(t *tx) error {
		var d desk
		found, err := t.getJSON(desks, digest(secret), &d)
		if err != nil || !found {
			return err
		}
		t.actor = d.Account
		t.delete(desks, digest(secret))
		t.log(Entry{Kind: "signed_out", Subject: d.Account})
		return nil
	})
}

func (d desk) expired(now time.Time) bool { return !now.Before(d.Opened.Add(deskLife)) }

// openDesk makes a session of an account. It deletes those of everybody that are past their life, and of this account the
// oldest when it has too many.
func (t *tx) openDesk(account string) (secret string) {
	oldest, first, count := "", time.Time{}, 0
	t.sweepDesks(func(key string, d desk) bool {
		if d.Account == account && !d.expired(t.now) {
			count++
			if oldest == "" || d.Opened.Before(first) {
				oldest, first = key, d.Opened
			}
		}
		return d.expired(t.now)
	})
	if count >= maxDesks {
		t.delete(desks, oldest)
	}
	secret = newSecret()
	t.putJSON(desks, digest(secret), desk{account, t.now})
	return secret
}

// endDesks ends all sessions of an account.
func (t *tx) endDesks(account string) {
	t.sweepDesks(func(_ string, d desk) bool { return d.Account == account })
}

// sweepDesks deletes the sessions that end wants: it sees all, which are those of one day.
func (t *tx) sweepDesks(end func(key string, d desk) bool) {
	var keys []string
	for key, data := range t.list(desks, "") {
		var d desk
		if err := json.Unmarshal(data, &d); err != nil && t.err == nil {
			t.err = fmt.Errorf("read %s: %w", desks, err)
			return
		}
		if end(key, d) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		t.delete(desks, key)
	}
}
