package turn

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

func TestStuckReaderStallsNobody(t *testing.T) {
	for _, transport := range []string{"tcp", "tls", "tcp without prompt"} {
		t.Run(transport, func(t *testing.T) { stuckReader(t, start(t).over(t, transport)) })
	}
}

func stuckReader(t *testing.T, b *bench) {
	stuck := b.enter(t, "p1")
	for i := range len(b.couriers) - 1 { // connections take them in turn: the next one has the same as the first
		b.enter(t, "between"+strconv.Itoa(i))
	}
	other := b.enter(t, "p2")
	for _, c := range []*client{stuck, other} {
		if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
			t.Fatal(code)
		}
	}
	socket := b.media.relay(t, stuck.relayed)
	for big := strings.Repeat("x", 1200); b.count("slow") < 100; {
		socket.send(t, mediaAddr, big)
	}
	b.media.relay(t, other.relayed).send(t, mediaAddr, "swift")
	other.expect("swift")
	stuck.sendChannel(0x4001, "still heard")
	b.media.expect(t, "still heard")
	// Frames stay whole: the answer is found behind them.
	if code, _ := stuck.ask(stun.MethodRefresh); code != 0 {
		t.Errorf("refresh behind a full queue: %d", code)
	}

	for big := strings.Repeat("x", 1200); b.count("stuck") == 0; {
		b.behind.Store(int64(stallLimit + time.Second))
		socket.send(t, mediaAddr, big)
	}
	until(t, "stuck connection gone", func() bool { return int(b.Stats().Connections) == len(b.couriers) })
}

func TestQueueHoldsMediaBackBeforeAnswers(t *testing.T) {
	b := start(t)
	near, far := net.Pipe()
	defer near.Close()
	c := newControl(b.Server, far, net.TCPAddr{}) // drain does not run
	picture, voice, answer := make([]byte, 1024), make([]byte, 256), make([]byte, 1024)
	picture[0], voice[0] = 0x40, 0x40
	copy(answer, "\x01\x03\x00\x00\x21\x12\xa4\x42............\x00\x08\x00\x14") // MESSAGE-INTEGRITY
	dropped := uint64(0)
	for _, step := range []struct {
		frame []byte
		up    int
	}{{picture, pictureLimit}, {voice, queueLimit}, {picture, queueLimit}, {answer, replyLimit}} {
		before := len(c.queued)
		for range 200 {
			c.Write(step.frame)
		}
		if len(c.queued) != step.up {
			t.Errorf("%d bytes in all, want %d", len(c.queued), step.up)
		}
		dropped += 200 - uint64((step.up-before)/len(step.frame))
	}
	if b.count("slow") != dropped {
		t.Errorf("%d bytes in all, %d dropped", len(c.queued), b.count("slow"))
	}
	c.abort()
	if _, err := c.Write(answer); !errors.Is(err, net.ErrClosed) || len(c.queued) != 0 {
		t.Errorf("after abort: %v, %d bytes", err, len(c.queued))
	}
}

// TestQuietConnectionsKeepNoMemory: what a batch took is another connection's once it has left, and that one's own frames are
// what leaves there.
func TestQuietConnectionsKeepNoMemory(t *testing.T) {
	b := start(t)
	for i := range 3 {
		near, far := net.Pipe()
		defer near.Close()
		c := newControl(b.Server, far, net.TCPAddr{}) // drain does not run
		frame := append([]byte{0x40, 1, 0, 4}, bytes.Repeat([]byte{byte(i)}, 100*(i+1))...)
		c.Write(frame)
		c.Write(frame)
		if n := len(b.spares.free); n != 0 {
			t.Fatalf("connection %d: %d spare batches while one waits", i, n)
		}
		left := make(chan []byte)
		go func() {
			got := make([]byte, 2*len(frame))
			_, _ = io.ReadFull(near, got)
			left <- got
		}()
		c.carry()
		if got := <-left; !bytes.Equal(got, append(frame, frame...)) {
			t.Errorf("connection %d: %x left", i, got)
		}
		if n := len(b.spares.free); c.queued != nil || n != 1 {
			t.Errorf("connection %d keeps %d bytes, %d spare batches", i, cap(c.queued), n)
		}
	}
}

func TestSilentConnectionIsClosed(t *testing.T) {
	b := start(t)
	b.behind.Store(int64(allocateLimit - 50*time.Millisecond))
	c := b.dial(t, "", "")
	if _, _, err := c.read(); err == nil {
		t.Fatal("read something")
	}
	until(t, "connection gone", func() bool { return b.count("idle") == 1 && b.Stats().Connections == 0 })
}

func TestCrowdGivesWay(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	first := b.dial(t, "", "")
	for range unallocatedLimit {
		b.dial(t, "", "")
	}
	if _, _, err := first.read(); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("oldest connection without allocation: %v", err)
	}
	if code, _ := c.ask(stun.MethodRefresh); code != 0 {
		t.Errorf("allocation in the crowd: refresh %d", code)
	}
	b.enter(t, "p2")
}

// remote is a pipe that seems to be TCP from some address.
type remote struct {
	piped
	addr netip.AddrPort
}

func (r remote) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(r.addr) }

// TestACrowdIsInItsOwnWay: whoever comes alone stays, though many come later from one address or one network.
func TestACrowdIsInItsOwnWay(t *testing.T) {
	b := start(t)
	come := func(from netip.Addr, port int) net.Conn {
		near, far := net.Pipe()
		t.Cleanup(func() { near.Close() })
		b.admit(remote{piped{far}, netip.AddrPortFrom(from, uint16(port))})
		return near
	}
	alone := []*client{
		clientOn(t, come(netip.MustParseAddr("198.51.100.1"), 1), "", ""),
		clientOn(t, come(netip.MustParseAddr("2001:db8:1::1"), 1), "", ""),
		clientOn(t, come(netip.MustParseAddr("2001:db8:1:1::1"), 1), "", ""), // a neighbour
	}
	for i := range unallocatedLimit {
		come(netip.MustParseAddr("203.0.113.1"), 1+i)
		come(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 14: byte(i >> 8), 15: byte(i)}), 1)
		for half := range byte(2) {
			come(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 2, half<<7 | byte(i>>8), byte(i)}), 1) // walks through its /48
		}
	}
	for _, c := range alone {
		if code, _ := c.ask(stun.MethodBinding); code != 0 {
			t.Errorf("who came alone: %d", code)
		}
	}
	if n := b.count("crowded"); n != uint64(3*unallocatedLimit+len(alone)) {
		t.Errorf("%d gave way", n)
	}
}

func TestGarbageEndsTheConnection(t *testing.T) {
	b := start(t)
	for name, bytes := range map[string]string{
		"text": "GET / HTTP/1.1\r\n\r\n", "no cookie": strings.Repeat("\x00", 40), "too long": "\x00\x01\xff\xfc", "long channel": "\x40\x00\xff\xff",
	} {
		c := b.dial(t, "", "")
		io.WriteString(c.conn, bytes)
		if _, _, err := c.read(); err == nil {
			t.Errorf("%s: answered", name)
		}
	}
	until(t, "connections gone", func() bool { return b.Stats().Connections == 0 })
	b.enter(t, "p1")
}

func TestRelayFailureEndsTheConnection(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	b.media.relay(t, c.relayed).Close()
	if _, _, err := c.read(); err == nil {
		t.Error("client was not told")
	}
	until(t, "place free", func() bool { return b.Stats().Connections == 0 })
}

// FuzzFrames: what Pion reads are whole frames, short enough, in order, and nothing else.
func FuzzFrames(f *testing.F) {
	cookie := "\x21\x12\xa4\x42............"
	for _, seed := range []string{
		"\x00\x01\x00\x00" + cookie, "\x00\x01\x00\x04" + cookie + "abcd\x40\x00\x00\x05hello...", "\x40\x00\x00\x00\x40\x01\x00\x01a...",
		"\x00\x01\xff\xfc" + cookie, "\x4f\xff\xff\xff", "\x00\x01\x00\x03" + cookie, "\x50\x00\x00\x00", "\x00", "",
	} {
		f.Add([]byte(seed))
	}
	server := &Server{config: Config{Now: time.Now}}
	f.Fuzz(func(t *testing.T, sent []byte) {
		receiving := func() *control {
			near, far := net.Pipe()
			go func() {
				near.Write(sent)
				near.Close()
			}()
			c := newControl(server, far, net.TCPAddr{})
			c.until = time.Now().Add(time.Minute)
			return c
		}
		c := receiving()
		var got []byte
		frame := make([]byte, inboundMTU)
		for {
			n, err := c.Read(frame)
			if err != nil {
				break
			}
			if size, err := frameSize(frame[:n]); size != n || err != nil || n >= inboundMTU {
				t.Fatalf("frame of %d bytes: %q", n, frame[:n])
			}
			got = append(got, frame[:n]...)
		}
		c.Conn.Close()
		if want := soundOf(sent); !bytes.Equal(got, want) {
			t.Fatalf("read %q of %q, want %q", got, sent, want)
		}
		// Pion's own framing agrees, and does not hang or panic.
		c = receiving()
		for frames := pion.NewSTUNConn(c); ; {
			if _, _, err := frames.ReadFrom(frame); err != nil {
				break
			}
		}
		c.Conn.Close()
	})
}

// soundOf is what is left of a stream when every frame that is not sound is taken out, up to where it is none.
func soundOf(stream []byte) (left []byte) {
	for {
		size, err := frameSize(stream)
		if err != nil || size == 0 || size > len(stream) {
			return left
		}
		if sound(stream[:size]) {
			left = append(left, stream[:size]...)
		}
		stream = stream[size:]
	}
}

// told is a relay's, that is told what waits.
type told struct {
	net.PacketConn
	bytes []int
}

func (s *told) Waiting(bytes int) { s.bytes = append(s.bytes, bytes) }

// TestTheSocketIsToldWhatWaits for the client, at each change.
func TestTheSocketIsToldWhatWaits(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	s := &told{}
	c := newControl(&Server{config: Config{Now: time.Now}}, near, net.TCPAddr{})
	c.serving.Store(&relay{PacketConn: s, waiter: s, server: c.server, allowance: &allowance{bucket: newBucket(DefaultRate, time.Now())}})
	for range 3 {
		if _, err := c.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int{100, 200, 300}; !slices.Equal(s.bytes, want) {
		t.Errorf("%v, want %v", s.bytes, want)
	}
	c.serving.Store(nil)
	_, _ = c.Write(make([]byte, 100))
	if len(s.bytes) != 3 {
		t.Error("told without an allocation")
	}
}
