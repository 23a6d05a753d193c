package booking

import "time"

// Role is what somebody is in the hearing; it says nothing about their device or rights to media.
type Role string

const (
	RoleHost           Role = "host" // judge, prosecutor or official who holds the hearing
	RolePanel          Role = "panel"
	RoleClerk          Role = "clerk"
	RoleParty          Role = "party"
	RoleRepresentative Role = "representative"
	RoleWitness        Role = "witness"
	RoleExpert         Role = "expert"
	RoleInterpreter    Role = "interpreter"
	RoleObserver       Role = "observer"
	RoleAssistant      Role = "assistant"
)

// Hosts reports whether the role may admit, remove and end.
func (r Role) Hosts() bool { return r == RoleHost }

func (r Role) known() bool {
	switch r {
	case RoleHost, RolePanel, RoleClerk, RoleParty, RoleRepresentative,
		RoleWitness, RoleExpert, RoleInterpreter, RoleObserver, RoleAssistant:
		return true
	}
	return false
}

// Participant is a person in an appointment.
type Participant struct {
	ID       string // public, random, url-safe; names the path /h/<ID>/; knowing it grants nothing
	Number   uint32 // 1.. unique in the appointment; rides in the RTP CSRC and on the wire
	Role     Role
	Name     string
	Language string    // preferred language of the pages, or ""
	Link     string    // participants with the same non-empty Link move as one
	Issue    uint32    // number of the ticket that is good, from 1; Reissue makes the next and ends the sessions of the earlier
	Email    string    // where their link is sent, or ""
	Phone    string    // E.164, or ""
	Booker   bool      // the citizen who booked: may move, cancel, add people
	Brought  bool      `json:",omitempty"` // comes along with the citizen who booked, who may take them off again
	Staff    string    // account id of a member of the staff, or ""
	Sign     bool      `json:",omitempty"` // speaks or interprets in sign language: must be seen by everybody
	NoShow   bool      // was not there
	Admitted time.Time `json:",omitzero"` // zero: not admitted; written by the host's admission and at a host's own first entry
	Removed  time.Time `json:",omitzero"` // zero: not removed

	Rehearsal Rehearsal `json:",omitzero"` // what their latest test of devices and connection found; zero: none
}
