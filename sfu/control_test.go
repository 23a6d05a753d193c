package sfu

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"jalsa/sfu/bwe"
)

// TestControlIsWrittenAsPionDoes: to the bit.
func TestControlIsWrittenAsPionDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var blocks []rtcp.ReceptionReport
		for range random.IntN(mostBlocks + 1) {
			blocks = append(blocks, rtcp.ReceptionReport{SSRC: random.Uint32(), FractionLost: uint8(random.Uint32()), TotalLost: random.Uint32N(1 << 24),
				LastSequenceNumber: random.Uint32(), Jitter: random.Uint32(), LastSenderReport: random.Uint32(), Delay: random.Uint32()})
		}
		sender := rtcp.SenderReport{SSRC: random.Uint32(), NTPTime: random.Uint64(), RTPTime: random.Uint32(), PacketCount: random.Uint32(), OctetCount: random.Uint32()}
		var names []named
		description := &rtcp.SourceDescription{}
		for range 1 + random.IntN(mostNamed) {
			n := named{random.Uint32(), random.IntN(150)}
			names = append(names, n)
			description.Chunks = append(description.Chunks, rtcp.SourceDescriptionChunk{Source: n.ssrc, Items: []rtcp.SourceDescriptionItem{
				{Type: rtcp.SDESCNAME, Text: (&subscription{seat: n.seat}).StreamID()},
			}})
		}
		lost := []uint16{uint16(random.Uint32())}
		for range random.IntN(maxLosses) {
			lost = append(lost, lost[len(lost)-1]+1+uint16(random.IntN(20)))
		}
		from, about := random.Uint32(), random.Uint32()
		want, err := rtcp.Marshal([]rtcp.Packet{
			&rtcp.ReceiverReport{SSRC: from, Reports: blocks}, &sender, description,
			&rtcp.TransportLayerNack{SenderSSRC: from, MediaSSRC: about, Nacks: rtcp.NackPairsFromSequenceNumbers(lost)},
			&rtcp.PictureLossIndication{SenderSSRC: from, MediaSSRC: about},
		})
		must(t, err)
		got := appendNames(appendSenderReport(appendReceiverReport(nil, from, blocks), sender), names)
		if got = appendPictureLoss(appendNack(got, from, about, lost), from, about); !bytes.Equal(got, want) {
			t.Fatalf("%x\nwant %x", got, want)
		}
	}
}

// TestArrivalsAreToldAsPionDoes: of packets that are lost, late, doubled and long apart a publisher learns the same as from
// Pion's recorder.
func TestArrivalsAreToldAsPionDoes(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		ours, theirs := newFeedback(7, t0), twcc.NewRecorder(7)
		now, seq := t0.Add(time.Second), uint16(65_300)
		var got, want history
		told := 0
		var held []uint16
		for range 200 {
			burst := held
			held = nil
			for range random.IntN(60) {
				seq += uint16(1 + random.IntN(2)*random.IntN(1+int(seed%20)))
				burst = append(burst, seq)
			}
			for i := range burst { // some overtake others
				if j := i + random.IntN(3); random.IntN(4) == 0 && j < len(burst) {
					burst[i], burst[j] = burst[j], burst[i]
				}
			}
			if n := len(burst); n > 3 && random.IntN(3) == 0 { // one comes after what the others are told of
				held = []uint16{burst[n-3]}
				burst = slices.Delete(burst, n-3, n-2)
			}
			for _, n := range burst {
				now = now.Add(time.Duration(random.IntN(3000)) * time.Microsecond)
				for range 1 + random.IntN(20)/19 {
					ours.note(9, n, now)
					theirs.Record(9, n, now.Sub(t0).Microseconds())
				}
			}
			if len(held) == 0 {
				now = now.Add(time.Duration(random.IntN(60)*random.IntN(60)) * time.Millisecond)
			}
			for more := true; more; {
				var b []byte
				if b, more = ours.write(nil); len(b) > 0 {
					got.read(t, b)
					told++
				}
			}
			if theirs.PacketsHeld() > 0 {
				for _, p := range theirs.BuildFeedbackPacket() {
					b, err := p.Marshal()
					must(t, err)
					want.read(t, b)
				}
			}
			if !slices.EqualFunc(got.last, want.last, same) {
				t.Fatalf("seed %d: %v\nwant %v", seed, got.last, want.last)
			}
			got.last, want.last = nil, nil
		}
		if told < 100 {
			t.Errorf("%d messages say little", told)
		}
	}
}

// same tells whether two reports of a packet say the same; halves of a unit may be rounded either way.
func same(a, b bwe.Arrival) bool {
	return a.Sequence == b.Sequence && a.Received == b.Received && (a.At-b.At).Abs() <= toldUnit*time.Microsecond
}

// history is what a publisher was told of the last packets.
type history struct {
	clock remoteClock
	last  []bwe.Arrival
}

func (h *history) read(t *testing.T, b []byte) {
	t.Helper()
	if !isTransportFeedback(b) || len(b)%4 != 0 {
		t.Fatalf("%x", b)
	}
	var message rtcp.TransportLayerCC
	must(t, message.Unmarshal(b))
	all, err := parseFeedback(b, nil, &h.clock)
	must(t, err)
	h.last = append(h.last, all...)
}

// TestArrivalsAreBounded: whatever comes, a message fits a packet, and all is told in a few.
func TestArrivalsAreBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	f, now := newFeedback(7, t0), t0
	for range 2000 {
		seq := uint16(random.Uint32())
		for range random.IntN(700) {
			now = now.Add(time.Duration(random.IntN(100)*random.IntN(100)*random.IntN(100)) * time.Microsecond)
			seq += uint16(random.IntN(4))
			f.note(9, seq-uint16(random.IntN(3)), now)
		}
		messages := 0
		for more := true; more; messages++ {
			var b []byte
			if b, more = f.write(nil); len(b) > 1000 || messages > 2*toldNumbers {
				t.Fatalf("message %d of %d bytes", messages, len(b))
			}
		}
	}
}

// TestArrivalsAllocateNothing once a first packet came.
func TestArrivalsAllocateNothing(t *testing.T) {
	f, seq, now := newFeedback(7, t0), uint16(0), t0
	b := make([]byte, 0, 1500)
	f.note(9, seq, now)
	if n := testing.AllocsPerRun(100, func() {
		for range 30 {
			seq, now = seq+1, now.Add(time.Millisecond)
			f.note(9, seq, now)
		}
		if b, _ := f.write(b); len(b) == 0 {
			t.Fatal("nothing is told")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestControlIsReadAsPionDoes: of what has a meaning for us the same is refused, and what a report says is taken.
func TestControlIsReadAsPionDoes(t *testing.T) {
	p := newPath(t, 1)
	halt(p.room)
	q, random := p.receivers[0], rand.New(rand.NewPCG(4, 4))
	refused, taken := 0, 0
	for range 20_000 {
		packets := []rtcp.Packet{
			&rtcp.SenderReport{SSRC: 1, Reports: make([]rtcp.ReceptionReport, random.IntN(4))},
			&rtcp.ReceiverReport{SSRC: 1, Reports: make([]rtcp.ReceptionReport, random.IntN(4))},
			&rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: 5, Nacks: make([]rtcp.NackPair, random.IntN(4))},
			&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 777},
			&rtcp.FullIntraRequest{SenderSSRC: 1, FIR: []rtcp.FIREntry{{SSRC: 777}}},
		}
		b, err := packets[random.IntN(len(packets))].Marshal()
		if err != nil {
			continue // Pion refuses to write a NACK of nothing
		}
		switch random.IntN(4) {
		case 0:
			b = b[:4+4*random.IntN(len(b)/4)]
		case 1:
			b = append(b, make([]byte, 4*random.IntN(6))...)
		case 2:
			b[0] ^= 1 << random.IntN(8)
		}
		b[2], b[3] = 0, byte(len(b)/4-1)
		if isTransportFeedback(b) {
			continue
		}
		_, err = rtcp.Unmarshal(b)
		if meant := map[byte]bool{200: true, 201: true}[b[1]] || map[[2]byte]bool{{1, 205}: true, {1, 206}: true, {4, 206}: true}[[2]byte{b[0] & 0x1f, b[1]}]; !meant {
			continue
		}
		why := q.hearMessage(b, p.sfu.now(), nil)
		if (why != "") != (err != nil) {
			t.Fatalf("%x: %q, Pion says %v", b, why, err)
		}
		if taken++; err != nil {
			refused++
		}
	}
	if refused < 1000 || taken < 2*refused {
		t.Errorf("%d of %d refused", refused, taken)
	}
	now := t0
	report := rtcp.ReceptionReport{SSRC: 777, LastSenderReport: uint32(ntpOf(since1900(now)) >> 16), Delay: 65536 / 2}
	for _, packet := range []rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{}, report}}, &rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{}, report}}} {
		b, err := packet.Marshal()
		must(t, err)
		q.rtt.Store(0)
		if why := q.hearMessage(b, now.Add(700*time.Millisecond), nil); why != "" || q.roundTrip().Round(time.Millisecond) != 200*time.Millisecond {
			t.Errorf("%q, %v there and back", why, q.roundTrip())
		}
	}
}
