package lab

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
	"jalsa/signaling"
	"jalsa/turn"
	"jalsa/web"
)

// inside is the server in the test's own process, wired as the program wires
// it, for what shows only inside: goroutines and heap, and what a clock does
// that can be put forward and back.
type inside struct {
	t     testing.TB
	now   func() time.Time // of all but media, as in the program
	store *booking.Store
	sfu   *sfu.SFU
	live  *signaling.Server
	turn  *turn.Server
	pages *http.Server
	url   string
	stop  context.CancelFunc
	wait  sync.WaitGroup
}

func newInside(t testing.TB, now func() time.Time) *inside {
	t.Helper()
	s := &inside{t: t, now: now}
	quiet := slog.New(slog.DiscardHandler)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	s.url = fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)
	s.store, err = booking.Open(filepath.Join(t.TempDir(), "jalsa.db"), booking.Options{Now: now, Logger: quiet})
	must(err)
	s.sfu, err = sfu.New(sfu.Config{Media: []string{"127.0.0.1:0"}, Now: time.Now, Logger: quiet})
	must(err)
	s.turn, err = turn.New(turn.Config{Realm: "jalsa", Relay: s.sfu.Relay, Media: s.sfu.Media(),
		Allowed: func(user string) bool { return s.live.Present(user) }, Now: time.Now, Logger: quiet})
	must(err)
	s.live = signaling.New(signaling.Config{Bookings: s.store, SFU: s.sfu, Revoke: s.turn.Revoke, Origins: []string{s.url}, Now: now, Logger: quiet,
		Relay: func(id string) []signaling.Relay {
			name, password := s.turn.Issue(id)
			return []signaling.Relay{{URLs: []string{"turn:" + s.url[len("http://"):] + "?transport=tcp"}, Username: name, Credential: password}}
		}})
	pages, err := web.New(web.Config{Bookings: s.store, PublicURL: s.url, Live: s.live, Rehearsal: s.live.Rehearsal(), Now: now, Logger: quiet})
	must(err)
	s.pages = &http.Server{Handler: pages, ReadHeaderTimeout: within}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	port := turn.Split(l, nil)
	s.wait.Go(func() { _ = s.pages.Serve(port.Web) })
	s.wait.Go(func() { _ = s.turn.Serve(port.STUN) })
	s.wait.Go(func() { s.tick(ctx) })
	t.Cleanup(s.close)
	return s
}

func (s *inside) tick(ctx context.Context) {
	t := time.NewTicker(250 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.live.Tick(s.now())
		case <-ctx.Done():
			return
		}
	}
}

func (s *inside) close() {
	_ = s.live.Close()
	s.stop()
	_ = s.pages.Close()
	_ = s.turn.Close()
	s.wait.Wait()
	_ = s.sfu.Close()
	_ = s.store.Close()
}

// book makes an appointment around now.
func (s *inside) book(roles ...booking.Role) []booking.Invite {
	s.t.Helper()
	return s.bookAt(s.now().UTC().Format("2006-01-02T15:04"), "UTC", roles...)
}

// bookAt makes one of an hour, open for another hour before.
func (s *inside) bookAt(local, zone string, roles ...booking.Role) []booking.Invite {
	s.t.Helper()
	start, err := booking.NewCivil(local, zone)
	if err != nil {
		s.t.Fatal(err)
	}
	d := booking.Draft{Institution: booking.Text{"fr": "T"}, Service: booking.Text{"fr": "S"}, Start: start, Duration: time.Hour, EarlyEntry: time.Hour}
	for _, r := range roles {
		d.Participants = append(d.Participants, booking.Participant{Role: r, Name: secretName})
	}
	_, invites, err := s.store.Book(d, "lab")
	if err != nil {
		s.t.Fatal(err)
	}
	return invites
}

// TestChurnInside looks at goroutines and heap, of which the people's own go
// with them. It runs alone: others in the process would be counted too.
func TestChurnInside(t *testing.T) {
	s := newInside(t, time.Now)
	c := &churn{t: t}
	defer c.end()
	var hosts []*person
	var visitors [][]*visitor
	for range workers {
		invites := s.book("host", "party", "party", "witness", "representative", "expert")
		meet := func(i booking.Invite, path string) *person {
			return newPasserBy(t, s.url, s.url+"/j/"+i.Ticket, i.Participant.Number, string(i.Participant.Role), path)
		}
		host := meet(invites[0], "direct")
		host.enter()
		defer host.close()
		until(t, "the host is up", func() bool { return host.isAdmitted() && host.isUp() })
		hosts = append(hosts, host)
		var each []*visitor
		for _, i := range invites[1:] {
			path := map[bool]string{true: "relay", false: "direct"}[i.Participant.Number == 4]
			each = append(each, &visitor{tab: func() *person { return meet(i, path) }})
		}
		visitors = append(visitors, each)
	}
	c.run(hosts, visitors, rounds(8, 80))
	before := s.settle(c, hosts, measure{})
	for _, h := range hosts {
		h.connect()
		until(t, "the host is up again", h.isUp)
	}
	n := rounds(40, 1000)
	c.run(hosts, visitors, n)
	after := s.settle(c, hosts, before)
	t.Logf("%d joins and leaves: goroutines %d, then %d; heap %d KB, then %d KB", n, before.goroutines, after.goroutines, before.heap>>10, after.heap>>10)
	if after.goroutines > before.goroutines+before.goroutines/20 {
		t.Errorf("%d goroutines before, %d after", before.goroutines, after.goroutines)
	}
	if after.heap > before.heap+before.heap/20+heapNoise {
		t.Errorf("heap %d KB before, %d KB after", before.heap>>10, after.heap>>10)
	}
}

// heapNoise is what pools and maps of the two processes in one hold on to.
const heapNoise = 512 << 10

// settle waits until only the hosts are left, without media, whose buffers
// would still be filling, and measures.
func (s *inside) settle(c *churn, hosts []*person, want measure) measure {
	s.t.Helper()
	for _, h := range hosts {
		h.stopMedia()
	}
	waitUntil(s.t, map[bool]time.Duration{true: settleWithin, false: within}[inLab], "the server has only the hosts", func() bool {
		return s.sfu.Stats().Peers == 0 && s.live.Stats().Sessions == len(hosts)
	})
	c.end()
	for _, h := range hosts {
		h.forget()
	}
	c.settled(func() bool { return want.goroutines == 0 || measured().goroutines <= want.goroutines })
	return measured()
}
