package signaling

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"jalsa/booking"
	"jalsa/sfu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	origin = "https://hearings.example"
	within = 30 * time.Second // other processes share the processors
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
	if r.sfu, err = sfu.New(sfu.Config{Media: []string{"127.0.0.1:0"}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}); err != nil {
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
		Attend:  func(id string) string { return "/staff/attend/" + id },
		Network: func(r *http.Request) string { return r.Header.Get("Network") },
		Revoke: func(id string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.revoked[id]++
		},
	})
	mux := http.NewServeMux()
	mux.Handle("GET /h/{participant}/ws", r.live)
	mux.Handle("GET /h/{participant}/rehearsal/ws", r.live.Rehearsal())
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
	r.appointment = r.add("", func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty, Link: "x"},
		booking.Participant{Role: booking.RoleInterpreter, Link: "x"}, booking.Participant{Role: booking.RoleRepresentative},
		booking.Participant{Role: booking.RoleWitness})
}

// add books one more appointment at ten, whose people are named by their role
// behind a prefix, and by a number if the role occurs again.
func (r *rig) add(prefix string, change func(*booking.Draft), people ...booking.Participant) booking.Appointment {
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
	for _, p := range people {
		p.Name = "Name-of-" + prefix + string(p.Role)
		draft.Participants = append(draft.Participants, p)
	}
	change(&draft)
	a, invites, err := r.store.Book(draft, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, invite := range invites {
		name := prefix + string(invite.Participant.Role)
		for n := 2; r.people[name].ID != ""; n++ {
			name = fmt.Sprintf("%s%s%d", prefix, invite.Participant.Role, n)
		}
		r.people[name], r.invites[name] = invite.Participant, invite.Ticket
		r.cookies[name] = r.redeem(invite.Ticket)
	}
	return a
}

func (r *rig) redeem(ticket string) string {
	r.t.Helper()
	secret, _, _, err := r.store.Redeem(ticket)
	if err != nil {
		r.t.Fatal(err)
	}
	return secret
}

// pass lets time pass in steps too small for any deadline of a socket, with
// these clients alive at each of them.
func (r *rig) pass(d time.Duration, alive ...*client) {
	r.t.Helper()
	for ; d > 0; d -= 9 * time.Second {
		r.later(min(d, 9*time.Second))
		for _, c := range alive {
			at := r.live.mark(r.now())
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

// followed waits until the hearing has done what a client has sent so far.
func (r *rig) followed(c *client) {
	r.t.Helper()
	c.sync()
	done := make(chan struct{})
	r.sessionOf(r.people[c.name].ID).hearing.post("", func() { close(done) })
	<-done
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
