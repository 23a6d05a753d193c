package signaling

import (
	"cmp"
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// perform does one effect of the conference on the hearing's goroutine. The
// command that it returns, if any, follows next.
func (h *hearing) perform(e conference.Effect) conference.Command {
	switch e := e.(type) {
	case conference.SetPasses:
		h.setPasses(e)
	case conference.CloseRoom:
		h.closeRoom(e.Room)
	case conference.Journal:
		h.journal(e)
	case conference.TellError:
		h.server.tally.count(h.server.tally.errors, e.Code)
		h.tell(e.ID, Error{Code: e.Code, Re: e.Re})
	case conference.Personal:
		if m := h.members[e.Subject()]; m != nil {
			h.performFor(m, e)
		}
	default:
		return h.write(e)
	}
	return nil
}

// performFor does what a participant sees, hears or is told.
func (h *hearing) performFor(m *member, e conference.Personal) {
	switch e := e.(type) {
	case conference.CloseMedia:
		h.closeMedia(m)
	case conference.SayBye:
		h.bye(m, Bye{Code: e.Code, Until: e.Until})
	case conference.TellAdmitted:
		h.admitted(m, e.Room)
	case conference.TellWaiting:
		h.tellWaiting(m, e.View)
	case conference.TellRoster:
		h.tellRoster(m, e.Roster)
	case conference.TellNext:
		h.tellNext(m)
	case conference.TellNotice:
		h.tell(m.id, Notice{From: e.From, Text: e.Text})
	case conference.TellAsked:
		h.tell(m.id, Asked{What: e.What})
	case conference.TellChat:
		if m.session != nil {
			m.session.sendTalk(chatOf(e.Line))
		}
	case conference.TellInvitation:
		h.tell(m.id, Invitation{
			Room: e.Room, From: Inviter{Number: e.Number, Name: e.Name, Role: string(e.Role)}, Until: wireTime(e.Until),
		})
	case conference.TellInvitationOver:
		h.tell(m.id, InvitationOver{Room: e.Room})
	case conference.TellKnocked:
		h.tell(m.id, Knocked{Number: e.Number, Name: e.Name})
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

// notes reports whether one more entry of a member's doing is written. Who comes and
// goes all the time does not fill the books, and keeps nothing out of them that
// others did. What they chose was bounded before.
func (m *member) notes(e conference.Journal, now time.Time) bool {
	switch {
	case e.ID != m.id:
		return m.deeds.AllowN(now, 1)
	case e.Kind == conference.KindChannel, e.Kind == conference.KindListens:
		return true
	}
	return m.journal.AllowN(now, 1)
}

// journal records a transition that writes nothing else.
func (h *hearing) journal(e conference.Journal) {
	by := cmp.Or(e.By, e.ID)
	if m := h.members[by]; m != nil && !m.notes(e, h.server.cfg.Now()) {
		h.server.tally.count(h.server.tally.dropped, "journal_rate")
		return
	}
	h.server.record(booking.Entry{
		Kind: e.Kind, Appointment: h.id, Participant: e.ID, Actor: by, Code: e.Code,
	})
}
