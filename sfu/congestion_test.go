package sfu

import (
	"net"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"jalsa/lab/link"
)

// behind has a client's media go over an emulated link: out from the client, in towards it.
func behind(t *testing.T, out, in string) (clientOption, *link.Conn) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	params := func(text string) link.Params {
		p, err := link.Unlimited().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	c := link.Wrap(conn, params(out), params(in), 1)
	m := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: c})
	t.Cleanup(func() { _ = m.Close() })
	return func(o *clientOptions) { o.setting = func(s *webrtc.SettingEngine) { s.SetICEUDPMux(m) } }, c
}

// showFrame sends a frame of several packets.
func (c *testClient) showFrame(count uint32, keyframe bool, packets, size int) {
	for i := range packets {
		p := c.frame("", count, keyframe && i == 0)
		if i > 0 {
			p.Payload[0] = 0x80 // not the first of its frame
		}
		p.Payload = append(p.Payload[:len(p.Payload)-300], testPayload(mark{c.number, 'l', count}, size)...)
		p.SequenceNumber = uint16(count)*uint16(packets) + uint16(i)
		p.Marker = i == packets-1
		if err := c.layers[""].WriteRTP(p); err != nil {
			c.t.Error(err)
		}
	}
}

// TestThinLinkHearsAll: behind 300 kbit/s with a queue of 400 ms, two cameras of 300 kbit/s each give way to voice. All
// of it arrives, and the estimate finds the link.
func TestThinLinkHearsAll(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Room(t.Name())
	thin, conn := behind(t, "delay=40ms", "rate=300k,delay=40ms,queue=400ms")
	plain := func(o *clientOptions) { o.rids = []string{""} }
	senders := []*testClient{newClient(t, r, 1, plain), newClient(t, r, 2, plain)}
	b := newClient(t, r, 3, plain, thin)
	for _, c := range append(senders, b) {
		c.connectAt(LevelMedium)
	}
	for _, c := range append(senders, b) {
		until(t, "connected", c.connected)
	}
	for _, c := range senders {
		until(t, "seated", func() bool { return b.seatOf(c.number) >= 0 })
	}
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	spoken := uint32(0)
	calm := 0 // beats in a row at which the estimate was right
	for calm < 150 {
		<-beat.C
		spoken++
		for _, c := range senders {
			c.say(spoken, 20)
			if spoken%3 == 0 { // 17 frames a second of 2250 bytes
				c.mu.Lock()
				asked := c.plis > 0
				c.plis = 0
				c.mu.Unlock()
				c.frames++
				c.showFrame(c.frames, asked || c.frames == 1, 3, 750)
			}
		}
		if target := b.peer.target.Load(); target > 150_000 && target < 330_000 {
			calm++
		} else {
			calm = 0
		}
		if spoken > 3000 {
			t.Fatalf("the estimate is %d", b.peer.target.Load())
		}
	}
	for _, c := range senders {
		seat := b.seatOf(c.number)
		until(t, "voice", func() bool { return len(b.line("audio", seat).packets) > 10 })
		numbers := map[uint16]bool{}
		packets := b.line("audio", seat).packets
		first, last := packets[0].SequenceNumber, packets[0].SequenceNumber
		for _, p := range packets {
			numbers[p.SequenceNumber] = true
			if p.SequenceNumber-last < 1<<15 {
				last = p.SequenceNumber
			}
		}
		if sent := int(last-first) + 1; len(numbers) != sent {
			t.Errorf("%d of %d packets of voice of %d lost", sent-len(numbers), sent, c.number)
		}
	}
	_, in := conn.Counts()
	if in.DroppedQueue > 0 { // held back by the allocator, or where it does not know enough, by the pacer
		t.Errorf("%d packets lost on the link", in.DroppedQueue)
	}
}

// TestPlainForwards without numbers, estimate or queue.
func TestPlainForwards(t *testing.T) {
	s := testSFU(t, nil)
	s.plain = true
	a, b, seat := pair(t, s, "l")
	until(t, "flow", func() bool { a.pump(); return len(b.line("video", seat).packets) > 3 })
	if b.peer.congestion.Load() != nil || b.peer.target.Load() != 0 || b.peer.thin.Load() {
		t.Error("the link is estimated")
	}
	for _, p := range b.line("video", seat).packets {
		if p.Extension {
			t.Fatalf("%+v", p.Header)
		}
	}
}
