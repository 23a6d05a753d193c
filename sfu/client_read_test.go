package sfu

import (
	"fmt"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// read collects what comes on a line.
func (c *testClient) read(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	line := track.ID()

	g := &received{marks: map[mark]int{}, track: track}
	c.mu.Lock()
	c.got[line] = g
	c.mu.Unlock()
	go c.readReports(r)
	for {
		p, attributes, err := track.ReadRTP()
		if err != nil {
			return
		}
		c.mu.Lock()
		if c.ignore != nil && c.ignore(line, p) {
			c.mu.Unlock()
			continue
		}
		g.packets = append(g.packets, p)
		if attributes.Get(webrtc.AttributeRtxSsrc) != nil {
			g.repairs++
		}
		for _, payload := range c.payloads(track, p) {
			if m, ok := readPayload(payload); ok {
				g.marks[m]++
				g.last = m
			} else {
				g.broken++
			}
		}
		c.mu.Unlock()
	}
}

// payloads are those of the test's making in a packet: one, or those that redundant audio holds.
func (c *testClient) payloads(track *webrtc.TrackRemote, p *rtp.Packet) (all [][]byte) {
	switch {
	case track.Kind() == webrtc.RTPCodecTypeVideo:
		v, err := parseVP8(p.Payload)
		if err != nil {
			c.t.Error(err)
		}
		payload := p.Payload[v.size+3:]
		if v.keyframe {
			payload = payload[7:]
		}
		return [][]byte{payload}
	case p.PayloadType == redFormat:
		var r redPacket
		if err := r.parse(p.Payload); err != nil {
			c.t.Error(err)
		}
		for _, b := range r.blocks[:r.count] {
			all = append(all, b.payload)
		}
		return all
	}
	return [][]byte{p.Payload}
}

func (c *testClient) readReports(r *webrtc.RTPReceiver) {
	for {
		packets, _, err := r.ReadRTCP()
		if err != nil {
			return
		}
		c.mu.Lock()
		for _, p := range packets {
			if s, ok := p.(*rtcp.SenderReport); ok {
				c.reports = append(c.reports, s)
			}
		}
		c.mu.Unlock()
	}
}

// seatOf is the seat of a participant, -1 if there is none; screenOf that of their screen.
func (c *testClient) seatOf(number uint32) int   { return c.find(number, false) }
func (c *testClient) screenOf(number uint32) int { return c.find(number, true) }

func (c *testClient) find(number uint32, screen bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.seats {
		if s.Number == number && s.Screen == screen {
			return s.Seat
		}
	}
	return -1
}

func (c *testClient) has(kind string, seat int, m mark) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.got[fmt.Sprintf("%s-%d", kind, seat)]
	return g != nil && g.marks[m] > 0
}

// line returns a copy of what came on a line.
func (c *testClient) line(kind string, seat int) received {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.got[fmt.Sprintf("%s-%d", kind, seat)]
	if g == nil {
		return received{}
	}
	r := *g
	r.packets = append([]*rtp.Packet(nil), g.packets...)
	r.marks = map[mark]int{}
	for m, n := range g.marks {
		r.marks[m] = n
	}
	return r
}
