package sfu

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"jalsa/sfu/udp"
)

// only is a policy under which nothing passes but from each of these pairs' second to its first.
func only(pass Pass, pairs ...[2]uint32) func(receiver, source uint32) Pass {
	return func(receiver, source uint32) Pass {
		if slices.Contains(pairs, [2]uint32{receiver, source}) {
			return pass
		}
		return 0
	}
}

// TestPolicyOfVideo: who may not see somebody gets nothing of them from then on, whatever they ask for; others lose
// nothing, and who may again is shown them from a key frame on.
func TestPolicyOfVideo(t *testing.T) {
	p := newPath(t, 2)
	in := opened(p.publisher)
	sequence := uint16(500)
	send := func(keyframe bool, n int) {
		for range n {
			sequence++
			_, _ = in.Write(videoPacket(t, sequence, keyframe, 100))
			keyframe = false
		}
	}
	nack := func(receiver int, sequence uint16) (sent int) {
		before := p.sinks[receiver].packets
		b, err := (&rtcp.TransportLayerNack{MediaSSRC: 777, Nacks: []rtcp.NackPair{{PacketID: sequence}}}).Marshal()
		must(t, err)
		_, _ = told(p.receivers[receiver]).Write(b)
		return p.sinks[receiver].packets - before
	}
	send(true, 20)
	newest := p.sinks[0].last.SequenceNumber
	p.room.SetPolicy(only(PassAll, [2]uint32{3, 1}))
	send(true, 5)
	if n := p.sinks[0].packets; n != 20 {
		t.Errorf("%d packets, want the 20 of before", n)
	}
	if n := p.sinks[1].packets; n != 25 {
		t.Errorf("another one who may see got %d packets, want 25", n)
	}
	if nack(0, newest-3) != 0 || nack(1, p.sinks[1].last.SequenceNumber-3) != 1 {
		t.Error("a lost packet is sent again to one who may not see, or not to one who may")
	}
	p.room.SetPolicy(only(PassVoice|PassScreen, [2]uint32{2, 1}))
	send(true, 5)
	if p.sinks[0].packets != 20 || p.receivers[0].seats[0].who.number != 1 {
		t.Errorf("%d packets of a camera to one who may only hear, in the seat of %d", p.sinks[0].packets, p.receivers[0].seats[0].who.number)
	}
	p.room.SetPolicy(nil)
	send(false, 5)
	if n := p.sinks[0].packets; n != 20 {
		t.Errorf("%d packets before a key frame", n-20)
	}
	send(true, 5)
	if p.sinks[0].packets != 25 || p.sinks[0].last.SequenceNumber != newest+5 {
		t.Errorf("%d packets since, up to %d, want 5, up to %d", p.sinks[0].packets-20, p.sinks[0].last.SequenceNumber, newest+5)
	}
	if nack(0, newest-3) != 0 || nack(0, newest+3) != 1 {
		t.Error("only what was sent since may be sent again")
	}
}

// TestPolicyOfWhatWaits: what a thin link made wait in its pacer, pictures and repairs, is dropped.
func TestPolicyOfWhatWaits(t *testing.T) {
	g := newStage(t, 1)
	r, sink := g.receivers[0], g.sinks[0]
	g.step(2 * time.Second)
	c := newCongestionUpTo(minTarget, minTarget, g.now())
	r.congestion.Store(c)
	g.step(400 * time.Millisecond)
	packets, _ := c.queue.Held()
	if packets == 0 {
		t.Fatal("nothing waits")
	}
	before, broken := sink.packets, r.drops[dropPaced].Load()
	g.room.SetPolicy(only(PassAll))
	if held, _ := c.queue.Held(); held != 0 {
		t.Errorf("%d of %d packets still wait", held, packets)
	}
	if n := r.drops[dropPaced].Load() - broken; n != uint64(packets) {
		t.Errorf("%d packets dropped of %d", n, packets)
	}
	g.step(5 * time.Second)
	r.drain(g.now(), &udp.Burst{})
	if n := sink.packets - before; n > 0 {
		t.Errorf("%d packets of what waited", n)
	}
}

// text is a packet of Opus of 20 ms that says who speaks.
func text(speaker byte) []byte { return append([]byte{9 << 3}, bytes.Repeat([]byte{speaker}, 20)...) }

// TestPolicyOfVoice: nothing that is kept of a voice is sent once it may not be heard: neither what was gathered for a
// thin link, nor what was held, nor copies beside what another one says, nor what is asked for again.
func TestPolicyOfVoice(t *testing.T) {
	for name, c := range map[string]struct {
		line  line
		thin  bool
		twice bool
		depth int
	}{
		"wide": {line: line{nack: true}}, "gathered": {line: line{nack: true}, thin: true},
		"redundant": {line: line{red: redFormat, nack: true}, depth: 3}, "twice": {line: line{}, twice: true},
	} {
		s := newStall(t, 2, c.line)
		room := s.listener.room
		s.link(c.thin, 100_000)
		u := s.lines[0]
		arm := func() { // it is disarmed each second without losses
			u.mu.Lock()
			u.voice.twice, u.voice.depth = c.twice, c.depth
			u.mu.Unlock()
		}
		room.SetPolicy(only(PassAll, [2]uint32{99, 1}))
		for range 20 {
			arm()
			s.speakers[0].say(text(1), 30, false)
			s.speakers[1].say(text(2), 30, false)
		}
		u.mu.Lock()
		newest := u.rewriter.sequence
		u.mu.Unlock()
		before := len(s.heard[0].packets())
		if before < 6 || bytes.IndexByte(s.heard[0].packets()[before-1].Payload, 1) < 0 {
			t.Fatalf("%s: %d packets of the first", name, before)
		}
		room.SetPolicy(only(PassAll, [2]uint32{99, 2}))
		s.pass(10 * time.Millisecond) // the copies' times look as if they fitted
		for range 20 {
			arm()
			s.speakers[0].say(text(1), 30, false)
			s.speakers[1].say(text(2), 30, false)
			u.lostVoice([]rtcp.NackPair{{PacketID: newest - 8, LostPackets: 0xff}}, s.now(), time.Millisecond, &udp.Burst{})
		}
		s.pass(gatherPatience)
		u.lull(s.now(), &udp.Burst{})
		since := s.heard[0].packets()[before:]
		if len(since) < 6 {
			t.Errorf("%s: %d packets of the second", name, len(since))
		}
		for _, p := range since {
			if p.CSRC[0] != 2 || bytes.IndexByte(p.Payload, 1) >= 0 && c.depth == 0 || bytes.Contains(p.Payload, []byte{1, 1, 1}) {
				t.Fatalf("%s: a packet of %d says %v", name, p.CSRC[0], p.Payload)
			}
		}
		s.speakers[1].say(text(2), 30, false) // and is gathered, if the link is thin
		room.SetPolicy(only(PassAll))
		before = len(s.heard[0].packets())
		s.pass(gatherPatience)
		u.lull(s.now(), &udp.Burst{})
		u.lostVoice([]rtcp.NackPair{{PacketID: since[len(since)-1].SequenceNumber}}, s.now(), time.Millisecond, &udp.Burst{})
		if n := len(s.heard[0].packets()) - before; n > 0 {
			t.Errorf("%s: %d packets while nobody may be heard", name, n)
		}
	}
}

// TestPolicyIsAskedAboutPairs: of people, also where a seat is empty.
func TestPolicyIsAskedAboutPairs(t *testing.T) {
	p := newPath(t, 2)
	p.room.SetPolicy(func(receiver, source uint32) Pass {
		if receiver == source || receiver == 0 || source == 0 {
			t.Errorf("asked what %d may get of %d", receiver, source)
		}
		return 0
	})
}

// TestPolicyOfSpeaking: nobody is told that somebody speaks whom they may not hear.
func TestPolicyOfSpeaking(t *testing.T) {
	s := newStall(t, 2, line{})
	room := s.listener.room
	now := s.now()
	told := func(p *Peer) []uint32 {
		room.mu.Lock()
		defer room.mu.Unlock()
		return slices.Clone(p.speaking)
	}
	room.SetPolicy(only(PassAll, [2]uint32{99, 1}, [2]uint32{1, 2}))
	room.heard([]uint32{2, 1}, now)
	a, b := s.speakers[0].peer, s.speakers[1].peer
	if got := told(s.listener); !slices.Equal(got, []uint32{1}) {
		t.Errorf("the listener is told that %v speak, want 1", got)
	}
	if got := told(a); !slices.Equal(got, []uint32{2, 1}) {
		t.Errorf("the first is told that %v speak, want 2 and themselves", got)
	}
	if got := told(b); !slices.Equal(got, []uint32{2}) {
		t.Errorf("the second is told that %v speak, want only themselves", got)
	}
	room.SetPolicy(only(PassCamera, [2]uint32{99, 1}))
	if got := told(s.listener); len(got) != 0 {
		t.Errorf("the listener is told that %v speak under a policy without voices", got)
	}
}

// TestPolicyStays: it counts for who joins later, also after everybody left, until the room is closed; then nobody joins
// this one, and another one knows nothing of it.
func TestPolicyStays(t *testing.T) {
	s := testSFU(t, nil)
	room := s.Room("kept")
	room.SetPolicy(only(PassAll, [2]uint32{2, 1}))
	for range 2 {
		a, b := newClient(t, s.Room("kept"), 1), newClient(t, s.Room("kept"), 2)
		a.connect()
		b.connect()
		until(t, "seated", func() bool { return b.seatOf(1) >= 0 && a.connected() && b.connected() })
		if a.seatOf(2) >= 0 {
			t.Error("somebody who may not be seen sits somewhere")
		}
		a.close()
		b.close()
		if st := s.Stats(); st.Rooms != 0 || st.Peers != 0 {
			t.Errorf("%+v", st)
		}
	}
	last := newClient(t, room, 1)
	room.Close()
	if last.peer.State() != StateClosed {
		t.Errorf("state %v in a closed room", last.peer.State())
	}
	if _, err := room.Join("x", 1, Events{}); err != ErrClosed {
		t.Errorf("join after close: %v", err)
	}
	if next := s.Room("kept"); next == room || next.policy != nil {
		t.Error("a closed room is found again")
	}
	room.SetPolicy(nil)
	room.Close()
}
