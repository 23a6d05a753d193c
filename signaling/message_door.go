package signaling

import "jalsa/signaling/conference"

// Who comes in and goes out, by those who keep the door.

// maxNotice is in characters.
const maxNotice = 300

// Admit lets a waiting participant, and everybody linked to them, in.
type Admit struct {
	Number uint32 `json:"number"`
}

// AdmitAll lets everybody in who waits and would return straight in.
type AdmitAll struct{}

// Dismiss sends a participant, and everybody linked to them, back to wait.
type Dismiss struct {
	Number uint32 `json:"number"`
}

// Remove takes a participant, and everybody linked to them, out.
type Remove struct {
	Number uint32 `json:"number"`
}

// Lock lets nobody in but by a host's admission.
type Lock struct {
	On bool `json:"on"`
}

// Clear sends everybody but the bench and the clerks back to wait.
type Clear struct{}

// Announce tells a Notice to all who wait.
type Announce struct {
	Text string `json:"text"`
}

// Notice is a message to one who waits, or from the clerks' desk to anybody.
type Notice struct {
	From string `json:"from"` // "hosts" or "desk"
	Text string `json:"text"`
}

func (a Announce) check() (code string) { return spoken(a.Text, maxNotice) }

func (a Admit) command(by string) conference.Command {
	return conference.Admit{By: by, Number: a.Number}
}

func (AdmitAll) command(by string) conference.Command { return conference.AdmitAll{By: by} }

func (d Dismiss) command(by string) conference.Command {
	return conference.Dismiss{By: by, Number: d.Number}
}

func (r Remove) command(by string) conference.Command {
	return conference.Remove{By: by, Number: r.Number}
}

func (l Lock) command(by string) conference.Command { return conference.Lock{By: by, On: l.On} }
func (Clear) command(by string) conference.Command  { return conference.Clear{By: by} }

func (a Announce) command(by string) conference.Command {
	return conference.Notice{By: by, Text: a.Text}
}

func (Admit) fromClient()    {}
func (AdmitAll) fromClient() {}
func (Dismiss) fromClient()  {}
func (Remove) fromClient()   {}
func (Lock) fromClient()     {}
func (Clear) fromClient()    {}
func (Announce) fromClient() {}

func (Admit) Type() string    { return "admit" }
func (AdmitAll) Type() string { return "admit_all" }
func (Dismiss) Type() string  { return "dismiss" }
func (Remove) Type() string   { return "remove" }
func (Lock) Type() string     { return "lock" }
func (Clear) Type() string    { return "clear" }
func (Announce) Type() string { return "notice" }
func (Notice) Type() string   { return "notice" }
