package sfu

import "errors"

// State of a Peer's transport.
type State int

// States.
const (
	StateConnecting State = iota
	StateConnected
	StateDisconnected
	StateFailed
	StateClosed
)

func (s State) String() string {
	return [...]string{"connecting", "connected", "disconnected", "failed", "closed"}[s]
}

// Errors of Peer.Answer.
var (
	ErrSDPTooLarge  = errors.New("sdp too large")
	ErrTooManyLines = errors.New("too many m-lines")
	ErrMalformed    = errors.New("malformed offer")
	ErrClosed       = errors.New("closed")
)

// Seat tells which participant fills a seat; Number 0: nobody.
type Seat struct {
	Seat   int
	Number uint32
}

// Preference is a receiver's wish for a seat; Height 0: send nothing.
type Preference struct{ Seat, Height int }

// Events are called from SFU goroutines, never under a lock; they must not block.
type Events struct {
	State    func(State)
	Seats    func([]Seat)
	Speaking func([]uint32)
}

// Peer is one participant's PeerConnection.
type Peer struct{}

// Answer takes the client's offer and returns our answer.
func (p *Peer) Answer(offer string) (answer string, err error) { return "", nil }

// Prefer replaces the receiver's wishes for the seats it names.
func (p *Peer) Prefer([]Preference) {}

// State is the state of the transport.
func (p *Peer) State() State { return StateConnecting }

// Close stops packets both ways and waits.
func (p *Peer) Close() {}
