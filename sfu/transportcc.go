package sfu

import (
	"encoding/binary"
	"errors"
	"time"

	"jalsa/sfu/bwe"
)

// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1) is read here and not by
// Pion's parser, which makes an object for each packet that a message claims to report, also for those of which it then
// says nothing.

const (
	typeTransportFeedback = 205 // RTPFB (RFC 4585)
	formatTransportWide   = 15
	mostReported          = 2048 // packets: half a second at 6 Mbit/s is a fifth of that
	mostFeedback          = 200  // messages in a second: ten times what libwebrtc sends
	mostAsked             = 1000 // entries of up to 17 lost packets in a second: more than a link of maxTarget can lose
)

var (
	errFeedback  = errors.New("malformed transport-wide feedback")
	errFeedbacks = errors.New("too much transport-wide feedback")
)

// flow bounds what a peer's messages can have us work through in a second.
type flow struct {
	since time.Time
	count int
}

// take tells whether n more are read, of at most most.
func (f *flow) take(n, most int, now time.Time) bool {
	if now.Sub(f.since) >= time.Second {
		*f = flow{since: now}
	}
	f.count += n
	return f.count <= most
}

// isTransportFeedback tells whether an RTCP message is transport-wide feedback. About which SSRC does not matter: its
// numbers are of the whole transport.
func isTransportFeedback(b []byte) bool {
	return len(b) >= 20 && b[0]&0x1f == formatTransportWide && b[1] == typeTransportFeedback
}

// remoteClock extends the 24 bits of a feedback's reference time, which wrap after 12 days.
type remoteClock struct {
	started bool
	last    uint32
	time    time.Duration
}

const referenceUnit = 64 * time.Millisecond

func (c *remoteClock) extend(reference uint32) time.Duration {
	if !c.started {
		c.started, c.time = true, time.Duration(reference)*referenceUnit
	} else {
		c.time += time.Duration(int32((reference-c.last)<<8)>>8) * referenceUnit
	}
	c.last = reference
	return c.time
}

// parseFeedback appends what a message reports, in the order of the packets' numbers.
func parseFeedback(b []byte, arrivals []bwe.Arrival, clock *remoteClock) ([]bwe.Arrival, error) {
	if len(b) < 20 {
		return arrivals, errFeedback
	}
	sequence, count := binary.BigEndian.Uint16(b[12:]), int(binary.BigEndian.Uint16(b[14:]))
	if count > mostReported {
		return arrivals, errFeedback
	}
	reference := binary.BigEndian.Uint32(b[16:]) >> 8
	deltas, ok := endOfChunks(b[20:], count)
	if !ok {
		return arrivals, errFeedback
	}
	at := clock.extend(reference)
	chunks := b[20 : len(b)-len(deltas)]
	for i := 0; i < len(chunks); i += 2 {
		chunk := binary.BigEndian.Uint16(chunks[i:])
		for k := range min(chunkLength(chunk), count) {
			a := bwe.Arrival{Sequence: sequence}
			sequence++
			switch symbol := chunkSymbol(chunk, k); {
			case symbol == 1 && len(deltas) >= 1:
				at += time.Duration(deltas[0]) * 250 * time.Microsecond
				deltas = deltas[1:]
				a.Received, a.At = true, at
			case symbol == 2 && len(deltas) >= 2:
				at += time.Duration(int16(binary.BigEndian.Uint16(deltas))) * 250 * time.Microsecond
				deltas = deltas[2:]
				a.Received, a.At = true, at
			case symbol != 0:
				return arrivals, errFeedback
			}
			arrivals = append(arrivals, a)
		}
		count -= min(chunkLength(chunk), count)
	}
	return arrivals, nil
}

// endOfChunks returns what follows the chunks that report count packets.
func endOfChunks(b []byte, count int) (rest []byte, ok bool) {
	for count > 0 {
		if len(b) < 2 {
			return nil, false
		}
		n := chunkLength(binary.BigEndian.Uint16(b))
		if n == 0 {
			return nil, false
		}
		count -= n
		b = b[2:]
	}
	return b, true
}

// chunkLength is the number of packets that a chunk reports: a run of one symbol, or a vector of 14 or of 7.
func chunkLength(chunk uint16) int {
	switch {
	case chunk&0x8000 == 0:
		return int(chunk & 0x1fff)
	case chunk&0x4000 == 0:
		return 14
	}
	return 7
}

// chunkSymbol is 0: not received, 1: received, with a delta of a byte, 2: of two bytes; 3 is reserved.
func chunkSymbol(chunk uint16, k int) uint16 {
	switch {
	case chunk&0x8000 == 0:
		return chunk >> 13 & 3
	case chunk&0x4000 == 0:
		return chunk >> (13 - k) & 1
	}
	return chunk >> (12 - 2*k) & 3
}
