package conference

import "jalsa/booking"

// Command is something that happened or that somebody asks for. By is the
// participant who asks; whom the command is about has a number, as on the wire.
type Command interface {
	// asks returns who asks for it, and the verb; "" for what only happens.
	asks() (by, verb string)
}

// Join says that a participant has a socket, new or in place of an older one.
// Issue numbers the link that its session came from: once the books show a
// greater one, the session is revoked.
type Join struct {
	ID    string
	Issue uint32
}

// Lost says that a participant's socket is gone without a word.
type Lost struct{ ID string }

// Leave says that a participant goes on purpose.
type Leave struct{ ID string }

// Devices says what a participant sends.
type Devices struct {
	ID                 string
	Microphone, Camera bool
}

// Tick lets time pass.
type Tick struct{}

// What the books answer.
type (
	// Changed brings a newer version of the appointment.
	Changed struct{ Appointment booking.Appointment }

	// Granted says that the admission of IDs is written; Appointment shows it.
	Granted struct {
		IDs         []string
		Appointment booking.Appointment
	}

	// Denied says that the admission of IDs could not be written.
	Denied struct {
		By  string
		IDs []string
	}

	// Sat says that a WriteSitting of Kind is written; Appointment shows it.
	Sat struct {
		Kind        string
		Appointment booking.Appointment
	}

	// Unwritten says that something else could not be written: a WriteSitting,
	// with its Kind in Re, or a WriteExtend, with "extend".
	Unwritten struct{ By, Re string }

	// TaskOpened answers OpenTask with the id that the books gave.
	TaskOpened struct{ ID, Task string }

	// TaskDone says that the desk has dealt with what somebody called for.
	TaskDone struct{ ID string }
)

// The order of the hearing (order.go).
type (
	// Start asks for the countdown that ends in the session.
	Start struct{ By string }
	// Pause asks that nothing passes while all stay.
	Pause struct{ By string }
	// Suspend asks that no sound passes while all stay. Reason is a code.
	Suspend struct{ By, Reason string }
	// Deliberate asks that the bench alone stays.
	Deliberate struct{ By string }
	// Resume asks to go on after a pause, a suspension or a deliberation.
	Resume struct{ By string }
	// End asks to close the conference.
	End struct{ By string }
	// Extend asks for more time.
	Extend struct {
		By      string
		Minutes int
	}
	// Next asks for the next of the list, after closing or pausing this one.
	Next struct {
		By    string
		Close bool
	}
)

// The door (door.go). Who is linked to somebody shares each of their moves.
type (
	// Admit asks to let in the participant of a number.
	Admit struct {
		By     string
		Number uint32
	}
	// AdmitAll asks to let in all who wait and need no admission of their own.
	AdmitAll struct{ By string }
	// Dismiss asks to send the participant of a number back to the waiting room.
	Dismiss struct {
		By     string
		Number uint32
	}
	// Remove asks to take out the participant of a number.
	Remove struct {
		By     string
		Number uint32
	}
	// Lock asks that nobody comes in any more but by a host's admission, or again.
	Lock struct {
		By string
		On bool
	}
	// Clear asks to send everybody but bench and clerks to the waiting room.
	Clear struct{ By string }
	// Notice asks to tell something to those who wait.
	Notice struct{ By, Text string }
)

// The floor (floor.go).
type (
	// Hand raises or lowers one's own hand.
	Hand struct {
		By string
		Up bool
	}
	// Lower asks to take down the hand of a number; of all: 0.
	Lower struct {
		By     string
		Number uint32
	}
	// Mute asks that the participant of a number is not heard until they switch
	// on again, or with Lock until Unlock; all but hosts: 0.
	Mute struct {
		By     string
		Number uint32
		Lock   bool
	}
	// Unlock lets the participant of a number switch on again; everybody: 0.
	Unlock struct {
		By     string
		Number uint32
	}
	// Ask asks the participant of a number to switch on What, "microphone" or
	// "camera".
	Ask struct {
		By     string
		Number uint32
		What   string
	}
	// Spotlight gives the floor to the participant of a number; to nobody: 0.
	Spotlight struct {
		By     string
		Number uint32
	}
	// Layout asks for "grid", "speaker" or "document" on the screens of all.
	Layout struct{ By, Layout string }
	// Share says that one shows their screen, or does no more. Mode is "text"
	// or "motion".
	Share struct {
		By   string
		On   bool
		Mode string
	}
	// Sharing opens showing screens to more than the bench, and to several at once.
	Sharing struct {
		By   string
		Open bool
	}
	// Chat asks to pass on a text, written in a consultation room or, "", in the
	// hearing: to "all", to the "hosts", or to "one", the participant of a number.
	Chat struct {
		By, To string
		Room   string
		Number uint32
		Text   string
	}
	// Channel says into which language an interpreter speaks; the floor: "".
	Channel struct{ By, Language string }
	// Listen asks for the voices of a language before the floor; the floor alone: "".
	Listen struct{ By, Language string }
	// Help asks for somebody of the desk, or says that nobody is needed any more.
	Help struct {
		By string
		On bool
	}
)

// Consultation rooms (consult.go).
type (
	// Consult asks for a room with the participants of some numbers. Room is its
	// name, random and never used before.
	Consult struct {
		By      string
		Numbers []uint32
		Room    string
	}
	// Accept and Decline answer an invitation.
	Accept  struct{ By, Room string }
	Decline struct{ By, Room string }
	// Return leaves the consultation room.
	Return struct{ By string }
	// Knock tells those in a consultation room that somebody stands before it.
	Knock struct{ By, Room string }
)

// What only happens, nobody asks for.

func (Join) asks() (by, verb string)       { return "", "" }
func (Lost) asks() (by, verb string)       { return "", "" }
func (Leave) asks() (by, verb string)      { return "", "" }
func (Devices) asks() (by, verb string)    { return "", "" }
func (Tick) asks() (by, verb string)       { return "", "" }
func (Changed) asks() (by, verb string)    { return "", "" }
func (Granted) asks() (by, verb string)    { return "", "" }
func (Denied) asks() (by, verb string)     { return "", "" }
func (Sat) asks() (by, verb string)        { return "", "" }
func (Unwritten) asks() (by, verb string)  { return "", "" }
func (TaskOpened) asks() (by, verb string) { return "", "" }
func (TaskDone) asks() (by, verb string)   { return "", "" }

// What somebody asks for, rights.go grants to a role or does not.

func (m Start) asks() (by, verb string)      { return m.By, "start" }
func (m Pause) asks() (by, verb string)      { return m.By, "pause" }
func (m Suspend) asks() (by, verb string)    { return m.By, "suspend" }
func (m Deliberate) asks() (by, verb string) { return m.By, "deliberate" }
func (m Resume) asks() (by, verb string)     { return m.By, "resume" }
func (m End) asks() (by, verb string)        { return m.By, "end" }
func (m Extend) asks() (by, verb string)     { return m.By, "extend" }
func (m Next) asks() (by, verb string)       { return m.By, "next" }
func (m Admit) asks() (by, verb string)      { return m.By, "admit" }
func (m AdmitAll) asks() (by, verb string)   { return m.By, "admit_all" }
func (m Dismiss) asks() (by, verb string)    { return m.By, "dismiss" }
func (m Remove) asks() (by, verb string)     { return m.By, "remove" }
func (m Lock) asks() (by, verb string)       { return m.By, "lock" }
func (m Clear) asks() (by, verb string)      { return m.By, "clear" }
func (m Notice) asks() (by, verb string)     { return m.By, "notice" }
func (m Hand) asks() (by, verb string)       { return m.By, "hand" }
func (m Lower) asks() (by, verb string)      { return m.By, "lower" }
func (m Mute) asks() (by, verb string)       { return m.By, "mute" }
func (m Unlock) asks() (by, verb string)     { return m.By, "unlock" }
func (m Ask) asks() (by, verb string)        { return m.By, "ask" }
func (m Spotlight) asks() (by, verb string)  { return m.By, "spotlight" }
func (m Layout) asks() (by, verb string)     { return m.By, "layout" }
func (m Share) asks() (by, verb string)      { return m.By, "share" }
func (m Sharing) asks() (by, verb string)    { return m.By, "sharing" }
func (m Chat) asks() (by, verb string)       { return m.By, "chat" }
func (m Channel) asks() (by, verb string)    { return m.By, "channel" }
func (m Listen) asks() (by, verb string)     { return m.By, "listen" }
func (m Help) asks() (by, verb string)       { return m.By, "help" }
func (m Consult) asks() (by, verb string)    { return m.By, "consult" }
func (m Accept) asks() (by, verb string)     { return m.By, "accept" }
func (m Decline) asks() (by, verb string)    { return m.By, "decline" }
func (m Return) asks() (by, verb string)     { return m.By, "return" }
func (m Knock) asks() (by, verb string)      { return m.By, "knock" }
