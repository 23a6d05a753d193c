package signaling

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"jalsa/booking"
	"jalsa/sfu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	origin = "https://hearings.example"
	within = 10 * time.Second
)

// rig is a Server over a real store, a real SFU and real sockets, with a clock
// of its own that runs as the real one does and can jump.
type rig struct {
	t     *testing.T
	path  string
	store *booking.Store
	sfu   *sfu.SFU
	live  *Server
	web   *httptest.Server
	began time.Time
	jump  atomic.Int64
	stop  context.CancelFunc
	ticks sync.WaitGroup

	appointment booking.Appointment
	people      map[string]booking.Participant // by role
	cookies     map[string]string              // by role
	invites     map[string]string              // tickets by role

	mu      sync.Mutex
	issued  map[string]int
	revoked map[string]int
	log     *syncBuffer
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var tenOClock = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func (r *rig) now() time.Time {
	return tenOClock.Add(time.Since(r.began) + time.Duration(r.jump.Load()))
}

// later moves the clock; the next tick sees it.
func (r *rig) later(d time.Duration) { r.jump.Add(int64(d)) }

func newRig(t *testing.T) *rig {
	t.Helper()
	t.Parallel() // most of a test is waiting for the disk
	r := &rig{
		t: t, path: filepath.Join(t.TempDir(), "jalsa.db"), began: time.Now(),
		people: map[string]booking.Participant{}, cookies: map[string]string{}, invites: map[string]string{},
		issued: map[string]int{}, revoked: map[string]int{}, log: &syncBuffer{},
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.log.String())
		}
	})
	r.open()
	t.Cleanup(r.close)
	r.book()
	return r
}

// open starts everything over the store's file, as after a crash.
func (r *rig) open() {
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if r.store, err = booking.Open(r.path, booking.Options{Now: r.now, Logger: log}); err != nil {
		r.t.Fatal(err)
	}
	if r.sfu, err = sfu.New(sfu.Config{Addr: "127.0.0.1:0", Now: time.Now, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		r.t.Fatal(err)
	}
	r.live = New(Config{
		Bookings: r.store, SFU: r.sfu, Origins: []string{origin}, Now: r.now, Logger: log,
		Relay: func(id string) []Relay {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.issued[id]++
			return []Relay{{URLs: []string{"turn:example"}, Username: fmt.Sprintf("u%d", r.issued[id]), Credential: "secret-relay"}}
		},
		Revoke: func(id string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.revoked[id]++
		},
	})
	mux := http.NewServeMux()
	mux.Handle("GET /h/{participant}/ws", r.live)
	r.web = httptest.NewServer(mux)
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.ticks.Go(func() { r.tick(ctx) })
}

func (r *rig) tick(ctx context.Context) {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			r.live.Tick(r.now())
		case <-ctx.Done():
			return
		}
	}
}

func (r *rig) close() {
	if err := r.live.Close(); err != nil {
		r.t.Error(err)
	}
	r.stop()
	r.ticks.Wait()
	r.web.Close()
	_ = r.sfu.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// book makes the appointment at ten and redeems everybody's link. The roles
// name the people: every role occurs once.
func (r *rig) book() {
	r.t.Helper()
	start, err := booking.NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		r.t.Fatal(err)
	}
	text := booking.Text{"fr": "Tribunal"}
	draft := booking.Draft{
		Institution: text, Service: text, Start: start,
		Duration: time.Hour, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute,
	}
	for _, p := range []booking.Participant{
		{Role: booking.RoleHost}, {Role: booking.RoleParty, Link: "x"}, {Role: booking.RoleInterpreter, Link: "x"},
		{Role: booking.RoleRepresentative}, {Role: booking.RoleWitness},
	} {
		p.Name = "Name-of-" + string(p.Role)
		draft.Participants = append(draft.Participants, p)
	}
	a, invites, err := r.store.Book(draft, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	r.appointment = a
	for _, invite := range invites {
		role := string(invite.Participant.Role)
		r.people[role], r.invites[role] = invite.Participant, invite.Ticket
		r.cookies[role] = r.redeem(invite.Ticket)
	}
}

func (r *rig) redeem(ticket string) string {
	r.t.Helper()
	secret, _, _, err := r.store.Redeem(ticket)
	if err != nil {
		r.t.Fatal(err)
	}
	return secret
}

// client is one WebSocket of a participant, with everything it ever received.
type client struct {
	r    *rig
	name string
	conn *websocket.Conn

	mu     sync.Mutex
	frames [][]byte
	code   int // close code; 0 while open
	more   chan struct{}
	at     int // frames that expect has passed
	done   chan struct{}
}

// dial opens a role's socket without a word.
func (r *rig) dial(role string) *client {
	r.t.Helper()
	c, response, err := r.tryDial(role, http.Header{"Origin": {origin}, "Cookie": {booking.SessionCookie + "=" + r.cookies[role]}})
	if err != nil {
		r.t.Fatalf("dial as %s: %v %v", role, err, response)
	}
	return c
}

func (r *rig) url(role string) string {
	return "ws" + strings.TrimPrefix(r.web.URL, "http") + "/h/" + r.people[role].ID + "/ws"
}

func (r *rig) tryDial(role string, header http.Header) (*client, *http.Response, error) {
	conn, response, err := websocket.DefaultDialer.Dial(r.url(role), header)
	if err != nil {
		return nil, response, err
	}
	c := &client{r: r, name: role, conn: conn, more: make(chan struct{}, 1), done: make(chan struct{})}
	go c.read()
	r.t.Cleanup(func() { conn.Close(); <-c.done })
	return c, response, nil
}

func (c *client) read() {
	defer close(c.done)
	for {
		_, data, err := c.conn.ReadMessage()
		c.mu.Lock()
		if err == nil {
			c.frames = append(c.frames, data)
		} else if e, ok := err.(*websocket.CloseError); ok {
			c.code = e.Code
		} else {
			c.code = -1
		}
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// join dials and joins with a device named like the role.
func (r *rig) join(role string) *client { return r.joinFrom(role, "device-of-"+role, false) }

func (r *rig) joinFrom(role, device string, replace bool) *client {
	r.t.Helper()
	c := r.dial(role)
	c.send(Join{Version: 1, Device: device, Replace: replace})
	return c
}

func (c *client) send(m Message) {
	c.r.t.Helper()
	data, err := Encode(m)
	if err != nil {
		c.r.t.Fatal(err)
	}
	c.sendRaw(string(data))
}

func (c *client) sendRaw(text string) {
	c.r.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.r.t.Logf("%s: send: %v", c.name, err)
	}
}

// next waits for the next frame; false once the socket is closed.
func (c *client) next(deadline <-chan time.Time) ([]byte, bool) {
	c.r.t.Helper()
	for {
		c.mu.Lock()
		if c.at < len(c.frames) {
			c.at++
			defer c.mu.Unlock()
			return c.frames[c.at-1], true
		}
		code := c.code
		c.mu.Unlock()
		if code != 0 {
			return nil, false
		}
		select {
		case <-c.more:
		case <-deadline:
			c.r.t.Fatalf("%s heard nothing more in time; so far:\n%s", c.name, c.heard())
		}
	}
}

// expect passes frames until one of type M that satisfies every condition.
func expect[M Message](c *client, conditions ...func(M) bool) M {
	c.r.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		data, ok := c.next(deadline.C)
		if !ok {
			c.r.t.Fatalf("%s was closed with %d before a %T:\n%s", c.name, c.code, *new(M), c.heard())
		}
		m, err := Decode(data)
		if err != nil {
			c.r.t.Fatalf("%s received %s: %v", c.name, data, err)
		}
		if found, ok := m.(M); ok {
			fits := true
			for _, condition := range conditions {
				fits = fits && condition(found)
			}
			if fits {
				return found
			}
		}
	}
}

// expectEnd waits for the close code, and for a Bye unless bye is "".
func (c *client) expectEnd(code int, bye string) Bye {
	c.r.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	var last Bye
	for {
		data, ok := c.next(deadline.C)
		if !ok {
			break
		}
		if m, _ := Decode(data); m != nil {
			if b, ok := m.(Bye); ok {
				last = b
			}
		}
	}
	if c.code != code || last.Code != bye {
		c.r.t.Fatalf("%s closed with %d and bye %q, want %d %q:\n%s", c.name, c.code, last.Code, code, bye, c.heard())
	}
	return last
}

func (c *client) heard() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(bytes.Join(c.frames, []byte("\n")))
}

// sync waits until everything sent so far has been read and answered.
func (c *client) sync() {
	c.r.t.Helper()
	n := time.Now().UnixNano() % 1e12
	c.send(Ping{N: n})
	expect(c, func(p Pong) bool { return p.N == n })
}

// pass lets time pass in steps too small for any deadline of a socket, with
// these clients alive at each of them.
func (r *rig) pass(d time.Duration, alive ...*client) {
	r.t.Helper()
	for ; d > 0; d -= 9 * time.Second {
		r.later(min(d, 9*time.Second))
		for _, c := range alive {
			at := r.now().UnixNano()
			c.send(Ping{})
			r.until(c.name+" heard", func() bool {
				c.mu.Lock()
				closed := c.code != 0
				c.mu.Unlock()
				s := r.sessionOf(r.people[c.name].ID)
				return closed || s == nil || s.heard.Load() >= at
			})
		}
	}
}

// until polls a condition, for what shows in no message.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline.C:
			r.t.Fatalf("never: %s", what)
		}
	}
}

func has(number uint32, place string) func(Roster) bool {
	return func(r Roster) bool {
		for _, p := range r.Participants {
			if p.Number == number && p.Place == place {
				return true
			}
		}
		return false
	}
}

func hasNot(number uint32) func(Roster) bool {
	return func(r Roster) bool {
		for _, p := range r.Participants {
			if p.Number == number {
				return false
			}
		}
		return true
	}
}

func inState(state string) func(Roster) bool {
	return func(r Roster) bool { return r.State == state }
}

// hearing returns a host and a lawyer who are in session.
func (r *rig) hearing() (host, lawyer *client) {
	r.t.Helper()
	host = r.join("host")
	expect[Admitted](host)
	lawyer = r.join("representative")
	expect[Waiting](lawyer)
	host.send(Admit{Number: r.people["representative"].Number})
	expect[Admitted](lawyer)
	expect(host, inState("in_session"), has(4, "in_hearing"))
	return host, lawyer
}

// fields lists the names in a JSON object, nested ones with a dot.
func fields(t *testing.T, data []byte) map[string]bool {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for k := range v {
		out[k] = true
	}
	return out
}
