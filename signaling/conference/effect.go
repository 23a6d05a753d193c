package conference

import (
	"time"

	"jalsa/booking"
)

// Effect is something that must be done, in the order given.
type Effect interface {
	// Subject is the participant in whose path it is done; "": everybody's.
	Subject() string
}

// Personal is an effect on the media or the session of its subject, and on
// nothing else: without these there is nothing to do.
type Personal interface {
	Effect
	personal()
}

// What must be written.
type (
	// WriteAdmit asks to write an admission; Granted or Denied must follow.
	WriteAdmit struct {
		By  string
		IDs []string
	}

	// WriteStart asks to write that the conference started; Changed follows.
	WriteStart struct{ By string }

	// WriteDismiss asks to take back the admission of one who is out and may not
	// come back alone; Changed follows. By is who sent them out, or they themselves.
	WriteDismiss struct{ By, ID string }

	// WriteRemove asks to write a removal that is already in force; Changed follows.
	WriteRemove struct{ By, ID string }

	// WriteEnd asks to write an end that is already in force; Changed follows.
	WriteEnd struct{ By string }

	// WriteSitting asks to write how the hearing stands; Sat or Unwritten must
	// follow. Kind is the entry of the journal: a restriction that is already in
	// force (KindPaused and its like) or a grant that waits for it (KindResumed,
	// KindUnlocked).
	WriteSitting struct {
		By, Kind string
		Sitting  booking.Sitting
	}

	// WriteExtend asks to write more time; Changed or Unwritten must follow.
	WriteExtend struct {
		By  string
		For time.Duration
	}

	// OpenTask asks to put a task on the desk's list; TaskOpened follows.
	OpenTask struct{ ID, Kind string }

	// CloseTask asks to take a task off it.
	CloseTask struct{ ID, Task string }

	// Journal asks for a journal entry of a transition that writes nothing else.
	// By is the actor, who may be another than the participant; "": the participant.
	Journal struct{ ID, By, Kind, Code string }
)

// What must be done with media.
type (
	// SetPasses says what may pass in a room, "" the hearing, from now on. It
	// stands before every other effect of a command.
	SetPasses struct {
		Room   string
		Passes *Passes
	}

	// CloseRoom says that a consultation room is over; nobody is in it.
	CloseRoom struct{ Room string }

	// CloseMedia ends a participant's media, relay and presence, now.
	CloseMedia struct{ ID string }
)

// What must be told. Receivers may share what an effect points to; it never changes.
type (
	// SayBye ends a participant's session with a code of the wire.
	SayBye struct {
		ID, Code string
		Until    time.Time // when time alone may change the answer; zero: never
	}

	// TellAdmitted opens a room to a participant's session: the hearing, "", or
	// a consultation room. Media in another room has been closed before.
	TellAdmitted struct{ ID, Room string }

	// TellWaiting brings the state of the queue to one who waits.
	TellWaiting struct {
		ID   string
		View WaitingView
	}

	// TellRoster brings a whole room to one who is in it.
	TellRoster struct {
		ID     string
		Roster *Roster
	}

	// TellNotice brings words to one who waits. From is "hosts".
	TellNotice struct{ ID, From, Text string }

	// TellNext asks to tell a host which hearing of their list is next. Their
	// session may end with the effects that follow.
	TellNext struct{ ID string }

	// TellAsked brings the request to switch on What.
	TellAsked struct{ ID, What string }

	// TellChat brings a line of the chat.
	TellChat struct {
		ID   string
		Line *ChatLine
	}

	// TellInvitation rings for a consultation until a time.
	TellInvitation struct {
		ID, Room string
		Number   uint32 // of who invites
		Name     string
		Role     booking.Role
		Until    time.Time
	}

	// TellInvitationOver stops the ringing.
	TellInvitationOver struct{ ID, Room string }

	// TellKnocked says to one in a consultation room who stands before it.
	TellKnocked struct {
		ID     string
		Number uint32
		Name   string
	}

	// TellError answers a command that cannot be followed.
	TellError struct{ ID, Code, Re string }
)

// ChatLine is one text of the chat as its receivers get it.
type ChatLine struct {
	ID     uint64 // counts up in a conference
	From   uint32 // number of the sender
	To     string // all, hosts or one
	Number uint32 // of the receiver, if To is one
	Text   string
	At     time.Time
}

func (e WriteAdmit) Subject() string   { return e.By }
func (e WriteStart) Subject() string   { return e.By }
func (e WriteDismiss) Subject() string { return e.ID }
func (e WriteRemove) Subject() string  { return e.By }
func (e WriteEnd) Subject() string     { return e.By }
func (e WriteSitting) Subject() string { return e.By }
func (e WriteExtend) Subject() string  { return e.By }
func (e OpenTask) Subject() string     { return e.ID }
func (e CloseTask) Subject() string    { return e.ID }
func (e Journal) Subject() string      { return e.ID }

func (SetPasses) Subject() string { return "" }
func (CloseRoom) Subject() string { return "" }

func (e CloseMedia) Subject() string         { return e.ID }
func (e SayBye) Subject() string             { return e.ID }
func (e TellAdmitted) Subject() string       { return e.ID }
func (e TellWaiting) Subject() string        { return e.ID }
func (e TellRoster) Subject() string         { return e.ID }
func (e TellNotice) Subject() string         { return e.ID }
func (e TellNext) Subject() string           { return e.ID }
func (e TellAsked) Subject() string          { return e.ID }
func (e TellChat) Subject() string           { return e.ID }
func (e TellInvitation) Subject() string     { return e.ID }
func (e TellInvitationOver) Subject() string { return e.ID }
func (e TellKnocked) Subject() string        { return e.ID }
func (e TellError) Subject() string          { return e.ID }

func (CloseMedia) personal()         {}
func (SayBye) personal()             {}
func (TellAdmitted) personal()       {}
func (TellWaiting) personal()        {}
func (TellRoster) personal()         {}
func (TellNotice) personal()         {}
func (TellNext) personal()           {}
func (TellAsked) personal()          {}
func (TellChat) personal()           {}
func (TellInvitation) personal()     {}
func (TellInvitationOver) personal() {}
func (TellKnocked) personal()        {}

// Codes of TellError.
const (
	NotAllowed         = "not_allowed"  // the role may not
	NotAdmitted        = "not_admitted" // the place is not in the hearing
	WrongState         = "wrong_state"  // not in this phase, or not from this place
	UnknownParticipant = "unknown_participant"
	Screened           = "screened" // the two must not meet
	Busy               = "busy"     // somebody shows a screen, or all rooms are taken
	TooLong            = "too_long"
	// Failed says that what was asked could not be written; trying again may help.
	Failed = "failed"
)

// Kinds of Journal and WriteSitting.
const (
	KindWaiting      = "waiting"
	KindConnected    = "connected"
	KindDisconnected = "disconnected"
	KindLeft         = "left"
	KindRefused      = "refused"
	KindExpired      = "expired"    // the place of a lost participant is free again
	KindConsulting   = "consulting" // entered a consultation room
	KindChannel      = "channel"    // an interpreter speaks into a language: its code
	KindListens      = "listens"    // somebody listens to a language: its code
	KindMuted        = "muted"      // taken back the voice: muted or locked
	KindUnmuted      = "unmuted"    // may switch on again

	KindCountdown = "countdown"
	KindStopped   = "countdown_stopped" // no host was there at its end

	KindPaused       = "paused"
	KindSuspended    = "suspended" // also by the loss of the last host, with NoHost
	KindDeliberation = "deliberation"
	KindResumed      = "resumed"
	KindLocked       = "locked"
	KindUnlocked     = "unlocked"
)

// NoHost is the reason of a suspension that nobody ordered.
const NoHost = "no_host"

// Left is the code of SayBye for those who go on purpose.
const Left = "left"
