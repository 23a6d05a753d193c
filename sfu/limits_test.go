package sfu

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"jalsa/sfu/udp"
)

// ridPacket is a video packet of an SSRC and a rid of the first camera of offerText.
func ridPacket(t testing.TB, ssrc uint32, rid string, seq uint16, size int) []byte {
	t.Helper()
	var p rtp.Packet
	if err := p.Unmarshal(videoPacket(t, seq, true, size)); err != nil {
		t.Fatal(err)
	}
	p.SSRC = ssrc
	if err := p.SetExtension(3, []byte(rid)); err != nil {
		t.Fatal(err)
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// control has a peer's reader of RTCP take packets that name an SSRC.
func control(t testing.TB, p *Peer, ssrc uint32, packets ...rtcp.Packet) (size int) {
	t.Helper()
	b, err := rtcp.Marshal(packets)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = told(p).Write(b)
	return len(b)
}

// TestNackIsNoLever: whatever a receiver asks for, and however often, a packet is sent again four times at most, and all
// of them within a budget of bytes.
func TestNackIsNoLever(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	for seq := range uint16(400) {
		_, _ = in.Write(videoPacket(t, seq, seq == 0, 500))
	}
	k := p.sinks[0]
	last, before := k.last.SequenceNumber, k.packets
	n := &rtcp.TransportLayerNack{MediaSSRC: 777}
	for range 12 {
		for i := range uint16(20) {
			n.Nacks = append(n.Nacks, rtcp.NackPair{PacketID: last - i*17 - 16, LostPackets: 0xffff})
		}
	}
	size := control(t, p.receivers[0], 777, n)
	if sent := k.packets - before; sent == 0 || sent > repairBudget/500+1 {
		t.Errorf("%d packets for one of %d bytes", sent, size)
	}
	for i := range time.Duration(200) {
		p.receivers[0].received()[0].lost(n.Nacks, time.Now().Add((i+1)*repairWindow), 0, &udp.Burst{})
	}
	if sent := k.packets - before; sent != maxResends*20*17 {
		t.Errorf("%d packets in all, want 4 times what was asked for", sent)
	}
	if d := p.sfu.Stats().Dropped; d["repair_budget"] == 0 || d["asked_again"] == 0 {
		t.Errorf("%v", d)
	}
}

// TestNacksAreNotWorkWithoutEnd: who asks for more than can have been lost is not listened to for a while.
func TestNacksAreNotWorkWithoutEnd(t *testing.T) {
	s := newStall(t, 1, line{nack: true})
	s.link(false, 1_000_000)
	for range 50 {
		s.speakers[0].say([]byte{9 << 3, 1, 2, 3}, 30, false)
		s.pass(20 * time.Millisecond)
	}
	all := s.heard[0].packets()
	newest := all[len(all)-1].SequenceNumber
	n := &rtcp.TransportLayerNack{MediaSSRC: 700}
	for range 250 {
		n.Nacks = append(n.Nacks, rtcp.NackPair{PacketID: newest - 16, LostPackets: 0xffff})
	}
	for range 100 {
		control(t, s.listener, 700, n)
	}
	looked := func() uint64 {
		d := s.sfu.Stats().Dropped
		return d[string(dropNotCached)] + d[string(dropAskedAgain)]
	}
	if n := looked(); n == 0 || n > 17*mostAsked || s.sfu.Stats().Dropped[string(dropFeedback)] == 0 {
		t.Errorf("%d packets looked for", n)
	}
	before := looked()
	s.pass(time.Second)
	if control(t, s.listener, 700, n); looked() == before && len(s.heard[0].packets()) == len(all) {
		t.Error("deaf for good")
	}
}

// TestNewPacketMayBeSentAgain: a number that comes back after 65536 packets is another packet.
func TestNewPacketMayBeSentAgain(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	_, _ = in.Write(videoPacket(t, 0, true, 10))
	u, k := p.receivers[0].received()[0], p.sinks[0]
	number := k.last.SequenceNumber
	ask := func() (n int) {
		before := k.packets
		for i := range time.Duration(10) {
			u.lost([]rtcp.NackPair{{PacketID: number}}, time.Now().Add(i*time.Second), 0, &udp.Burst{})
		}
		return k.packets - before
	}
	if n := ask(); n != maxResends {
		t.Errorf("sent again %d times", n)
	}
	for seq := range 1 << 16 {
		_, _ = in.Write(videoPacket(t, uint16(seq+1), false, 10))
	}
	if n := ask(); n != maxResends || k.packets != 1+1<<16+2*maxResends {
		t.Errorf("the new packet was sent again %d times", n)
	}
}

// TestPictureLostIsOfOneLine: a request that names another line, as compound packets do, asks for nothing here.
func TestPictureLostIsOfOneLine(t *testing.T) {
	for _, c := range []struct {
		name   string
		packet rtcp.Packet
		wanted bool
	}{
		{"pli", &rtcp.PictureLossIndication{MediaSSRC: 777}, true},
		{"pli of another", &rtcp.PictureLossIndication{MediaSSRC: 4242}, false},
		{"fir", &rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 4242}, {SSRC: 777}}}, true},
		{"fir of another", &rtcp.FullIntraRequest{MediaSSRC: 777, FIR: []rtcp.FIREntry{{SSRC: 4242}}}, false},
	} {
		p := newPath(t, 1)
		_, _ = opened(p.publisher).Write(videoPacket(t, 1, true, 500))
		s := p.publisher.camera.byRID("h")
		s.mu.Lock()
		s.keyframes = keyframes{asked: p.sfu.now()} // not due, so that the room leaves it alone
		s.mu.Unlock()
		control(t, p.receivers[0], 777, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 777}}}, c.packet)
		s.mu.Lock()
		if s.keyframes.wanted != c.wanted {
			t.Errorf("%s: wanted %v", c.name, s.keyframes.wanted)
		}
		s.mu.Unlock()
	}
}

// TestOversize: a payload that no datagram holds is dropped under its name.
func TestOversize(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	_, _ = in.Write(videoPacket(t, 1, true, maxPayload-7))
	_, _ = in.Write(videoPacket(t, 2, true, maxPayload-6))
	if n := p.sfu.Stats().Dropped["oversize"]; n != 1 || p.sinks[0].packets != 1 {
		t.Errorf("%d dropped, %d sent", n, p.sinks[0].packets)
	}
}

// TestUnknownRIDs: layers are those of the offer.
func TestUnknownRIDs(t *testing.T) {
	p := newPath(t, 1)
	for i := range uint32(60) {
		_, _ = opened(p.publisher).Write(ridPacket(t, 9000+i, fmt.Sprint("z", i), 1, 100))
	}
	if n := len(*p.publisher.camera.streams.Load()); n != 0 {
		t.Errorf("%d streams", n)
	}
	if n := p.sfu.Stats().Dropped["unknown_rid"]; n != 60 {
		t.Errorf("%d dropped", n)
	}
}

// TestReplacedStream: a layer has one SSRC at a time, and only that one keeps packets.
func TestReplacedStream(t *testing.T) {
	p := newPath(t, 1)
	write := func(ssrc uint32, seq uint16) {
		_, _ = opened(p.publisher).Write(ridPacket(t, ssrc, "h", seq, 100))
	}
	old := opened(p.publisher)
	_, _ = old.Write(ridPacket(t, 1, "h", 1, 100))
	first := p.publisher.camera.byRID("h")
	write(2, 1)
	write(2, 2)
	_, _ = old.Write(ridPacket(t, 1, "h", 2, 100))
	if s := p.publisher.camera.byRID("h"); s.ssrc != 2 || len(*p.publisher.camera.streams.Load()) != 1 {
		t.Errorf("SSRC %d", s.ssrc)
	}
	if first.cache.entries != nil || first.cache.pieces.ring != nil || p.sfu.Stats().Dropped["replaced"] != 1 {
		t.Errorf("%d packets kept, %v", len(first.cache.entries), p.sfu.Stats().Dropped)
	}
}

// TestMemoryOfParticipant: a publisher who does all that an offer allows, and receivers who have everything sent again,
// cost less than 1 MiB each beside what Pion takes, and 320 KiB more once they share a screen.
func TestMemoryOfParticipant(t *testing.T) {
	const peers = 16
	s := testSFU(t, nil)
	text := strings.Replace(offerText(8), "a=rid:l send\r\n", "a=rid:x send\r\na=rid:m send\r\n", 1)
	text = strings.Replace(text, "a=recvonly\r\na=rtpmap:96", "a=sendonly\r\na=rtpmap:96", 1)
	o, err := parseOffer(text)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	before := heap()
	for n := range uint32(peers) {
		p, err := s.Room("memory").Join("p", n+1, Events{})
		if err != nil {
			t.Fatal(err)
		}
		p.live.Store(true)
		l := newLayout(p, o, nil)
		p.layout.Store(l)
		var lines []*subscription
		for k := range 8 {
			for kind := range 2 {
				u := newSubscription(p, k, []*track{p.layout.Load().published[0], p.layout.Load().published[1]}[kind].kind)
				u.wide = 5
				u.equip(line{nack: true, red: 63})
				bind(t, u, binding{&sink{}})
				lines = append(lines, u)
			}
		}
		p.control(newCongestion(minTarget, s.now()), s.now())
		p.room.negotiated(p, l, lines)
		voice := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 1234}, Payload: append([]byte{9 << 3}, make([]byte, 300)...)}
		for voice.SequenceNumber < 100 {
			if b, err = voice.Marshal(); err != nil {
				t.Fatal(err)
			}
			_, _ = opened(p).Write(b)
			voice.SequenceNumber++
			voice.Timestamp += 960
		}
		for i := range uint32(maxSSRCs - 2) {
			in := opened(p)
			for seq := range uint16(600) {
				if b = ridPacket(t, i, []string{"x", "m", "h"}[i%3], seq, 1000); seq > 30 && i < maxSSRCs-5 {
					break
				}
				_, _ = in.Write(b)
			}
		}
	}
	faces := heap()
	for _, p := range *s.Room("memory").peers.Load() {
		page := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: 3333}, Payload: append([]byte{0x90, 0, 1}, make([]byte, 1000)...)}
		must(t, page.SetExtension(1, []byte(p.screen.mid)))
		for ; page.SequenceNumber < 600; page.SequenceNumber++ {
			if b, err = page.Marshal(); err != nil {
				t.Fatal(err)
			}
			_, _ = opened(p).Write(b)
		}
	}
	each, more := (faces-before)/peers, (heap()-faces)/peers
	t.Logf("%d KiB for each participant, %d KiB more for a screen", each>>10, more>>10)
	if (each > 1<<20 || more > 320<<10 || more < 200<<10) && !raced {
		t.Errorf("%d KiB for each participant, %d KiB more for a screen", each>>10, more>>10)
	}
	runtime.KeepAlive(s)
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestPendingPeersAreBounded: of those who were let in and do not connect there are never more than a thousand, and each
// place is free again once its holder connects or goes.
func TestPendingPeersAreBounded(t *testing.T) {
	s := testSFU(t, nil)
	s.pending.Store(maxPending - 2) // as if so many had joined
	c := newClient(t, s.Room("x"), 1)
	waits, err := s.Room("x").Join("waits", 2, Events{})
	must(t, err)
	if _, err := s.Room("x").Join("late", 3, Events{}); !errors.Is(err, ErrCrowded) || s.Stats().PeersCrowded != 1 {
		t.Fatalf("one too many: %v", err)
	}
	c.connect()
	until(t, "connected", c.connected)
	again, err := s.Room("x").Join("again", 3, Events{})
	must(t, err)
	for range 2 {
		waits.Close()
		again.Close()
		c.peer.Close()
	}
	if n := s.pending.Load(); n != maxPending-2 {
		t.Errorf("%d places are taken, of %d others", n, maxPending-2)
	}
}
