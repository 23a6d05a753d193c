package signaling

import (
	"jalsa/booking"
	"jalsa/sfu"
	"jalsa/signaling/conference"
)

// room is a room of sfu that people of one hearing meet in: the hearing itself,
// or a consultation room. Owned by hearing.run.
type room struct {
	passes *conference.Passes // the latest of the conference
	live   *sfu.Room          // nil while nobody has been let in
}

// setPasses has what may pass in a room in force before it returns, for packets
// as for pictures.
func (h *hearing) setPasses(e conference.SetPasses) {
	r := h.rooms[e.Room]
	if r == nil {
		r = &room{}
		h.rooms[e.Room] = r
	}
	r.passes = e.Passes
	if r.live != nil {
		r.live.SetPolicy(policyOf(e.Passes))
	}
	for _, from := range h.members {
		if from.stilled.IsZero() {
			continue
		}
		for _, to := range h.members {
			if from != to && from.media != nil && to.session != nil && !h.passes(to, from, conference.PassCamera) {
				to.session.out.drop(stillOf(from.media.number))
			}
		}
	}
}

// policyOf says in the words of sfu what passes, which has the same bits.
func policyOf(p *conference.Passes) func(receiver, source uint32) sfu.Pass {
	return func(receiver, source uint32) sfu.Pass { return sfu.Pass(p.Between(receiver, source)) }
}

// passes reports whether something of one member reaches another now.
func (h *hearing) passes(to, from *member, what conference.Pass) bool {
	if to.media == nil || from.media == nil || to.room != from.room {
		return false
	}
	r := h.rooms[from.room]
	return r.passes.Between(to.media.number, from.media.number)&what != 0
}

// open returns sfu's room for one who is let in. The policy is in force before
// anybody can join: a room that the conference has said nothing of passes nothing.
func (h *hearing) open(name string) *sfu.Room {
	r := h.rooms[name]
	if r == nil {
		r = &room{passes: &conference.Passes{}}
		h.rooms[name] = r
	}
	if r.live == nil {
		r.live = h.server.cfg.SFU.Room(sfuRoom(h.id, name))
		r.live.SetPolicy(policyOf(r.passes))
	}
	return r.live
}

// sfuRoom names a room for sfu. Ids of appointments have no slash.
func sfuRoom(appointment, name string) string {
	if name == "" {
		return appointment
	}
	return appointment + "/" + name
}

// closeRoom ends a consultation room, whose people have gone and whose name is
// never used again. It does not wait for what is left of their connections.
func (h *hearing) closeRoom(name string) {
	if r := h.rooms[name]; r != nil && r.live != nil {
		h.workers.Go(r.live.Close)
	}
	delete(h.rooms, name)
}

// closeRooms ends all rooms of sfu once nobody is in; what may pass in them is
// kept for those who come back.
func (h *hearing) closeRooms() {
	for _, r := range h.rooms {
		if r.live != nil {
			r.live.Close()
			r.live = nil
		}
	}
}

// admitted gives a participant media and relay in a room, or what is left of
// them after a lost socket, and says so.
func (h *hearing) admitted(m *member, name string) {
	if m.session == nil {
		return
	}
	if m.room != name {
		h.closeMedia(m) // nobody is in two rooms
	}
	a := h.state.Appointment()
	p, _ := a.Participant(m.id)
	if m.media == nil {
		m.room = name
		m.media = newMedia(m.id, p.Number, h.open(name), h.server.log, func(reason any) {
			h.post(m.id, func() { panic(reason) })
		})
		m.media.rank = rankOf(p)
		m.media.rank.Floor = p.Number == h.state.Floor()
		h.workers.Go(m.media.run)
		h.server.present.Store(m.id, struct{}{})
		if h.server.cfg.Relay != nil {
			m.relay = h.server.cfg.Relay(m.id)
		}
	}
	m.session.out.forget() // the queue, or another room, is behind them
	m.session.send(Admitted{
		Number: p.Number, Host: p.Role.Hosts(), Room: name, Seats: seatsFor(h.sourcesOf(m)),
		Relay: m.relay, PCs: m.media.attach(m.session),
	})
	m.session.media.Store(m.media)
	m.media.retell()
	h.tellQuality(m)
}

// giveFloor has the picture of who has been given the floor go before others.
func (h *hearing) giveFloor() {
	now := h.state.Floor()
	if now == h.floor {
		return
	}
	for _, m := range h.members {
		if m.media != nil && (m.media.number == h.floor || m.media.number == now) {
			m.media.takeFloor(m.media.number == now)
		}
	}
	h.floor = now
}

const (
	maxFaces   = 8 // people whom one hears and sees at once
	maxScreens = 2 // screens beside them, without taking somebody's seat and voice
)

// sourcesOf is how many people a member may be sent anything of. It does not count
// those whom they must not meet: nobody learns by it that these exist.
func (h *hearing) sourcesOf(m *member) (n int) {
	hidden := h.screenedFrom(m)
	for _, p := range h.state.Appointment().Participants {
		if p.ID != m.id && p.Role != booking.RoleObserver && !hidden[p.Number] {
			n++
		}
	}
	return n
}

// seatsFor is what one needs to receive so many others. The seat of a screen has
// a line for sound too, which carries the next voice once the screen is gone.
func seatsFor(others int) SeatCount {
	faces := min(max(others, 1), maxFaces)
	seats := faces + min(faces, maxScreens)
	return SeatCount{Audio: seats, Video: seats}
}

// closeMedia ends presence first, so that no new relay request passes, then
// the relay, then the PeerConnections.
func (h *hearing) closeMedia(m *member) {
	if m.media == nil {
		return
	}
	h.server.present.Delete(m.id)
	if h.server.cfg.Revoke != nil {
		h.server.cfg.Revoke(m.id)
	}
	m.media.stop()
	h.withdraw(m.media.number)
	m.media, m.relay, m.room = nil, nil, ""
	if m.session != nil {
		m.session.media.Store(nil)
		m.session.out.forget()
	}
}
