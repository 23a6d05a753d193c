package conference

import (
	"slices"
	"time"
	"unicode/utf8"

	"jalsa/booking"
)

// The door between waiting room and hearing. Whoever is linked to somebody
// shares each move that is asked for them.

// maxNotice bounds a text to those who wait, in characters.
const maxNotice = 300

func (c *change) admit(m Admit) {
	unit := slices.DeleteFunc(c.unit(m.Number), func(p *person) bool { return p.place == Removed })
	if len(unit) == 0 {
		c.emit(TellError{ID: m.By, Code: UnknownParticipant, Re: "admit"})
		return
	}
	if slices.ContainsFunc(unit, c.barred) {
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "admit"})
		return
	}
	fresh := slices.DeleteFunc(slices.Clone(unit), func(p *person) bool { return p.granted })
	if len(fresh) > 0 {
		c.ask(m.By, fresh)
	}
	c.callOut(m.By, unit)
}

func (c *change) admitAll(m AdmitAll) {
	waiting := c.ordinary()
	if len(waiting) == 0 || slices.ContainsFunc(waiting, c.barred) {
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "admit_all"})
		return
	}
	c.ask(m.By, waiting)
	c.callOut(m.By, waiting)
}

// ordinary returns those who wait for an admission, also in a consultation, and
// whom everybody may come with: no witness, expert or observer, and nobody who
// belongs to one.
func (c *change) ordinary() (all []*person) {
	for i := range c.people {
		p := &c.people[i]
		if p.place == Removed || p.granted || p.asked || p.Role.Hosts() || !c.returns(p) {
			continue
		}
		if slices.ContainsFunc(c.unit(p.Number), func(q *person) bool { return q.waits() && !q.asked }) {
			all = append(all, p)
		}
	}
	return all
}

// ask asks to write an admission.
func (c *change) ask(by string, people []*person) {
	e := WriteAdmit{By: by}
	for _, p := range people {
		p.asked = true
		e.IDs = append(e.IDs, p.ID)
	}
	c.emit(e)
}

// granted lets in those whose admission is written.
func (c *change) granted(m Granted) {
	for _, id := range m.IDs {
		if p := c.find(id); p != nil {
			p.asked = false
			if q, ok := m.Appointment.Participant(id); ok && p.place != Removed && !q.Admitted.IsZero() {
				p.granted, p.sent = true, false
			}
		}
	}
	c.changed(m.Appointment)
}

func (c *change) denied(m Denied) {
	for _, id := range m.IDs {
		if p := c.find(id); p != nil {
			p.asked = false
		}
	}
	if !slices.Contains(m.IDs, m.By) {
		c.emit(TellError{ID: m.By, Code: Failed, Re: "admit"})
	}
}

// dismiss sends people to the waiting room, or takes their admission back if
// they are not here. Who was dismissed needs a new one, whoever they are.
func (c *change) dismiss(m Dismiss) {
	unit := c.others(m.By, m.Number)
	switch {
	case len(unit) == 0:
		c.emit(TellError{ID: m.By, Code: UnknownParticipant, Re: "dismiss"})
	case slices.ContainsFunc(unit, func(p *person) bool { return !c.outranks(m.By, p) }):
		c.emit(TellError{ID: m.By, Code: NotAllowed, Re: "dismiss"})
	case !slices.ContainsFunc(unit, func(p *person) bool { return p.granted || p.asked }):
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "dismiss"})
	default:
		c.dismissAll(unit, m.By)
	}
}

// outranks reports whether one who commands may send a person out: hosts come
// in by themselves, and a clerk does not move the bench.
func (c *change) outranks(by string, p *person) bool {
	actor := c.find(by)
	return !p.Role.Hosts() && (actor.Role.Hosts() || !bench(p.Role))
}

func (c *change) clear(m Clear) {
	var all []*person
	for i := range c.people {
		p := &c.people[i]
		stays := slices.ContainsFunc(c.unit(p.Number), func(q *person) bool { return bench(q.Role) || q.Role == booking.RoleClerk })
		if !stays && p.place != Removed && (p.granted || p.asked) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "clear"})
		return
	}
	c.dismissAll(all, m.By)
}

// dismissAll sends people out who need an admission anew, whoever they are.
func (c *change) dismissAll(people []*person, by string) {
	for _, p := range people {
		p.sent, p.asked = true, false
	}
	c.sendAllOut(people, by)
}

// sendAllOut first puts everybody out and then asks to write it.
func (c *change) sendAllOut(people []*person, by string) {
	for _, p := range people {
		c.sendOut(p, by)
	}
	for _, p := range people {
		c.writeDismiss(p)
	}
}

// sendOut puts one who has a place in the hearing into the waiting room, and
// one who has lost the link out. The admission of one who may come back alone
// stays, unless it was for this that they were sent.
func (c *change) sendOut(p *person, by string) {
	p.granted, p.by = p.granted && c.returns(p) && !p.sent, by
	switch {
	case p.place == InHearing:
		rings := p.rings
		c.emit(CloseMedia{ID: p.ID})
		c.unseat(p, Expected)
		c.queue(p)
		p.rings = rings // the socket is the same
	case p.inside():
		c.emit(CloseMedia{ID: p.ID}, Journal{ID: p.ID, By: by, Kind: KindExpired})
		c.unseat(p, Expected)
	case p.room != "":
		c.back(p)
	}
}

func (c *change) remove(m Remove) {
	unit := c.others(m.By, m.Number)
	if len(unit) == 0 {
		c.emit(TellError{ID: m.By, Code: UnknownParticipant, Re: "remove"})
		return
	}
	for _, p := range unit {
		c.out(p, Removed, string(booking.ReasonRemoved), time.Time{})
		p.by = m.By
	}
	for _, p := range unit {
		c.emit(WriteRemove{By: m.By, ID: p.ID})
	}
	c.wroteAt = c.now
}

// others returns the unit of a number as far as it was not removed; nobody if
// who asks belongs to it.
func (c *change) others(by string, number uint32) []*person {
	unit := c.unit(number)
	if slices.ContainsFunc(unit, func(p *person) bool { return p.ID == by }) {
		return nil
	}
	return slices.DeleteFunc(unit, func(p *person) bool { return p.place == Removed })
}

// lock takes back the admission of all who are not here: who is has their
// place, also while they reconnect. Hosts come in by themselves.
func (c *change) lock(m Lock) {
	switch {
	case m.On == c.sitting.Locked:
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "lock"})
	case !m.On:
		c.unlocking = true
		is := c.appointment.Sitting
		is.Locked = false
		c.emit(WriteSitting{By: m.By, Kind: KindUnlocked, Sitting: is})
	default:
		c.sitting.Locked, c.lockedBy, c.unlocking, c.wroteAt = true, m.By, false, c.now
		c.writeLock()
		for i := range c.people {
			if p := &c.people[i]; p.place == Expected && p.granted && !p.Role.Hosts() {
				p.granted, p.sent, p.by = false, true, m.By
				c.writeDismiss(p)
			}
		}
	}
}

// writeDismiss asks to take back what the books still show of an admission.
func (c *change) writeDismiss(p *person) {
	if c.undismissed(p) {
		c.emit(WriteDismiss{By: p.by, ID: p.ID})
		c.wroteAt = c.now
	}
}

func (c *change) notice(m Notice) {
	if utf8.RuneCountInString(m.Text) > maxNotice {
		c.emit(TellError{ID: m.By, Code: TooLong, Re: "notice"})
		return
	}
	for i := range c.people {
		if p := &c.people[i]; p.waits() {
			c.emit(TellNotice{ID: p.ID, From: "hosts", Text: m.Text})
		}
	}
}
