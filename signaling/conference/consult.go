package conference

import (
	"slices"
	"time"

	"jalsa/booking"
)

// A consultation room is a room apart, for those who belong together: a citizen
// and their lawyer, or the bench. One enters it from the waiting room or from
// the hearing, and while one is in it one is not in the hearing: nothing of it
// is heard, and a host in it counts as absent. It is locked to those who were
// invited. It ends when the last of them goes, and for all at once when the
// countdown ends, when the bench deliberates and when the hearing closes.

const (
	// RingFor is how long an invitation waits for an answer.
	RingFor = 30 * time.Second
	// maxRooms bounds the consultation rooms of one hearing.
	maxRooms = 8
)

// room is one consultation room. Who is in it is told by person.room.
type room struct {
	id    string
	calls []call // who was invited and is not in
	lines []line // of the chat in it

	passes *Passes // as told last
}

// call is one invitation.
type call struct {
	id, by string // participants
	place  Place  // calling, declined or no_answer
	until  time.Time
}

// consult opens a room with the people of some numbers, or calls them into the
// one where the inviter is. Whoever is linked to the inviter comes along
// unasked, wherever one of them goes.
func (c *change) consult(m Consult) {
	p := c.find(m.By)
	if code := c.consultFault(p, m.Numbers); code != "" {
		c.reject(m.By, "consult", code)
		return
	}
	if p.room == "" {
		c.rooms = append(slices.Clone(c.rooms), room{id: m.Room})
		c.conferAll(p, m.Room)
	}
	for _, number := range m.Numbers {
		switch q := c.numbered(number); {
		case q.room == p.room:
		case linked(p, q):
			c.conferAll(q, p.room)
		default:
			c.ring(p, q)
		}
	}
}

// consultFault returns the code that refuses a consultation, or "". One who may
// not call somebody does not learn whether they exist, but for the bench, who
// see everybody.
func (c *change) consultFault(p *person, numbers []uint32) string {
	switch {
	case c.Phase() == Countdown || p.place != Waiting && p.place != InHearing && p.place != InConsultation:
		return WrongState
	case len(numbers) == 0 || len(numbers) > len(c.people):
		return UnknownParticipant
	}
	there := c.movable(p)
	if p.room != "" {
		there = c.occupants(p.room)
	}
	for _, number := range numbers {
		q := c.numbered(number)
		switch {
		case q == nil || q.place == Removed || c.apart(p, q):
			return UnknownParticipant
		case !c.mayConsult(p, q) && bench(p.Role):
			return NotAllowed
		case !c.mayConsult(p, q):
			return UnknownParticipant
		case q.room != "" && q.room == p.room:
			continue
		case q.room != "":
			return Busy
		case q.place != Waiting && q.place != InHearing:
			return WrongState
		}
		coming := c.movable(q)
		if !c.fit(there, coming) {
			return Screened
		}
		there = append(there, coming...)
	}
	if p.room == "" && len(c.rooms) >= maxRooms {
		return Busy
	}
	return ""
}

// ring invites q into the room of p, or does so again once the first time is over:
// it was told until when.
func (c *change) ring(p, q *person) {
	if c.calling(q, p.room) {
		return
	}
	c.changeCalls(p.room, func(calls []call) []call {
		calls = slices.DeleteFunc(calls, func(k call) bool { return k.id == q.ID })
		return append(calls, call{id: q.ID, by: p.ID, place: Calling, until: c.now.Add(RingFor)})
	})
}

// changeCalls changes the invitations of a room. Slices are shared between States.
func (c *change) changeCalls(id string, change func([]call) []call) {
	c.rooms = slices.Clone(c.rooms)
	r := c.roomOf(id)
	r.calls = change(slices.Clone(r.calls))
}

// accept lets one who was invited in, and whoever is linked to them.
func (c *change) accept(m Accept) {
	p := c.find(m.By)
	coming := c.movable(p)
	if !c.calling(p, m.Room) || c.Phase() == Countdown || !c.fit(c.occupants(m.Room), coming) {
		c.reject(m.By, "accept", WrongState)
		return
	}
	c.conferAll(p, m.Room)
}

// decline answers an invitation with no.
func (c *change) decline(m Decline) {
	p := c.find(m.By)
	if !c.calling(p, m.Room) {
		c.reject(m.By, "decline", WrongState)
		return
	}
	c.changeCalls(m.Room, func(calls []call) []call {
		for i := range calls {
			if calls[i].id == m.By {
				calls[i].place = Declined
			}
		}
		return calls
	})
}

// calling reports whether somebody's invitation into a room rings.
func (c *change) calling(p *person, id string) bool {
	r := c.roomOf(id)
	return r != nil && (p.place == Waiting || p.place == InHearing) && slices.ContainsFunc(r.calls, func(k call) bool {
		return k.id == p.ID && k.place == Calling && c.now.Before(k.until)
	})
}

// comeBack takes one out of a consultation room, and whoever is linked to them.
func (c *change) comeBack(m Return) {
	p := c.find(m.By)
	if p.place != InConsultation {
		c.reject(m.By, "return", WrongState)
		return
	}
	room := p.room
	for _, q := range c.unit(p.Number) {
		if q.room == room {
			c.back(q)
		}
	}
}

// drain ends all consultations: everybody goes back to where they came from.
func (c *change) drain() {
	for i := range c.people {
		if p := &c.people[i]; p.room != "" {
			c.fetch(p)
		}
	}
}

// fetch takes out of a room one who did not ask for it. What they were just
// saying is not for the hearing: there they are muted until they switch on anew.
// Nor is what they switched on without knowing yet that they were fetched: first
// it must be off there. One without a link comes in so if they come straight back.
func (c *change) fetch(p *person) {
	away := p.place == Reconnecting
	c.back(p)
	p.fetched = away && p.granted
	if p.place == InHearing {
		p.quiet()
	}
}

// quiet mutes one who does not know yet where they are.
func (p *person) quiet() {
	p.rested = false
	if p.muted == "" {
		p.muted = muted
	}
}

// knock tells those in a room that somebody stands before it. Nothing else comes of it.
func (c *change) knock(m Knock) {
	if c.roomOf(m.Room) == nil {
		c.reject(m.By, "knock", WrongState)
		return
	}
	c.knockFor(c.find(m.By), m.Room)
}

func (c *change) knockFor(by *person, id string) {
	for _, q := range c.occupants(id) {
		if q.place == InConsultation && !c.apart(by, q) {
			c.emit(TellKnocked{ID: q.ID, Number: by.Number, Name: by.Name})
		}
	}
}

// callOut knocks for people who are wanted in the hearing. A talk in confidence
// is not cut off, and no open microphone carried before the bench: they come in
// once they return.
func (c *change) callOut(by string, people []*person) {
	host := c.find(by)
	if host == nil {
		return
	}
	var knocked []string
	for _, p := range people {
		if p.room != "" && !slices.Contains(knocked, p.room) {
			knocked = append(knocked, p.room)
			c.knockFor(host, p.room)
		}
	}
}

// conferAll brings a person and whoever is linked to them into a room.
func (c *change) conferAll(p *person, id string) {
	for _, q := range c.movable(p) {
		c.confer(q, id)
	}
	c.changeCalls(id, func(calls []call) []call {
		return slices.DeleteFunc(calls, func(k call) bool { return c.find(k.id).room == id })
	})
}

// confer brings one who waits or is in the hearing into a room. What they had
// in the hearing ends first.
func (c *change) confer(p *person, id string) {
	if p.place == InHearing {
		c.emit(CloseMedia{ID: p.ID})
		c.restFloor(p)
	}
	p.room = id
	c.emit(Journal{ID: p.ID, Kind: KindConsulting, Code: id})
	c.house(p)
}

// rejoin gives one whose socket is new the room in which they are.
func (c *change) rejoin(p *person) {
	if p.place == Reconnecting {
		c.emit(Journal{ID: p.ID, Kind: KindConsulting, Code: p.room})
	}
	c.house(p)
}

// house opens a consultation room to one who is connected.
func (c *change) house(p *person) {
	p.place, p.lost, p.gone, p.asked = InConsultation, time.Time{}, false, false
	p.waiting, p.roster = nil, nil
	c.emit(TellAdmitted{ID: p.ID, Room: p.room})
	c.retell(p)
}

// back takes one out of a room, into the hearing if they may be there by now,
// else to those who wait. Whose socket is lost finds the way when it is back.
func (c *change) back(p *person) {
	c.emit(CloseMedia{ID: p.ID})
	c.leaveRoom(p)
	p.shares, p.shown, p.rested = "", 0, !p.microphone
	switch {
	case p.place == Reconnecting:
		c.leaveFloor(p)
		p.place, p.gone = Expected, true
		c.emit(Journal{ID: p.ID, Kind: KindExpired})
	case p.granted && !c.barred(p) && c.door(p).Verdict == booking.Enter:
		c.enter(p)
	default:
		c.leaveFloor(p)
		p.microphone, p.camera = false, false
		c.queue(p)
	}
	p.waiting, p.roster = nil, nil
}

// leaveRoom follows that a person is no longer in their consultation room, for
// whatever reason. tendRooms closes what is left of it.
func (c *change) leaveRoom(p *person) { p.room = "" }
