package signaling

import (
	"errors"

	"jalsa/booking"
	"jalsa/sfu"
)

// How a PeerConnection of a participant comes about and is agreed on anew.

// offer answers an offer, for a new PeerConnection or one that we hold. A PC
// that ended on this socket cannot begin again: the client's end would still
// hold the old transport's keys.
func (m *media) offer(from *session, offer Offer) {
	level, known := sfu.ParseLevel(offer.Level)
	if !known || offer.SDP != "" && offer.Packed != "" {
		from.fail(errBadMessage, offer.Type())
		return
	}
	t := m.find(offer.PC)
	fresh := t == nil
	if fresh {
		var code string
		if t, code = m.begin(from, offer); code != "" {
			from.fail(code, offer.Type())
			return
		}
		m.tellRank()
	}
	if level != sfu.LevelUnknown {
		m.sent = level
	}
	m.mu.Lock()
	t.reoffer = false // before the answer is made: what changes from now on asks again
	limit := m.limit
	m.mu.Unlock()
	answer, err := m.answer(t, offer, limit)
	if err != nil {
		code := offerError(err)
		m.log.Info("offer refused", "participant", m.id, "peer", offer.PC, "reason", code) // err quotes what the client sent
		if fresh {
			m.close(t)
		}
		from.fail(code, offer.Type())
		return
	}
	m.mu.Lock()
	current := m.to == from
	if current {
		from.send(answer)
		t.answered = true
		m.tellLocked(t)
	}
	m.mu.Unlock()
	if !current && fresh {
		m.close(t) // nobody has the answer
	}
}

// answer has sfu answer an offer, packed if the offer was.
func (m *media) answer(t *transport, offer Offer, limit sfu.Level) (Answer, error) {
	sdp := offer.SDP
	if offer.Packed != "" {
		var err error
		if sdp, err = unpack(offer.Packed); err != nil {
			return Answer{}, err
		}
	}
	answer, err := t.peer.Answer(sdp, m.sent)
	if err != nil {
		return Answer{}, err
	}
	t.peer.SetLevel(m.sent, limit)
	if offer.Packed != "" {
		return Answer{PC: offer.PC, Packed: pack(answer)}, nil
	}
	return Answer{PC: offer.PC, SDP: answer}, nil
}

// offerError names what was wrong with an offer.
func offerError(err error) string {
	switch {
	case errors.Is(err, sfu.ErrSDPTooLarge):
		return errTooLarge
	case errors.Is(err, sfu.ErrTooManyLines):
		return errTooManyLines
	case errors.Is(err, sfu.ErrClosed):
		return errUnknownPC
	}
	return errBadSDP
}

// begin joins the room with one more PeerConnection, or tells why not.
func (m *media) begin(from *session, offer Offer) (_ *transport, code string) {
	m.mu.Lock()
	live := len(m.transports)
	m.mu.Unlock()
	if _, before := from.begun.Load(offer.PC); before || offer.PC < 1 || live >= maxPCs || offer.Path != "direct" && offer.Path != "relay" {
		return nil, errUnknownPC
	}
	if !m.begins.AllowN(from.server.cfg.Now(), 1) {
		return nil, errRate
	}
	t := &transport{pc: offer.PC}
	peer, err := m.room.Join(m.id, m.number, sfu.Events{
		State:    func(s sfu.State) { defer m.rescue(); m.state(t, s) },
		Seats:    func(seats []sfu.Seat) { defer m.rescue(); m.seats(t, seats) },
		Speaking: func(numbers []uint32) { defer m.rescue(); m.speak(numbers) },
		Wanted:   func(w sfu.Wanted) { defer m.rescue(); m.want(t, w) },
		Reoffer:  func() { defer m.rescue(); m.reoffer(t) },
		Unheard:  func(on bool) { defer m.rescue(); m.unhear(t, on) },
	})
	switch {
	case errors.Is(err, sfu.ErrCrowded):
		return nil, errRate
	case err != nil:
		m.log.Warn("room refused", "participant", m.id, "err", err)
		return nil, errUnknownPC
	}
	from.begun.Store(offer.PC, struct{}{})
	t.peer = peer
	m.mu.Lock()
	defer m.mu.Unlock()
	m.transports = append(m.transports, t)
	if t.over {
		m.nudge()
	}
	return t, ""
}

// takeFloor notes that the participant has the floor now, or no more. It never waits.
func (m *media) takeFloor(on bool) {
	m.mu.Lock()
	m.rank.Floor = on
	m.mu.Unlock()
	m.nudge()
}

// tellRank tells sfu what the participant is to the others.
func (m *media) tellRank() {
	m.mu.Lock()
	rank := m.rank
	m.mu.Unlock()
	for _, t := range m.live() {
		t.peer.SetRank(rank)
	}
}

// rankOf tells what somebody is to those who see little of a hearing: the host
// before others, and before all who speaks or interprets in sign language, whose
// picture is their voice, and an interpreter, who may be the only voice of others.
func rankOf(p booking.Participant) sfu.Rank {
	return sfu.Rank{Host: p.Role.Hosts(), Reserved: p.Sign || p.Role == booking.RoleInterpreter}
}
