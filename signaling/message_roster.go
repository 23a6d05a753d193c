package signaling

// Roster is the whole room that the receiver is in, as they may know it.
type Roster struct {
	State     string `json:"state"`     // a conference.Phase
	Reason    string `json:"reason"`    // of a suspension: technical, legal, witness, other or no_host; else ""
	Until     string `json:"until"`     // end of the countdown, RFC 3339; else ""
	Room      string `json:"room"`      // "": the hearing
	Locked    bool   `json:"locked"`    // nobody comes in but by a host's admission
	Layout    string `json:"layout"`    // chosen by a host: grid, speaker or document; "": nobody chose
	Spotlight uint32 `json:"spotlight"` // who has the floor; 0: nobody
	Sharing   bool   `json:"sharing"`   // everybody may share their screen
	Observers int    `json:"observers"` // present, where they are counted and not named
	// Channels are the languages that somebody interprets into now; Listening is
	// the one that the receiver has chosen, "" the floor.
	Channels  []string `json:"channels"`
	Listening string   `json:"listening"`
	// Company are those whom the receiver may call into a consultation, wherever they are.
	Company []Companion `json:"company"`

	Participants []RosterEntry `json:"participants"`
}

// RosterEntry is one participant in a Roster.
type RosterEntry struct {
	Number     uint32 `json:"number"`
	Name       string `json:"name"`
	Role       string `json:"role"`
	Link       string `json:"link"`
	Place      string `json:"place"` // a conference.Place; in a consultation room also how the call of somebody stands
	Microphone bool   `json:"microphone"`
	Camera     bool   `json:"camera"`
	Hand       int    `json:"hand"`    // place in the order of raised hands, from 1; 0: down
	Muted      string `json:"muted"`   // "muted" until they switch on again, "locked" until a host unlocks; ""
	Channel    string `json:"channel"` // language that they speak into; "": the floor
	Sign       bool   `json:"sign"`    // speaks or interprets in sign language: always shown
	Screen     string `json:"screen"`  // "text" or "motion" while they share it; ""
	Help       bool   `json:"help"`    // they have asked for help
	Room       string `json:"room"`    // consultation room that they are in; told to hosts and clerks alone
}

func (Roster) Type() string { return "roster" }
