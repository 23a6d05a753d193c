package sfu

import (
	"slices"
	"time"
)

// Wanted is what a peer should send now; nobody can use more.
type Wanted struct {
	Layers    []string // rids of the camera that somebody is sent, or may be within half a second
	Voice     int      // bit/s of Opus at most
	Redundant bool     // audio/red, since somebody hears this peer with losses
	Still     bool     // a still picture now and then, for those who are sent no video
}

// Equal tells whether a and b ask for the same.
func (a Wanted) Equal(b Wanted) bool {
	return slices.Equal(a.Layers, b.Layers) && a.Voice == b.Voice && a.Redundant == b.Redundant && a.Still == b.Still
}

// Pause is why the video of a seat is held back; "": it is not.
type Pause string

const (
	PauseLink  Pause = "link"  // the receiver's link does not carry it
	PauseSaver Pause = "saver" // the receiver wants to save data
)

// Quality is a peer's link as the server sees it.
type Quality struct {
	Down, Up Level         // what the link carries towards the peer, and from it
	Target   int           // bit/s towards the peer: estimate
	Sent     int           // bit/s towards the peer: over the last second
	Received int           // bit/s from the peer: over the last second
	LossDown float64       // 0 to 1, of what we send
	LossUp   float64       // 0 to 1, of what the peer sends
	RTT      time.Duration // 0: not known yet
	Pauses   int           // seats whose video is held back
}
