package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/pacer"
	"jalsa/sfu/udp"
)

// paced is a publisher with one receiver behind a thin link, in virtual time and without goroutines.
type paced struct {
	t         *testing.T
	now       time.Time
	publisher *Peer
	receiver  *Peer
	line      *subscription
	tape      tape
	sequence  uint16 // publisher's
	frame     uint32
}

// tape is what left towards the receiver.
type tape struct {
	headers  []rtp.Header
	payloads [][]byte
}

func (k *tape) send(e *egress, out *udp.Burst) error {
	_ = out.Space() // as a transport does
	p, err := e.packet()
	k.headers = append(k.headers, p.Header)
	k.payloads = append(k.payloads, p.Payload)
	return err
}

func newPaced(t *testing.T, target int, repaired bool) *paced {
	t.Helper()
	s := testSFU(t, nil)
	p := &paced{t: t, now: t0}
	s.now = func() time.Time { return p.now }
	r := newRoom(s, t.Name(), false)
	p.publisher, p.receiver = newPeer(r, "a", 1, Events{}, p.now), newPeer(r, "b", 2, Events{}, p.now)
	p.publisher.live.Store(true)
	p.receiver.live.Store(true)
	o, err := parseOffer(offerText(1))
	if err != nil {
		t.Fatal(err)
	}
	p.publisher.layout.Store(newLayout(p.publisher, o, nil))
	p.receiver.control(newCongestionUpTo(target, endless, p.now), p.now)
	p.line = newSubscription(p.receiver, 0, webrtc.RTPCodecTypeVideo)
	p.line.wide = 5
	bind(t, p.line, binding{&p.tape})
	if !repaired {
		p.line.repair = 0
	}
	for _, track := range p.publisher.layout.Load().published {
		if track.kind == webrtc.RTPCodecTypeVideo {
			p.send(true, 1, 100) // makes the stream
			track.subscribers.Store(&[]*subscription{p.line})
			p.line.track, p.line.target, p.line.current = track, (*track.streams.Load())[0], nil
		}
	}
	return p
}

// send has the publisher send a frame.
func (p *paced) send(keyframe bool, packets, size int) {
	p.frame++
	in := opened(p.publisher)
	for i := range packets {
		b := videoPacket(p.t, p.sequence, keyframe, size)
		p.sequence++
		binary.BigEndian.PutUint32(b[4:], p.frame*3000)
		if i > 0 {
			b[len(b)-size-7] = 0x80 // not the first of its frame
		}
		if i == packets-1 {
			b[1] |= 0x80
		}
		_, _ = in.Write(b)
	}
}

func (p *paced) waitsForKeyframe() bool {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.line.current == nil
}

// newest is the last number that left on the line itself.
func (p *paced) newest() uint16 {
	for i := len(p.tape.headers) - 1; i >= 0; i-- {
		if p.tape.headers[i].SSRC == 777 {
			return p.tape.headers[i].SequenceNumber
		}
	}
	return 0
}

// nack has the receiver ask for packets again.
func (p *paced) nack(first uint16, mask uint16) {
	b, err := (&rtcp.TransportLayerNack{MediaSSRC: 777, Nacks: []rtcp.NackPair{{PacketID: first, LostPackets: rtcp.PacketBitmap(mask)}}}).Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = told(p.receiver).Write(b)
}

// run lets a camera of 700 kbit/s go to a link that is believed to carry less, with requests for repair and probes.
func (p *paced) run(seconds int) {
	random := rand.New(rand.NewPCG(1, 2))
	c := p.receiver.congestion.Load()
	for ms := range seconds * 1000 {
		p.now = t0.Add(time.Duration(ms) * time.Millisecond)
		if ms%33 == 0 {
			p.send(p.waitsForKeyframe(), 3, 950)
		}
		if ms%5 == 0 {
			p.receiver.beat(p.now)
		}
		if ms%100 == 0 {
			p.nack(p.newest()-uint16(random.IntN(60)), uint16(random.Uint32()&random.Uint32()&random.Uint32()))
		}
		if ms%1000 == 0 {
			c.queue.Probe(pacer.Probe{Cluster: ms/1000 + 1, Rate: 900_000, Packets: 5, Bytes: 2000}, p.now)
		}
	}
}

// TestNoNumberTwice: one SSRC never sends two packets under one number, since AES-GCM would give away both (RFC 7714,
// section 9.1): not by repairs, not by padding, not by what was dropped before it was sent. Transport-wide numbers go up
// one by one.
func TestNoNumberTwice(t *testing.T) {
	for _, repaired := range []bool{true, false} {
		p := newPaced(t, 200_000, repaired)
		p.run(20)
		type number struct {
			ssrc     uint32
			sequence uint16
		}
		used, by := map[number]bool{}, map[uint32]int{}
		wide := -1
		for i, h := range p.tape.headers {
			n := number{h.SSRC, h.SequenceNumber}
			if used[n] {
				t.Fatalf("repaired %v: %+v again, %d packets later", repaired, n, i)
			}
			used[n] = true
			by[h.SSRC]++
			x := h.GetExtension(5)
			if len(x) != 2 {
				t.Fatalf("no transport-wide number on %+v", h)
			}
			if w := int(binary.BigEndian.Uint16(x)); wide >= 0 && w != (wide+1)&0xffff {
				t.Fatalf("transport-wide number %d after %d", w, wide)
			} else {
				wide = w
			}
		}
		if by[777] < 100 || (by[778] > 100) != repaired || !repaired && by[778]+by[0] > 0 {
			t.Errorf("repaired %v: %v packets by SSRC", repaired, by)
		}
	}
}

// TestFramesAreDroppedWhole: after the first packet that is missing nothing is sent that needs it, up to a key frame.
func TestFramesAreDroppedWhole(t *testing.T) {
	p := newPaced(t, 200_000, true)
	p.run(20)
	var last *rtp.Header
	gaps, frames := 0, 0
	for i := range p.tape.headers {
		h := &p.tape.headers[i]
		if h.SSRC != 777 {
			continue
		}
		v, err := parseVP8(p.tape.payloads[i])
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && h.SequenceNumber != last.SequenceNumber+1 {
			gaps++
			if !v.keyframe {
				t.Fatalf("packet %d after %d begins no key frame", h.SequenceNumber, last.SequenceNumber)
			}
		} else if last != nil && h.Timestamp != last.Timestamp && !last.Marker {
			t.Fatalf("frame %d ends before its last packet", last.Timestamp)
		}
		if h.Marker {
			frames++
		}
		last = h
	}
	if gaps < 3 || frames < 100 || p.receiver.sfu.Stats().Dropped[string(dropPaced)] == 0 {
		t.Errorf("%d gaps, %d frames: nothing was tried", gaps, frames)
	}
}

// TestPaddingIsNothingElse: what a probe adds is padding to its last byte, of the size that was asked for.
func TestPaddingIsNothingElse(t *testing.T) {
	p := newPaced(t, 200_000, true)
	p.receiver.congestion.Load().queue.Probe(pacer.Probe{Cluster: 1, Rate: 500_000, Packets: 8, Bytes: 1600}, p.now)
	for ms := 0; ms < 100; ms += 5 {
		p.receiver.beat(p.now.Add(time.Duration(ms) * time.Millisecond))
	}
	if n := len(p.tape.headers); n != 8 {
		t.Fatalf("%d packets", n)
	}
	for i, h := range p.tape.headers {
		if h.SSRC != 778 || h.PayloadType != 97 || !h.Padding || len(p.tape.payloads[i]) != 0 {
			t.Errorf("%+v", h)
		}
		if size := overhead + h.MarshalSize() + int(h.PaddingSize); size != 200 {
			t.Errorf("%d bytes on the link", size)
		}
	}
}

// TestSlowRelayHoldsPicturesBack: while a relay's client is slow to take what it has, pictures and padding wait here,
// where voice passes them.
func TestSlowRelayHoldsPicturesBack(t *testing.T) {
	p := newPaced(t, 2_000_000, true)
	c := p.receiver.congestion.Load()
	relay := &udp.Relay{}
	c.follow(route{relay: relay, overhead: overheadTCP})
	left := func() int { return len(p.tape.headers) }
	p.send(true, 1, 900)
	if left() != 1 {
		t.Fatal("a free relay holds a picture back")
	}
	relay.Waiting(20_000)
	p.send(false, 1, 900)
	c.queue.Probe(pacer.Probe{Cluster: 1, Rate: 4_000_000, Packets: 5, Bytes: 1000}, p.now)
	p.now = p.now.Add(100 * time.Millisecond)
	again := p.receiver.beat(p.now)
	if left() != 1 || !again {
		t.Fatalf("%d packets left, come again: %v", left(), again)
	}
	e := p.receiver.sfu.egress.Get().(*egress)
	p.line.mu.Lock()
	p.line.headerLocked(e, 1, outgoing{sequence: 40000}, false)
	p.line.mu.Unlock()
	p.receiver.pace(e, pacer.Audio, p.now, &udp.Burst{})
	if left() != 2 {
		t.Fatal("voice waits")
	}
	relay.Waiting(0)
	p.receiver.beat(p.now.Add(5 * time.Millisecond))
	if left() < 3 {
		t.Error("nothing leaves once the relay is free")
	}
}

// TestIdleLinkIsTried: with everything held back, a few packets still ask the receiver how it goes.
func TestIdleLinkIsTried(t *testing.T) {
	p := newPaced(t, 50_000, true)
	c := p.receiver.congestion.Load()
	p.receiver.bound(p.line, 777)
	run := func() (packets int) {
		for range 100 {
			p.now = p.now.Add(50 * time.Millisecond)
			p.receiver.process(p.now, &udp.Burst{})
		}
		for _, h := range p.tape.headers {
			if !h.Padding || h.SSRC != 778 {
				t.Errorf("%+v", h)
			}
		}
		packets, p.tape.headers, p.tape.payloads = len(p.tape.headers), nil, nil
		return packets
	}
	c.heard = true
	p.receiver.demand.Store(40_000)
	if n := run(); n != 0 {
		t.Errorf("%d packets although nothing is missed", n)
	}
	p.receiver.demand.Store(400_000)
	if n := run(); n < 20 || n > 25 {
		t.Errorf("%d packets in 5 s", n)
	}
}
