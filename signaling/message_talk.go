package signaling

import (
	"crypto/rand"
	"time"

	"jalsa/signaling/conference"
)

// How people talk apart from the floor: in writing, in a room of their own, in
// another language, with the desk.

const (
	maxText     = 500 // of a chat message, in characters
	maxCalled   = 16  // people in one Consult
	maxRoomName = 32  // bytes
	maxLanguage = 35  // bytes of a language tag (RFC 5646 §4.4.1)
)

// Say writes to those in the same room. What was written for one room is not for
// another into which its writer was brought meanwhile.
type Say struct {
	Room   string `json:"room"`   // that it is written in, "" the hearing
	To     string `json:"to"`     // all, hosts or one
	Number uint32 `json:"number"` // of the one; else 0
	Text   string `json:"text"`
}

// Consult opens a consultation room and calls people into it.
type Consult struct {
	Numbers []uint32 `json:"numbers"`
}

// Accept follows an Invitation.
type Accept struct {
	Room string `json:"room"`
}

// Decline refuses an Invitation.
type Decline struct {
	Room string `json:"room"`
}

// Return leaves a consultation room for where one came from.
type Return struct{}

// Knock tells those in a consultation room that somebody waits for them.
type Knock struct {
	Room string `json:"room"`
}

// Channel is the language that an interpreter speaks into; "": the floor.
type Channel struct {
	Language string `json:"language"`
}

// Listen is the language that one wants to hear in front; "": the floor.
type Listen struct {
	Language string `json:"language"`
}

// Help asks the clerks' desk for help, or takes that back.
type Help struct {
	On bool `json:"on"`
}

// Chat is one message that was written to the receiver, or by them.
type Chat struct {
	ID     uint64    `json:"id"`   // grows within a room
	From   uint32    `json:"from"` // number of the sender
	To     string    `json:"to"`
	Number uint32    `json:"number"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

// Invitation calls the receiver into a consultation room.
type Invitation struct {
	Room  string    `json:"room"`
	From  Inviter   `json:"from"`
	Until time.Time `json:"until"` // no answer after it
}

// Inviter is who sent an Invitation.
type Inviter struct {
	Number uint32 `json:"number"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

// InvitationOver ends an Invitation that can no longer be accepted.
type InvitationOver struct {
	Room string `json:"room"`
}

// Knocked tells of a Knock, and by whom.
type Knocked struct {
	Number uint32 `json:"number"`
	Name   string `json:"name"`
}

func (s Say) check() (code string) {
	if s.To == "one" != (s.Number != 0) || s.Room != "" && roomName(s.Room) != "" {
		return errBadMessage
	}
	if code := oneOf(s.To, "all", "hosts", "one"); code != "" {
		return code
	}
	return spoken(s.Text, maxText)
}

func (c Consult) check() (code string) {
	if len(c.Numbers) == 0 || len(c.Numbers) > maxCalled {
		return errBadMessage
	}
	for i, n := range c.Numbers {
		for _, before := range c.Numbers[:i] {
			if n == before {
				return errBadMessage
			}
		}
	}
	return ""
}

func (a Accept) check() (code string)  { return roomName(a.Room) }
func (d Decline) check() (code string) { return roomName(d.Room) }
func (k Knock) check() (code string)   { return roomName(k.Room) }
func (c Channel) check() (code string) { return language(c.Language) }
func (l Listen) check() (code string)  { return language(l.Language) }

func (s Say) command(by string) conference.Command {
	return conference.Chat{By: by, Room: s.Room, To: s.To, Number: s.Number, Text: s.Text}
}

// command gives the room that would come of it a name that nobody can guess.
func (c Consult) command(by string) conference.Command {
	return conference.Consult{By: by, Numbers: c.Numbers, Room: rand.Text()}
}

func (a Accept) command(by string) conference.Command {
	return conference.Accept{By: by, Room: a.Room}
}

func (d Decline) command(by string) conference.Command {
	return conference.Decline{By: by, Room: d.Room}
}

func (Return) command(by string) conference.Command { return conference.Return{By: by} }

func (k Knock) command(by string) conference.Command {
	return conference.Knock{By: by, Room: k.Room}
}

func (c Channel) command(by string) conference.Command {
	return conference.Channel{By: by, Language: c.Language}
}

func (l Listen) command(by string) conference.Command {
	return conference.Listen{By: by, Language: l.Language}
}

func (h Help) command(by string) conference.Command { return conference.Help{By: by, On: h.On} }

func (Say) fromClient()     {}
func (Consult) fromClient() {}
func (Accept) fromClient()  {}
func (Decline) fromClient() {}
func (Return) fromClient()  {}
func (Knock) fromClient()   {}
func (Channel) fromClient() {}
func (Listen) fromClient()  {}
func (Help) fromClient()    {}

func (Say) Type() string            { return "chat" }
func (Consult) Type() string        { return "consult" }
func (Accept) Type() string         { return "accept" }
func (Decline) Type() string        { return "decline" }
func (Return) Type() string         { return "return" }
func (Knock) Type() string          { return "knock" }
func (Channel) Type() string        { return "channel" }
func (Listen) Type() string         { return "listen" }
func (Help) Type() string           { return "help" }
func (Chat) Type() string           { return "chat" }
func (Invitation) Type() string     { return "invitation" }
func (InvitationOver) Type() string { return "invitation_over" }
func (Knocked) Type() string        { return "knocked" }
