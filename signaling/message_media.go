package signaling

import "jalsa/signaling/conference"

// What concerns the PeerConnections of a participant, and what they carry.

// Devices tells what the participant sends now; others see it in the roster.
type Devices struct {
	Microphone bool `json:"microphone"`
	Camera     bool `json:"camera"`
}

// Offer is the session description of one of the client's PeerConnections,
// first or repeated (more seats, ICE restart).
type Offer struct {
	PC   int    `json:"pc"`   // chosen by the client, from 1 upwards
	Path string `json:"path"` // "direct" or "relay"
	// SDP or Packed, the other is "". Packed is base64 of gzip (RFC 1952) of the
	// description: a fifth of it, which is seconds on a link of 32 kbit/s.
	SDP    string `json:"sdp"`
	Packed string `json:"packed"`
	// Level is what the client knows of its link, a name of sfu.Level; "":
	// nothing yet. The answer goes by it.
	Level string `json:"level"`
}

// Drop ends one PeerConnection, after the other path has won.
type Drop struct {
	PC int `json:"pc"`
}

// Prefer says how large each seat of one PeerConnection is shown.
type Prefer struct {
	PC    int              `json:"pc"`
	Seats []SeatPreference `json:"seats"`
}

// SeatPreference is one entry of Prefer; Height 0 asks for nothing.
type SeatPreference struct {
	Seat   int `json:"seat"`
	Height int `json:"height"`
}

// Levels says what the client's ladder sends now, and how much the person wants
// to receive at most. Both are names of sfu.Level; "" in Limit: no limit.
type Levels struct {
	Up    string `json:"up"`
	Limit string `json:"limit"`
}

// Report is what the client measured on its link over the last 10 s.
type Report struct {
	PC        int    `json:"pc"`
	Path      string `json:"path"`      // "direct" or "relay"
	Level     string `json:"level"`     // of what the client sends, a name of sfu.Level
	Sent      int    `json:"sent"`      // bit/s
	Received  int    `json:"received"`  // bit/s
	Loss      int    `json:"loss"`      // of what was received, per mille
	RTT       int    `json:"rtt"`       // ms; 0: not known
	Concealed int    `json:"concealed"` // of the sound that was played, per mille
	Freezes   int    `json:"freezes"`   // ms that pictures stood still
	Layer     string `json:"layer"`     // rid of the largest camera layer that was sent; "": none
}

// Still is one picture of the sender for those who are sent no video of them.
type Still struct {
	Image string `json:"image"` // base64 of WebP or JPEG, at most maxStill bytes
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

// Seat is one entry of Seats: whose media fills the seat, whether it is their
// screen, and why their video is held back ("link", "saver"; "": it is not).
type Seat struct {
	Seat   int    `json:"seat"`
	Number uint32 `json:"number"`
	Screen bool   `json:"screen"`
	Paused string `json:"paused"`
}

// Send says what one PeerConnection should send now; nobody can use more.
type Send struct {
	PC     int      `json:"pc"`
	Layers []string `json:"layers"` // rids of the camera
	Screen bool     `json:"screen"` // what one shares
	Voice  int      `json:"voice"`  // bit/s of Opus at most
	Still  bool     `json:"still"`  // a picture now and then
}

// Reoffer asks for a new Offer of that PC: the answer will say something else.
type Reoffer struct {
	PC int `json:"pc"`
}

// Picture is the Still of the participant of a number.
type Picture struct {
	Number uint32 `json:"number"`
	Image  string `json:"image"`
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

func (d Devices) command(by string) conference.Command {
	return conference.Devices{ID: by, Microphone: d.Microphone, Camera: d.Camera}
}

func (Devices) fromClient() {}
func (Offer) fromClient()   {}
func (Drop) fromClient()    {}
func (Prefer) fromClient()  {}
func (Levels) fromClient()  {}
func (Report) fromClient()  {}
func (Still) fromClient()   {}

func (Devices) Type() string  { return "state" }
func (Offer) Type() string    { return "offer" }
func (Drop) Type() string     { return "drop" }
func (Prefer) Type() string   { return "prefer" }
func (Levels) Type() string   { return "level" }
func (Report) Type() string   { return "report" }
func (Still) Type() string    { return "still" }
func (Answer) Type() string   { return "answer" }
func (Seats) Type() string    { return "seats" }
func (Send) Type() string     { return "send" }
func (Reoffer) Type() string  { return "reoffer" }
func (Picture) Type() string  { return "still" }
func (Quality) Type() string  { return "quality" }
func (Unheard) Type() string  { return "unheard" }
func (Speaking) Type() string { return "speaking" }
