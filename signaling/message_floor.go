package signaling

import "jalsa/signaling/conference"

// Who is heard and seen, and how.

// Hand raises or lowers one's own hand.
type Hand struct {
	Up bool `json:"up"`
}

// Lower lowers the hand of one, or of all.
type Lower struct {
	Number uint32 `json:"number"` // 0: all
}

// Mute stops the sound of one, or of all but the hosts, until they switch on
// again, or until a host unlocks them.
type Mute struct {
	Number uint32 `json:"number"` // 0: all but hosts
	Lock   bool   `json:"lock"`
}

// Unlock lets one, or all, switch their microphone on again.
type Unlock struct {
	Number uint32 `json:"number"` // 0: all
}

// Ask asks one to switch something on. Nobody is ever turned on.
type Ask struct {
	Number uint32 `json:"number"`
	What   string `json:"what"` // microphone or camera
}

// Spotlight gives the floor to one.
type Spotlight struct {
	Number uint32 `json:"number"` // 0: to nobody
}

// Layout is how the hearing is shown to all who have not chosen themselves.
type Layout struct {
	Layout string `json:"layout"` // grid, speaker or document
}

// Share begins or ends showing one's screen.
type Share struct {
	On   bool   `json:"on"`
	Mode string `json:"mode"` // text or motion; may be "" to end
}

// Sharing lets everybody share their screen, several at once, or no longer.
type Sharing struct {
	Open bool `json:"open"`
}

// Asked is an Ask as it reaches the one who is asked.
type Asked struct {
	What string `json:"what"`
}

func (a Ask) check() (code string)    { return oneOf(a.What, "microphone", "camera") }
func (l Layout) check() (code string) { return oneOf(l.Layout, "grid", "speaker", "document") }

func (s Share) check() (code string) {
	if !s.On && s.Mode == "" {
		return ""
	}
	return oneOf(s.Mode, "text", "motion")
}

func (h Hand) command(by string) conference.Command { return conference.Hand{By: by, Up: h.Up} }

func (l Lower) command(by string) conference.Command {
	return conference.Lower{By: by, Number: l.Number}
}

func (m Mute) command(by string) conference.Command {
	return conference.Mute{By: by, Number: m.Number, Lock: m.Lock}
}

func (u Unlock) command(by string) conference.Command {
	return conference.Unlock{By: by, Number: u.Number}
}

func (a Ask) command(by string) conference.Command {
	return conference.Ask{By: by, Number: a.Number, What: a.What}
}

func (s Spotlight) command(by string) conference.Command {
	return conference.Spotlight{By: by, Number: s.Number}
}

func (l Layout) command(by string) conference.Command {
	return conference.Layout{By: by, Layout: l.Layout}
}

func (s Share) command(by string) conference.Command {
	return conference.Share{By: by, On: s.On, Mode: s.Mode}
}

func (s Sharing) command(by string) conference.Command {
	return conference.Sharing{By: by, Open: s.Open}
}

func (Hand) fromClient()      {}
func (Lower) fromClient()     {}
func (Mute) fromClient()      {}
func (Unlock) fromClient()    {}
func (Ask) fromClient()       {}
func (Spotlight) fromClient() {}
func (Layout) fromClient()    {}
func (Share) fromClient()     {}
func (Sharing) fromClient()   {}

func (Hand) Type() string      { return "hand" }
func (Lower) Type() string     { return "lower" }
func (Mute) Type() string      { return "mute" }
func (Unlock) Type() string    { return "unlock" }
func (Ask) Type() string       { return "ask" }
func (Spotlight) Type() string { return "spotlight" }
func (Layout) Type() string    { return "layout" }
func (Share) Type() string     { return "share" }
func (Sharing) Type() string   { return "sharing" }
func (Asked) Type() string     { return "asked" }
