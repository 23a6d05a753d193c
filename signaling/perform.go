package signaling

import (
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// perform does one effect of the conference on the hearing's goroutine. The
// command that it returns, if any, follows next.
func (h *hearing) perform(e conference.Effect) conference.Command {
	switch e := e.(type) {
	case conference.WriteAdmit:
		a, err := h.server.cfg.Bookings.Admit(h.id, e.IDs, e.By)
		if err != nil {
			h.unwritten("admit", e.By, err)
			return conference.Denied{By: e.By, IDs: e.IDs}
		}
		return conference.Granted{IDs: e.IDs, Appointment: a}
	case conference.WriteStart:
		return h.wrote(h.server.cfg.Bookings.Start(h.id, e.By))
	case conference.WriteDismiss:
		return h.wrote(h.server.cfg.Bookings.Dismiss(h.id, e.ID, e.ID))
	case conference.WriteRemove:
		return h.wrote(h.server.cfg.Bookings.Remove(h.id, e.ID, e.By))
	case conference.WriteEnd:
		return h.wrote(h.server.cfg.Bookings.End(h.id, e.By))
	case conference.Journal:
		h.journal(e)
	case conference.TellError:
		h.server.tally.count(h.server.tally.errors, e.Code)
		h.tell(e.ID, Error{Code: e.Code, Re: e.Re})
	default:
		if m := h.members[subject(e)]; m != nil {
			h.performFor(m, e)
		}
	}
	return nil
}

// performFor does the effects that concern a participant who was here.
func (h *hearing) performFor(m *member, e conference.Effect) {
	switch e := e.(type) {
	case conference.CloseMedia:
		h.closeMedia(m)
	case conference.SayBye:
		h.bye(m, Bye{Code: e.Code, Until: e.Until})
	case conference.TellAdmitted:
		h.admitted(m)
	case conference.TellWaiting:
		if m.session != nil {
			m.session.sendLatest("waiting", steady("waiting"), Waiting{
				HostPresent: e.View.HostPresent, Position: e.View.Position, Waiting: e.View.Waiting,
				DelayMinutes: int(e.View.Delay / time.Minute), State: string(h.state.Phase()),
			})
		}
	case conference.TellRoster:
		h.tellRoster(m, e.Roster)
	}
}

// subject is the participant in whose path an effect is done.
func subject(e conference.Effect) string {
	switch e := e.(type) {
	case conference.WriteAdmit:
		return e.By
	case conference.WriteStart:
		return e.By
	case conference.WriteDismiss:
		return e.ID
	case conference.WriteRemove:
		return e.By
	case conference.WriteEnd:
		return e.By
	case conference.CloseMedia:
		return e.ID
	case conference.SayBye:
		return e.ID
	case conference.TellAdmitted:
		return e.ID
	case conference.TellWaiting:
		return e.ID
	case conference.TellRoster:
		return e.ID
	case conference.TellError:
		return e.ID
	case conference.Journal:
		return e.ID
	}
	return ""
}

// wrote brings the conference what the books now say. What could not be
// written is in force all the same, and offered again.
func (h *hearing) wrote(a booking.Appointment, err error) conference.Command {
	if err != nil {
		h.unwritten("write", "", err)
		return nil
	}
	return conference.Changed{Appointment: a}
}

func (h *hearing) unwritten(reason, by string, err error) {
	h.server.log.Error("appointment not written", "appointment", h.id, "participant", by, "reason", reason, "err", err)
}

// tell sends a participant a message that must arrive.
func (h *hearing) tell(id string, m Message) {
	if to := h.members[id]; to != nil && to.session != nil {
		to.session.send(m)
	}
}

// bye ends a participant's session.
func (h *hearing) bye(m *member, b Bye) {
	if m.session != nil {
		m.session.media.Store(nil)
		m.session.end(b)
		m.session = nil
	}
}

// admitted gives a participant media and relay, or what is left of them after
// a lost socket, and says so.
func (h *hearing) admitted(m *member) {
	if m.session == nil {
		return
	}
	a := h.state.Appointment()
	p, _ := a.Participant(m.id)
	if m.media == nil {
		m.media = newMedia(m.id, p.Number, h.server.cfg.SFU.Room(h.id), h.server.log, func(reason any) {
			h.post(m.id, func() { panic(reason) })
		})
		m.media.rank = rankOf(p.Role)
		h.workers.Go(m.media.run)
		h.server.present.Store(m.id, struct{}{})
		if h.server.cfg.Relay != nil {
			m.relay = h.server.cfg.Relay(m.id)
		}
	}
	seats := min(max(len(a.Participants)-1, 1), 8)
	m.session.out.forget() // the queue is behind them
	m.session.send(Admitted{
		Number: p.Number, Host: p.Role.Hosts(), Seats: SeatCount{Audio: seats, Video: seats},
		Relay: m.relay, PCs: m.media.attach(m.session),
	})
	m.session.media.Store(m.media)
	m.media.retell()
	h.tellQuality(m)
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
	m.media, m.relay = nil, nil
	if m.session != nil {
		m.session.media.Store(nil)
		m.session.out.forget()
	}
}

// tellRoster sends the roster, encoded once for all its receivers.
func (h *hearing) tellRoster(m *member, r *conference.Roster) {
	if m.session == nil {
		return
	}
	data := h.rosters[r]
	if data == nil {
		out := Roster{State: string(r.Phase), Participants: make([]RosterEntry, 0, len(r.Entries))}
		for _, e := range r.Entries {
			out.Participants = append(out.Participants, RosterEntry{
				Number: e.Number, Name: e.Name, Role: string(e.Role), Link: e.Link, Place: string(e.Place),
				Microphone: e.Microphone, Camera: e.Camera,
			})
		}
		var err error
		if data, err = Encode(out); err != nil {
			h.server.log.Error("encode message", "appointment", h.id, "reason", out.Type(), "err", err)
			return
		}
		h.rosters[r] = data
	}
	m.session.out.set("roster", steady("roster"), data)
}

// journal records a transition that writes nothing else. A participant who
// comes and goes all the time does not fill the books.
func (h *hearing) journal(e conference.Journal) {
	if m := h.members[e.ID]; m != nil && !m.journal.AllowN(h.server.cfg.Now(), 1) {
		h.server.tally.count(h.server.tally.dropped, "journal_rate")
		return
	}
	h.server.record(booking.Entry{
		Kind: e.Kind, Appointment: h.id, Participant: e.ID, Actor: e.ID, Code: e.Code,
	})
}
