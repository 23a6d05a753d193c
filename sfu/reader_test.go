package sfu

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"jalsa/sfu/udp"
)

// testKeys are those of one way of a connection.
type testKeys struct {
	profile   srtp.ProtectionProfile
	key, salt []byte
}

func newTestKeys(t testing.TB, profile srtp.ProtectionProfile, seed byte) testKeys {
	t.Helper()
	key, err := profile.KeyLen()
	must(t, err)
	salt, err := profile.SaltLen()
	must(t, err)
	return testKeys{profile, bytes.Repeat([]byte{seed}, key), bytes.Repeat([]byte{seed + 1}, salt)}
}

func (k testKeys) context(t testing.TB, options ...srtp.ContextOption) *srtp.Context {
	t.Helper()
	c, err := srtp.CreateContext(k.key, k.salt, k.profile, options...)
	must(t, err)
	return c
}

// sealer and opener are ours.
func (k testKeys) sealer(t testing.TB) *sealer {
	t.Helper()
	s, err := newSealer(k.key, k.salt, k.profile)
	must(t, err)
	return s
}

func (k testKeys) opener(t testing.TB) *opener {
	t.Helper()
	o, err := newOpener(k.key, k.salt, k.profile)
	must(t, err)
	return o
}

// opening is a context of Pion's that refuses what came before.
func (k testKeys) opening(t testing.TB) *srtp.Context {
	return k.context(t, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
}

// pipe is the end of a connection that Pion's SRTP reads from.
type pipe struct {
	net.Conn // nil: nothing else is called
	packets  chan []byte
	once     sync.Once
}

func newPipe() *pipe { return &pipe{packets: make(chan []byte)} }

func (p *pipe) Read(b []byte) (int, error) {
	packet, ok := <-p.packets
	if !ok {
		return 0, io.EOF
	}
	return copy(b, packet), nil
}
func (p *pipe) Close() error                    { p.once.Do(func() { close(p.packets) }); return nil }
func (p *pipe) SetReadDeadline(time.Time) error { return nil }

// collected is what Pion opened, in order.
type collected struct{ packets [][]byte }

func (c *collected) Write(b []byte) (int, error) {
	c.packets = append(c.packets, slices.Clone(b))
	return len(b), nil
}
func (*collected) Read([]byte) (int, error) { return 0, io.EOF }
func (*collected) Close() error             { return nil }

// TestOpensWhatPionOpens: of packets in order and out of it, replayed, forged and torn, with numbers that go around, ours
// opens the same to the same bytes as Pion's sessions, in the same order, and drops the others.
func TestOpensWhatPionOpens(t *testing.T) {
	for _, profile := range srtpProfiles {
		keys := newTestKeys(t, profileOf(profile), 7)
		wire := mixed(t, keys.context(t))
		var theirs collected
		config := &srtp.Config{
			Profile: keys.profile, Keys: srtp.SessionKeys{LocalMasterKey: keys.key, LocalMasterSalt: keys.salt, RemoteMasterKey: keys.key, RemoteMasterSalt: keys.salt},
			BufferFactory: func(packetio.BufferPacketType, uint32) io.ReadWriteCloser { return &theirs },
			LoggerFactory: newQuiet(testSFU(t, nil).log, time.Now),
			RemoteOptions: []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)},
		}
		for _, control := range []bool{false, true} {
			theirs.packets = nil
			open := readByPion(t, config, control)
			in := &ingress{theirs: keys.opener(t)}
			var ours [][]byte
			dropped := 0
			for _, b := range wire {
				if controls(b) != control {
					continue
				}
				open(slices.Clone(b))
				var why drop
				if control {
					b, why = in.openControl(slices.Clone(b))
				} else {
					b, why = in.open(slices.Clone(b), &header{})
				}
				switch why {
				case "":
					ours = append(ours, b)
				case dropUnsealed:
					dropped++
				default:
					t.Fatal(why)
				}
			}
			open(nil)
			if !slices.EqualFunc(ours, theirs.packets, bytes.Equal) {
				t.Errorf("control %v: %d packets of %d opened, Pion opens %d", control, len(ours), len(ours)+dropped, len(theirs.packets))
			}
			if dropped < 100 || len(ours) < 100 {
				t.Errorf("control %v: %d opened and %d dropped say little", control, len(ours), dropped)
			}
		}
	}
}

// readByPion has a session of Pion's read packet by packet; nil ends it.
func readByPion(t *testing.T, config *srtp.Config, control bool) func([]byte) {
	t.Helper()
	p := newPipe()
	var accept func() error
	var end func() error
	if control {
		s, err := srtp.NewSessionSRTCP(p, config)
		must(t, err)
		accept, end = func() error { _, _, err := s.AcceptStream(); return err }, s.Close
	} else {
		s, err := srtp.NewSessionSRTP(p, config)
		must(t, err)
		accept, end = func() error { _, _, err := s.AcceptStream(); return err }, s.Close
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for accept() == nil {
		}
	}()
	return func(b []byte) {
		if b != nil {
			p.packets <- b
			return
		}
		must(t, end())
		<-done
	}
}

// mixed is what comes over a bad network from a good client, and from somebody who forges its address.
func mixed(t *testing.T, from *srtp.Context) (wire [][]byte) {
	t.Helper()
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		var sealed []byte
		var err error
		if i%3 == 0 {
			b, failed := (&rtcp.PictureLossIndication{SenderSSRC: uint32(i%2 + 1), MediaSSRC: uint32(i)}).Marshal()
			must(t, failed)
			sealed, err = from.EncryptRTCP(nil, b, nil)
		} else {
			h := rtp.Header{Version: 2, PayloadType: 96, SSRC: uint32(i % 2), SequenceNumber: uint16(64000 + i), Timestamp: uint32(i)}
			must(t, h.SetExtension(uint8(1+i%4), []byte{1, 2, 3}))
			b, failed := (&rtp.Packet{Header: h, Payload: bytes.Repeat([]byte{byte(i)}, chance.IntN(1200))}).Marshal()
			must(t, failed)
			sealed, err = from.EncryptRTP(nil, b, nil)
		}
		must(t, err)
		wire = append(wire, sealed)
		at := len(wire) - 1 - chance.IntN(min(len(wire), 400))
		switch chance.IntN(8) {
		case 0: // late
			wire[len(wire)-1], wire[at] = wire[at], wire[len(wire)-1]
		case 1: // again
			wire = append(wire, slices.Clone(wire[at]))
		case 2: // forged
			b := slices.Clone(wire[at])
			b[chance.IntN(len(b))] ^= 1 << chance.IntN(8)
			if kindOf(b) == kindMedia {
				wire = append(wire, b)
			}
		case 3: // torn
			if b := wire[at][:chance.IntN(len(wire[at]))]; kindOf(b) == kindMedia {
				wire = append(wire, b)
			}
		}
	}
	return wire
}

// straight is a path whose packets are sealed, and go out by a socket to somebody who listens.
type straight struct {
	*path
	reader *reader
	client *srtp.Context // of the publisher
	from   netip.AddrPort
	ears   []*net.UDPConn
	keys   []testKeys // of what the receivers get
}

func newStraight(t testing.TB, receivers int, profile srtp.ProtectionProfile) *straight {
	t.Helper()
	s := &straight{path: newPath(t, receivers), from: clientAddress}
	halt(s.room)
	socket := s.sfu.hub.Sockets()[0]
	s.reader = &reader{socket: socket, aside: newAside(socket), guard: s.sfu.engine.guard, now: time.Now, drops: s.sfu.drops, out: s.sfu.hub.NewBurst()}
	s.sfu.readers = append(s.sfu.readers, s.reader)
	s.prove(t, s.publisher, s.from)
	keys := newTestKeys(t, profile, 1)
	s.client = keys.context(t)
	s.publisher.admit(keys.opener(t))
	for i, p := range s.receivers {
		ear := localSocket(t)
		keys := newTestKeys(t, profile, byte(10*i+10))
		p.out.begin(keys.sealer(t))
		p.out.lead(way{socket: socket, to: ear.LocalAddr().(*net.UDPAddr).AddrPort()})
		p.received()[0].exit = &p.out
		s.ears, s.keys = append(s.ears, ear), append(s.keys, keys)
	}
	return s
}

// prove has an address be that of a peer.
func (s *straight) prove(t testing.TB, p *Peer, from netip.AddrPort) {
	t.Helper()
	g := s.sfu.engine.guard
	name := fmt.Sprint("key", from.Port(), p.number)
	g.expect(name, icePassword, p)
	if !g.lets(checkOf(t, name, icePassword), from) {
		t.Fatal("not let in")
	}
}

// seal makes a packet of the publisher's in memory that is used again.
func (s *straight) seal(t testing.TB, b []byte, h *rtp.Header, plain []byte) []byte {
	t.Helper()
	sealed, err := s.client.EncryptRTP(b[:cap(b)], b[:copy(b, plain)], h)
	must(t, err)
	return sealed
}

// TestStraightPath: what a publisher sealed comes sealed for each receiver, and costs no allocation on the way.
func TestStraightPath(t *testing.T) {
	for _, profile := range srtpProfiles {
		s := newStraight(t, 4, profileOf(profile))
		plain, b, h := videoPacket(t, 0, true, 1100), make([]byte, udp.MTU), rtp.Header{}
		seq := uint16(0)
		send := func() {
			seq++
			plain[2], plain[3] = byte(seq>>8), byte(seq)
			s.reader.take(s.seal(t, b, &h, plain), s.from)
			s.reader.rest()
		}
		for range 200 {
			send()
		}
		if n := testing.AllocsPerRun(300, send); n > 0 && !raced {
			t.Errorf("%v allocations for each packet to four receivers", n)
		}
		for i, ear := range s.ears {
			context := s.keys[i].opening(t)
			packet := make([]byte, udp.MTU)
			must(t, ear.SetReadDeadline(time.Now().Add(testWithin)))
			n, err := ear.Read(packet)
			must(t, err)
			opened, err := context.DecryptRTP(nil, packet[:n], &h)
			if err != nil || h.SSRC != 777 || h.PayloadType != 96 || len(opened) < 1100 {
				t.Errorf("receiver got %d bytes, %+v, %v", len(opened), h, err)
			}
		}
		if st := s.sfu.Stats(); st.Sent < 2000 || st.Dropped["not_sent"] > 0 || st.Dropped["srtp_refused"] > 0 {
			t.Errorf("%+v", st)
		}
	}
}

// TestMediaOfNobody: media is taken of who proved an address, with their keys, once there are any.
func TestMediaOfNobody(t *testing.T) {
	s := newStraight(t, 1, srtp.ProtectionProfileAeadAes128Gcm)
	s.prove(t, s.receivers[0], stranger)
	b, h := make([]byte, udp.MTU), rtp.Header{}
	sealed := slices.Clone(s.seal(t, b, &h, videoPacket(t, 1, true, 100)))
	for from, why := range map[netip.AddrPort]drop{
		stranger:                               dropEarly, // another peer's address: that one has no keys
		netip.MustParseAddrPort("192.0.2.9:9"): dropStrangeMedia,
	} {
		before := s.sfu.dropped(why)
		s.reader.take(slices.Clone(sealed), from)
		if s.sfu.dropped(why) != before+1 {
			t.Errorf("not dropped as %s", why)
		}
	}
	s.receivers[0].admit(newTestKeys(t, srtp.ProtectionProfileAeadAes128Gcm, 99).opener(t))
	s.reader.take(slices.Clone(sealed), stranger)
	if n := s.sfu.dropped(dropUnsealed); n != 1 || s.sfu.Stats().Received != 0 {
		t.Errorf("%d refused, %d taken", n, s.sfu.Stats().Received)
	}
	s.reader.take(slices.Clone(sealed), s.from)
	s.reader.rest()
	if s.sfu.Stats().Received != 1 {
		t.Error("not taken of whose it is")
	}
}

// TestCloseWaitsForWhatIsInHand: when Peer.Close returns, nothing is on its way to the peer, and nothing more will be.
func TestCloseWaitsForWhatIsInHand(t *testing.T) {
	s := newStraight(t, 2, srtp.ProtectionProfileAeadAes128Gcm)
	b, h := make([]byte, udp.MTU), rtp.Header{}
	s.reader.take(s.seal(t, b, &h, videoPacket(t, 1, true, 100)), s.from)
	p := s.receivers[0]
	closed := make(chan struct{})
	go func() {
		p.Close()
		close(closed)
	}()
	until(t, "it is ending", p.ended.Load)
	s.reader.take(s.seal(t, b, &h, videoPacket(t, 2, false, 100)), s.from)
	for range 1000 { // long enough for one who does not wait
		runtime.Gosched()
	}
	select {
	case <-closed:
		t.Error("closed while a packet to it was in hand")
	default:
	}
	s.reader.rest()
	<-closed
	p.out.begin(s.keys[0].sealer(t)) // a handshake that ends too late
	if err := p.out.send(&egress{}, s.reader.out); err != errNoPath {
		t.Errorf("sealed for one who is gone: %v", err)
	}
	if st := s.sfu.Stats(); st.Sent != 3 { // the second packet to the other one alone
		t.Errorf("%d packets sent", st.Sent)
	}
}

// TestAsideIsBounded: of what is left to Pion some is dropped if it is slow, by name, and of whom most waits it is dropped
// first: one who floods takes nothing from another. And its reading ends.
func TestAsideIsBounded(t *testing.T) {
	s := newStraight(t, 1, srtp.ProtectionProfileAeadAes128Gcm)
	hello := []byte{recordHandshake, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}
	flood := func(from netip.AddrPort, n int) (dropped uint64) {
		before := s.sfu.dropped(dropAside)
		for range n {
			s.reader.take(hello, from)
		}
		s.reader.rest()
		return s.sfu.dropped(dropAside) - before
	}
	if n := flood(s.from, asides+3); n != asides+3-asideShare {
		t.Errorf("%d of one dropped", n)
	}
	for i := range asides/asideShare + 1 {
		from := netip.AddrPortFrom(s.from.Addr(), uint16(2000+i))
		name := fmt.Sprint("key", i)
		s.sfu.engine.guard.expect(name, icePassword, s.publisher)
		s.reader.take(checkOf(t, name, icePassword), from)
		s.reader.rest()
		if n := s.sfu.dropped(dropAside); i < asides/asideShare-1 && n != asides+3-asideShare {
			t.Fatalf("number %d is in another's way", i)
		}
		flood(from, asideShare-1)
	}
	to, waiting := make([]byte, udp.MTU), 0
	for ; len(s.reader.aside.left) > 0; waiting++ {
		n, from, err := s.reader.aside.ReadFromAddrPort(to)
		if err != nil || from == s.from && !bytes.Equal(to[:n], hello) {
			t.Fatalf("read %d bytes of %v, %v", n, from, err)
		}
	}
	if waiting != asides {
		t.Errorf("%d waited", waiting)
	}
	if n := flood(s.from, asideShare+1); n != 1 {
		t.Errorf("%d dropped when all is taken", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		_, _, _ = s.reader.aside.ReadFromAddrPort(to)
		s.reader.aside.leave(hello, s.from, s.sfu.engine.guard.whose(s.from))
	}); n > 0 && !raced {
		t.Errorf("%v allocations", n)
	}
	for len(s.reader.aside.left) > 0 { // else it may be read before the end is
		_, _, _ = s.reader.aside.ReadFromAddrPort(to)
	}
	ended := make(chan error)
	go func() {
		_, _, err := s.reader.aside.ReadFromAddrPort(to)
		ended <- err
	}()
	must(t, s.reader.aside.Close())
	if err := <-ended; err != net.ErrClosed {
		t.Error(err)
	}
}

// TestSilence is told of who was heard once.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		last int64
		want int32
	}{
		{0, heard}, {t0.UnixNano(), heard}, {t0.Add(-quietAfter + 1).UnixNano(), heard}, {t0.Add(-quietAfter).UnixNano(), quietly},
		{t0.Add(-goneAfter + 1).UnixNano(), quietly}, {t0.Add(-goneAfter).UnixNano(), gone}, {t0.Add(time.Second).UnixNano(), heard},
	} {
		if got := silenceOf(c.last, t0); got != c.want {
			t.Errorf("%v: %d, want %d", t0.Sub(time.Unix(0, c.last)), got, c.want)
		}
	}
}

// BenchmarkStraight is what a packet costs from where a reader takes it to where it lies sealed for five receivers: all but
// the system's share. Cold is as in a hearing, where a packet comes every other millisecond, and others have used the
// processor meanwhile.
func BenchmarkStraight(b *testing.B) {
	for _, size := range []int{100, 1100} {
		for _, cold := range []bool{false, true} {
			b.Run(fmt.Sprintf("size=%d/cold=%v", size, cold), func(b *testing.B) { benchmarkStraight(b, size, cold) })
		}
	}
}

func benchmarkStraight(b *testing.B, size int, cold bool) {
	s := newStraight(b, 5, srtp.ProtectionProfileAeadAes128Gcm)
	s.swallow(b)
	others := make([]byte, 16<<20)
	b.ReportAllocs()
	var spent time.Duration
	packets := 0
	next := s.video(b, size)
	for b.Loop() {
		sealed := next()
		for i := 0; cold && i < len(others); i += 64 {
			others[i]++
		}
		spent += s.carry(sealed)
		packets++
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(packets*len(s.receivers)), "ns/packet/receiver")
}

// swallow has what is sealed for the receivers go nowhere.
func (s *straight) swallow(b *testing.B) {
	b.Helper()
	for _, p := range s.receivers {
		relay, err := s.sfu.hub.Relay(false)
		must(b, err)
		relay.Deliver(func([]byte, netip.AddrPort) bool { return true })
		p.out.lead(way{socket: s.reader.socket, to: relay.LocalAddr().(*net.UDPAddr).AddrPort()})
	}
}

// video makes packets of the publisher's, one after the other, in the same memory.
func (s *straight) video(b *testing.B, size int) (next func() []byte) {
	plain, to, h := videoPacket(b, 0, true, size), make([]byte, udp.MTU), rtp.Header{}
	seq := uint16(0)
	return func() []byte {
		seq++
		plain[2], plain[3] = byte(seq>>8), byte(seq)
		return s.seal(b, to, &h, plain)
	}
}

// carry tells how long a packet took.
func (s *straight) carry(sealed []byte) time.Duration {
	begin := time.Now()
	s.reader.take(sealed, s.from)
	s.reader.rest()
	return time.Since(begin)
}

// BenchmarkTwoReaders is what a packet costs while two processors forward at once, to five receivers of each one's own, and
// to the same five: what it would save to keep a room on one processor.
func BenchmarkTwoReaders(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("one processor")
	}
	var each [2]float64
	for i, shared := range []bool{false, true} {
		two := [2]*straight{newStraight(b, 5, srtp.ProtectionProfileAeadAes128Gcm), newStraight(b, 5, srtp.ProtectionProfileAeadAes128Gcm)}
		for _, s := range two {
			s.swallow(b)
		}
		for k, p := range two[0].receivers {
			if shared { // another line of theirs
				u := two[1].receivers[k].received()[0]
				u.peer, u.exit = p, &p.out
			}
		}
		var spent [2]time.Duration
		var both sync.WaitGroup
		for k, s := range two {
			both.Go(func() {
				next := s.video(b, 1100)
				for range b.N {
					spent[k] += s.carry(next())
				}
			})
		}
		both.Wait()
		each[i] = float64((spent[0] + spent[1]).Nanoseconds()) / float64(2*5*b.N)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(each[0], "apart-ns/packet")
	b.ReportMetric(each[1], "shared-ns/packet")
	b.ReportMetric(each[1]/each[0], "of-apart")
}
