package signaling

// What hosts do with the order of a hearing.

// longestExtension bounds Extend, in minutes.
const longestExtension = 8 * 60

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
	if e.Minutes < 1 || e.Minutes > longestExtension {
		return errBadMessage
	}
	return ""
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
