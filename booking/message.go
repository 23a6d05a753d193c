package booking

import "time"

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
	MessageOff     MessageState = "off"     // there was no mail server when it was due
	MessageDropped MessageState = "dropped" // overtaken by a later decision before it was due
)

// Message is one message to one person, from the decision that causes it to its receipt. It holds no text: the letter is
// composed when it is sent, from the appointment as it is then.
type Message struct {
	ID          string
	Kind        MessageKind
	Appointment string
	Participant string
	To          string // erased with the appointment
	Language    string
	Code        string // six digits, of MessageProof and MessageCode; erased once sent
	Created     time.Time
	Due         time.Time // not before
	Attempts    int
	State       MessageState
	Why         string    // stable code of the last failure
	Done        time.Time // sent or given up
}

// post queues a message in the transaction of the decision that causes it, for somebody with an address who was not
// removed; otherwise it does nothing.
func (t *tx) post(kind MessageKind, a Appointment, p Participant, m Message) { panic("unwritten") }

// Due returns up to n queued messages whose time has come, oldest first, and when the next one is due (zero: none).
func (s *Store) Due(n int) (now []Message, next time.Time, err error) { panic("unwritten") }

// Sent notes that the mail server took the message. ErrNotFound.
func (s *Store) Sent(id string) error { panic("unwritten") }

// Failed notes a failure: the message is tried again at again, or given up when again is zero. ErrNotFound.
func (s *Store) Failed(id, why string, again time.Time) error { panic("unwritten") }

// Messages returns those of an appointment, by creation.
func (s *Store) Messages(appointment string) ([]Message, error) { panic("unwritten") }

// Troubles returns up to n messages that were given up, newest first, of an institution or, for "", of all.
func (s *Store) Troubles(institution string, n int) ([]Message, error) { panic("unwritten") }
