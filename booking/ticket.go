package booking

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// Invite is a participant with the ticket that opens their place, to be handed over now: the ticket cannot be read
// again, for only its SHA-256 is stored.
type Invite struct {
	Participant Participant
	Ticket      string // 26 letters and digits, 130 random bits
}

// holder is the private side of a participant.
type holder struct {
	Appointment string
	Ticket      []byte // SHA-256 of the ticket now valid
}

// newSecret returns 130 random bits as 26 lower-case letters and digits.
func newSecret() string { return strings.ToLower(rand.Text()) }

// newID returns 80 random bits as 16 lower-case letters and digits: never two alike, and no secret.
func newID() string { return newSecret()[:16] }

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}

// ticketOf derives the ticket of a participant's present issue: 130 bits of HMAC-SHA-256 (RFC 2104) under the key of
// the links, in the form of newSecret. ok is false without a key.
func (t *tx) ticketOf(p Participant) (ticket string, ok bool) {
	if len(t.key) == 0 {
		return "", false
	}
	mac := hmac.New(sha256.New, t.key)
	fmt.Fprintf(mac, "ticket %s %d", p.ID, p.Issue)
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:26], true
}

// issue gives p a new ticket. An older one must be revoked before.
func (t *tx) issue(appointmentID string, p Participant) Invite {
	ticket, ok := t.ticketOf(p)
	if !ok {
		ticket = newSecret()
	}
	t.put(tickets, digest(ticket), []byte(p.ID))
	t.putJSON(holders, p.ID, holder{appointmentID, []byte(digest(ticket))})
	return Invite{p, ticket}
}

// held returns the participant with this id and their appointment, or ErrNotFound.
func (t *tx) held(participantID string) (Appointment, Participant, error) {
	var h holder
	found, err := t.getJSON(holders, participantID, &h)
	if err != nil {
		return Appointment{}, Participant{}, err
	}
	if !found {
		return Appointment{}, Participant{}, fmt.Errorf("participant %w", ErrNotFound)
	}
	a, err := t.appointment(h.Appointment)
	if err != nil {
		return Appointment{}, Participant{}, err
	}
	p, ok := a.Participant(participantID)
	if !ok {
		return Appointment{}, Participant{}, fmt.Errorf("participant %w", ErrNotFound)
	}
	return a, p, nil
}

// ticket returns whom a ticket was issued to. Malformed, foreign, unknown and revoked are one answer.
func (t *tx) ticket(ticket string) (Appointment, Participant, error) {
	id := t.get(tickets, digest(ticket))
	if id == nil {
		return Appointment{}, Participant{}, ErrUnknownLink
	}
	return t.held(string(id))
}

// Lookup tells whose ticket this is, changing nothing: for a page that anybody, a mail scanner too, may fetch.
// ErrUnknownLink otherwise. It does not ask the gate.
func (s *Store) Lookup(ticket string) (a Appointment, p Participant, err error) {
	err = s.view(func(t *tx) (err error) {
		a, p, err = t.ticket(ticket)
		return err
	})
	return a, p, err
}

// Reissue gives a participant a new ticket, ends the old one and all sessions, and takes back a removal. It leaves an
// admission as it is, so that who lost the link in a running hearing is not locked out. Whoever holds a session of an
// earlier ticket open sees it in Participant.Issue. ErrNotFound; *Refused for a member of the staff whose account is
// disabled.
func (s *Store) Reissue(participantID, actor string) (Invite, error) {
	var invite Invite
	err := s.update(actor, func(t *tx) error {
		a, p, err := t.held(participantID)
		if err != nil {
			return err
		}
		if invite, err = t.reissue(a, p); err == nil && a.over() == ReasonNone {
			t.tellOne(MessageLink, a, invite.Participant)
		}
		return err
	})
	return invite, err
}

func (t *tx) reissue(a Appointment, p Participant) (Invite, error) {
	var account Account
	if _, err := t.getJSON(accounts, p.Staff, &account); err != nil {
		return Invite{}, err
	}
	if account.Disabled {
		return Invite{}, &Refused{Decision{Reason: ReasonRemoved}}
	}
	if err := t.endTicket(p); err != nil {
		return Invite{}, err
	}
	p.Removed = time.Time{}
	p.Issue++
	a.Participants[a.index(p.ID)] = p
	t.putAppointment(&a)
	t.log(Entry{Kind: "reissued", Appointment: a.ID, Participant: p.ID})
	return t.issue(a.ID, p), nil
}

// endTicket makes the ticket of p good for nothing, with all its sessions.
func (t *tx) endTicket(p Participant) error {
	var old holder
	if _, err := t.getJSON(holders, p.ID, &old); err != nil {
		return err
	}
	if len(old.Ticket) > 0 {
		t.delete(tickets, string(old.Ticket))
	}
	t.endSessions(p.ID)
	return nil
}
