package signaling

import "reflect"

// catalogue holds every message that one side may send, by type. What stands in
// these two lists is the wire: the goldens and the table of rights are tested
// against them.
type catalogue map[string]reflect.Type

var fromClient = catalogueOf[ClientMessage](
	// join
	Join{}, Leave{}, Ping{},
	// media
	Offer{}, Drop{}, Prefer{}, Levels{}, Devices{}, Report{}, Still{},
	// order
	Start{}, Pause{}, Resume{}, Suspend{}, Deliberate{}, End{}, Extend{}, Next{},
	// door
	Admit{}, AdmitAll{}, Dismiss{}, Remove{}, Lock{}, Clear{}, Announce{},
	// floor
	Hand{}, Lower{}, Mute{}, Unlock{}, Ask{}, Spotlight{}, Layout{}, Share{}, Sharing{},
	// talk
	Say{}, Consult{}, Accept{}, Decline{}, Return{}, Knock{}, Channel{}, Listen{}, Help{},
)

var fromServer = catalogueOf[Message](
	// join
	Waiting{}, Admitted{}, Error{}, Pong{}, Bye{},
	// media
	Answer{}, Seats{}, Send{}, Reoffer{}, Picture{}, Quality{}, Unheard{}, Speaking{},
	// roster
	Roster{},
	// order, door, floor, talk
	NextHearing{}, Notice{}, Asked{}, Chat{}, Invitation{}, InvitationOver{}, Knocked{},
)

func catalogueOf[M Message](messages ...M) catalogue {
	out := make(catalogue, len(messages))
	for _, m := range messages {
		if _, twice := out[m.Type()]; twice {
			panic("signaling: two messages of type " + m.Type())
		}
		out[m.Type()] = reflect.TypeOf(m)
	}
	return out
}

// knows reports whether either side may send a message of this type.
func knows(name string) bool {
	_, client := fromClient[name]
	_, server := fromServer[name]
	return client || server
}
