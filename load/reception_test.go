package load

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// listening is a guest's reception, and what the others send.
type listening struct {
	*reception
	t    *testing.T
	now  time.Time
	wide uint16
}

const (
	hisVoice, hisFace, hisRepair = 100, 200, 201 // SSRCs
)

func newListening(t *testing.T) *listening {
	tally := &tally{}
	tally.begin()
	l := &listening{reception: newReception(1, 9, began, tally), t: t, now: began}
	l.repairs = map[uint32]uint32{hisRepair: hisFace}
	return l
}

// hears takes a packet of participant 2 in room 1, or another, ten milliseconds after the one before.
func (l *listening) hears(ssrc uint32, payloadType uint8, sequence uint16, payload []byte) {
	l.t.Helper()
	l.now = l.now.Add(10 * time.Millisecond)
	l.wide++
	h := rtp.Header{Version: 2, PayloadType: payloadType, SSRC: ssrc, SequenceNumber: sequence}
	if err := h.SetExtension(wideExtension, []byte{byte(l.wide >> 8), byte(l.wide)}); err != nil {
		l.t.Fatal(err)
	}
	packet, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		l.t.Fatal(err)
	}
	l.media(packet, l.now)
}

// stamped is a payload that was sent 3 ms ago.
func (l *listening) stamped(room uint32, y layer, count uint32) []byte {
	b := make([]byte, 60)
	stamp{room: room, number: 2, layer: y, count: count, sent: l.now.Add(7 * time.Millisecond).Sub(began)}.put(b)
	return b
}

func TestReceptionCounts(t *testing.T) {
	l := newListening(t)
	for i := range uint16(5) {
		l.hears(hisVoice, opusPayload, i, l.stamped(1, voice, uint32(i)+1))
	}
	for _, i := range []uint16{10, 11, 13} { // 12 is lost
		l.hears(hisFace, vp8Payload, i, l.stamped(1, high, uint32(i)))
	}
	l.hears(hisFace, vp8Payload, 14, l.stamped(1, high, 17)) // of which 14 to 16 are kept back
	l.hears(hisRepair, rtxPayload, 1, append([]byte{0, 12}, l.stamped(1, high, 12)...))
	l.hears(hisRepair, rtxPayload, 2, nil) // a probe
	v, p := &l.tally.voice, &l.tally.video
	if v.received.Load() != 5 || v.loss() != 0 {
		t.Errorf("voice: %d, loss %v", v.received.Load(), v.loss())
	}
	if p.received.Load() != 5 || p.missed.Load() != 1 || p.recovered.Load() != 1 || p.withheld.Load() != 3 || p.loss() != 3.0/8 {
		t.Errorf("video: %d, %d missed, %d recovered, %d withheld, loss %v", p.received.Load(), p.missed.Load(), p.recovered.Load(), p.withheld.Load(), p.loss())
	}
	if got := v.took.quantile(1); got < 3*time.Millisecond || got > 4*time.Millisecond {
		t.Errorf("voice took %v", got)
	}
	heard, seen := l.present(began)
	if !heard[2] || !seen[2] || len(heard)+len(seen) != 2 {
		t.Errorf("heard %v, seen %v", heard, seen)
	}
	if heard, seen := l.present(l.now); len(heard)+len(seen) > 0 {
		t.Errorf("heard %v, seen %v in the future", heard, seen)
	}
	if l.tally.faults.Load() != 0 {
		t.Error("faults")
	}
	l.hears(hisVoice, opusPayload, 6, l.stamped(2, voice, 6)) // of another hearing
	l.hears(hisVoice, opusPayload, 7, make([]byte, 60))
	l.media([]byte{0x80}, l.now)
	if got := l.tally.faults.Load(); got != 3 {
		t.Errorf("%d faults, want 3", got)
	}
}

func TestReceptionGivesFeedback(t *testing.T) {
	l := newListening(t)
	for _, i := range []uint16{10, 11, 13} {
		l.hears(hisFace, vp8Payload, i, l.stamped(1, high, uint32(i)))
	}
	kinds := func(at time.Time) map[string]rtcp.Packet {
		all := map[string]rtcp.Packet{}
		for _, packet := range l.feedback(at) {
			switch packet.(type) {
			case *rtcp.TransportLayerCC:
				all["arrivals"] = packet
			case *rtcp.TransportLayerNack:
				all["missing"] = packet
			case *rtcp.ReceiverReport:
				all["report"] = packet
			case *rtcp.PictureLossIndication:
				all["picture"] = packet
			}
		}
		return all
	}
	first := kinds(l.now.Add(reordered))
	if nack, ok := first["missing"].(*rtcp.TransportLayerNack); !ok || nack.MediaSSRC != hisFace || nack.Nacks[0].PacketID != 12 {
		t.Errorf("%v", first)
	}
	if first["arrivals"] == nil || first["report"] == nil || first["picture"] != nil {
		t.Errorf("%v", first)
	}
	if soon := kinds(l.now.Add(reordered + time.Millisecond)); len(soon) > 0 {
		t.Errorf("a millisecond later: %v", soon)
	}
	if late := kinds(l.now.Add(giveUp + time.Millisecond)); late["picture"] == nil || late["missing"] != nil {
		t.Errorf("a second later: %v", late)
	}
}
