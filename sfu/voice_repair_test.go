package sfu

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// TestVoiceIsRepaired both ways where that was negotiated: what the publisher's packets lose on the way here is asked
// for, and so does a receiver. No number is ever encrypted with two texts.
func TestVoiceIsRepaired(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	r := s.Room(t.Name())
	a := newClient(t, r, 1, func(o *clientOptions) { o.askAgain = true })
	b := newClient(t, r, 2, func(o *clientOptions) { o.askAgain = true })
	a.connect()
	b.connect()
	until(t, "seated", func() bool { return a.connected() && b.connected() && b.seatOf(1) >= 0 })
	seat, count := b.seatOf(1), uint32(0)
	say := func() { count++; a.say(count, 30) }
	until(t, "flow", func() bool { say(); return len(b.line("audio", seat).packets) > 5 })

	down, up := &repeats{sent: map[uint64][]byte{}}, &repeats{sent: map[uint64][]byte{}}
	out, in := down.lose, up.lose
	conn.out.Store(&out)
	conn.in.Store(&in)
	for range 12 {
		first := count + 1
		for range 10 {
			say()
		}
		last := count
		until(t, "every packet in spite of loss", func() bool {
			say() // the receiver looks for losses when the next packet comes
			for n := first; n <= last; n++ {
				if !b.has("audio", seat, mark{1, 'a', n}) {
					return false
				}
			}
			return true
		})
	}
	down.mu.Lock()
	defer down.mu.Unlock()
	if st := s.Stats(); down.again == 0 || st.Repaired == 0 || st.NACKed == 0 {
		t.Errorf("%d sent again, %+v", down.again, st)
	}
	if down.different > 0 {
		t.Errorf("%d of %d packets differ the second time", down.different, down.again)
	}
}

// repeats loses each seventh packet of voice once, and compares what comes again.
type repeats struct {
	mu               sync.Mutex
	sent             map[uint64][]byte
	again, different int
}

func (r *repeats) lose(b []byte, _ net.Addr) bool {
	if !isRTP(b) || b[1]&0x7f != 109 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	number := uint64(binary.BigEndian.Uint32(b[8:]))<<16 | uint64(binary.BigEndian.Uint16(b[2:]))
	before, known := r.sent[number]
	if !known {
		r.sent[number] = bytes.Clone(b)
		return len(r.sent)%7 == 0
	}
	r.again++
	if !bytes.Equal(before, b) {
		r.different++
	}
	return false
}

// TestThinReceiver: over real connections, who wants little data gets voice in a third of the packets, each frame of it.
func TestThinReceiver(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l")
	until(t, "flow", func() bool { a.pump(); a.say(a.frames, 30); return len(b.line("audio", seat).packets) > 0 })
	b.peer.SetLevel(LevelLarge, LevelStills)
	until(t, "a thin link", b.peer.thin.Load)
	packets := spoken(t, "silk")
	before, sequence := len(b.line("audio", seat).packets), uint16(a.frames+1)
	for i, payload := range packets {
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: sequence + uint16(i), Timestamp: uint32(sequence)*960 + uint32(i)*960}, Payload: payload}
		if err := p.SetExtension(a.ids["audio"][sdp.AudioLevelURI], []byte{0x80 | 30}); err != nil {
			t.Fatal(err)
		}
		if err := a.voice.WriteRTP(p); err != nil {
			t.Fatal(err)
		}
	}
	want := framesOf(t, packets)
	var got []*rtp.Packet
	until(t, "every frame", func() bool {
		got = b.line("audio", seat).packets[before:]
		n := 0
		for _, p := range got {
			n += opusTime(p.Payload) / 960
		}
		return n >= len(want)
	})
	var payloads [][]byte
	for _, p := range got {
		payloads = append(payloads, p.Payload)
	}
	if frames := framesOf(t, payloads); !slices.EqualFunc(frames, want, bytes.Equal) {
		t.Errorf("%d frames of %d, or other ones", len(frames), len(want))
	}
	if most := len(packets)/3 + 1; len(got) > most {
		t.Errorf("%d packets for %d, want %d", len(got), len(packets), most)
	}
}
