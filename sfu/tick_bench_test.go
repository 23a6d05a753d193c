package sfu

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// BenchmarkTick is what a calm room does because a window has passed, of which none is about a packet: ns/tick. Allocations
// are those of a tick and of what came before it: packets, reports and feedback of everybody.
func BenchmarkTick(b *testing.B) {
	for _, c := range []struct{ speakers, listeners int }{{6, 0}, {1, 50}} {
		b.Run(fmt.Sprintf("people=%d", c.speakers+c.listeners), func(b *testing.B) {
			s := newSitting(b, c.speakers, c.listeners)
			for range 300 {
				s.step()
			}
			b.ReportAllocs()
			var spent time.Duration
			ticks := 0
			for b.Loop() {
				s.come()
				begin := time.Now()
				s.room.tick(s.clock, s.now(), s.out)
				s.out.Flush()
				spent += time.Since(begin)
				ticks++
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(ticks), "ns/tick")
		})
	}
}

// sitting is a room in which speakers send voice and two layers of a camera, and everybody gets all of it, sealed.
type sitting struct {
	*path
	passed atomic.Int64
	clock  *clockwork
	out    *udp.Burst
	people []*person
}

// person is a peer, and what comes of it.
type person struct {
	*sitting
	peer     *Peer
	speaks   bool
	media    *inside
	control  *inside
	rows     [3]*row // voice, and the layers of the camera
	wide     uint16
	reported uint16 // newest number that it reported to have come
	feedback []byte
	report   []byte // of a second
}

// row is a stream that somebody sends.
type row struct {
	packet []byte
	wide   int // where the packet has its transport-wide number
	size   int
	seq    uint16
	stamp  uint32
	clock  uint32
}

func newSitting(t testing.TB, speakers, listeners int) *sitting {
	s := &sitting{path: &path{}, clock: newClockwork()}
	s.sfu = testSFU(t, nil)
	s.sfu.now = s.now
	s.room, s.out = s.sfu.Room("sitting"), s.sfu.hub.NewBurst()
	everybody := speakers + listeners
	extension := "a=extmap:5 " + sdp.TransportCCURI + "\r\na=extmap:1 "
	o, err := parseOffer(strings.ReplaceAll(offerText(1), "a=extmap:1 ", extension))
	must(t, err)
	for i := range everybody {
		p, err := s.room.Join("p", uint32(i+1), Events{})
		must(t, err)
		t.Cleanup(p.Close)
		p.live.Store(true)
		one := &person{sitting: s, peer: p, speaks: i < speakers, media: opened(p), control: told(p)}
		one.media.out, one.control.out = *s.sfu.hub.NewBurst(), *s.sfu.hub.NewBurst()
		published := offer{}
		if one.speaks {
			published = o
		}
		l := newLayout(p, published, nil)
		p.layout.Store(l)
		p.control(newCongestionUpTo(maxTarget, maxTarget, s.now()), s.now())
		s.room.negotiated(p, l, one.lines(t, min(speakers, everybody-1)))
		one.begin(t)
		s.people = append(s.people, one)
	}
	halt(s.room)
	for _, one := range s.people {
		one.peer.state.Store(int32(StateConnected))
		s.room.connected(one.peer)
	}
	return s
}

// lines are seats for others, whose packets are sealed and go to a relay that forgets them.
func (o *person) lines(t testing.TB, seats int) (lines []*subscription) {
	relay, err := o.sfu.hub.Relay(false)
	must(t, err)
	relay.Deliver(func([]byte, netip.AddrPort) bool { return true })
	keys := newTestKeys(t, srtp.ProtectionProfileAeadAes128Gcm, byte(o.peer.number))
	o.peer.out.begin(keys.sealer(t))
	o.peer.out.lead(way{socket: o.sfu.hub.Sockets()[0], to: relay.LocalAddr().(*net.UDPAddr).AddrPort()})
	for i := range 2 * seats {
		u := newSubscription(o.peer, i/2, []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo}[i%2])
		u.wide = 5
		u.equip(line{})
		bind(t, u, lineBinding{binding{&o.peer.out}, webrtc.SSRC(7000 + i)})
		lines = append(lines, u)
	}
	return lines
}

// begin makes what the person sends.
func (o *person) begin(t testing.TB) {
	blocks := []rtcp.ReceptionReport{{SSRC: 7000, LastSequenceNumber: 1}, {SSRC: 7001, LastSequenceNumber: 1}}
	packets := []rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1234, Reports: blocks}}
	if o.speaks {
		packets = []rtcp.Packet{&rtcp.SenderReport{SSRC: 1234, NTPTime: 1 << 60, RTPTime: 9, Reports: blocks}, &rtcp.SenderReport{SSRC: 2221, NTPTime: 1 << 60, RTPTime: 9}}
		o.rows = [3]*row{
			o.row(t, rtp.Header{PayloadType: 111, SSRC: 1234}, "", 60, 48000),
			o.row(t, rtp.Header{PayloadType: 96, SSRC: 2221}, "l", 500, 90000),
			o.row(t, rtp.Header{PayloadType: 96, SSRC: 2222}, "h", 1000, 90000),
		}
	}
	var err error
	o.report, err = rtcp.Marshal(packets)
	must(t, err)
	o.feedback = make([]byte, 1500)
}

func (o *person) row(t testing.TB, h rtp.Header, rid string, size int, clock uint32) *row {
	h.Version = 2
	must(t, h.SetExtension(5, []byte{0x5a, 0xa5}))
	if rid == "" {
		must(t, h.SetExtension(2, []byte{0x80 | 30}))
	} else {
		must(t, h.SetExtension(1, []byte("1")))
		must(t, h.SetExtension(3, []byte(rid)))
	}
	payload := make([]byte, size)
	if payload[0] = 0x78; rid != "" {
		copy(payload, []byte{0x90, 0xe0, 0x80, 0, 0, 0, 0})
	}
	b, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	must(t, err)
	return &row{packet: b, wide: strings.Index(string(b), "\x5a\xa5"), size: size, clock: clock}
}

func (s *sitting) now() time.Time { return t0.Add(time.Duration(s.passed.Load())) }

// step is a tick with what comes before it.
func (s *sitting) step() {
	s.come()
	s.room.tick(s.clock, s.now(), s.out)
	s.out.Flush()
}

// come lets a window pass, and everybody send.
func (s *sitting) come() {
	s.passed.Add(int64(windowEvery))
	for _, o := range s.people {
		if o.speaks {
			o.send(o.rows[0], 5, 960)
			for _, r := range o.rows[1:] {
				o.send(r, 2, 4500)
			}
		}
	}
	for _, o := range s.people {
		o.tell()
	}
}

// send sends packets of a row, that are so far apart in its clock.
func (o *person) send(r *row, packets int, apart uint32) {
	for range packets {
		o.wide++
		r.seq++
		r.stamp += apart
		binary.BigEndian.PutUint16(r.packet[2:], r.seq)
		binary.BigEndian.PutUint32(r.packet[4:], r.stamp)
		binary.BigEndian.PutUint16(r.packet[r.wide:], o.wide)
		if d := r.packet[len(r.packet)-r.size:]; r.clock == 90000 {
			binary.BigEndian.PutUint16(d[2:], r.seq|0x8000)
			if d[6] = 1; r.seq == 1 {
				d[6] = 0 // a key frame
			}
		}
		_, _ = o.media.Write(r.packet)
	}
	o.media.out.Flush()
}

// tell reports that all came, ten times in a second, and what else is reported once.
func (o *person) tell() {
	o.peer.heard.Store(o.now().UnixNano())
	if passed := time.Duration(o.passed.Load()); passed%windowEvery == 0 {
		c := o.peer.congestion.Load()
		n := int(c.sequence - o.reported)
		b := o.feedback[:(20+2+n+3)&^3]
		clear(b)
		b[0], b[1] = 0x80|formatTransportWide, typeTransportFeedback
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)/4-1))
		binary.BigEndian.PutUint32(b[4:], 1234)
		binary.BigEndian.PutUint16(b[12:], o.reported+1)
		binary.BigEndian.PutUint16(b[14:], uint16(n))
		binary.BigEndian.PutUint32(b[16:], uint32(passed/referenceUnit)<<8)
		binary.BigEndian.PutUint16(b[20:], 1<<13|uint16(n))
		o.reported = c.sequence
		if n > 0 {
			_, _ = o.control.Write(b)
		}
		if passed%time.Second == 0 {
			_, _ = o.control.Write(o.report)
		}
	}
	o.control.out.Flush()
}

// TestSitting: the benchmark measures a room in which everybody gets everything.
func TestSitting(t *testing.T) {
	s := newSitting(t, 3, 1)
	for range 200 {
		s.step()
	}
	st := s.sfu.Stats()
	if want := uint64(200 * 3 * 3 * (2 + 1)); st.Sent < want*95/100 || st.PeersPanicked > 0 {
		t.Errorf("%d packets sent of %d; %+v", st.Sent, want, st)
	}
	for _, o := range s.people {
		if q := o.peer.Quality(); q.Target < 1_000_000 || len(o.peer.received()) != 6 || o.peer.wanting.told != nil && len(o.peer.wanting.told.Layers) == 0 && o.speaks {
			t.Errorf("%+v", q)
		}
	}
}
