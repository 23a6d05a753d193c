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
	return slices.Contains(inviter.confidants, invitee.Number)
}

// acquaint notes whom everybody may call. The people are those of the
// appointment, and nothing else matters: it is for each new version of it.
func (c *change) acquaint() {
	sides, closed := c.sides(), make([]bool, len(c.people))
	for i := range c.people {
		closed[i] = c.bringsOutsider(&c.people[i])
	}
	for i := range c.people {
		p := &c.people[i]
		p.confidants = nil
		if !May(p.Role, "consult") {
			continue
		}
		for j := range c.people {
			q := &c.people[j]
			switch confides := sides[i] != "" && sides[i] == sides[j] && !closed[j]; {
			case i == j || c.apart(p, q):
			case linked(p, q), bench(p.Role) && holdsHearing(q.Role), !bench(p.Role) && confides:
				p.confidants = append(p.confidants, q.Number)
			}
		}
	}
}

func bench(r booking.Role) bool { return r == booking.RoleHost || r == booking.RolePanel }

func linked(p, q *person) bool { return p.Link != "" && p.Link == q.Link }

// apart reports whether two people must not meet.
func (s State) apart(p, q *person) bool {
	return slices.Contains(s.appointment.Screens, [2]string{p.ID, q.ID}) ||
		slices.Contains(s.appointment.Screens, [2]string{q.ID, p.ID})
}

// sides names the side that each of the people is on, or is "".
func (s State) sides() []string {
	sides, only, parties := make([]string, len(s.people)), "", 0
	for i := range s.people {
		p := &s.people[i]
		sides[i] = s.ownSide(p)
		if p.Role == booking.RoleParty && sides[i] != only {
			only = sides[i]
			parties++
		}
	}
	for i := range s.people {
		if p := &s.people[i]; sides[i] == "" && parties == 1 && takesSides(p.Role) && !s.bringsOutsider(p) {
			sides[i] = only
		}
	}
	return sides
}

// ownSide names the side on which somebody's link or booking puts them, or is "".
func (s State) ownSide(p *person) string {
	side := ""
	for _, q := range s.unit(p.Number) {
		switch {
		case !takesSides(p.Role):
		case q.Booker || q.Brought:
			return "booker"
		case q.Role == booking.RoleParty && side == "":
			side = q.ID
		}
	}
	return side
}

func takesSides(r booking.Role) bool {
	switch r {
	case booking.RoleParty, booking.RoleRepresentative, booking.RoleAssistant, booking.RoleInterpreter:
		return true
	}
	return false
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
