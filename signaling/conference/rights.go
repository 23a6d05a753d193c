package conference

import (
	"slices"

	"jalsa/booking"
)

// May reports whether a role may ask for what a verb says: the type of a
// client's message. It is the one table of who may what; a verb that it does
// not know nobody may. Phase, place and persons can refuse what a role may.
func May(role booking.Role, verb string) bool { return slices.Contains(rights[verb], role) }

// Verbs returns every verb that anybody may.
func Verbs() []string {
	verbs := make([]string, 0, len(rights))
	for v := range rights {
		verbs = append(verbs, v)
	}
	slices.Sort(verbs)
	return verbs
}

var (
	hosts   = []booking.Role{booking.RoleHost}
	desk    = []booking.Role{booking.RoleHost, booking.RoleClerk}
	inviter = []booking.Role{booking.RoleHost, booking.RolePanel, booking.RoleParty, booking.RoleRepresentative}

	everybody = []booking.Role{
		booking.RoleHost, booking.RolePanel, booking.RoleClerk, booking.RoleParty, booking.RoleRepresentative,
		booking.RoleWitness, booking.RoleExpert, booking.RoleInterpreter, booking.RoleAssistant, booking.RoleObserver,
	}
	speakers = everybody[:len(everybody)-1] // observers receive, and that is all
)

// rights says who may ask for what.
var rights = map[string][]booking.Role{
	// one's own session and media
	"join": everybody, "leave": everybody, "ping": everybody,
	"offer": everybody, "drop": everybody, "prefer": everybody, "level": everybody, "report": everybody,
	"state": everybody, "still": speakers,

	// order
	"start": hosts, "pause": hosts, "resume": hosts, "suspend": hosts, "deliberate": hosts,
	"end": hosts, "extend": hosts, "next": hosts,

	// door
	"admit": desk, "admit_all": desk, "dismiss": desk, "clear": desk, "notice": desk,
	"remove": hosts, "lock": hosts,

	// floor
	"hand":  speakers,
	"lower": desk, "mute": desk, "unlock": desk, "ask": desk, "spotlight": desk,
	"layout": hosts, "sharing": hosts,
	"share": { // all but the first three only while sharing is open
		booking.RoleHost, booking.RolePanel, booking.RoleClerk, booking.RoleParty, booking.RoleRepresentative,
		booking.RoleExpert, booking.RoleInterpreter, booking.RoleAssistant,
	},
	"chat":    speakers, // witnesses and experts to hosts
	"channel": {booking.RoleInterpreter},
	"listen":  everybody,
	"help":    everybody,

	// consultation rooms
	"consult": inviter, "accept": everybody, "decline": everybody, "return": everybody,
	"knock": desk,
}

// seated are the verbs for which one must be in the hearing: all of those who
// hold it, and what has its place nowhere else.
var seated = []string{
	"start", "pause", "resume", "suspend", "deliberate", "end", "extend", "next",
	"admit", "admit_all", "dismiss", "clear", "notice", "remove", "lock",
	"lower", "mute", "unlock", "ask", "spotlight", "layout", "sharing",
	"hand", "channel", "listen", "knock",
}

// asks returns who asks for something by a command, and the verb; "" for what
// only happens.
func asks(command Command) (by, verb string) {
	switch m := command.(type) {
	case Start:
		return m.By, "start"
	case Pause:
		return m.By, "pause"
	case Suspend:
		return m.By, "suspend"
	case Deliberate:
		return m.By, "deliberate"
	case Resume:
		return m.By, "resume"
	case End:
		return m.By, "end"
	case Extend:
		return m.By, "extend"
	case Next:
		return m.By, "next"
	case Admit:
		return m.By, "admit"
	case AdmitAll:
		return m.By, "admit_all"
	case Dismiss:
		return m.By, "dismiss"
	case Remove:
		return m.By, "remove"
	case Lock:
		return m.By, "lock"
	case Clear:
		return m.By, "clear"
	case Notice:
		return m.By, "notice"
	case Hand:
		return m.By, "hand"
	case Lower:
		return m.By, "lower"
	case Mute:
		return m.By, "mute"
	case Unlock:
		return m.By, "unlock"
	case Ask:
		return m.By, "ask"
	case Spotlight:
		return m.By, "spotlight"
	case Layout:
		return m.By, "layout"
	case Share:
		return m.By, "share"
	case Sharing:
		return m.By, "sharing"
	case Chat:
		return m.By, "chat"
	case Channel:
		return m.By, "channel"
	case Listen:
		return m.By, "listen"
	case Help:
		return m.By, "help"
	case Consult:
		return m.By, "consult"
	case Accept:
		return m.By, "accept"
	case Decline:
		return m.By, "decline"
	case Return:
		return m.By, "return"
	case Knock:
		return m.By, "knock"
	}
	return "", ""
}
