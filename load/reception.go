package load

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	feedbackEvery = 100 * time.Millisecond // arrival times, as often as browsers tell them on a link with room
	reportEvery   = time.Second
	nackEvery     = 20 * time.Millisecond
	maxNamed      = 31 // reports in one packet
)

// reception is what one guest receives, and the feedback that browsers give for it: when packets came, what is missing,
// how it went. Without it the server would take the link for a thin one, and not forward what is measured here.
type reception struct {
	// fixed
	room  uint32
	self  uint32 // SSRC that reports are sent under
	epoch time.Time
	tally *tally

	octets atomic.Uint64 // received since they were last told

	mu      sync.Mutex
	lines   map[uint32]*line  // by SSRC
	repairs map[uint32]uint32 // of the answer
	arrived *twcc.Recorder
	header  rtp.Header
	told    struct{ arrivals, reports, losses time.Time }
	begun   time.Time // when the first media came; zero: none has
}

func newReception(room, self uint32, epoch time.Time, counts *tally) *reception {
	return &reception{room: room, self: self, epoch: epoch, tally: counts, lines: map[uint32]*line{}, arrived: twcc.NewRecorder(self)}
}

// media takes an RTP packet.
func (r *reception) media(packet []byte, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.octets.Add(uint64(len(packet)))
	n, err := r.header.Unmarshal(packet)
	if err != nil {
		r.tally.faults.Add(1)
		return
	}
	h := &r.header
	if wide := h.GetExtension(wideExtension); len(wide) == 2 {
		r.arrived.Record(h.SSRC, uint16(wide[0])<<8|uint16(wide[1]), at.Sub(r.epoch).Microseconds())
	}
	payload := packet[n:]
	if h.Padding && len(payload) > 0 {
		payload = payload[:len(payload)-min(int(payload[len(payload)-1]), len(payload))]
	}
	ssrc, sequence, repair := h.SSRC, h.SequenceNumber, h.PayloadType == rtxPayload
	if repair { // RFC 4588, section 4
		of, known := r.repairs[ssrc]
		if !known || len(payload) <= 2 {
			return // padding, which finds out what the link carries
		}
		ssrc, sequence, payload = of, uint16(payload[0])<<8|uint16(payload[1]), payload[2:]
	}
	if len(payload) == 0 {
		return
	}
	l := r.lines[ssrc]
	if l == nil {
		l = &line{video: h.PayloadType != opusPayload}
		r.lines[ssrc] = l
	}
	r.take(l, sequence, repair, payload, at)
}

// take counts a packet of a line.
func (r *reception) take(l *line, sequence uint16, repair bool, payload []byte, at time.Time) {
	fate, gap := l.note(sequence, at)
	if fate == repeated {
		return
	}
	if r.begun.IsZero() {
		r.begun = at
	}
	if !repair {
		l.timing(r.header.Timestamp, at)
	}
	flow, measures := &r.tally.voice, r.tally.measuring.Load()
	if l.video {
		flow = &r.tally.video
	}
	if measures {
		flow.received.Add(1)
		flow.missed.Add(uint64(gap))
		if fate == late {
			flow.recovered.Add(1)
		}
	}
	frames(!l.video, payload, func(frame []byte) {
		s, whole := readStamp(frame)
		if !whole || s.room != r.room {
			r.tally.faults.Add(1)
			return
		}
		if fate == fresh {
			if more := l.shows(s, at) - gap; more > 0 && measures {
				flow.withheld.Add(uint64(more))
			}
			gap = 0 // of the first frame only
		}
		if measures {
			flow.took.add(at.Sub(r.epoch) - s.sent)
		}
	})
}

// control takes RTCP that tells about what the server sends.
func (r *reception) control(packet *rtcp.SenderReport, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.lines[packet.SSRC]; l != nil {
		l.report, l.reportAt = uint32(packet.NTPTime>>16), at
	}
}

// feedback is what is to be told now.
func (r *reception) feedback(now time.Time) (packets []rtcp.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := func(last *time.Time, every time.Duration) bool {
		if now.Sub(*last) < every {
			return false
		}
		*last = now
		return true
	}
	if due(&r.told.arrivals, feedbackEvery) {
		packets = append(packets, r.arrived.BuildFeedbackPacket()...)
	}
	if due(&r.told.losses, nackEvery) {
		packets = r.losses(packets, now)
	}
	if due(&r.told.reports, reportEvery) && len(r.lines) > 0 {
		report := &rtcp.ReceiverReport{SSRC: r.self}
		for ssrc, l := range r.lines {
			if len(report.Reports) < maxNamed && l.started {
				report.Reports = append(report.Reports, l.reception(ssrc, now))
			}
		}
		packets = append(packets, report)
	}
	return packets
}

func (r *reception) losses(packets []rtcp.Packet, now time.Time) []rtcp.Packet {
	for ssrc, l := range r.lines {
		if len(l.missing) == 0 {
			continue
		}
		pairs, gaveUp := l.asks(now)
		if len(pairs) > 0 {
			packets = append(packets, &rtcp.TransportLayerNack{SenderSSRC: r.self, MediaSSRC: ssrc, Nacks: pairs})
		}
		if gaveUp {
			packets = append(packets, &rtcp.PictureLossIndication{SenderSSRC: r.self, MediaSSRC: ssrc})
		}
	}
	return packets
}

// present are the numbers of those who are heard, and seen, since t.
func (r *reception) present(t time.Time) (heard, seen map[uint32]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard, seen = map[uint32]bool{}, map[uint32]bool{}
	for _, l := range r.lines {
		switch {
		case !l.at.After(t):
		case l.video:
			seen[l.of.number] = true
		default:
			heard[l.of.number] = true
		}
	}
	return heard, seen
}

// firstMedia is when the first packet came; zero: none has.
func (r *reception) firstMedia() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun
}

// frames are what was sent, of a payload that came: on a thin link several frames of sound are in one packet (RFC 6716,
// section 3.2.5, frames below 252 bytes, without padding).
func frames(sound bool, payload []byte, take func(frame []byte)) {
	if !sound || len(payload) < 2 || payload[0]&3 != 3 || payload[1]&63 == 0 {
		take(payload)
		return
	}
	count, rest := int(payload[1]&63), payload[2:]
	sizes := make([]int, count)
	if variable := payload[1]&128 != 0; variable && len(rest) >= count {
		left := len(rest) - (count - 1)
		for i := range count - 1 {
			sizes[i] = int(rest[i])
			left -= sizes[i]
		}
		sizes[count-1], rest = max(left, 0), rest[count-1:]
	} else {
		for i := range sizes {
			sizes[i] = len(rest) / count
		}
	}
	for _, n := range sizes {
		n = min(n, len(rest))
		take(rest[:n])
		rest = rest[n:]
	}
}
