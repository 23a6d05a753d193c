package sfu

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// exhibit is a stage whose publisher has a screen beside the camera, and its one receiver a seat for each.
type exhibit struct {
	*stage
	t        *testing.T
	screen   *track
	line     *subscription // of the seat of the screen
	seen     *recorder
	sequence uint16
	asks     bool // as a browser does that waits for a picture
	pages    int  // sent, as key frames
	turned   time.Time
	heavy    int // packets of a key frame
}

func newExhibit(t *testing.T) *exhibit {
	e := &exhibit{stage: newStage(t, 1), t: t, seen: &recorder{}, heavy: 1}
	o, err := parseOffer(strings.Replace(offerText(1), "a=recvonly\r\na=rtpmap:96", "a=sendonly\r\na=rtpmap:96", 1))
	must(t, err)
	l := newLayout(e.publisher, o, e.publisher.layout.Load())
	e.publisher.layout.Store(l)
	e.room.negotiated(e.publisher, l, nil)
	e.screen = e.publisher.screen
	receiver := e.receivers[0]
	e.line = newSubscription(receiver, 1, webrtc.RTPCodecTypeVideo)
	bind(t, e.line, lineBinding{binding{e.seen}, 888})
	e.room.negotiated(receiver, receiver.layout.Load(), []*subscription{e.line})
	return e
}

// run lets time pass. The screen, while it is wanted, is drawn five times a second with so many bytes; with 0, not at all.
func (e *exhibit) run(d time.Duration, drawn int) {
	for end := e.now().Add(d); e.now().Before(end); {
		e.step(tickEvery)
		e.receivers[0].beat(e.now())
		if e.screen.told[0].Load() == 0 {
			continue
		}
		s := e.screen.byRID("")
		if s == nil || s.keyframes.tries > 0 {
			e.pages++
			e.draw(true, e.heavy, 1100)
		} else if drawn > 0 && e.now().Sub(e.turned) >= 200*time.Millisecond {
			e.turned = e.now()
			e.draw(false, (drawn+1099)/1100, min(drawn, 1100))
			if e.asks {
				b, err := (&rtcp.PictureLossIndication{MediaSSRC: 888}).Marshal()
				must(e.t, err)
				_, _ = told(e.receivers[0]).Write(b)
			}
		}
	}
}

// draw sends a frame of the screen.
func (e *exhibit) draw(key bool, packets, size int) {
	for i := range packets {
		e.sequence++
		head := []byte{0x90, 0xe0, 0x80, byte(e.pages), 0, 0, 1, 0, 0}
		if key {
			head = append(head[:6], 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 5, 0xd0, 2)
		}
		if i > 0 {
			head = []byte{0x80, 0xe0, 0x80, byte(e.pages), 0, 0, 1}
		}
		p := &rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: i == packets-1, PayloadType: 96, SequenceNumber: e.sequence, Timestamp: uint32(e.elapsed.Load() * 90 / int64(time.Millisecond)), SSRC: 3333},
			Payload: append(head, make([]byte, size)...),
		}
		must(e.t, p.SetExtension(1, []byte("3")))
		b, err := p.Marshal()
		must(e.t, err)
		_, _ = opened(e.publisher).Write(b)
	}
}

// seats are what the receiver is told.
func (e *exhibit) seats() []Seat {
	e.room.mu.Lock()
	defer e.room.mu.Unlock()
	return seatList(e.receivers[0].seats)
}

func passAll(uint32, uint32) Pass { return PassAll }

// TestScreenGoesFirst: a link that does not carry a page and a face shows the page; a wider one both; and who may not see
// the page any more, the face. Nobody sends what is not shown.
func TestScreenGoesFirst(t *testing.T) {
	e := newExhibit(t)
	e.room.SetPolicy(passAll)
	const face, page = 0, 1
	if s := e.seats(); s[face].Screen || !s[page].Screen {
		t.Fatalf("seats %+v", s)
	}
	for _, c := range []struct {
		target     int64
		face, page Pause
		wanted     bool
	}{
		{1_000_000, "", "", true}, {110_000, PauseLink, "", true}, {60_000, PauseLink, PauseLink, false}, {600_000, "", "", true},
	} {
		e.target(c.target)
		e.run(20*time.Second, 500)
		s := e.seats()
		if s[face].Paused != c.face || s[page].Paused != c.page {
			t.Errorf("at %d bit/s face and page are held back because of %q and %q, want %q and %q", c.target, s[face].Paused, s[page].Paused, c.face, c.page)
		}
		before := len(e.seen.packets())
		e.run(time.Second, 500)
		if shown := len(e.seen.packets()) > before; shown != (c.page == "") {
			t.Errorf("at %d bit/s the page is shown: %v", c.target, shown)
		}
		if wanted := e.screen.told[0].Load() != 0; wanted != c.wanted {
			t.Errorf("at %d bit/s the screen is to be sent: %v", c.target, wanted)
		}
	}
	e.target(150_000)
	e.run(20*time.Second, 500)
	if s := e.seats(); s[face].Paused != PauseLink || s[page].Paused != "" {
		t.Errorf("seats %+v", s)
	}
	e.room.SetPolicy(func(_, _ uint32) Pass { return PassVoice | PassCamera })
	before := len(e.seen.packets())
	e.run(20*time.Second, 500)
	if s := e.seats(); s[face].Paused != "" || s[page].Number != 0 || len(e.seen.packets()) != before || e.screen.told[0].Load() != 0 {
		t.Errorf("without the screen: seats %+v, %d packets of it, wanted since %d", s, len(e.seen.packets())-before, e.screen.told[0].Load())
	}
}

// TestPageOverThinLink: a page of 77 kB comes over 110 kbit/s within eight seconds, whole, though the browser asks for it
// five times a second, and once it is there it stays, in spite of a page turned now and then.
func TestPageOverThinLink(t *testing.T) {
	e := newExhibit(t)
	e.heavy = 70
	e.asks = true
	e.receivers[0].control(newCongestionUpTo(110_000, 110_000, e.now()), e.now())
	e.room.SetPolicy(passAll)
	whole := func() bool {
		first := -1
		for i, p := range e.seen.packets() {
			switch v, err := parseVP8(p.Payload); {
			case err != nil:
				t.Fatal(err)
			case v.keyframe:
				first = i
			case p.Marker && first >= 0 && i == first+e.heavy-1:
				return true
			}
		}
		return false
	}
	begin := e.now()
	for !whole() {
		if e.now().Sub(begin) > 8*time.Second {
			t.Fatalf("%d packets of %d pages, seats %+v", len(e.seen.packets()), e.pages, e.seats())
		}
		e.run(100*time.Millisecond, 200)
	}
	if e.pages > 1 {
		t.Errorf("the page was begun %d times", e.pages)
	}
	e.asks = false
	before, pauses := e.pages, 0
	lasts := func(d time.Duration, drawn int) {
		for range d / (100 * time.Millisecond) {
			e.run(100*time.Millisecond, drawn)
			if s := e.seats(); s[1].Paused != "" {
				pauses++
			}
		}
	}
	lasts(10*time.Second, 1100) // what was coarse is drawn finer, while the link has time
	for range 12 {
		lasts(2*time.Second, 5000) // a page is turned
		lasts(8*time.Second, 200)
	}
	lasts(30*time.Second, 0)
	if e.pages != before || pauses > 0 {
		t.Errorf("while pages were turned %d began anew, %d times none was shown", e.pages-before, pauses)
	}
	e.room.SetPolicy(func(_, _ uint32) Pass { return PassVoice | PassCamera })
	e.room.SetPolicy(passAll) // as to one who comes only now
	lasts(time.Second, 0)
	if e.pages != before+1 {
		t.Errorf("a page that lies there was begun %d times for who came late", e.pages-before)
	}
	packets := len(e.seen.packets())
	lasts(8*time.Second, 0)
	lasts(20*time.Second, 200)
	if n := len(e.seen.packets()) - packets; n < 100 || pauses > 0 {
		t.Errorf("%d packets after half a minute in which nothing moved, %d times none was shown", n, pauses)
	}
}
