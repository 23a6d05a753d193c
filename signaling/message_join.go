package signaling

import "jalsa/signaling/conference"

import (
	"time"
)

// How a session begins, lives and ends. One who waits receives only Waiting,
// Notice, Invitation and what ends it, Error, Pong and Bye: no session
// description, no relay, and no name but of those who are linked to them or
// speak for them (threat T15).

// Join opens every session; it must be the first message.
type Join struct {
	Version int `json:"version"` // of this protocol: 1
	// Device is a random id of the browser tab. The same device may replace
	// its own older socket; another must ask with Replace.
	Device  string `json:"device"`
	Replace bool   `json:"replace"`
}

// Leave says that the participant goes on purpose.
type Leave struct{}

// Ping asks for a Pong with the same N; the client sends one every 5 s.
type Ping struct {
	N int64 `json:"n"`
}

// Waiting is the state of the queue as one waiting participant may know it.
type Waiting struct {
	HostPresent  bool   `json:"host_present"`
	Position     int    `json:"position"` // from 1
	Waiting      int    `json:"waiting"`  // how many wait, this one included
	DelayMinutes int    `json:"delay_minutes"`
	State        string `json:"state"` // of the conference, as in Roster
	// Company are those whom one may call into a consultation, and nobody else.
	Company []Companion `json:"company"`
	Help    bool        `json:"help"` // one has asked the clerks' desk for help
}

// Companion is one of the Company of a Waiting.
type Companion struct {
	Number uint32 `json:"number"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Place  string `json:"place"`
}

// Admitted opens the hearing, or a consultation room, to this session. What it
// had in another room is over before.
type Admitted struct {
	Number uint32    `json:"number"`
	Host   bool      `json:"host"`
	Room   string    `json:"room"` // "": the hearing
	Seats  SeatCount `json:"seats"`
	Relay  []Relay   `json:"relay"`
	// PCs are the PeerConnections of this device that the server still
	// holds: media went on while the socket was away, keep them.
	PCs []int `json:"pcs"`
}

// SeatCount is how many receive-only lines of each kind the client offers.
type SeatCount struct {
	Audio int `json:"audio"`
	Video int `json:"video"`
}

// Relay is one TURN server with a credential of this session.
type Relay struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// Error answers one message that could not be followed; the session goes on.
type Error struct {
	Code string `json:"code"`
	Re   string `json:"re"` // type of the message, "" if it had none
}

// Pong answers a Ping. At is the server's clock in Unix milliseconds, by which
// a client tells how long a countdown or an invitation still runs: few clocks of
// phones are right to the second.
type Pong struct {
	N  int64 `json:"n"`
	At int64 `json:"at"`
}

// Bye is the last message of a session; the close code follows from Code.
type Bye struct {
	Code  string    `json:"code"`
	Until time.Time `json:"until,omitzero"` // when time alone may change the answer
}

func (Leave) command(by string) conference.Command { return conference.Leave{ID: by} }

func (Join) fromClient()  {}
func (Leave) fromClient() {}
func (Ping) fromClient()  {}

func (Join) Type() string     { return "join" }
func (Leave) Type() string    { return "leave" }
func (Ping) Type() string     { return "ping" }
func (Waiting) Type() string  { return "waiting" }
func (Admitted) Type() string { return "admitted" }
func (Error) Type() string    { return "error" }
func (Pong) Type() string     { return "pong" }
func (Bye) Type() string      { return "bye" }
