package signaling

// What clients send. The order is in doc.go.

// Join opens every session; it must be the first message.
type Join struct {
	Version int `json:"version"` // of this protocol: 1
	// Device is a random id of the browser tab. The same device may replace
	// its own older socket; another must ask with Replace.
	Device  string `json:"device"`
	Replace bool   `json:"replace"`
}

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

// Still is one picture of somebody for those who are sent no video of them. It
// goes both ways: only the server says whose it is.
type Still struct {
	Number uint32 `json:"number,omitempty"` // 0 from a client
	Image  string `json:"image"`            // base64 of WebP or JPEG, at most maxStill bytes
}

// Admit lets a waiting participant, and everybody linked to them, in. Hosts only.
type Admit struct {
	Number uint32 `json:"number"`
}

// Remove takes a participant, and everybody linked to them, out. Hosts only.
type Remove struct {
	Number uint32 `json:"number"`
}

// End closes the hearing for all. Hosts only.
type End struct{}

// Leave says that the participant goes on purpose.
type Leave struct{}

// Ping asks for a Pong with the same N; the client sends one every 5 s.
type Ping struct {
	N int64 `json:"n"`
}

// Type names the message on the wire.
func (Join) Type() string { return "join" }

// Type names the message on the wire.
func (Devices) Type() string { return "state" }

// Type names the message on the wire.
func (Offer) Type() string { return "offer" }

// Type names the message on the wire.
func (Drop) Type() string { return "drop" }

// Type names the message on the wire.
func (Prefer) Type() string { return "prefer" }

// Type names the message on the wire.
func (Levels) Type() string { return "level" }

// Type names the message on the wire.
func (Report) Type() string { return "report" }

// Type names the message on the wire.
func (Still) Type() string { return "still" }

// Type names the message on the wire.
func (Admit) Type() string { return "admit" }

// Type names the message on the wire.
func (Remove) Type() string { return "remove" }

// Type names the message on the wire.
func (End) Type() string { return "end" }

// Type names the message on the wire.
func (Leave) Type() string { return "leave" }

// Type names the message on the wire.
func (Ping) Type() string { return "ping" }

func (Join) fromClient()    {}
func (Devices) fromClient() {}
func (Offer) fromClient()   {}
func (Drop) fromClient()    {}
func (Prefer) fromClient()  {}
func (Levels) fromClient()  {}
func (Report) fromClient()  {}
func (Still) fromClient()   {}
func (Admit) fromClient()   {}
func (Remove) fromClient()  {}
func (End) fromClient()     {}
func (Leave) fromClient()   {}
func (Ping) fromClient()    {}
