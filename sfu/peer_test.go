package sfu

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// TestCloseStopsPackets: once Close has returned no packet goes to the peer, whatever others send, and none of its own
// is passed on, whatever it sends; the others lose nothing.
func TestCloseStopsPackets(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	all, send := three(t, s.Room("close"))
	a, b, gone := all[0], all[1], all[2]
	address := localAddress(t, gone)
	gone.peer.Close()
	var after atomic.Int64
	spy := func(p []byte, to net.Addr) bool {
		if isMedia(p) && to.String() == address {
			after.Add(1)
		}
		return false
	}
	conn.out.Store(&spy)
	received := s.Stats().Received
	seat := b.seatOf(1)
	first := a.frames + 1
	for range 20 {
		for range 5 {
			send()
		}
		last := a.frames
		until(t, "others go on without loss", func() bool { return b.has("video", seat, mark{1, 'h', last}) })
	}
	for n := first; n <= a.frames; n++ {
		if !b.has("video", seat, mark{1, 'h', n}) {
			t.Errorf("frame %d is missing", n)
		}
	}
	if n := after.Load(); n > 0 {
		t.Errorf("%d packets to a closed peer", n)
	}
	for m := range b.line("video", max(b.seatOf(3), 0)).marks {
		if m.number == 3 && m.count >= first {
			t.Errorf("packet %d of a closed peer", m.count)
		}
	}
	if got := s.Stats().Received - received; got < 500 || got > 700 {
		t.Errorf("%d packets taken, want those of two peers", got)
	}
	until(t, "seat is free", func() bool { return a.seatOf(3) < 0 && b.seatOf(3) < 0 })
	if gone.peer.State() != StateClosed {
		t.Errorf("state %v", gone.peer.State())
	}
	if _, err := gone.peer.Answer(offerText(1), LevelLarge); !errors.Is(err, ErrClosed) {
		t.Errorf("answer after close: %v", err)
	}
}

// three connects clients who see one another; send has each send a packet of each kind.
func three(t *testing.T, r *Room) (all []*testClient, send func()) {
	t.Helper()
	for n := range uint32(3) {
		c := newClient(t, r, n+1)
		c.connect()
		all = append(all, c)
	}
	send = func() {
		for _, c := range all {
			c.pump()
			c.say(c.frames, 20)
		}
	}
	for _, c := range all {
		for _, o := range all {
			if c != o {
				until(t, "flow", func() bool {
					send()
					return len(c.line("video", max(c.seatOf(o.number), 0)).packets) > 0 && c.seatOf(o.number) >= 0
				})
			}
		}
	}
	return all, send
}

func localAddress(t *testing.T, c *testClient) string {
	t.Helper()
	pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		t.Fatal("no candidate pair", err)
	}
	return net.JoinHostPort(pair.Local.Address, fmt.Sprint(pair.Local.Port))
}

// TestJoinWhilePublishing sweeps the instant at which somebody begins to publish around the instant at which another
// joins. The newcomer hears and sees them each time.
func TestJoinWhilePublishing(t *testing.T) {
	s := testSFU(t, nil)
	steps := 12
	if testing.Short() {
		steps = 4
	}
	for step := range steps {
		delay := time.Duration(step) * 8 * time.Millisecond
		t.Run(delay.String(), func(t *testing.T) {
			r := s.Room(t.Name())
			a, b := newClient(t, r, 1), newClient(t, r, 2)
			a.connect()
			until(t, "publisher connected", a.connected)
			offer := b.offer()
			begin := time.NewTimer(delay)
			defer begin.Stop()
			joined := make(chan error, 1)
			go func() {
				answer, err := b.peer.Answer(offer, LevelLarge)
				if err == nil {
					err = b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
				}
				joined <- err
			}()
			<-begin.C
			// Not a key frame unless asked, as an encoder that began earlier would go on.
			a.frames = 1
			until(t, "newcomer hears and sees", func() bool {
				n := a.pump()
				a.say(n, 20)
				seat := b.seatOf(1)
				return seat >= 0 && b.has("video", seat, mark{1, 'h', n - 1}) && b.has("audio", seat, mark{1, 'a', n - 1})
			})
			if err := <-joined; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestNeverConnected: a peer without a path fails after 30 s of the SFU's clock and holds nothing; likewise one that
// never made an offer.
func TestNeverConnected(t *testing.T) {
	var offset atomic.Int64
	s := testSFU(t, nil)
	s.now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	r := s.Room("never")
	c := newClient(t, r, 1)
	if _, err := c.peer.Answer(c.offer(), LevelLarge); err != nil {
		t.Fatal(err)
	}
	silent := newClient(t, r, 2)
	offset.Store(int64(29 * time.Second))
	if c.peer.State() != StateConnecting {
		t.Fatalf("state %v", c.peer.State())
	}
	offset.Store(int64(31 * time.Second))
	until(t, "both failed", func() bool { return c.peer.State() == StateFailed && silent.peer.State() == StateFailed })
	until(t, "told", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.states) > 0 && c.states[len(c.states)-1] == StateFailed
	})
	until(t, "room is empty", func() bool { return s.Stats().Rooms == 0 })
	c.peer.Close()
}

// TestTwoPeersOfOneParticipant: while one path replaces another the person has two peers, sits in one seat, receives
// nothing of themselves, and goes on being seen when either closes.
func TestTwoPeersOfOneParticipant(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "flow", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	again := newClient(t, s.Room(t.Name()), 1)
	again.frames = 5000
	again.connect()
	until(t, "second path", again.connected)
	until(t, "flow of the second path", func() bool {
		a.pump()
		n := again.pump()
		return b.has("video", seat, mark{1, 'h', n - 1})
	})
	if b.seatOf(1) != seat {
		t.Error("seat changed")
	}
	b.mu.Lock()
	if len(b.seats) != 2 || b.seats[1-seat].Number != 0 {
		t.Errorf("seats %v", b.seats)
	}
	b.mu.Unlock()
	if a.seatOf(1) >= 0 || again.seatOf(1) >= 0 {
		t.Error("somebody receives themselves")
	}
	again.peer.Close()
	until(t, "flow of the first path again", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
}

// TestComeAndGo: joins and leaves, a quarter without goodbye, leave nothing behind.
func TestComeAndGo(t *testing.T) {
	s := testSFU(t, nil)
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	before := runtime.NumGoroutine()
	for i := range rounds {
		r := s.Room(fmt.Sprint("room", i%3))
		c := newClient(t, r, uint32(i%4+1))
		switch i % 4 {
		case 0: // never answered
		case 1: // never connected
			if _, err := c.peer.Answer(c.offer(), LevelLarge); err != nil {
				t.Fatal(err)
			}
		default:
			c.connect()
			if i%8 != 2 {
				until(t, "connected", c.connected)
			}
		}
		c.close()
	}
	until(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
	if st := s.Stats(); st.Peers != 0 || st.Rooms != 0 {
		t.Errorf("%+v", st)
	}
}

// TestCloseFromEvents: an owner may close a peer from inside an event.
func TestCloseFromEvents(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Room("events")
	ready, closed := make(chan *Peer, 1), make(chan State, 1)
	p, err := r.Join("x", 1, Events{
		Seats: func([]Seat) { p := <-ready; p.Close() },
		State: func(s State) { closed <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	ready <- p
	if _, err := p.Answer(offerText(1), LevelLarge); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-closed:
		if got != StateClosed {
			t.Errorf("state %v", got)
		}
	case <-time.After(testWithin):
		t.Fatal("not closed")
	}
}

// TestBlackout: some seconds without a packet either way heal without anybody's help.
func TestBlackout(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 7 s")
	}
	conn := newLossy(t)
	s := testSFU(t, conn)
	a, b, seat := pair(t, s, "l", "h")
	flow := func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) }
	until(t, "flow", flow)
	dark := func([]byte, net.Addr) bool { return true }
	conn.in.Store(&dark)
	conn.out.Store(&dark)
	until(t, "disconnected", func() bool { return b.peer.State() == StateDisconnected })
	conn.in.Store(nil)
	conn.out.Store(nil)
	until(t, "flow again", flow)
	until(t, "connected again", b.connected)
}

// TestWishBeforeSeats: a wish said before the first offer counts.
func TestWishBeforeSeats(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Room("wish")
	a, b := newClient(t, r, 1), newClient(t, r, 2)
	b.peer.Prefer([]Preference{{Seat: 0, Height: 180}, {Seat: 1, Height: 180}, {Seat: -1, Height: 1}, {Seat: 1 << 40, Height: 1}})
	a.connect()
	b.connect()
	until(t, "flow", func() bool {
		n := a.pump()
		return b.seatOf(1) >= 0 && b.has("video", b.seatOf(1), mark{1, 'l', n - 1})
	})
	for m := range b.line("video", b.seatOf(1)).marks {
		if m.layer != 'l' {
			t.Fatalf("layer %c", m.layer)
		}
	}
}
