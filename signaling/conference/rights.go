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
