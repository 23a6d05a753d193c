package sfu

import (
	"errors"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// TestBadOffers are refused by kind, cost the sender nothing but the answer, and disturb nobody.
func TestBadOffers(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	c := newClient(t, s.Room(t.Name()), 3)
	good := c.offer()
	bad := []struct {
		text string
		want error
	}{
		{strings.Repeat("x", maxOffer+1), ErrSDPTooLarge},
		{good + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", 48), ErrTooManyLines},
		{"", ErrMalformed},
		{good[:len(good)/2], ErrMalformed},
		{strings.ReplaceAll(good, "a=mid:", "a=x:"), ErrMalformed},
		{strings.Replace(good, "sha-256 ", "sha-256 zz", 1), nil},
		{strings.Replace(good, "urn:ietf:params:rtp-hdrext:sdes:mid", "::%zz", -1), nil},
	}
	for i, o := range bad {
		_, err := c.peer.Answer(o.text, LevelLarge)
		if o.want != nil && !errors.Is(err, o.want) {
			t.Errorf("offer %d: %v, want %v", i, err, o.want)
		}
		if o.want == nil {
			continue // might be taken, and would restart
		}
		if _, err = a.peer.Answer(o.text, LevelLarge); !errors.Is(err, o.want) {
			t.Errorf("offer %d on a connected peer: %v, want %v", i, err, o.want)
		}
	}
	d := newClient(t, s.Room(t.Name()), 4)
	for _, o := range bad[:5] {
		if _, err := d.peer.Answer(o.text, LevelLarge); err == nil {
			t.Error("bad offer was answered")
		}
	}
	d.connect()
	until(t, "connected after bad offers", d.connected)
	until(t, "others go on", func() bool {
		n := a.pump()
		return b.has("video", seat, mark{1, 'h', n - 1}) || b.has("video", seat, mark{1, 'l', n - 1})
	})
}

// TestICERestart: a re-offer on the same peer with new credentials finds a new path, and the media goes on.
func TestICERestart(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	flow := func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) }
	until(t, "flow", flow)
	for range 2 {
		o, err := b.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := b.peer.Answer(b.describe(o), LevelLarge)
		if err != nil {
			t.Fatal(err)
		}
		b.accept(answer)
		until(t, "connected again", b.connected)
		until(t, "flow after restart", flow)
	}
	if g := b.line("video", seat); g.broken > 0 {
		t.Errorf("%d broken", g.broken)
	}
}

// TestMoreSeats: a later offer with more lines brings more seats.
func TestMoreSeats(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Room("seats")
	all := []*testClient{newClient(t, r, 1, func(o *clientOptions) { o.seats = 1 }), newClient(t, r, 2), newClient(t, r, 3)}
	for _, c := range all {
		c.connect()
	}
	a := all[0]
	until(t, "one seat", func() bool { a.mu.Lock(); defer a.mu.Unlock(); return len(a.seats) == 1 && a.seats[0].Number != 0 })
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		a.must2(a.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}))
	}
	a.connect()
	until(t, "two seats", func() bool { return a.seatOf(2) >= 0 && a.seatOf(3) >= 0 })
	for _, c := range all[1:] {
		until(t, "flow", func() bool { n := c.pump(); return a.has("video", a.seatOf(c.number), mark{c.number, 'h', n - 1}) })
	}
}

// TestWrongCertificate: a client whose certificate is not the offered one never gets media.
func TestWrongCertificate(t *testing.T) {
	s := testSFU(t, nil)
	c := newClient(t, s.Room("x"), 1)
	offer := c.offer()
	i := strings.Index(offer, "sha-256 ") + len("sha-256 ")
	answer, err := c.peer.Answer(offer[:i]+"00:00:00:00"+offer[i+11:], LevelLarge)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	until(t, "ended", func() bool { return c.peer.State() >= StateFailed })
	if got := c.peer.State(); got != StateFailed {
		t.Errorf("state %v", got)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, state := range c.states {
		if state == StateConnected {
			t.Error("was connected")
		}
	}
}

// TestGoodbye: a client that closes is told from one that failed.
func TestGoodbye(t *testing.T) {
	s := testSFU(t, nil)
	c := newClient(t, s.Room("x"), 1)
	c.connect()
	until(t, "connected", c.connected)
	if err := c.pc.GracefulClose(); err != nil {
		t.Fatal(err)
	}
	until(t, "ended", func() bool { return c.peer.State() >= StateFailed })
	if got := c.peer.State(); got != StateClosed {
		t.Errorf("state %v", got)
	}
}
