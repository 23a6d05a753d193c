package sfu

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/sfu/pacer"
)

// TestPanicsEndOnePeer: a fault in what is done for one peer ends that peer, is counted, and leaves no lock taken.
func TestPanicsEndOnePeer(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(p *path)
	}{
		{"its packets", func(p *path) {
			p.publisher.camera.subscribers.Store(&[]*subscription{nil})
			_, _ = opened(p.publisher).Write(videoPacket(t, 2, true, 10))
		}},
		{"its packets, under a receiver's lock", func(p *path) {
			u := p.receivers[0].received()[0]
			before := u.exit
			u.mu.Lock()
			u.current, u.rewriter.cutCount = p.publisher.camera.byRID("h"), 1 // of none
			u.mu.Unlock()
			_, _ = opened(p.publisher).Write(videoPacket(t, 2, false, 10))
			u.mu.Lock()
			u.rewriter.cutCount, u.exit = 0, before
			u.mu.Unlock()
		}},
		{"what it says", func(p *path) {
			p.publisher.microphone.streams.Store(&[]*stream{nil})
		}},
		{"its events", func(p *path) {
			p.publisher.post(func(n *pending) { n.states = append(n.states, StateDisconnected) })
		}},
		{"its connection", func(p *path) {
			p.publisher.pc.Store(&webrtc.PeerConnection{})
			p.publisher.post(func(n *pending) { n.observe = true })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPath(t, 1)
			p.publisher.events.State = func(s State) {
				if s == StateDisconnected {
					panic("owner")
				}
			}
			_, _ = opened(p.publisher).Write(videoPacket(t, 1, true, 10))
			if p.sinks[0].packets != 1 {
				t.Fatal("no flow")
			}
			c.fault(p)
			until(t, "publisher failed", func() bool { return p.publisher.State() == StateFailed })
			until(t, "publisher left", func() bool { return len(*p.room.peers.Load()) == 1 })
			<-p.publisher.done
			if st := p.sfu.Stats(); st.PeersPanicked == 0 || st.RoomsPanicked > 0 || p.receivers[0].ended.Load() {
				t.Errorf("%+v", p.sfu.Stats())
			}
			p.receivers[0].tick(time.Now(), nil, true, true)
			p.receivers[0].Close()
			until(t, "room ended", func() bool { return p.sfu.Stats().Rooms == 0 })
		})
	}
}

// TestLinkPanicEndsItsReceiver: a fault in what is known of a receiver's link is not the publisher's.
func TestLinkPanicEndsItsReceiver(t *testing.T) {
	p := newPath(t, 2)
	in := opened(p.publisher)
	c := p.receivers[0].congestion.Load()
	c.mu.Lock()
	c.queue = pacer.Queue[*egress]{} // nothing leaves, and what waits has no room
	c.mu.Unlock()
	_, _ = in.Write(videoPacket(t, 1, true, 10))
	until(t, "receiver failed", func() bool { return p.receivers[0].State() == StateFailed })
	_, _ = in.Write(videoPacket(t, 2, false, 10))
	if p.publisher.ended.Load() || p.receivers[1].ended.Load() || p.sinks[1].packets != 2 || p.sfu.Stats().PeersPanicked == 0 {
		t.Errorf("%d packets to the other; %+v", p.sinks[1].packets, p.sfu.Stats())
	}
}

// TestSpeakerPanicEndsNobody: a fault in finding out who speaks is of no one peer.
func TestSpeakerPanicEndsNobody(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	_, _ = in.Write([]byte{0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0x04, 0xd2, 1})
	c := newClockwork()
	c.speakers.voices = nil
	p.room.tick(c, time.Now(), nil)
	if n := p.sfu.Stats().RoomsPanicked; n != 1 {
		t.Errorf("%d panics", n)
	}
	p.room.tick(c, time.Now().Add(windowEvery), nil)
	if n := p.sfu.Stats().RoomsPanicked; n != 1 || p.publisher.ended.Load() || p.receivers[0].ended.Load() {
		t.Errorf("%d panics after a new beginning", n)
	}
}

// TestRoomsBeginWithJoin: to ask for a room leaves nothing behind; whoever joins by an old handle meets the others.
func TestRoomsBeginWithJoin(t *testing.T) {
	s := testSFU(t, nil)
	first, second := s.Room("x"), s.Room("x")
	if n := s.Stats().Rooms; n != 0 {
		t.Errorf("%d rooms that nobody joined", n)
	}
	join := func(r *Room, number uint32) *Peer {
		p, err := r.Join("p", number, Events{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := join(first, 1), join(second, 2)
	if a.room != b.room || s.Room("x") != a.room || s.Stats().Rooms != 1 || s.Stats().Peers != 2 {
		t.Errorf("%+v", s.Stats())
	}
	a.Close()
	b.Close()
	if n := s.Stats().Rooms; n != 0 {
		t.Errorf("%d rooms after the last leave", n)
	}
	c, d := join(first, 1), join(second, 2)
	if c.room != d.room || c.room == a.room || s.Stats().Rooms != 1 {
		t.Errorf("%+v", s.Stats())
	}
}
