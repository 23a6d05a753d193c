package booking

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MessageKind is what a message tells.
type MessageKind string

const (
	MessageProof     MessageKind = "proof"     // prove your contact: link and code
	MessageCode      MessageKind = "code"      // code to get at an appointment whose link is lost
	MessageReceived  MessageKind = "received"  // proven, now waits for the staff
	MessageConfirmed MessageKind = "confirmed" // with the link and the calendar entry
	MessageInvited   MessageKind = "invited"   // to somebody added, or to the parties of a hearing made directly
	MessageLink      MessageKind = "link"      // the link again, or a new one
	MessageMoved     MessageKind = "moved"
	MessageAdjourned MessageKind = "adjourned" // about the old appointment; Next has the new link
	MessageCancelled MessageKind = "cancelled"
	MessageRejected  MessageKind = "rejected"
	MessageExpired   MessageKind = "expired" // never proven
	MessageDelayed   MessageKind = "delayed"
	MessageReminder  MessageKind = "reminder"
	MessageMissed    MessageKind = "missed" // the institution was not there: choose the next slot first
)

// MessageState is where a message is.
type MessageState string

const (
	MessageQueued  MessageState = "queued"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"  // given up; Why tells
	MessageOff     MessageState = "off"     // there was no mail server when it was written
	MessageDropped MessageState = "dropped" // overtaken by a later decision before it was sent
)

// Message is one message to one person, from the decision that causes it to its receipt. It holds no text: the letter is
// composed when it is sent, from the appointment as it is then.
type Message struct {
	ID          string // id of the appointment "/" one of its own
	Kind        MessageKind
	Institution string // id
	Appointment string // id
	Participant string // id
	To          string // erased with the appointment
	Language    string
	Code        string // six digits, of MessageProof and MessageCode; erased once done
	Created     time.Time
	Due         time.Time // not before
	Attempts    int
	State       MessageState
	Why         string    // stable code of the last failure, or of what it was dropped for
	Done        time.Time // sent, given up or dropped
}

// post queues a message in the transaction of the decision that causes it, for somebody with an address who was not
// removed; otherwise it does nothing. Of m only Code and Due count; Due zero is at once. The decision is what is
// journalled: post makes no entry.
func (t *tx) post(kind MessageKind, a Appointment, p Participant, m Message) {
	if !p.writable() {
		return
	}
	m = Message{
		ID: a.ID + "/" + newID(), Kind: kind, Institution: a.InstitutionID, Appointment: a.ID, Participant: p.ID,
		To: p.Email, Language: p.Language, Code: m.Code, Created: t.now, Due: m.Due, State: MessageQueued,
	}
	if m.Due.Before(t.now) {
		m.Due = t.now
	}
	if !t.mail {
		m.end(MessageOff, "", t.now)
	}
	t.putMessage(m, time.Time{})
	t.posted = true
}

// writable reports whether there is somebody to write to.
func (p Participant) writable() bool { return p.Email != "" && p.Removed.IsZero() }

// dropQueued takes back the messages of an appointment that were not sent yet: of the kinds named, or all.
func (t *tx) dropQueued(appointmentID string, kinds ...MessageKind) {
	for _, m := range t.messagesOf(appointmentID) {
		if m.State == MessageQueued && (len(kinds) == 0 || slices.Contains(kinds, m.Kind)) {
			was := m.Due
			m.end(MessageDropped, "overtaken", t.now)
			t.putMessage(m, was)
		}
	}
}

// eraseMessages forgets to whom the messages of an appointment went; those not sent yet are dropped.
func (t *tx) eraseMessages(appointmentID string) {
	t.dropQueued(appointmentID)
	for _, m := range t.messagesOf(appointmentID) {
		m.To, m.Code = "", ""
		t.putMessage(m, time.Time{})
	}
}

func (t *tx) messagesOf(appointmentID string) []Message {
	all, err := decodeMessages(t, appointmentID+"/")
	if err != nil && t.err == nil {
		t.err = err
	}
	return all
}

// end makes m a receipt.
func (m *Message) end(state MessageState, why string, now time.Time) {
	m.State, m.Why, m.Done, m.Code = state, why, now, ""
}

// putMessage writes m and what it is found by; was is when it had been due, if it was queued before.
func (t *tx) putMessage(m Message, was time.Time) {
	if !was.IsZero() {
		t.delete(due, moment(was)+m.ID)
	}
	t.putJSON(messages, m.ID, m)
	switch m.State {
	case MessageQueued:
		t.put(due, moment(m.Due)+m.ID, nil)
	case MessageFailed:
		t.put(troubles, latest(m.Done)+m.ID, nil)
	}
}

// latest is an instant as a key that sorts the latest first.
func latest(at time.Time) string { return number(^uint64(at.Unix())) }

// Posted is ready to be received from when a message may have been queued since it was last received: Due has news.
func (s *Store) Posted() <-chan struct{} { return s.posted }

// Mails reports whether messages can be sent; without, the staff must tell people.
func (s *Store) Mails() bool { return s.mail }

// Reaches reports whether messages to p go out; who they do not reach is to be told by the staff.
func (s *Store) Reaches(p Participant) bool { return s.mail && p.writable() }

// Planned reports whether m is a reminder whose time is still to come: nothing that waits for the mail server.
func (m Message) Planned() bool {
	return m.Kind == MessageReminder && m.State == MessageQueued && m.Attempts == 0 && m.Due.After(m.Created)
}

// Queued counts the messages that wait to be sent, also those to be tried again later, and apart from them the reminders
// whose time is still to come.
func (s *Store) Queued() (waiting, planned int, err error) {
	err = s.view(func(t *tx) error {
		for key := range t.list(due, "") {
			if !readMoment(key).After(t.now) {
				waiting++
				continue
			}
			m, err := t.message(key[len(moment(t.now)):])
			if err != nil {
				return err
			}
			if m.Planned() {
				planned++
			} else {
				waiting++
			}
		}
		return nil
	})
	return waiting, planned, err
}

// Due returns up to n queued messages whose time has come, oldest first, and when the next one is due (zero: none).
func (s *Store) Due(n int) (now []Message, next time.Time, err error) {
	err = s.view(func(t *tx) error {
		for key := range t.list(due, "") {
			at, id := readMoment(key), key[len(moment(t.now)):]
			if len(now) == n || at.After(t.now) {
				next = at
				return nil
			}
			m, err := t.message(id)
			if err != nil {
				return err
			}
			now = append(now, m)
		}
		return nil
	})
	return now, next, err
}

func (t *tx) message(id string) (m Message, err error) {
	found, err := t.getJSON(messages, id, &m)
	if err == nil && !found {
		err = fmt.Errorf("message %w", ErrNotFound)
	}
	return m, err
}

// Sent notes that the mail server took the message. ErrNotFound.
func (s *Store) Sent(id string) error {
	return s.receipt(id, "message_sent", func(m *Message, now time.Time) string {
		m.Attempts++
		m.end(MessageSent, "", now)
		return string(m.Kind)
	})
}

// Failed notes a failure: the message is tried again at again, or given up when again is zero. ErrNotFound.
func (s *Store) Failed(id, why string, again time.Time) error {
	return s.receipt(id, "message_failed", func(m *Message, now time.Time) string {
		m.Attempts++
		if again.IsZero() {
			m.end(MessageFailed, why, now)
		} else {
			m.Why, m.Due = why, again.UTC()
		}
		return string(m.Kind) + ":" + why
	})
}

// Dropped notes that there was nothing to tell any more when the message was to be sent. ErrNotFound.
func (s *Store) Dropped(id, why string) error {
	return s.receipt(id, "message_dropped", func(m *Message, now time.Time) string {
		m.end(MessageDropped, why, now)
		return string(m.Kind) + ":" + why
	})
}

// receipt notes what became of a queued message; fn returns the code for the journal. A message that was dropped while
// it was on its way is noted too: what the mail server did is what happened. Other receipts stay as they are.
func (s *Store) receipt(id, kind string, fn func(m *Message, now time.Time) (code string)) error {
	return s.update("", func(t *tx) error {
		m, err := t.message(id)
		if err != nil || m.State != MessageQueued && m.State != MessageDropped {
			return err
		}
		var was time.Time
		if m.State == MessageQueued {
			was = m.Due
		}
		code := fn(&m, t.now)
		if !isCode(code) {
			return &FieldError{"why", "invalid"}
		}
		t.putMessage(m, was)
		t.log(Entry{Kind: kind, Appointment: m.Appointment, Participant: m.Participant, Code: code})
		return nil
	})
}

// Messages returns those of an appointment, by creation.
func (s *Store) Messages(appointment string) (all []Message, err error) {
	err = s.view(func(t *tx) (err error) {
		all, err = decodeMessages(t, appointment+"/")
		return err
	})
	return all, err
}

// decodeMessages reads those whose id begins with prefix, by creation, those of one decision by when they are due.
func decodeMessages(t *tx, prefix string) ([]Message, error) {
	var all []Message
	for id, data := range t.list(messages, prefix) {
		var m Message
		if err := json.Unmarshal(data, &m); err != nil {
			return nil, fmt.Errorf("read message %s: %w", id, err)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Message) int {
		return cmp.Or(a.Created.Compare(b.Created), a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Troubles returns up to n messages that were given up, newest first, of an institution or, for "", of all.
func (s *Store) Troubles(institution string, n int) ([]Message, error) {
	var all []Message
	err := s.view(func(t *tx) error {
		for key := range t.list(troubles, "") {
			if len(all) == n {
				return nil
			}
			m, err := t.message(key[len(latest(t.now)):])
			if err != nil {
				return err
			}
			if institution == "" || m.Institution == institution {
				all = append(all, m)
			}
		}
		return nil
	})
	return all, err
}
