package signaling

import "time"

// What the server sends. A waiting participant receives only Waiting, Error,
// Pong and Bye: no name, no session description, no relay (threat T15).

// Waiting is the state of the queue as one waiting participant may know it.
type Waiting struct {
	HostPresent  bool `json:"host_present"`
	Position     int  `json:"position"` // from 1
	Waiting      int  `json:"waiting"`  // how many wait, this one included
	DelayMinutes int  `json:"delay_minutes"`
}

// Admitted opens the hearing to this session.
type Admitted struct {
	Number uint32    `json:"number"`
	Host   bool      `json:"host"`
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

// Answer is the session description that answers the latest Offer of that PC,
// packed if the offer was.
type Answer struct {
	PC     int    `json:"pc"`
	SDP    string `json:"sdp"`
	Packed string `json:"packed"`
}

// Seats is the whole list of who sits where in one PeerConnection.
type Seats struct {
	PC    int    `json:"pc"`
	Seats []Seat `json:"seats"`
}

// Seat is one entry of Seats: whose media fills the seat, and why their video
// is held back ("link", "saver"; "": it is not).
type Seat struct {
	Seat   int    `json:"seat"`
	Number uint32 `json:"number"`
	Paused string `json:"paused"`
}

// Send says what one PeerConnection should send now; nobody can use more.
type Send struct {
	PC     int      `json:"pc"`
	Layers []string `json:"layers"` // rids of the camera
	Voice  int      `json:"voice"`  // bit/s of Opus at most
	Still  bool     `json:"still"`  // a picture now and then
}

// Reoffer asks for a new Offer of that PC: the answer will say something else.
type Reoffer struct {
	PC int `json:"pc"`
}

// Quality tells hosts how everybody's link does.
type Quality struct {
	Participants []QualityEntry `json:"participants"`
}

// QualityEntry is one participant in a Quality.
type QualityEntry struct {
	Number uint32 `json:"number"`
	Word   string `json:"word"` // good, fair, poor or lost
}

// Unheard tells a participant whose microphone is on that no sound of theirs
// arrives, and when it does again.
type Unheard struct {
	On bool `json:"on"`
}

// Speaking lists the numbers of those who speak now, loudest first.
type Speaking struct {
	Numbers []uint32 `json:"numbers"`
}

// Roster is the whole hearing as the receiver may know it.
type Roster struct {
	State        string        `json:"state"`
	Participants []RosterEntry `json:"participants"`
}

// RosterEntry is one participant in a Roster.
type RosterEntry struct {
	Number     uint32 `json:"number"`
	Name       string `json:"name"`
	Role       string `json:"role"`
	Link       string `json:"link"`
	Place      string `json:"place"`
	Microphone bool   `json:"microphone"`
	Camera     bool   `json:"camera"`
}

// Error answers one message that could not be followed; the session goes on.
type Error struct {
	Code string `json:"code"`
	Re   string `json:"re"` // type of the message, "" if it had none
}

// Pong answers a Ping.
type Pong struct {
	N int64 `json:"n"`
}

// Bye is the last message of a session; the close code follows from Code.
type Bye struct {
	Code  string    `json:"code"`
	Until time.Time `json:"until,omitzero"` // when time alone may change the answer
}

// Type names the message on the wire.
func (Waiting) Type() string { return "waiting" }

// Type names the message on the wire.
func (Admitted) Type() string { return "admitted" }

// Type names the message on the wire.
func (Answer) Type() string { return "answer" }

// Type names the message on the wire.
func (Seats) Type() string { return "seats" }

// Type names the message on the wire.
func (Send) Type() string { return "send" }

// Type names the message on the wire.
func (Reoffer) Type() string { return "reoffer" }

// Type names the message on the wire.
func (Quality) Type() string { return "quality" }

// Type names the message on the wire.
func (Unheard) Type() string { return "unheard" }

// Type names the message on the wire.
func (Speaking) Type() string { return "speaking" }

// Type names the message on the wire.
func (Roster) Type() string { return "roster" }

// Type names the message on the wire.
func (Error) Type() string { return "error" }

// Type names the message on the wire.
func (Pong) Type() string { return "pong" }

// Type names the message on the wire.
func (Bye) Type() string { return "bye" }
