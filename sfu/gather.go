package sfu

import "time"

const (
	maxGathered      = 6                // packets of 10 ms
	maxGatheredBytes = maxPayload - 256 // what one packet of them makes has room for their lengths
)

// gathering collects packets of voice until they make one of 60 ms. The zero value is ready, and small: only thin links
// need it.
type gathering struct {
	count int
	ends  [maxGathered]int // of each packet in bytes
	bytes []byte           // maxGatheredBytes, made with the first packet
	head  head             // of the first
	next  uint32           // timestamp of the packet that continues
	time  int              // samples
	since time.Time
}

// takes tells whether a packet continues what was gathered. What cannot be taken apart, or is too long to be one of
// several, is not for here: it is to pass as it is.
func (g *gathering) takes(payload []byte, h head) bool {
	samples := opusTime(payload)
	if samples == 0 || samples >= packedTime || len(payload) <= dtxSize || len(payload) > maxGatheredBytes {
		return false
	}
	if g.count > 0 && !g.continues(payload, h, samples) {
		return false
	}
	var p opusPacket
	return p.parse(payload) == nil
}

func (g *gathering) continues(payload []byte, h head, samples int) bool {
	return h.stamp == g.next && (g.bytes[0]^payload[0])&^opusCode == 0 && g.time+samples <= packedTime &&
		g.count < maxGathered && g.ends[g.count-1]+len(payload) <= maxGatheredBytes
}

// add appends a packet that it takes, and tells whether it is full.
func (g *gathering) add(payload []byte, h head, now time.Time) (full bool) {
	if g.bytes == nil {
		g.bytes = make([]byte, maxGatheredBytes)
	}
	at, samples := 0, opusTime(payload)
	if g.count == 0 {
		g.head, g.since, g.time = h, now, 0
	} else {
		at = g.ends[g.count-1]
	}
	g.ends[g.count] = at + copy(g.bytes[at:], payload)
	g.count++
	g.time += samples
	g.next = h.stamp + uint32(samples)
	return g.time >= packedTime || g.count == maxGathered
}

// take writes all as one packet into b, which has room for maxPayload, and begins anew; 0: there is nothing.
func (g *gathering) take(b []byte) int {
	var packets [maxGathered][]byte
	at := 0
	for i, end := range g.ends[:g.count] {
		packets[i], at = g.bytes[at:end], end
	}
	n, err := packOpus(b, packets[:g.count]...)
	g.count = 0
	if err != nil {
		return 0
	}
	return n
}
