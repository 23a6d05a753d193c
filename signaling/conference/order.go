package conference

import (
	"slices"
	"time"

	"jalsa/booking"
)

// The order of the hearing: what its hosts have ordered, and what follows when
// none of them is there.

const (
	// CountdownFor is how long those who are to begin have to come together.
	CountdownFor = 10 * time.Second
	// HushAfter is how long the hearing goes on being heard without a host: a
	// host whose link breaks for a moment does not cut a sentence in two.
	HushAfter = 5 * time.Second
	// extensionStep and maxExtension bound one extension, in minutes.
	extensionStep, maxExtension = 5, 240
)

// SuspensionReasons are the codes that a host may give.
var SuspensionReasons = []string{"technical", "legal", "witness", "other"}

// Phase is where the conference is.
func (s State) Phase() Phase {
	switch {
	case s.closed:
		return Closed
	case s.started:
		return s.held()
	case !s.until.IsZero():
		return Countdown
	case s.now.Before(s.appointment.Opens()):
		return Scheduled
	}
	return Open
}

// held is the phase of a conference that has started.
func (s State) held() Phase {
	switch s.sitting.Order {
	case booking.OrderPaused:
		return Paused
	case booking.OrderSuspended:
		return Suspended
	case booking.OrderDeliberation:
		return Deliberation
	}
	if s.hostInside() {
		return InSession
	}
	return Suspended
}

// Reason is why a conference is suspended, or "".
func (s State) Reason() string {
	switch {
	case s.Phase() != Suspended:
		return ""
	case s.sitting.Order == "":
		return NoHost
	}
	return s.sitting.Reason
}

// ordered reports whether an order holds: it does from the moment that it is
// given until the books show that it is over.
func (s State) ordered(order string) bool {
	return s.started && (s.sitting.Order == order || s.appointment.Sitting.Order == order)
}

// locked reports whether nobody comes in but by a host's admission.
func (s State) locked() bool { return s.sitting.Locked || s.appointment.Sitting.Locked }

// barred reports whether an order keeps a person out who would be let in.
func (s State) barred(p *person) bool {
	return s.ordered(booking.OrderDeliberation) && !bench(p.Role)
}

// hushed reports whether the floor is muted for want of a host.
func (s State) hushed() bool {
	return !s.hostless.IsZero() && !s.now.Before(s.hostless.Add(HushAfter))
}

func (c *change) start(m Start) {
	if c.in(m.By, "start", Open) {
		c.until, c.startedBy = c.now.Add(CountdownFor), m.By
		c.emit(Journal{ID: m.By, Kind: KindCountdown})
	}
}

// count ends the countdown: consultations are over, whoever needs a fresh
// admission is back in the waiting room, and the others who wait are let in.
func (c *change) count() {
	if c.until.IsZero() || c.now.Before(c.until) {
		return
	}
	c.until = time.Time{}
	if c.started || c.closed {
		return
	}
	if slices.ContainsFunc(c.people, func(p person) bool { return p.Role.Hosts() && p.connected() }) {
		c.drain() // hosts consult too
	}
	if !c.hostInside() {
		c.emit(Journal{ID: c.startedBy, Kind: KindStopped})
		return
	}
	c.begin(c.startedBy)
	c.sendAllOut(c.called(), c.startedBy)
	if waiting := c.awaitedAtStart(); len(waiting) > 0 {
		c.ask(c.startedBy, waiting)
	}
}

// awaitedAtStart are those whom the end of the countdown lets in: nobody while the
// hearing is locked, nor whoever was sent out with them.
func (c *change) awaitedAtStart() []*person {
	if c.locked() {
		return nil
	}
	return slices.DeleteFunc(c.ordinary(), func(p *person) bool {
		return slices.ContainsFunc(c.unit(p.Number), func(q *person) bool { return q.sent })
	})
}

// called returns those who are admitted, here or not, and may not come back
// alone: witnesses and whoever moves with them.
func (c *change) called() (all []*person) {
	for i := range c.people {
		if p := &c.people[i]; p.granted && !c.returns(p) && !bench(p.Role) {
			all = append(all, p)
		}
	}
	return all
}

// begin starts the session.
func (c *change) begin(by string) {
	c.started, c.startedBy, c.wroteAt = true, by, c.now
	c.emit(WriteStart{By: by})
}

// order puts a restriction in force, which its caller asks to write.
func (c *change) order(by, verb string, sitting booking.Sitting, from ...Phase) bool {
	if !c.in(by, verb, from...) {
		return false
	}
	if c.sitting.Order == sitting.Order && c.sitting.Reason == sitting.Reason {
		c.emit(TellError{ID: by, Code: WrongState, Re: verb})
		return false
	}
	sitting.Since, sitting.Locked = c.now, c.sitting.Locked
	c.sitting, c.orderedBy, c.resuming, c.wroteAt = sitting, by, false, c.now
	return true
}

func (c *change) pause(m Pause) {
	if c.order(m.By, "pause", booking.Sitting{Order: booking.OrderPaused}, InSession, Suspended) {
		c.writeOrder()
	}
}

func (c *change) suspend(m Suspend) {
	if !slices.Contains(SuspensionReasons, m.Reason) {
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "suspend"})
		return
	}
	if c.order(m.By, "suspend", booking.Sitting{Order: booking.OrderSuspended, Reason: m.Reason}, InSession, Paused, Suspended) {
		c.writeOrder()
	}
}

func (c *change) deliberate(m Deliberate) {
	if !c.order(m.By, "deliberate", booking.Sitting{Order: booking.OrderDeliberation}, InSession, Paused, Suspended) {
		return
	}
	c.drain()
	called := c.called()
	c.askGate()
	c.writeOrder()
	c.sendAllOut(called, m.By)
}

// resume waits for the books: until they show it, the order holds.
func (c *change) resume(m Resume) {
	if c.in(m.By, "resume", Paused, Suspended, Deliberation) {
		c.resuming = true
		c.emit(WriteSitting{By: m.By, Kind: KindResumed, Sitting: booking.Sitting{Locked: c.appointment.Sitting.Locked}})
	}
}

func (c *change) end(m End) {
	c.closed, c.closedBy, c.wroteAt = true, m.By, c.now
	c.until = time.Time{}
	c.askGate()
	c.emit(WriteEnd{By: m.By})
}

func (c *change) extend(m Extend) {
	switch {
	case m.Minutes > maxExtension:
		c.emit(TellError{ID: m.By, Code: TooLong, Re: "extend"})
	case m.Minutes <= 0 || m.Minutes%extensionStep != 0:
		c.emit(TellError{ID: m.By, Code: WrongState, Re: "extend"})
	case c.in(m.By, "extend", InSession, Paused, Suspended, Deliberation):
		c.emit(WriteExtend{By: m.By, For: time.Duration(m.Minutes) * time.Minute})
	}
}

// next tells first, since a close ends the asking host's session too.
func (c *change) next(m Next) {
	c.emit(TellNext{ID: m.By})
	switch phase := c.Phase(); {
	case m.Close:
		c.end(End{By: m.By})
	case phase == InSession, phase == Suspended:
		c.pause(Pause{By: m.By})
	}
}

// in reports whether the conference is in one of the phases, and tells who asks
// if not.
func (c *change) in(id, re string, phases ...Phase) bool {
	if slices.Contains(phases, c.Phase()) {
		return true
	}
	c.emit(TellError{ID: id, Code: WrongState, Re: re})
	return false
}

// sat follows what the books now say of the sitting. A grant that a newer
// restriction has overtaken meanwhile brings nothing.
func (c *change) sat(m Sat) {
	resumed := m.Kind == KindResumed && c.resuming
	switch {
	case resumed:
		c.sitting = booking.Sitting{Locked: c.sitting.Locked}
		c.resuming = false
	case m.Kind == KindUnlocked && c.unlocking:
		c.sitting.Locked, c.unlocking = false, false
	}
	c.changed(m.Appointment)
	if resumed {
		c.callOut(c.firstHost(), c.awaited())
	}
}

// awaited are those in consultations who have a place in the hearing.
func (c *change) awaited() (all []*person) {
	for i := range c.people {
		if p := &c.people[i]; p.room != "" && p.granted && !c.barred(p) {
			all = append(all, p)
		}
	}
	return all
}

func (c *change) unwritten(m Unwritten) {
	re := m.Re
	switch m.Re {
	case KindResumed:
		c.resuming, re = false, "resume"
	case KindUnlocked:
		c.unlocking, re = false, "lock"
	case "extend":
	default:
		return // in force all the same, and offered again
	}
	c.emit(TellError{ID: m.By, Code: Failed, Re: re})
}

// follow takes over what the books say of the sitting, where nothing that they
// do not know yet is in force.
func (c *change) follow(was, is booking.Sitting) {
	if c.sitting.Order == was.Order && c.sitting.Reason == was.Reason {
		c.sitting.Order, c.sitting.Reason, c.sitting.Since = is.Order, is.Reason, is.Since
	}
	if c.sitting.Locked == was.Locked {
		c.sitting.Locked = is.Locked
	}
}

// orderUnwritten reports whether the books lack an order that they would take.
func (s State) orderUnwritten() bool {
	is := s.appointment.Sitting
	return s.sitting.Order != "" && (s.sitting.Order != is.Order || s.sitting.Reason != is.Reason) && s.takesOrders()
}

// lockUnwritten reports whether the books lack a lock that they would take.
func (s State) lockUnwritten() bool {
	return s.sitting.Locked && !s.appointment.Sitting.Locked && s.takesOrders()
}

func (s State) takesOrders() bool {
	return !s.closed && s.appointment.State == booking.StateConfirmed
}

// writeOrder offers the order in force to the books.
func (c *change) writeOrder() {
	is := c.sitting
	is.Locked = c.appointment.Sitting.Locked
	kind := map[string]string{
		booking.OrderPaused: KindPaused, booking.OrderSuspended: KindSuspended, booking.OrderDeliberation: KindDeliberation,
	}[is.Order]
	c.emit(WriteSitting{By: c.orderedBy, Kind: kind, Sitting: is})
}

// writeLock offers the lock in force to the books.
func (c *change) writeLock() {
	is := c.appointment.Sitting
	is.Locked = true
	c.emit(WriteSitting{By: c.lockedBy, Kind: KindLocked, Sitting: is})
}

// watch notes since when no host is inside, whether the session has begun or
// not, and that it is suspended by that or goes on with the first who comes.
func (c *change) watch() {
	lacking := !c.closed && !c.hostInside()
	switch {
	case !lacking:
		c.hostless = time.Time{}
	case c.hostless.IsZero():
		c.hostless = c.now
	}
	if lacking = lacking && c.started && c.sitting.Order == ""; lacking == c.noHost {
		return
	}
	c.noHost = lacking
	switch {
	case lacking:
		c.emit(Journal{Kind: KindSuspended, Code: NoHost})
	case c.Phase() == InSession:
		c.emit(Journal{By: c.firstHost(), Kind: KindResumed, Code: NoHost})
	}
}
