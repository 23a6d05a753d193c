package sfu

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// reports takes the RTCP packets that name one SSRC, each by itself. It is used by Pion's SRTCP reader alone.
type reports struct {
	unread
	peer *Peer
	ssrc uint32
}

// Write takes a packet. It never fails.
func (r *reports) Write(b []byte) (int, error) {
	r.peer.in.control.enter()
	defer r.peer.in.control.leave()
	if r.peer.ended.Load() {
		return len(b), nil
	}
	defer r.peer.survive()
	r.peer.controlled.Store(r.peer.sfu.now().UnixNano())
	if media, ok := isTransportFeedback(b); ok {
		if media == r.ssrc { // whichever it is: the numbers are of the whole transport
			r.peer.arrived(b, r.peer.sfu.now())
		}
		return len(b), nil // Pion hands over one message at a time
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		r.peer.drops.add(dropMalformed)
		return len(b), nil
	}
	for _, packet := range packets {
		r.receive(packet)
	}
	return len(b), nil
}

func (r *reports) receive(packet rtcp.Packet) {
	now := r.peer.sfu.now()
	switch packet := packet.(type) {
	case *rtcp.SenderReport:
		if packet.SSRC == r.ssrc {
			r.peer.senderReport(packet, now)
		}
		r.roundTrips(packet.Reports, now)
	case *rtcp.ReceiverReport:
		r.roundTrips(packet.Reports, now)
	case *rtcp.TransportLayerNack:
		switch u := r.peer.subscription(r.ssrc); {
		case u == nil || packet.MediaSSRC != r.ssrc:
		case !r.peer.in.asked.take(len(packet.Nacks), mostAsked, now):
			r.peer.drops.add(dropFeedback)
		case u.kind == webrtc.RTPCodecTypeVideo:
			u.lost(packet.Nacks, now, r.peer.roundTrip())
		default:
			u.lostVoice(packet.Nacks, now, r.peer.roundTrip())
		}
	case *rtcp.PictureLossIndication:
		if u := r.peer.subscription(r.ssrc); u != nil && packet.MediaSSRC == r.ssrc {
			u.pictureLost(now)
		}
	case *rtcp.FullIntraRequest: // its media SSRC is unused (RFC 5104, section 4.3.1.2)
		if u := r.peer.subscription(r.ssrc); u != nil && slices.Contains(packet.DestinationSSRC(), r.ssrc) {
			u.pictureLost(now)
		}
	}
}

func (r *reports) roundTrips(blocks []rtcp.ReceptionReport, now time.Time) {
	for _, b := range blocks {
		if b.SSRC == r.ssrc {
			r.peer.noteRoundTrip(roundTrip(b, now))
			if u := r.peer.subscription(r.ssrc); u != nil {
				u.reportedLoss(b, now)
			}
		}
	}
}

// feedback records arrivals for transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01).
type feedback struct {
	mu       sync.Mutex
	recorder *twcc.Recorder
	start    time.Time
}

func newFeedback(ssrc uint32, start time.Time) *feedback {
	return &feedback{recorder: twcc.NewRecorder(ssrc), start: start}
}

func (f *feedback) note(ssrc uint32, seq uint16, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorder.Record(ssrc, seq, now.Sub(f.start).Microseconds())
}

func (f *feedback) build() []rtcp.Packet {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.recorder.PacketsHeld() == 0 {
		return nil
	}
	return f.recorder.BuildFeedbackPacket()
}
