package signaling

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// hearingTasks bounds what waits for one hearing; when it is full, the readers
// of that hearing's sockets wait, and nobody else.
const hearingTasks = 64

// What each participant may make others hear of, or have sfu seat everybody anew
// for, in messages a second. It would otherwise be easy to fill the link of
// somebody who has little.
const (
	talkRate  = 2
	talkBurst = 10
	// talkBytes of a line count as one message more.
	talkBytes = 400
)

// choiceRate bounds in the same way how often a participant may choose the language
// that they listen to or interpret into: each choice is in the journal for good.
const (
	choiceRate  = 0.5
	choiceBurst = 10
)

// ringRate bounds their calls into consultations: each rings at somebody, and may
// make a room with media of its own.
const (
	ringRate  = 0.2
	ringBurst = 6
)

// helpRate bounds their calls for help: each is a task of the desk, which run waits
// for the books to write.
const (
	helpRate  = 0.1
	helpBurst = 5
)

// hearing is one live hearing: a conference.State and the sockets and media of
// its participants. The goroutine run owns all of it and does one thing at a
// time. It never waits for a socket; it does wait for the books, since a grant
// counts only once written, and for sfu as long as a packet takes, since nothing
// may pass once it has been said.
type hearing struct {
	// fixed
	server *Server
	id     string
	tasks  chan task
	stop   chan struct{} // closed by Server.Close
	done   chan struct{} // closed when run has ended

	// guarded by Server.mu
	users int // sessions that may post

	mailbox // of Watch and Tick

	// owned by run
	state   conference.State
	members map[string]*member
	rooms   map[string]*room              // "" is the hearing itself; the others are for consultation
	rosters map[*conference.Roster][]byte // encoded during one do
	workers sync.WaitGroup
	judged  time.Time // when the words of all connections were last due
	looked  time.Time // when sfu was last asked for losses
	quality []QualityEntry
	floor   uint32 // number of who has it, as sfu was told

	// written by run
	running atomic.Bool                       // somebody is in
	places  atomic.Pointer[map[string]string] // never changed once published
	phase   atomic.Pointer[standing]
	// connections is never changed once published
	connections atomic.Pointer[map[string]Connection]
}

// standing is where a hearing is, and for a suspension why.
type standing struct {
	phase  conference.Phase
	reason string
}

// member is what a hearing holds for one participant. Owned by hearing.run.
type member struct {
	id      string
	device  string
	session *session      // nil while lost
	release func()        // the latest session is kept in the books until then
	room    string        // that media is in
	media   *media        // nil unless in the hearing or in a consultation room
	relay   []Relay       // issued with media; the same until it ends
	journal *rate.Limiter // entries of their coming and going
	deeds   *rate.Limiter // entries of what they do to others
	talk    *rate.Limiter
	choices *rate.Limiter
	rings   *rate.Limiter
	calls   *rate.Limiter // for help

	stilled  time.Time // their latest still
	records  []Record  // at most maxRecords; a new list with each
	up, ever bool      // of their media, at the last tick
	losses   losses    // since the last regular judgement
}

// task is one thing to do for one participant, who is dropped if it panics.
type task struct {
	participant string
	run         func()
}

func newHearing(s *Server, id string) *hearing {
	return &hearing{
		server: s, id: id,
		tasks: make(chan task, hearingTasks), mailbox: newMailbox(),
		stop: make(chan struct{}), done: make(chan struct{}),
		members: make(map[string]*member), rooms: make(map[string]*room),
	}
}

// post hands run a task; it waits while run is behind. False means that the
// hearing is over.
func (h *hearing) post(participant string, run func()) bool {
	select {
	case h.tasks <- task{participant, run}:
		return true
	case <-h.done:
		return false
	}
}

// run is the hearing's goroutine. It ends when nothing is left that the books
// do not hold, or with the server.
func (h *hearing) run(a booking.Appointment) {
	defer h.end()
	if fresh, err := h.server.cfg.Bookings.Appointment(h.id); err == nil {
		a = fresh // a change before Watch knew of this hearing
	}
	h.state = conference.New(a, h.server.cfg.Now())
	for {
		select {
		case t := <-h.tasks:
			h.guard(t.participant, t.run)
		case <-h.wake:
			h.guard("", h.readMail)
		case <-h.stop:
			return
		}
		h.giveFloor()
		h.publish()
		if h.state.Idle() {
			h.closeRooms() // before another hearing of this id can open them
			if h.server.forget(h) {
				return
			}
		}
	}
}

// publish leaves what others may read without asking run.
func (h *hearing) publish() {
	h.running.Store(h.state.Running())
	if now := (standing{h.state.Phase(), h.state.Reason()}); h.phase.Load() == nil || *h.phase.Load() != now {
		h.phase.Store(&now)
	}
	places := h.state.Places()
	if known := h.places.Load(); known == nil || !maps.Equal(*known, places) {
		h.places.Store(&places)
	}
}

// end closes what is left; with the server's end, sessions have gone before.
func (h *hearing) end() {
	close(h.done)
	for _, m := range h.members {
		h.closeMedia(m)
		m.release()
	}
	h.closeRooms()
	h.workers.Wait()
}

// guard keeps a panic to the participant in whose path it happens: they lose
// their connection and may come back.
func (h *hearing) guard(participant string, run func()) {
	defer func() {
		if r := recover(); r != nil {
			h.server.panicked(participant, r)
			h.expel(participant)
		}
	}()
	run()
}

// expel drops one participant after a panic; a second panic meanwhile is noted
// and no more.
func (h *hearing) expel(participant string) {
	defer func() {
		if r := recover(); r != nil {
			h.server.panicked(participant, r)
		}
	}()
	if m := h.members[participant]; m != nil {
		h.closeMedia(m)
		h.bye(m, Bye{Code: byeRestart})
		h.do(conference.Lost{ID: participant})
	}
}

func (h *hearing) readMail() {
	a, now := h.read()
	if a != nil && a.Version > h.state.Appointment().Version {
		h.do(conference.Changed{Appointment: *a})
	}
	if !now.IsZero() {
		h.do(conference.Tick{})
		h.judge(now)
	}
}

// do lets the conference follow a command and performs what comes of it, in
// order, further commands included.
func (h *hearing) do(c conference.Command) {
	h.rosters = make(map[*conference.Roster][]byte, 2)
	for queue := []conference.Command{c}; len(queue) > 0; queue = queue[1:] {
		var effects []conference.Effect
		h.state, effects = h.state.Apply(queue[0], h.server.cfg.Now())
		for _, e := range effects {
			h.guard(e.Subject(), func() {
				if next := h.perform(e); next != nil {
					queue = append(queue, next)
				}
			})
		}
	}
}

// join gives a session its participant. An older session of the same device is
// replaced without a word; another device must have asked to replace.
func (h *hearing) join(c *session, join Join) {
	m := h.members[c.participant]
	if m == nil {
		m = &member{
			id: c.participant, release: func() {},
			journal: rate.NewLimiter(journalRate, journalBurst), deeds: rate.NewLimiter(deedRate, deedBurst),
			talk: rate.NewLimiter(talkRate, talkBurst), choices: rate.NewLimiter(choiceRate, choiceBurst),
			rings: rate.NewLimiter(ringRate, ringBurst), calls: rate.NewLimiter(helpRate, helpBurst),
		}
		h.members[c.participant] = m
	}
	sameDevice := m.device == join.Device
	if old := m.session; old != nil {
		switch {
		case sameDevice:
			old.endSilently(byeReplaced)
		case !join.Replace:
			c.end(Bye{Code: string(booking.ReasonAlreadyConnected)})
			return
		default:
			old.end(Bye{Code: byeReplaced})
		}
		old.media.Store(nil)
	}
	if !sameDevice {
		h.closeMedia(m) // PeerConnections do not move between devices
	}
	m.session, m.device = c, join.Device
	m.release()
	m.release = h.server.cfg.Bookings.Keep(c.participant, c.secret)
	h.do(conference.Join{ID: c.participant, Issue: c.issue})
}

// lost says that a session's socket is gone; one that was replaced is no loss.
func (h *hearing) lost(c *session) {
	m := h.members[c.participant]
	if m == nil || m.session != c {
		return
	}
	m.session = nil
	if m.media != nil {
		m.media.detach(c)
	}
	h.do(conference.Lost{ID: c.participant})
}

// follow turns a message of a session into a command.
func (h *hearing) follow(c *session, message ClientMessage) {
	m := h.members[c.participant]
	if m == nil || m.session != c {
		return
	}
	switch message := message.(type) {
	case Still:
		h.still(m, message)
	case Report:
		h.report(m, message)
	case commanding:
		if !m.spend(message, h.server.cfg.Now()) {
			c.fail(errRate, message.Type())
			return
		}
		h.do(message.command(m.id))
	}
	if d, ok := message.(Devices); ok && m.media != nil {
		m.media.sends(d)
		if !d.Camera {
			h.withdraw(m.media.number)
		}
	}
}

// spend takes a message from what its sender is allowed of such.
func (m *member) spend(message ClientMessage, now time.Time) bool {
	switch message := message.(type) {
	case Say:
		return m.talk.AllowN(now, 1+len(message.Text)/talkBytes)
	case Consult:
		return m.talk.AllowN(now, 1) && m.rings.AllowN(now, 1)
	case Announce, Ask, Accept, Decline, Return, Knock, Hand, Share:
		return m.talk.AllowN(now, 1)
	case Help:
		return m.talk.AllowN(now, 1) && (!message.On || m.calls.AllowN(now, 1))
	case Channel, Listen:
		return m.choices.AllowN(now, 1)
	}
	return true
}
