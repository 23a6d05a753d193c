package signaling

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"jalsa/booking"
	"jalsa/sfu"
)

// closeWithin is how long Close lets goodbyes travel.
const closeWithin = time.Second

// Bookings is what a Server asks and tells the books. It is *booking.Store.
type Bookings interface {
	Session(participantID, secret string) (booking.Appointment, booking.Participant, error)
	Keep(participantID, secret string) (release func())
	Appointment(id string) (booking.Appointment, error)
	Admit(appointmentID string, participantIDs []string, actor string) (booking.Appointment, error)
	Dismiss(appointmentID, participantID, actor string) (booking.Appointment, error)
	Remove(appointmentID, participantID, actor string) (booking.Appointment, error)
	Start(appointmentID, actor string) (booking.Appointment, error)
	End(appointmentID, actor string) (booking.Appointment, error)
	Sit(appointmentID string, sitting booking.Sitting, kind, actor string) (booking.Appointment, error)
	Extend(appointmentID string, by time.Duration, actor string) (a booking.Appointment, delayed []booking.Appointment, err error)
	NextOf(appointmentID, staffAccount string) (next booking.Appointment, found bool, err error)
	OpenTask(appointmentID, participantID, kind, actor string) (booking.Task, error)
	CloseTask(taskID, actor string) error
	Record(e booking.Entry) error
	Watch(fn func(booking.Appointment)) (stop func())
}

// Config is what a Server needs. Bookings, SFU and Now are required.
type Config struct {
	Bookings Bookings
	SFU      *sfu.SFU
	// Relay issues the relay credential of one who is let in, once until
	// Revoke; nil: no relay. A user is a participant id, or one of a rehearsal.
	Relay func(user string) []Relay
	// Revoke ends the credential and all it holds, at once.
	Revoke func(user string)
	// Network names the network that a request comes from, by which rehearsals
	// are bounded; nil: each connection is one.
	Network func(*http.Request) string
	// Attend is the path of the page from which a member of the staff enters a
	// hearing, such as the next of their list; nil: they are not led there.
	Attend func(appointmentID string) string
	// Origins are the pages that may open the socket, each as a browser sends
	// it: "https://hearings.example".
	Origins []string
	Now     func() time.Time
	Logger  *slog.Logger
}

// Server is the door to the live hearings.
type Server struct {
	// fixed
	cfg      Config
	log      *slog.Logger
	began    time.Time
	upgrader websocket.Upgrader
	unwatch  func()

	tally    *tally
	door     *door
	present  sync.Map    // user of the relay → struct{}: has a place in a hearing, or rehearses
	draining atomic.Bool // no new people
	records  chan booking.Entry
	refusals *rate.Limiter // journal entries about refusals

	// guarded by mu
	mu       sync.Mutex
	closed   bool
	sessions map[*session]struct{}
	hearings map[string]*hearing
	ended    ended

	rehearsals rehearsals

	serving   sync.WaitGroup // requests, sessions, and the writers that these wait for
	running   sync.WaitGroup // hearings
	recording sync.WaitGroup // recordAll
}

// New makes a Server and watches the books. Close ends it.
func New(c Config) *Server {
	s := &Server{
		cfg: c, log: c.Logger, began: c.Now().Add(-time.Hour), // so that no mark is 0
		tally: newTally(), door: newDoor(),
		records: make(chan booking.Entry, recordQueue), refusals: rate.NewLimiter(journalRate, journalBurst),
		sessions: make(map[*session]struct{}), hearings: make(map[string]*hearing),
		ended:      ended{all: make(map[string]map[string]Connection)},
		rehearsals: rehearsals{all: make(map[string]*rehearsal)},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   1 << 10, // what is longer is read past it
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  new(sync.Pool),
		CheckOrigin:      func(*http.Request) bool { return true }, // checked before, with a counter
	}
	s.unwatch = c.Bookings.Watch(s.changed)
	s.recording.Go(s.recordAll)
	return s
}

// mark is a moment in nanoseconds, for atomics: by the clock that nobody puts forward or back, if Config.Now has it.
func (s *Server) mark(t time.Time) int64 { return int64(t.Sub(s.began)) }

// enter returns the live hearing of an appointment for one more user, starting
// it if need be; nil once the server is closed.
func (s *Server) enter(a booking.Appointment) *hearing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	h := s.hearings[a.ID]
	if h == nil {
		h = newHearing(s, a.ID)
		s.hearings[a.ID] = h
		s.running.Go(func() { h.run(a) })
	}
	h.users++
	return h
}

// hold returns a live hearing for one more user, or nil.
func (s *Server) hold(appointmentID string) *hearing {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hearings[appointmentID]
	if h != nil && !s.closed {
		h.users++
		return h
	}
	return nil
}

func (s *Server) release(h *hearing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.users--
}

// forget ends a hearing's place in the table, unless somebody may still post.
// Only the hearing itself calls it.
func (s *Server) forget(h *hearing) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users > 0 {
		return false
	}
	if s.hearings[h.id] == h {
		delete(s.hearings, h.id)
		s.ended.keep(h.id, h.left())
	}
	return true
}

func (s *Server) isRunning(appointmentID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hearings[appointmentID]
	return h != nil && h.running.Load()
}

// changed hears of every write to the books, on the writer's goroutine.
func (s *Server) changed(a booking.Appointment) {
	s.mu.Lock()
	h := s.hearings[a.ID]
	s.mu.Unlock()
	if h != nil {
		h.changedTo(a)
	}
	for _, r := range s.rehearsals.of(a.ID) {
		r.changedTo(a)
	}
}

// Tick lets time pass: deadlines of sockets, places of lost participants, and
// the gate. Call it a few times a second; it never waits.
func (s *Server) Tick(now time.Time) {
	sessions, hearings := s.all()
	for _, c := range sessions {
		c.tick(now)
	}
	for _, h := range hearings {
		h.tick(now)
	}
	for _, r := range s.rehearsals.of("") {
		r.nudge()
	}
}

func (s *Server) all() ([]*session, []*hearing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := make([]*session, 0, len(s.sessions))
	for c := range s.sessions {
		sessions = append(sessions, c)
	}
	hearings := make([]*hearing, 0, len(s.hearings))
	for _, h := range s.hearings {
		hearings = append(hearings, h)
	}
	return sessions, hearings
}

// Present reports whether a participant has a place in a hearing now, or a
// rehearsal goes on: the condition on which a relay works for that user. It may be
// asked per packet.
func (s *Server) Present(user string) bool {
	_, ok := s.present.Load(user)
	return ok
}

// Drain lets running hearings go on and nobody new in: only those who were
// admitted to a running hearing may still come back. Close says goodbye to the
// rest when the time is up.
func (s *Server) Drain() { s.draining.Store(true) }

// Welcoming reports whether new people may come: until Drain.
func (s *Server) Welcoming() bool { return !s.draining.Load() }

// Live is the number of hearings that somebody is in.
func (s *Server) Live() int {
	_, hearings := s.all()
	n := 0
	for _, h := range hearings {
		if h.running.Load() {
			n++
		}
	}
	return n
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	sessions, hearings := s.all()
	out := Stats{Sessions: len(sessions), Hearings: len(hearings), Live: s.Live(), Rehearsals: s.rehearsals.count()}
	s.tally.fill(&out)
	return out
}

// Close sends everybody away with "restart", ends all media and waits for
// every goroutine. Nothing is written to the books after it.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.unwatch()
	sessions, hearings := s.all()
	for _, c := range sessions {
		c.end(Bye{Code: byeRestart})
	}
	late := time.AfterFunc(closeWithin, s.cut)
	s.serving.Wait()
	late.Stop()
	for _, h := range hearings {
		close(h.stop)
	}
	s.running.Wait()
	close(s.records)
	s.recording.Wait()
	return nil
}

// cut closes every connection, for Close when goodbyes had their time.
func (s *Server) cut() {
	sessions, _ := s.all()
	for _, c := range sessions {
		c.conn.NetConn().Close()
	}
}

// panicked notes a panic in a participant's path.
func (s *Server) panicked(participant string, reason any) {
	s.tally.panicked()
	s.log.Error("panic", "participant", participant, "err", fmt.Sprint(reason), "reason", string(debug.Stack()))
}
