package conference

import "slices"

// What is drawn of the consultation rooms from the state, whatever the command
// was, and how they are looked into.

// roomOf returns a consultation room, or nil.
func (s State) roomOf(id string) *room {
	i := slices.IndexFunc(s.rooms, func(r room) bool { return r.id == id })
	if i < 0 {
		return nil
	}
	return &s.rooms[i]
}

// occupants are those in a consultation room, connected or not.
func (s State) occupants(id string) []*person {
	var people []*person
	for i := range s.people {
		if p := &s.people[i]; p.room == id {
			people = append(people, p)
		}
	}
	return people
}

// movable are those who go into a consultation room with a person: the whole
// unit, as far as it is connected and in no other.
func (s State) movable(p *person) []*person {
	return slices.DeleteFunc(s.unit(p.Number), func(q *person) bool { return q.place != Waiting && q.place != InHearing })
}

func (s State) numbered(number uint32) *person {
	i := slices.IndexFunc(s.people, func(p person) bool { return p.Number == number })
	if i < 0 {
		return nil
	}
	return &s.people[i]
}

// tendRooms ends the rooms that nobody is in and those where two are who must
// not meet, and the invitations that are over, and tells whom they concern.
func (c *change) tendRooms() {
	for _, r := range c.rooms {
		if in := c.occupants(r.id); !c.fit(in, in) {
			for _, p := range in {
				c.fetch(p)
			}
		}
	}
	var rooms []room
	for _, r := range c.rooms {
		if len(c.occupants(r.id)) == 0 {
			c.emit(CloseRoom{Room: r.id})
			continue
		}
		r.calls = c.answered(r)
		rooms = append(rooms, r)
	}
	c.rooms = rooms
	for i := range c.people {
		c.tellInvitations(&c.people[i])
	}
}

// answered are the invitations of a room as time and whereabouts have left them.
func (c *change) answered(r room) []call {
	var calls []call
	for _, k := range r.calls {
		p := c.find(k.id)
		if p == nil || p.place == Removed || p.room == r.id {
			continue
		}
		switch {
		case k.place != Calling:
		case p.room != "":
			k.place = Declined
		case !c.now.Before(k.until) || c.Phase() == Countdown:
			k.place = NoAnswer
		}
		calls = append(calls, k)
	}
	return calls
}

// tellInvitations rings at one who is connected and in no consultation room,
// once for each invitation and socket, and stops the ringing.
func (c *change) tellInvitations(p *person) {
	var rings []string
	for _, r := range c.rooms {
		for _, k := range r.calls {
			if k.id != p.ID || k.place != Calling || p.place != Waiting && p.place != InHearing {
				continue
			}
			rings = append(rings, r.id)
			if by := c.find(k.by); !slices.Contains(p.rings, r.id) && by != nil {
				c.emit(TellInvitation{ID: p.ID, Room: r.id, Number: by.Number, Name: by.Name, Role: by.Role, Until: k.until})
			}
		}
	}
	for _, id := range p.rings {
		if !slices.Contains(rings, id) && p.connected() && p.room != id {
			c.emit(TellInvitationOver{ID: p.ID, Room: id})
		}
	}
	p.rings = rings
}

// roomRoster is what those in a consultation room know of it; receiver also whom
// they may call, and nobody whom they must not meet and another has called.
func (s State) roomRoster(id string, receiver *person) *Roster {
	r := &Roster{Phase: s.Phase(), Room: id, Until: s.until, Sharing: true, Entries: []Entry{}}
	if receiver != nil {
		r.Company = s.company(receiver)
	}
	for _, p := range s.occupants(id) {
		r.Entries = append(r.Entries, Entry{
			Number: p.Number, Name: p.Name, Role: p.Role, Link: p.Link, Place: p.place,
			Microphone: p.microphone, Camera: p.camera, Sign: p.Sign, Screen: p.shares,
		})
	}
	for _, k := range s.roomOf(id).calls {
		if p := s.find(k.id); p != nil && (receiver == nil || !s.apart(receiver, p)) {
			r.Entries = append(r.Entries, Entry{Number: p.Number, Name: p.Name, Role: p.Role, Link: p.Link, Place: k.place, Sign: p.Sign})
		}
	}
	return r
}
