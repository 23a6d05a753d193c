package conference

import (
	"slices"
	"time"

	"jalsa/booking"
)

// change is one Apply in progress: the next State and the effects so far.
type change struct {
	State
	effects []Effect
}

// Apply follows one command at the given time. Commands that make no sense any
// more, such as Lost for one who was removed meanwhile, change nothing.
func (s State) Apply(command Command, now time.Time) (State, []Effect) {
	c := &change{State: s}
	c.people = slices.Clone(s.people)
	c.now = now
	switch m := command.(type) {
	case Join:
		c.join(m)
	case Lost:
		c.lose(m.ID)
	case Leave:
		c.leave(m.ID)
	case Devices:
		c.devices(m)
	case Admit:
		c.admit(m)
	case Granted:
		c.granted(m)
	case Denied:
		c.denied(m)
	case Remove:
		c.remove(m)
	case End:
		c.end(m)
	case Changed:
		c.changed(m.Appointment)
	case Tick:
		c.tick()
	default:
		c.floorCommand(command)
	}
	c.settle()
	return c.State, c.effects
}

func (c *change) emit(e ...Effect) { c.effects = append(c.effects, e...) }

func (c *change) join(m Join) {
	id := m.ID
	p := c.find(id)
	if p == nil {
		c.emit(SayBye{ID: id, Code: string(booking.ReasonUnknownLink)})
		return
	}
	p.session, p.waiting, p.roster, p.rings = m.Issue, nil, nil, nil // a new socket knows nothing
	d := c.door(p)
	switch {
	case d.Verdict == booking.Refuse && p.connected():
		c.refuse(p, d)
	case d.Verdict == booking.Refuse:
		c.refuse(p, d)
		c.emit(SayBye{ID: id, Code: string(d.Reason), Until: d.Until}, Journal{ID: id, Kind: KindRefused, Code: string(d.Reason)})
	case p.room != "":
		c.rejoin(p)
	case d.Verdict == booking.Enter && p.granted:
		c.enter(p)
	default:
		c.queue(p)
		if d.Verdict == booking.Enter && p.Role.Hosts() {
			c.ask(p.ID, []*person{p})
		}
	}
}

// queue puts one who connects into the waiting room; who was there a moment
// ago keeps the old position.
func (c *change) queue(p *person) {
	if p.place != Waiting {
		c.emit(Journal{ID: p.ID, Kind: KindWaiting})
	}
	p.place, p.lost, p.gone = Waiting, time.Time{}, false
	if p.since.IsZero() {
		p.since = c.now
	}
}

// enter gives a connected person their place in the hearing.
func (c *change) enter(p *person) {
	if p.place != InHearing {
		c.emit(Journal{ID: p.ID, Kind: KindConnected})
	}
	c.takeFloor(p)
	p.place, p.asked, p.gone = InHearing, false, false
	p.since, p.lost = time.Time{}, time.Time{}
	p.waiting, p.roster = nil, nil
	c.emit(TellAdmitted{ID: p.ID})
	c.retell(p)
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

func (c *change) lose(id string) {
	p := c.find(id)
	if p == nil || !p.connected() {
		return
	}
	if p.housed() {
		p.place = Reconnecting
	} else {
		p.place, p.gone = Expected, true
	}
	p.lost, p.waiting, p.roster, p.rings = c.now, nil, nil, nil
	c.emit(Journal{ID: id, Kind: KindDisconnected})
}

func (c *change) leave(id string) {
	if p := c.find(id); p != nil && p.connected() {
		c.out(p, Expected, Left, time.Time{})
		c.emit(Journal{ID: id, Kind: KindLeft})
	}
}

// out takes a person out of wherever they are.
func (c *change) out(p *person, to Place, code string, until time.Time) {
	c.part(p, code, until)
	c.vacate(p, to)
}

// part ends what a person has of us. Media ends first.
func (c *change) part(p *person, code string, until time.Time) {
	if p.housed() {
		c.emit(CloseMedia{ID: p.ID})
	}
	if p.connected() {
		c.emit(SayBye{ID: p.ID, Code: code, Until: until})
	}
}

// vacate frees a person's place, and with it the admission of one who may not
// come back alone.
func (c *change) vacate(p *person, to Place) {
	c.unseat(p, to)
	p.granted = to != Removed && c.returns(p) && !p.Admitted.IsZero()
	if c.undismissed(p) {
		c.emit(WriteDismiss{By: p.ID, ID: p.ID})
		c.wroteAt = c.now
	}
}

// unseat forgets what a person has only while they are here.
func (c *change) unseat(p *person, to Place) {
	p.gone = p.gone || p.connected() || p.housed()
	c.leaveFloor(p)
	c.leaveRoom(p)
	p.place, p.asked = to, false
	p.since, p.lost = time.Time{}, time.Time{}
	p.waiting, p.roster, p.rings = nil, nil, nil
	p.microphone, p.camera = false, false
}

func (c *change) devices(m Devices) {
	p := c.find(m.ID)
	if p == nil || p.place != InHearing && p.place != InConsultation {
		c.emit(TellError{ID: m.ID, Code: NotAdmitted, Re: "state"})
		return
	}
	before := *p
	p.microphone, p.camera = m.Microphone, m.Camera
	c.switched(p, before)
}

// host reports whether the participant may command, and tells them if not.
func (c *change) host(id, re string) bool {
	p := c.find(id)
	if p != nil && p.place == InHearing && p.Role.Hosts() {
		return true
	}
	c.emit(TellError{ID: id, Code: NotHost, Re: re})
	return false
}

func (c *change) admit(m Admit) {
	if !c.host(m.By, "admit") {
		return
	}
	unit := slices.DeleteFunc(c.unit(m.Number), func(p *person) bool { return p.place == Removed })
	if len(unit) == 0 {
		c.emit(TellError{ID: m.By, Code: UnknownParticipant, Re: "admit"})
		return
	}
	unit = slices.DeleteFunc(unit, func(p *person) bool { return p.granted })
	if len(unit) > 0 {
		c.ask(m.By, unit)
	}
}

// granted lets in those whose admission is written.
func (c *change) granted(m Granted) {
	for _, id := range m.IDs {
		if p := c.find(id); p != nil {
			p.asked = false
			if q, ok := m.Appointment.Participant(id); ok && p.place != Removed {
				p.granted = !q.Admitted.IsZero()
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

func (c *change) remove(m Remove) {
	if !c.host(m.By, "remove") {
		return
	}
	unit := c.unit(m.Number)
	self := slices.ContainsFunc(unit, func(p *person) bool { return p.ID == m.By })
	unit = slices.DeleteFunc(unit, func(p *person) bool { return p.place == Removed })
	if self || len(unit) == 0 {
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

func (c *change) end(m End) {
	if !c.host(m.By, "end") {
		return
	}
	c.closed, c.closedBy, c.wroteAt = true, m.By, c.now
	c.askGate()
	c.emit(WriteEnd{By: m.By})
}

// changed takes over a newer version of the appointment; an older one that
// arrives late brings nothing.
func (c *change) changed(a booking.Appointment) {
	if a.Version < c.appointment.Version {
		a = c.appointment
	}
	old := c.people
	c.appointment = a
	c.started = c.started || !a.Started.IsZero()
	c.closed = c.closed || !a.Closed.IsZero()
	c.people = make([]person, 0, len(a.Participants))
	for _, q := range a.Participants {
		p := person{place: Expected}
		if i := slices.IndexFunc(old, func(o person) bool { return o.ID == q.ID }); i >= 0 {
			p = old[i]
		}
		before := p.Participant
		p.Participant = q
		c.people = append(c.people, p)
		c.update(&c.people[len(c.people)-1], before)
	}
	for i := range old {
		if p := &old[i]; c.find(p.ID) == nil {
			c.out(p, Expected, string(booking.ReasonUnknownLink), time.Time{})
		}
	}
	c.askGate()
}

// update follows what the books now say about one person.
func (c *change) update(p *person, before booking.Participant) {
	switch removed := !p.Participant.Removed.IsZero(); {
	case removed && p.place != Removed:
		c.out(p, Removed, string(booking.ReasonRemoved), time.Time{})
	case !removed && !before.Removed.IsZero():
		c.vacate(p, Expected) // somebody cleared it in the books
	}
	if p.place == Removed {
		return
	}
	admitted := !p.Admitted.IsZero()
	fresh := before.ID == "" || before.Admitted.IsZero() // the first sight after a restart counts: who was in is in
	was := p.granted
	p.granted = admitted && (p.granted || fresh || c.returns(p))
	if p.room != "" && was && !p.granted { // whoever loses their admission loses the consultation too
		c.back(p)
	}
	if p.inside() && !p.granted { // the admission was taken back
		c.emit(CloseMedia{ID: p.ID})
		c.leaveFloor(p)
		if p.place == InHearing {
			c.queue(p)
		} else {
			c.vacate(p, Expected)
		}
	}
}

// askGate asks the gate for everybody who is here and for everybody who could
// come in.
func (c *change) askGate() {
	for i := range c.people {
		p := &c.people[i]
		if !p.connected() && !p.housed() {
			continue
		}
		switch d := c.door(p); {
		case d.Verdict == booking.Refuse:
			c.refuse(p, d)
		case d.Verdict == booking.Enter && p.place == Waiting && p.granted:
			c.enter(p)
		}
	}
}

// refuse takes out one whom the gate does not let in any more.
func (c *change) refuse(p *person, d booking.Decision) {
	if !p.connected() && !p.housed() {
		return
	}
	c.part(p, string(d.Reason), d.Until)
	if c.gate(p).Verdict == booking.Refuse {
		c.vacate(p, Expected)
	} else {
		c.unseat(p, Expected) // a new link was made: it comes back with the admission of the old one
	}
	c.emit(Journal{ID: p.ID, Kind: KindDisconnected, Code: string(d.Reason)})
}

// tick frees the places of those who did not come back, asks the gate again
// and offers what is still unwritten.
func (c *change) tick() {
	for i := range c.people {
		p := &c.people[i]
		if p.lost.IsZero() || c.now.Before(p.lost.Add(KeepPlace)) {
			continue
		}
		if p.place == Reconnecting {
			c.emit(CloseMedia{ID: p.ID}, Journal{ID: p.ID, Kind: KindExpired})
		}
		c.vacate(p, Expected)
	}
	c.askGate()
	if c.now.Before(c.wroteAt.Add(rewrite)) {
		return
	}
	c.wroteAt = c.now
	for i := range c.people {
		switch p := &c.people[i]; {
		case p.unwritten():
			c.emit(WriteRemove{By: p.by, ID: p.ID})
		case c.undismissed(p):
			c.emit(WriteDismiss{By: p.ID, ID: p.ID})
		case p.place == Waiting && p.Role.Hosts() && c.door(p).Verdict == booking.Enter:
			c.ask(p.ID, []*person{p})
		}
	}
	if c.startUnwritten() {
		c.emit(WriteStart{By: c.startedBy})
	}
	if c.endUnwritten() {
		c.emit(WriteEnd{By: c.closedBy})
	}
}
