package conference

import "time"

// Effect is something that must be done, in the order given.
type Effect interface{ effect() }

// WriteAdmit asks to write an admission; Granted or Denied must follow.
type WriteAdmit struct {
	By  string
	IDs []string
}

// WriteStart asks to write that the conference started; Changed follows.
type WriteStart struct{ By string }

// WriteDismiss asks to take back the admission of one who is out and may not
// come back alone; Changed follows.
type WriteDismiss struct{ ID string }

// WriteRemove asks to write a removal that is already in force; Changed follows.
type WriteRemove struct{ By, ID string }

// WriteEnd asks to write an end that is already in force; Changed follows.
type WriteEnd struct{ By string }

// CloseMedia ends a participant's media, relay and presence, now.
type CloseMedia struct{ ID string }

// SayBye ends a participant's session with a code of the wire.
type SayBye struct {
	ID, Code string
	Until    time.Time // when time alone may change the answer; zero: never
}

// TellAdmitted opens the hearing to a participant's session.
type TellAdmitted struct{ ID string }

// TellWaiting brings the state of the queue to one who waits.
type TellWaiting struct {
	ID   string
	View WaitingView
}

// TellRoster brings the whole hearing to one who is in it. The roster is
// shared between receivers and must not be changed.
type TellRoster struct {
	ID     string
	Roster *Roster
}

// TellError answers a command that cannot be followed.
type TellError struct{ ID, Code, Re string }

// Journal asks for a journal entry of a transition that writes nothing else.
type Journal struct{ ID, Kind, Code string }

func (WriteAdmit) effect()   {}
func (WriteStart) effect()   {}
func (WriteDismiss) effect() {}
func (WriteRemove) effect()  {}
func (WriteEnd) effect()     {}
func (CloseMedia) effect()   {}
func (SayBye) effect()       {}
func (TellAdmitted) effect() {}
func (TellWaiting) effect()  {}
func (TellRoster) effect()   {}
func (TellError) effect()    {}
func (Journal) effect()      {}

// Codes of TellError.
const (
	NotHost            = "not_host"
	NotAdmitted        = "not_admitted"
	UnknownParticipant = "unknown_participant"
	// Failed says that an admission could not be written; trying again may help.
	Failed = "failed"
)

// Kinds of Journal.
const (
	KindWaiting      = "waiting"
	KindConnected    = "connected"
	KindDisconnected = "disconnected"
	KindLeft         = "left"
	KindRefused      = "refused"
	KindExpired      = "expired" // the place of a lost participant is free again
)

// Left is the code of SayBye for those who go on purpose.
const Left = "left"
