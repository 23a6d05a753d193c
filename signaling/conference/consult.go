package conference

import "time"

// room is one consultation room. Who is in it is told by person.room.
type room struct {
	id    string
	calls []call // who was invited and is not in
}

// call is one invitation.
type call struct {
	id    string // participant
	place Place  // calling, declined or no_answer
	until time.Time
}

// drain ends all consultations: everybody goes back to where they came from.
func (c *change) drain() {}

// leaveRoom follows that a person is no longer in their consultation room, for
// whatever reason, and closes what is left of it.
func (c *change) leaveRoom(p *person) { p.room, p.from = "", "" }

// company are those whom a person who waits may call into a consultation.
func (s State) company(p *person) []Entry { return nil }
