package load

import (
	"slices"
	"time"

	"github.com/pion/rtcp"
)

const (
	window    = 64                    // packets behind the newest that are told from repeated ones
	maxGap    = 512                   // a larger jump is a new start
	reordered = 10 * time.Millisecond // how long a packet may be late before it is asked for
	askAgain  = 80 * time.Millisecond
	giveUp    = time.Second // then it is lost for good
)

// line is what came under one SSRC: one line of a seat.
type line struct {
	video bool

	// RTP (RFC 3550, appendix A)
	started          bool
	first, newest    uint32 // extended sequence numbers
	unique           uint32
	missing          []missing // older than newest, in order
	jitter           float64   // in units of the clock
	transit          int64
	reportedLost     uint32
	reportedExpected uint32
	reportAt         time.Time // when the latest sender report came
	report           uint32    // middle of its NTP time

	// what it shows
	of   source
	last uint32 // highest count of that source
	at   time.Time
}

// source is one stream of one participant.
type source struct {
	number uint32
	layer  layer
}

type missing struct {
	sequence uint32
	since    time.Time
	asked    time.Time // zero: not yet
}

// fate is what a packet is to its line.
type fate int

const (
	fresh    fate = iota // newer than all before
	late                 // it fills a gap
	repeated             // or so old that nobody knows
)

// note takes the arrival of a sequence number, and tells how many before it did not come.
func (l *line) note(sequence uint16, at time.Time) (f fate, gap int) {
	if !l.started {
		l.started = true
		l.newest = 1<<16 | uint32(sequence) // room below for what is late
		l.first, l.unique = l.newest, 1
		return fresh, 0
	}
	step := int(int16(sequence - uint16(l.newest)))
	switch {
	case step > maxGap || step < -maxGap:
		l.started, l.missing = false, nil
		l.reportedLost, l.reportedExpected = 0, 0
		return l.note(sequence, at)
	case step > 0:
		for n := l.newest + 1; n < l.newest+uint32(step); n++ {
			l.missing = append(l.missing, missing{sequence: n, since: at})
		}
		l.newest += uint32(step)
		l.unique++
		return fresh, step - 1
	}
	wanted := l.newest - uint32(-step)
	i := slices.IndexFunc(l.missing, func(m missing) bool { return m.sequence == wanted })
	if i < 0 {
		return repeated, 0
	}
	l.missing = slices.Delete(l.missing, i, i+1)
	l.unique++
	return late, 0
}

// timing follows the interarrival jitter (RFC 3550, section 6.4.1).
func (l *line) timing(stamp uint32, at time.Time) {
	clock := int64(48000)
	if l.video {
		clock = 90000
	}
	transit := at.UnixMicro()*clock/1e6 - int64(stamp)
	d := float64(int32(transit - l.transit))
	l.transit = transit
	l.jitter += (max(d, -d) - l.jitter) / 16
}

// asks are the packets to ask for again now (RFC 4585, section 6.2.1), and whether one was given up, so that pictures need a
// new beginning.
func (l *line) asks(now time.Time) (pairs []rtcp.NackPair, gaveUp bool) {
	var all []uint16
	l.missing = slices.DeleteFunc(l.missing, func(m missing) bool {
		gone := now.Sub(m.since) > giveUp
		gaveUp = gaveUp || gone
		return gone
	})
	for i := range l.missing {
		m := &l.missing[i]
		if l.video && now.Sub(m.since) >= reordered && now.Sub(m.asked) >= askAgain {
			m.asked = now
			all = append(all, uint16(m.sequence))
		}
	}
	if len(all) == 0 {
		return nil, gaveUp && l.video
	}
	return rtcp.NackPairsFromSequenceNumbers(all), gaveUp && l.video
}

// reception is what a receiver report says of the line (RFC 3550, section 6.4.1 and appendix A.3).
func (l *line) reception(ssrc uint32, now time.Time) rtcp.ReceptionReport {
	expected := l.newest - l.first + 1
	lost := uint32(max(int64(expected)-int64(l.unique), 0))
	r := rtcp.ReceptionReport{SSRC: ssrc, TotalLost: min(lost, 1<<23-1), LastSequenceNumber: l.newest - 1<<16, Jitter: uint32(l.jitter)}
	if more := expected - l.reportedExpected; more > 0 && lost > l.reportedLost {
		r.FractionLost = uint8(min((lost-l.reportedLost)*256/more, 255))
	}
	l.reportedLost, l.reportedExpected = lost, expected
	if !l.reportAt.IsZero() {
		r.LastSenderReport = l.report
		r.Delay = uint32(now.Sub(l.reportAt) * 65536 / time.Second)
	}
	return r
}

// shows takes the stamp of a fresh packet, and tells how many of the same source before it did not come.
func (l *line) shows(s stamp, at time.Time) (gap int) {
	of := source{s.number, s.layer}
	if of == l.of && s.count > l.last {
		gap = int(s.count - l.last - 1)
	}
	if of != l.of || s.count > l.last {
		l.of, l.last = of, s.count
	}
	l.at = at
	return gap
}
