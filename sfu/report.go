package sfu

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// sinceEpoch1900 is the distance of the NTP epoch from Unix's.
const sinceEpoch1900 = 2208988800 * time.Second

// ntpTime is a 64-bit NTP timestamp (RFC 3550, section 4) as time since 1900, which an int64 holds until 2192.
func ntpTime(ntp uint64) time.Duration {
	return time.Duration(ntp>>32)*time.Second + time.Duration((ntp&0xffffffff)*uint64(time.Second)>>32)
}

func ntpOf(d time.Duration) uint64 {
	return uint64(d/time.Second)<<32 | uint64(d%time.Second)<<32/uint64(time.Second)
}

func since1900(t time.Time) time.Duration { return time.Duration(t.UnixNano()) + sinceEpoch1900 }

// mapping ties a stream's RTP time to its publisher's NTP clock, from the latest sender report.
type mapping struct {
	ntp   time.Duration
	stamp uint32
	clock uint32 // RTP units per second
}

// ntpOf is the publisher's time of an RTP timestamp, which may be before or after the report's.
func (m mapping) ntpOf(stamp uint32) time.Duration {
	return m.ntp + time.Duration(int64(int32(stamp-m.stamp))*int64(time.Second)/int64(m.clock))
}

// stampOf is the RTP timestamp at a publisher's time.
func (m mapping) stampOf(ntp time.Duration) uint32 {
	return m.stamp + uint32(int64(ntp-m.ntp)*int64(m.clock)/int64(time.Second))
}

// sourceClock relates a publisher's NTP clock to ours. One offset serves all streams of the publisher, so that what it
// recorded together is played together. It follows the fastest reports, since delay only ever adds.
type sourceClock struct {
	mu     sync.Mutex
	known  bool
	offset time.Duration // ours minus theirs, with the smallest delay seen
}

func (c *sourceClock) note(theirs time.Duration, arrival time.Time) {
	offset := since1900(arrival) - theirs
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.known || offset < c.offset || offset-c.offset > time.Minute:
		c.known, c.offset = true, offset
	default:
		c.offset += (offset - c.offset) / 64 // clocks drift
	}
}

// theirs is the publisher's time at ours.
func (c *sourceClock) theirs(ours time.Time) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return since1900(ours) - c.offset, c.known
}

// reception counts what arrives of a stream for receiver reports (RFC 3550, appendices A.1, A.3 and A.8).
type reception struct {
	started       bool
	base          uint32
	highest       uint32 // extended sequence number
	received      uint32
	priorExpected uint32
	priorReceived uint32
	jitter        float64
	transit       int64
	lastSR        uint32 // middle 32 bits of its NTP time
	lastSRAt      time.Time
}

func (r *reception) note(seq uint16, stamp uint32, clock uint32, now time.Time) {
	transit := now.UnixNano()/1000*int64(clock)/1_000_000 - int64(stamp)
	if !r.started {
		r.started = true
		r.base, r.highest = uint32(seq), uint32(seq)
	} else {
		if ahead := seq - uint16(r.highest); ahead != 0 && ahead < 1<<15 {
			r.highest += uint32(ahead)
		}
		d := int64(int32(uint32(transit - r.transit)))
		if d < 0 {
			d = -d
		}
		r.jitter += (float64(d) - r.jitter) / 16
	}
	r.transit = transit
	r.received++
}

func (r *reception) report(ssrc uint32, now time.Time) rtcp.ReceptionReport {
	expected := r.highest - r.base + 1
	lost := int64(expected) - int64(r.received)
	interval := expected - r.priorExpected
	missed := int64(interval) - int64(r.received-r.priorReceived)
	r.priorExpected, r.priorReceived = expected, r.received
	report := rtcp.ReceptionReport{
		SSRC: ssrc, LastSequenceNumber: r.highest, Jitter: uint32(r.jitter), LastSenderReport: r.lastSR,
		TotalLost: uint32(min(max(lost, 0), 1<<23-1)),
	}
	if interval > 0 && missed > 0 {
		report.FractionLost = uint8(min(missed<<8/int64(interval), 255))
	}
	if r.lastSR != 0 {
		report.Delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second)
	}
	return report
}

// roundTrip is the round-trip time that a report block about our sender reports tells, 0 if it tells none
// (RFC 3550, section 6.4.1).
func roundTrip(r rtcp.ReceptionReport, now time.Time) time.Duration {
	if r.LastSenderReport == 0 {
		return 0
	}
	middle := uint32(ntpOf(since1900(now)) >> 16)
	d := int64(int32(middle - r.LastSenderReport - r.Delay))
	rtt := time.Duration(d) * time.Second / 65536
	if rtt <= 0 || rtt > 10*time.Second {
		return 0
	}
	return rtt
}
