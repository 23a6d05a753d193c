package sfu

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// seatLine is a line of the receiver, towards the link.
type seatLine struct {
	binding
	ssrc uint32
	*viewer
}

// flown is a packet on the link.
type flown struct {
	packet rtp.Packet
	viewer *viewer
}

func (l seatLine) SSRC() webrtc.SSRC               { return webrtc.SSRC(l.ssrc) }
func (l seatLine) SSRCRetransmission() webrtc.SSRC { return webrtc.SSRC(l.ssrc + 50) }
func (l seatLine) send(e *egress, out *udp.Burst) error {
	_ = out.Space() // as a transport does
	p, err := e.packet()
	l.hall.out.Enter(flown{p, l.viewer}, overhead+p.MarshalSize(), l.hall.now())
	return err
}

// viewer is what the receiver does with a line of pictures: a frame is shown when it and all that it needs have come.
type viewer struct {
	*hall
	line    *subscription
	ssrc    uint32
	packets map[uint16]shard
	next    uint16 // that the next frame begins with
	newest  uint16
	any     bool
	missing []missed
	shown   []showing
	asked   time.Time // for a key frame
}

type shard struct {
	stamp            uint32
	first, last, key bool
	rid              string
}

type missed struct {
	number uint16
	tries  int
	next   time.Time
}

type showing struct {
	at  time.Time
	rid string
}

func (v *viewer) take(p *rtp.Packet) {
	number, payload := p.SequenceNumber, p.Payload
	switch {
	case p.SSRC == v.ssrc+50 && len(payload) > 2:
		number, payload = binary.BigEndian.Uint16(payload), payload[2:]
	case p.SSRC != v.ssrc || len(payload) < 7:
		return // voice, or padding
	}
	if !v.any {
		v.any, v.next, v.newest = true, number, number-1
	}
	for int16(number-v.newest) > 0 {
		if v.newest++; v.newest != number {
			v.missing = append(v.missing, missed{v.newest, 0, v.now().Add(10 * time.Millisecond)})
		}
	}
	v.missing = slices.DeleteFunc(v.missing, func(m missed) bool { return m.number == number })
	if int16(number-v.next) < 0 {
		return
	}
	rid := ""
	if s := v.line.current; s != nil {
		rid = s.rid
	}
	v.packets[number] = shard{p.Timestamp, payload[0]&0x10 != 0, p.Marker, payload[0]&0x10 != 0 && payload[6]&1 == 0, rid}
	v.show()
}

// show plays all frames that are whole and follow, or begin anew.
func (v *viewer) show() {
	for {
		end, ok := v.frame(v.next)
		for number := v.next + 1; !ok && int16(v.newest-number) >= 0; number++ {
			if v.packets[number].key {
				if end, ok = v.frame(number); ok {
					break
				}
			}
		}
		if !ok {
			return
		}
		v.shown = append(v.shown, showing{v.now(), v.packets[end].rid})
		for ; int16(end-v.next) >= 0; v.next++ {
			delete(v.packets, v.next)
		}
	}
}

// frame is the last packet of the frame that begins with number, if all of it is there.
func (v *viewer) frame(number uint16) (uint16, bool) {
	for begin := number; ; number++ {
		p, ok := v.packets[number]
		if !ok || (number == begin) != p.first {
			return 0, false
		}
		if p.last {
			return number, true
		}
	}
}

// ask sends NACKs, and asks for a key frame where nothing can be shown for a while.
func (v *viewer) ask() {
	now := v.now()
	n := rtcp.TransportLayerNack{MediaSSRC: v.ssrc}
	for i := range v.missing {
		if m := &v.missing[i]; !now.Before(m.next) && m.tries < 10 {
			m.tries++
			m.next = now.Add(150 * time.Millisecond)
			n.Nacks = append(n.Nacks, rtcp.NackPair{PacketID: m.number})
		}
	}
	v.missing = slices.DeleteFunc(v.missing, func(m missed) bool { return m.tries >= 10 || int16(m.number-v.next) < 0 })
	var messages []rtcp.Packet
	if len(n.Nacks) > 0 {
		messages = append(messages, &n)
	}
	if len(v.packets) > 0 && len(v.shown) > 0 && now.Sub(v.shown[len(v.shown)-1].at) > time.Second && now.Sub(v.asked) > 300*time.Millisecond {
		v.asked = now
		messages = append(messages, &rtcp.PictureLossIndication{MediaSSRC: v.ssrc})
	}
	for _, m := range messages {
		b, err := m.Marshal()
		must(v.t, err)
		v.hall.back.Enter(func() { _, _ = told(v.receiver).Write(b) }, overhead+len(b), now)
	}
}

// freeze is the longest time without a frame in a span of time.
func (v *viewer) freeze(from, to time.Time) (longest time.Duration) {
	last := from
	for _, s := range v.shown {
		if s.at.After(from) {
			longest = max(longest, min(s.at.Sub(last), to.Sub(last)))
			if last = s.at; s.at.After(to) {
				return longest
			}
		}
	}
	return max(longest, to.Sub(last))
}

func (v *viewer) tall(from time.Time) time.Duration {
	for _, s := range v.shown {
		if s.at.After(from) && s.rid != "l" && s.rid != "" {
			return s.at.Sub(from)
		}
	}
	return time.Hour
}
