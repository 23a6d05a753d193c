package conference

import "jalsa/booking"

// A screen is shown by one at a time and by those who hold the hearing, until a
// host opens it to all. In a consultation room all may, one at a time.

// share follows one's own screen.
func (c *change) share(m Share) {
	p := c.find(m.By)
	switch {
	case p.place != InHearing && p.place != InConsultation:
		c.reject(m.By, "share", WrongState)
	case !m.On:
		p.shares, p.shown = "", 0
	case m.Mode != "text" && m.Mode != "motion":
		c.reject(m.By, "share", WrongState)
	case !c.mayShare(p):
		c.reject(m.By, "share", NotAllowed)
	case !c.clearScreen(p):
		c.reject(m.By, "share", Busy)
	default:
		if p.shares == "" {
			c.floor.screens++
			p.shown = c.floor.screens
		}
		p.shares = m.Mode
	}
}

// mayShare reports whether a person may show their screen where they are.
func (s State) mayShare(p *person) bool {
	switch {
	case !May(p.Role, "share"):
		return false
	case p.room != "" || s.floor.open:
		return true
	}
	return holdsHearing(p.Role)
}

// holdsHearing reports whether a role sits on the side of the court.
func holdsHearing(r booking.Role) bool {
	return r == booking.RoleHost || r == booking.RolePanel || r == booking.RoleClerk
}

// clearScreen makes room for p's screen if it can: a host takes the place of
// anybody but another host, and anybody that of one whose socket is lost.
func (c *change) clearScreen(p *person) bool {
	if c.floor.open && p.room == "" {
		return true
	}
	var shown *person
	for i := range c.people {
		if q := &c.people[i]; q != p && q.shares != "" && q.room == p.room {
			shown = q
		}
	}
	switch {
	case shown == nil:
	case shown.place == Reconnecting, p.Role.Hosts() && !shown.Role.Hosts() && p.room == "":
		shown.shares, shown.shown = "", 0
	default:
		return false
	}
	return true
}

// openSharing opens showing screens to all, and to several at once, or ends
// that: then of those who still may the first goes on.
func (c *change) openSharing(m Sharing) {
	c.floor.open = m.Open
	if m.Open {
		return
	}
	var first *person
	for i := range c.people {
		p := &c.people[i]
		if p.shares == "" || p.room != "" {
			continue
		}
		last := p
		if c.mayShare(p) && (first == nil || p.shown < first.shown) {
			first, last = p, first
		}
		if last != nil {
			last.shares, last.shown = "", 0
		}
	}
}
