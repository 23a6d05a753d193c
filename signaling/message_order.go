package signaling

import "jalsa/signaling/conference"

// What hosts do with the order of a hearing.

const (
	longestExtension = 4 * 60 // minutes, as in the conference
	extensionStep    = 5      // minutes, as in the books
)

// Start begins the countdown to the session.
type Start struct{}

// Pause stops all sound and pictures; everybody stays.
type Pause struct{}

// Resume ends a pause, a suspension or a deliberation.
type Resume struct{}

// Suspend interrupts the session; pictures go on, sound does not.
type Suspend struct {
	Reason string `json:"reason"` // technical, legal, witness or other
}

// Deliberate leaves the bench alone; all others wait.
type Deliberate struct{}

// End closes the hearing for all.
type End struct{}

// Extend lengthens the hearing, and delays those that would begin meanwhile.
type Extend struct {
	Minutes int `json:"minutes"`
}

// Next leaves this hearing, closed or paused, for the next of the list.
type Next struct {
	Close bool `json:"close"`
}

// NextHearing tells the host who asked with Next where the next one is.
type NextHearing struct {
	Appointment string `json:"appointment"` // "": the list is at its end
	Path        string `json:"path"`        // of the host's own page
	Reference   string `json:"reference"`
	People      int    `json:"people"` // who are there already
}

func (s Suspend) check() (code string) {
	return oneOf(s.Reason, "technical", "legal", "witness", "other")
}

func (e Extend) check() (code string) {
	if e.Minutes < extensionStep || e.Minutes > longestExtension || e.Minutes%extensionStep != 0 {
		return errBadMessage
	}
	return ""
}

func (Start) command(by string) conference.Command      { return conference.Start{By: by} }
func (Pause) command(by string) conference.Command      { return conference.Pause{By: by} }
func (Resume) command(by string) conference.Command     { return conference.Resume{By: by} }
func (Deliberate) command(by string) conference.Command { return conference.Deliberate{By: by} }
func (End) command(by string) conference.Command        { return conference.End{By: by} }

func (s Suspend) command(by string) conference.Command {
	return conference.Suspend{By: by, Reason: s.Reason}
}

func (e Extend) command(by string) conference.Command {
	return conference.Extend{By: by, Minutes: e.Minutes}
}

func (n Next) command(by string) conference.Command {
	return conference.Next{By: by, Close: n.Close}
}

func (Start) fromClient()      {}
func (Pause) fromClient()      {}
func (Resume) fromClient()     {}
func (Suspend) fromClient()    {}
func (Deliberate) fromClient() {}
func (End) fromClient()        {}
func (Extend) fromClient()     {}
func (Next) fromClient()       {}

func (Start) Type() string       { return "start" }
func (Pause) Type() string       { return "pause" }
func (Resume) Type() string      { return "resume" }
func (Suspend) Type() string     { return "suspend" }
func (Deliberate) Type() string  { return "deliberate" }
func (End) Type() string         { return "end" }
func (Extend) Type() string      { return "extend" }
func (Next) Type() string        { return "next" }
func (NextHearing) Type() string { return "next" }
