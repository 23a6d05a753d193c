package signaling

import (
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// tell sends a participant a message that must arrive.
func (h *hearing) tell(id string, m Message) {
	if to := h.members[id]; to != nil && to.session != nil {
		to.session.send(m)
	}
}

func (h *hearing) tellWaiting(m *member, v conference.WaitingView) {
	if m.session == nil {
		return
	}
	out := Waiting{
		HostPresent: v.HostPresent, Position: v.Position, Waiting: v.Waiting,
		DelayMinutes: int(v.Delay / time.Minute), State: string(h.state.Phase()), Help: v.Help,
		Company: companyOf(v.Company),
	}
	m.session.sendLatest("waiting", steady("waiting"), out)
}

func companyOf(entries []conference.Entry) []Companion {
	company := make([]Companion, 0, len(entries))
	for _, e := range entries {
		company = append(company, Companion{Number: e.Number, Name: e.Name, Role: string(e.Role), Place: string(e.Place)})
	}
	return company
}

// tellRoster sends the roster, encoded once for all its receivers.
func (h *hearing) tellRoster(m *member, r *conference.Roster) {
	if m.session == nil {
		return
	}
	data := h.rosters[r]
	if data == nil {
		var err error
		if data, err = Encode(rosterOf(r)); err != nil {
			h.server.log.Error("encode message", "appointment", h.id, "reason", Roster{}.Type(), "err", err)
			return
		}
		h.rosters[r] = data
	}
	m.session.out.set("roster", steady("roster"), data)
}

func rosterOf(r *conference.Roster) Roster {
	out := Roster{
		State: string(r.Phase), Reason: r.Reason, Room: r.Room, Locked: r.Locked, Layout: r.Layout, Spotlight: r.Spotlight,
		Sharing: r.Sharing, Observers: r.Observers, Channels: r.Channels, Listening: r.Listening, Company: companyOf(r.Company),
		Participants: make([]RosterEntry, 0, len(r.Entries)),
	}
	if !r.Until.IsZero() {
		out.Until = wireTime(r.Until).Format(time.RFC3339Nano)
	}
	for _, e := range r.Entries {
		out.Participants = append(out.Participants, RosterEntry{
			Number: e.Number, Name: e.Name, Role: string(e.Role), Link: e.Link, Place: string(e.Place),
			Microphone: e.Microphone, Camera: e.Camera, Hand: e.Hand, Muted: e.Muted, Channel: e.Channel, Sign: e.Sign,
			Screen: e.Screen, Help: e.Help, Room: e.Room,
		})
	}
	return out
}

func chatOf(l *conference.ChatLine) Chat {
	return Chat{ID: l.ID, From: l.From, To: l.To, Number: l.Number, Text: l.Text, At: wireTime(l.At)}
}

// wireTime is a time as messages carry it: no finer than a link could tell.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// tellNext tells a host where the next hearing of their list is. It is the one
// message that the end of this hearing does not overtake.
func (h *hearing) tellNext(m *member) {
	if m.session == nil {
		return
	}
	p, _ := h.state.Appointment().Participant(m.id)
	var out NextHearing
	if p.Staff != "" && h.server.cfg.Attend != nil {
		next, found, err := h.server.cfg.Bookings.NextOf(h.id, p.Staff)
		if err != nil {
			h.server.log.Error("read next hearing", "appointment", h.id, "participant", m.id, "err", err)
			m.session.fail(conference.Failed, Next{}.Type())
			return
		}
		if found {
			out = h.server.nextHearing(next)
		}
	}
	m.session.sendParting(out)
}

// nextHearing describes an appointment to the member of the staff who hosts it.
func (s *Server) nextHearing(a booking.Appointment) NextHearing {
	out := NextHearing{Appointment: a.ID, Reference: a.Reference, Path: s.cfg.Attend(a.ID)}
	for _, place := range s.Presence(a.ID) {
		if place != string(conference.Gone) {
			out.People++
		}
	}
	return out
}

// roleOf is what a member is in this hearing.
func (h *hearing) roleOf(m *member) booking.Role {
	p, _ := h.state.Appointment().Participant(m.id)
	return p.Role
}
