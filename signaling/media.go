package signaling

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"jalsa/sfu"
)

const (
	// mediaJobs bounds what one participant's worker has still to do; when it
	// is full, that participant's reader waits, and nobody else.
	mediaJobs = 8
	// maxPCs: the old path and the new one, while one of them wins.
	maxPCs = 2
	// A new PeerConnection costs milliseconds and 240 KiB. A client makes few: two
	// for each path that fails, one for each change of room.
	beginRate  = 1 // a second
	beginBurst = 20
)

// media is the media of one participant who has a place in the hearing. Its
// worker run makes every call into sfu that may take time, one after the
// other, so that neither the hearing nor anybody else waits for them. It
// outlives sockets: a lost one leaves the PeerConnections alone.
type media struct {
	// fixed
	id      string
	number  uint32
	room    *sfu.Room
	log     *slog.Logger
	broken  func(reason any) // a panic in the worker
	jobs    chan mediaJob
	wake    chan struct{} // holds one: some transport is over, or the rank is another
	stopped chan struct{}

	// owned by run
	begins *rate.Limiter
	sent   sfu.Level // what the client sends, as it said last, whatever the PC

	// guarded by mu; outbox.mu may be taken inside, nothing else
	mu         sync.Mutex
	to         *session // nil while reconnecting
	rank       sfu.Rank
	transports []*transport
	speaking   []uint32
	limit      sfu.Level // that the person wants to receive at most
	devices    Devices   // as the participant says
	ever       bool      // some transport was connected
	unheard    bool      // told so
	stopping   bool
	crashed    any // a panic in an event, for run to raise
}

// transport is one PeerConnection.
type transport struct {
	pc        int
	peer      *sfu.Peer
	answered  bool // the client may be told about seats
	connected bool
	over      bool // failed or closed from below
	seats     []sfu.Seat
	wanted    *sfu.Wanted // nil: not known yet
	reoffer   bool        // an offer is asked for
	unheard   bool        // its microphone sends nothing
}

type mediaJob struct {
	from *session
	m    ClientMessage
}

func newMedia(id string, number uint32, room *sfu.Room, log *slog.Logger, broken func(any)) *media {
	return &media{
		id: id, number: number, room: room, log: log, broken: broken, begins: rate.NewLimiter(beginRate, beginBurst),
		jobs: make(chan mediaJob, mediaJobs), wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
}

// attach makes a session the one that hears from the media, and returns the
// PeerConnections that went on without it.
func (m *media) attach(to *session) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.to = to
	pcs := []int{}
	for _, t := range m.transports {
		if t.answered && !t.over {
			pcs = append(pcs, t.pc)
		}
	}
	return pcs
}

// detach forgets a session that is gone.
func (m *media) detach(from *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.to == from {
		m.to = nil
	}
}

// post hands the worker a message; it waits while the worker is behind. False
// means that the media is over.
func (m *media) post(from *session, message ClientMessage) bool {
	select {
	case <-m.stopped:
		return false
	default:
	}
	select {
	case m.jobs <- mediaJob{from, message}:
		return true
	case <-m.stopped:
		return false
	}
}

// stop ends the media: nothing more is sent to the session, and run closes
// every PeerConnection after at most one call that is under way.
func (m *media) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.stopping {
		m.stopping, m.to = true, nil
		close(m.stopped)
	}
}

// run does the jobs until stop.
func (m *media) run() {
	defer m.closeAll()
	defer func() {
		if r := recover(); r != nil {
			m.stop()
			m.broken(fmt.Sprintf("%v\n%s", r, debug.Stack()))
		}
	}()
	for {
		select {
		case <-m.stopped:
			return
		default:
		}
		select {
		case <-m.stopped:
			return
		case <-m.wake:
			m.sweep()
			m.tellRank()
		case j := <-m.jobs:
			m.do(j)
		}
	}
}

func (m *media) do(j mediaJob) {
	switch message := j.m.(type) {
	case Offer:
		m.offer(j.from, message)
	case Levels:
		m.levels(j.from, message)
	case Prefer:
		m.prefer(j.from, message)
	case Drop:
		if t := m.find(message.PC); t != nil {
			m.close(t)
		}
	}
}

// levels takes what the client's ladder says, for every PC it has and will have.
func (m *media) levels(from *session, l Levels) {
	up, known := sfu.ParseLevel(l.Up)
	limit, limited := sfu.ParseLevel(l.Limit)
	if !known || !limited {
		from.fail(errBadMessage, l.Type())
		return
	}
	m.mu.Lock()
	m.sent, m.limit = up, limit
	m.mu.Unlock()
	for _, t := range m.live() {
		t.peer.SetLevel(up, limit)
	}
}

func (m *media) prefer(from *session, p Prefer) {
	t := m.find(p.PC)
	if t == nil {
		from.fail(errUnknownPC, p.Type())
		return
	}
	wishes := make([]sfu.Preference, 0, len(p.Seats))
	for _, s := range p.Seats {
		wishes = append(wishes, sfu.Preference{Seat: s.Seat, Height: s.Height})
	}
	t.peer.Prefer(wishes)
}

// find returns the live transport of a PC, or nil.
func (m *media) find(pc int) *transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.transports {
		if t.pc == pc && !t.over {
			return t
		}
	}
	return nil
}

// live returns the transports that are not over.
func (m *media) live() []*transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.transports), func(t *transport) bool { return t.over })
}

// close ends one transport.
func (m *media) close(t *transport) {
	m.mu.Lock()
	m.transports = slices.DeleteFunc(m.transports, func(o *transport) bool { return o == t })
	m.tellUnheardLocked()
	m.mu.Unlock()
	t.peer.Close()
}

// sweep closes the transports that are over.
func (m *media) sweep() {
	m.mu.Lock()
	if m.crashed != nil {
		defer m.mu.Unlock()
		panic(m.crashed)
	}
	var over []*transport
	for _, t := range m.transports {
		if t.over {
			over = append(over, t)
		}
	}
	m.mu.Unlock()
	for _, t := range over {
		m.close(t)
	}
}

func (m *media) closeAll() {
	m.mu.Lock()
	all := m.transports
	m.transports = nil
	m.mu.Unlock()
	for _, t := range all {
		t.peer.Close()
	}
}

// state hears from the transport. Disconnected is the client's to heal; failed
// and closed are final.
func (m *media) state(t *transport, s sfu.State) {
	m.log.Debug("peer state", "participant", m.id, "peer", t.pc, "reason", s.String())
	m.mu.Lock()
	t.connected = s == sfu.StateConnected
	m.ever = m.ever || t.connected
	over := s == sfu.StateFailed || s == sfu.StateClosed
	t.over = t.over || over
	m.mu.Unlock()
	if over {
		m.nudge()
	}
}

func (m *media) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// rescue hands a panic in an event of sfu to run, whose end costs only this
// participant.
func (m *media) rescue() {
	if r := recover(); r != nil {
		m.mu.Lock()
		m.crashed = r
		m.mu.Unlock()
		m.nudge()
	}
}
