package sfu

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"jalsa/sfu/udp"
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

// TestThinReceiver: over real connections, who wants little data gets voice in a third of the packets, each frame of
// it, and who speaks is asked for voice of 16 kbit/s.
func TestThinReceiver(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l")
	until(t, "flow", func() bool { a.pump(); a.say(a.frames, 30); return len(b.line("audio", seat).packets) > 0 })
	until(t, "all of it", func() bool { return b.has("audio", seat, mark{1, 'a', a.frames}) })
	b.peer.SetLevel(LevelLarge, LevelStills)
	until(t, "a thin link", b.peer.thin.Load)
	until(t, "the speaker is asked for less", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.wanted != nil && a.wanted.Voice == 16_000
	})
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

// TestVoiceNumbersAreOfOnePacket: whatever happens to a voice, by losses, repairs, second copies, redundancy, silence and
// a link that gets thin and wide again, what goes out under one number is always the same to the bit, since AES-GCM would
// give away both (RFC 7714, section 9.1).
func TestVoiceNumbersAreOfOnePacket(t *testing.T) {
	for _, l := range []line{{}, {nack: true}, {red: redFormat}, {red: redFormat, nack: true, ids: extensions{transportCC: 5}}} {
		s := newStall(t, 1, l)
		r := rand.New(rand.NewPCG(1, uint64(l.red)))
		v, u, silk, hybrid := s.speakers[0], s.lines[0], spoken(t, "silk"), spoken(t, "hybrid")
		var late []rtp.Header
		for i := range 20_000 {
			payload, level := silk[i%len(silk)], uint8(30)
			switch {
			case i/200%3 == 2:
				payload = hybrid[i%len(hybrid)]
			case i/50%5 == 4:
				level = silent
			}
			lost := r.IntN(10) == 0
			if lost {
				late = append(late, v.Header)
			}
			v.say(payload, level, lost)
			s.pass(20 * time.Millisecond)
			if len(late) > 0 && r.IntN(4) == 0 {
				now := v.Header
				v.Header = late[0]
				v.say(silk[0], 30, false)
				v.Header, late = now, late[1:]
			}
			if r.IntN(50) == 0 {
				s.link(r.IntN(2) == 0, int64(30_000+r.IntN(300_000)))
				u.mu.Lock()
				u.voice.depth, u.voice.twice = r.IntN(4), l.red == 0 && r.IntN(2) == 0
				u.mu.Unlock()
			}
			if l.nack && i%3 == 0 {
				u.mu.Lock()
				newest := u.rewriter.sequence
				u.mu.Unlock()
				u.lostVoice([]rtcp.NackPair{{PacketID: newest - uint16(r.IntN(100)), LostPackets: rtcp.PacketBitmap(r.Uint32())}}, s.now(), 50*time.Millisecond, &udp.Burst{})
			}
		}
		type number struct{ sequence, turn uint16 } // turn: of 16 bits, by when it was
		sent, again := map[number][]byte{}, 0
		newest := uint16(0)
		turn := uint16(0)
		for i, p := range s.heard[0].packets() {
			if i == 0 {
				newest = p.SequenceNumber
			}
			if ahead := p.SequenceNumber - newest; ahead < 1<<15 {
				if p.SequenceNumber < newest {
					turn++
				}
				newest = p.SequenceNumber
			}
			n := number{p.SequenceNumber, turn}
			if p.SequenceNumber > newest {
				n.turn--
			}
			b, err := p.Marshal()
			must(t, err)
			if before := sent[n]; before != nil {
				if again++; !bytes.Equal(before, b) {
					t.Fatalf("%+v: number %d is of two packets:\n%x\n%x", l, p.SequenceNumber, before, b)
				}
			}
			sent[n] = b
		}
		if repeats := l.nack || l.red == 0; len(sent) < 10_000 || (again > 500) != repeats || !repeats && again > 0 {
			t.Errorf("%+v: %d numbers, %d packets again", l, len(sent), again)
		}
	}
}
