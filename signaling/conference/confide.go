package conference

import (
	"slices"

	"jalsa/booking"
)

// Who may talk apart with whom follows from the appointment alone. Whoever is
// linked belongs together. The bench talks with the bench and its clerks. On
// the side of a party are those linked to it, and those who came along with the
// citizen who booked; where there is one side only, so is every representative,
// assistant and interpreter whom nothing puts elsewhere. Where there are more,
// such a one is on none: nobody may take the other side's people apart. Nor may
// anybody call one with whom a witness, an expert or an observer would come.

// mayConsult reports whether one may call another into a consultation room.
func (s State) mayConsult(inviter, invitee *person) bool {
	switch {
	case inviter == invitee || !May(inviter.Role, "consult") || s.apart(inviter, invitee):
		return false
	case linked(inviter, invitee):
		return true
	case bench(inviter.Role):
		return bench(invitee.Role) || invitee.Role == booking.RoleClerk
	}
	side := s.side(inviter)
	return side != "" && side == s.side(invitee) && !s.bringsOutsider(invitee)
}

func bench(r booking.Role) bool { return r == booking.RoleHost || r == booking.RolePanel }

func linked(p, q *person) bool { return p.Link != "" && p.Link == q.Link }

// apart reports whether two people must not meet.
func (s State) apart(p, q *person) bool {
	return slices.Contains(s.appointment.Screens, [2]string{p.ID, q.ID}) ||
		slices.Contains(s.appointment.Screens, [2]string{q.ID, p.ID})
}

// side names the side that a person is on, or is "".
func (s State) side(p *person) string {
	switch p.Role {
	case booking.RoleParty, booking.RoleRepresentative, booking.RoleAssistant, booking.RoleInterpreter:
	default:
		return ""
	}
	party := ""
	for _, q := range s.unit(p.Number) {
		if q.Booker || q.Brought {
			return "booker"
		}
		if q.Role == booking.RoleParty && party == "" {
			party = q.ID
		}
	}
	if party == "" && !s.bringsOutsider(p) {
		return s.onlySide()
	}
	return party
}

// onlySide names the side of all parties if they are on one, else it is "".
func (s State) onlySide() string {
	only := ""
	for i := range s.people {
		p := &s.people[i]
		if p.Role != booking.RoleParty {
			continue
		}
		side := s.side(p)
		if only != "" && only != side {
			return ""
		}
		only = side
	}
	return only
}

// bringsOutsider reports whether a witness, an expert or an observer moves with
// a person. These talk apart with nobody but those to whom they are linked.
func (s State) bringsOutsider(p *person) bool {
	return slices.ContainsFunc(s.unit(p.Number), func(q *person) bool {
		return testifies(q.Role) || q.Role == booking.RoleObserver
	})
}

// fit reports whether those who come may be with those who are there.
func (s State) fit(there, coming []*person) bool {
	for _, p := range coming {
		if slices.ContainsFunc(there, func(q *person) bool { return s.apart(p, q) }) {
			return false
		}
	}
	return true
}

// company are those whom a person may call into a consultation: all that one
// who waits may know of others.
func (s State) company(p *person) []Entry {
	var company []Entry
	for i := range s.people {
		if q := &s.people[i]; q.place != Removed && s.mayConsult(p, q) {
			company = append(company, Entry{Number: q.Number, Name: q.Name, Role: q.Role, Place: q.seen()})
		}
	}
	return company
}

// seen is the place of a person in the words of the wire.
func (p *person) seen() Place {
	if p.place == Expected && p.gone {
		return Gone
	}
	return p.place
}
