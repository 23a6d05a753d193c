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
	c.obey(command)
	c.settle()
	return c.State, c.effects
}

// obey follows a command if who asks for it may.
func (c *change) obey(command Command) {
	if by, verb := command.asks(); verb != "" && !c.may(by, verb) {
		return
	}
	switch m := command.(type) {
	case Join:
		c.join(m)
	case Lost:
		c.lose(m.ID)
	case Leave:
		c.leave(m.ID)
	case Devices:
		c.devices(m)
	case Tick:
		c.tick()
	case Changed:
		c.changed(m.Appointment)
	case Granted:
		c.granted(m)
	case Denied:
		c.denied(m)
	case Sat:
		c.sat(m)
	case Unwritten:
		c.unwritten(m)
	case Start:
		c.start(m)
	case Pause:
		c.pause(m)
	case Suspend:
		c.suspend(m)
	case Deliberate:
		c.deliberate(m)
	case Resume:
		c.resume(m)
	case End:
		c.end(m)
	case Extend:
		c.extend(m)
	case Next:
		c.next(m)
	case Admit:
		c.admit(m)
	case AdmitAll:
		c.admitAll(m)
	case Dismiss:
		c.dismiss(m)
	case Remove:
		c.remove(m)
	case Lock:
		c.lock(m)
	case Clear:
		c.clear(m)
	case Notice:
		c.notice(m)
	default:
		c.floorCommand(m)
	}
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
	p.rested = false                                                 // and switches on by itself what was on before
	d := c.door(p)
	switch {
	case d.Verdict == booking.Refuse && p.connected():
		c.refuse(p, d)
	case d.Verdict == booking.Refuse:
		c.refuse(p, d)
		c.emit(SayBye{ID: id, Code: string(d.Reason), Until: d.Until}, Journal{ID: id, Kind: KindRefused, Code: string(d.Reason)})
	case p.room != "":
		c.rejoin(p)
	case d.Verdict == booking.Enter && p.granted && !c.barred(p):
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
	p.place, p.lost, p.gone, p.fetched = Waiting, time.Time{}, false, false
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
	if p.fetched {
		p.fetched = false
		p.quiet()
	}
	p.place, p.asked, p.gone = InHearing, false, false
	p.since, p.lost = time.Time{}, time.Time{}
	p.waiting, p.roster = nil, nil
	c.emit(TellAdmitted{ID: p.ID})
	c.retell(p)
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
	p.granted = to != Removed && c.stays(p) && !p.Admitted.IsZero()
	if !p.sent {
		p.by = p.ID
	}
	p.sent = p.sent || c.locked() && !p.Role.Hosts() // a lock that ends does not bring back who left it
	c.writeDismiss(p)
}

// unseat forgets what a person has only while they are here.
func (c *change) unseat(p *person, to Place) {
	p.gone = p.gone || p.connected() || p.housed()
	c.leaveFloor(p)
	c.leaveRoom(p)
	p.place, p.asked, p.fetched = to, false, false
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

// may reports whether one who asks has the role and the place for it, and tells
// them if not.
func (c *change) may(id, verb string) bool {
	p := c.find(id)
	switch {
	case p == nil || !May(p.Role, verb):
		c.emit(TellError{ID: id, Code: NotAllowed, Re: verb})
	case p.place != InHearing && slices.Contains(seated, verb):
		c.emit(TellError{ID: id, Code: NotAdmitted, Re: verb})
	default:
		return true
	}
	return false
}

// changed takes over a newer version of the appointment; an older one that
// arrives late brings nothing.
func (c *change) changed(a booking.Appointment) {
	if a.Version < c.appointment.Version {
		a = c.appointment
	}
	old := c.people
	c.follow(c.appointment.Sitting, a.Sitting)
	c.appointment = a
	c.started = c.started || !a.Started.IsZero() || a.Sitting.Order != ""
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
	c.acquaint()
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
	if before.ID == "" && c.barred(p) && !c.returns(p) {
		fresh = false // but nobody was in who may not be: the order came first
	}
	was := p.granted
	p.sent = p.sent && !(admitted && fresh)
	p.granted = admitted && (p.granted || fresh || c.stays(p))
	if was && !p.granted { // the admission was taken back
		c.sendOut(p, p.ID)
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
		case p.inside() && c.barred(p):
			c.sendOut(p, c.orderedBy)
		case d.Verdict == booking.Enter && p.place == Waiting && p.granted && !c.barred(p):
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
	c.floorTick()
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
			c.emit(WriteDismiss{By: p.by, ID: p.ID})
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
	switch { // one at a time: each is written with what the books say of the other
	case c.orderUnwritten():
		c.writeOrder()
	case c.lockUnwritten():
		c.writeLock()
	}
}
