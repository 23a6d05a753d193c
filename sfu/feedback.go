package sfu

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

const (
	toldNumbers  = 1024                   // transport-wide numbers of which we know whether they came: half a second at 6 Mbit/s, and more
	toldTogether = 256                    // packets that came, in one message
	toldLate     = 500 * time.Millisecond // what comes later than others by so much is of no use to an estimate
	toldUnit     = 250                    // microseconds: the unit in which times are told
	toldBase     = 256                    // units of a message's reference time
)

// feedback notes which packets of a publisher come, and when, and tells the publisher
// (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
type feedback struct {
	ssrc  uint32 // ours
	start time.Time

	mu     sync.Mutex
	about  uint32 // SSRC of the newest packet
	count  uint8  // messages
	any    bool
	first  int64   // number that is to be told first
	newest int64   // number that came
	waits  int     // packets that came and were not told
	came   []int64 // by number: microseconds from start, and one; 0: it did not. toldNumbers, made with the first
}

func newFeedback(ssrc uint32, start time.Time) *feedback { return &feedback{ssrc: ssrc, start: start} }

func (f *feedback) at(n int64) *int64 { return &f.came[n%toldNumbers] }

// note takes a packet that came. The first copy of one counts.
func (f *feedback) note(ssrc uint32, seq uint16, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := max(now.Sub(f.start).Microseconds(), 0) + 1
	if !f.any {
		f.any, f.came = true, make([]int64, toldNumbers)
		f.newest = 1<<16 + int64(seq) - 1 // so that no number is below 0
		f.first = f.newest + 1
	}
	f.about = ssrc
	n := f.newest + int64(int16(seq-uint16(f.newest)))
	switch {
	case n > f.newest:
		for k := max(f.newest+1, n-toldNumbers+1); k <= n; k++ {
			*f.at(k) = 0
		}
		f.newest = n
		f.first = max(f.first, n-toldNumbers+1)
	case n <= f.newest-toldNumbers || *f.at(n) != 0 || n < f.first && !f.soon(n, at):
		return
	}
	*f.at(n) = at
	f.first = min(f.first, n) // it is told anew with all that follow
	f.waits++
}

// soon tells whether a packet that was told not to have come did so soon after the next one that had.
func (f *feedback) soon(n, at int64) bool {
	for n++; n <= f.newest; n++ {
		if next := *f.at(n); next != 0 {
			return at-next <= toldLate.Microseconds()
		}
	}
	return false
}

// write appends a message to b, which has room for one, if something is to be told. more: another one is.
func (f *feedback) write(b []byte) (message []byte, more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waits == 0 {
		return b, false
	}
	var symbols [toldNumbers]uint8
	told, reference := f.tellLocked(&symbols)
	begin := len(b)
	b = appendHeader(b, formatTransportWide, typeTransportFeedback, f.ssrc)
	b = binary.BigEndian.AppendUint32(b, f.about)
	b = binary.BigEndian.AppendUint16(b, uint16(f.first))
	b = binary.BigEndian.AppendUint16(b, uint16(told))
	b = binary.BigEndian.AppendUint32(b, uint32(reference)<<8|uint32(f.count))
	b = appendChunks(b, symbols[:told])
	at := reference * toldBase
	for i, symbol := range symbols[:told] {
		if symbol == 0 {
			continue
		}
		next := units(*f.at(f.first + int64(i)))
		if symbol == 1 {
			b = append(b, uint8(next-at))
		} else {
			b = binary.BigEndian.AppendUint16(b, uint16(next-at))
		}
		at = next
	}
	f.count++
	f.first += int64(told)
	if more = f.first <= f.newest; !more {
		f.waits = 0
	}
	return measured(filled(b, begin), begin), more
}

// units is when a packet came, as it is told.
func units(came int64) int64 { return (came - 1 + toldUnit/2) / toldUnit }

// tellLocked finds out what the next message tells of how many numbers, up to one that came: 0: it did not come, 1: it did,
// and the time since the one before takes a byte, 2: it takes two. reference is the time from which the first counts.
func (f *feedback) tellLocked(symbols *[toldNumbers]uint8) (told int, reference int64) {
	packets, at := 0, int64(0)
	for n := f.first; n <= f.newest && packets < toldTogether; n++ {
		came := *f.at(n)
		if came == 0 {
			continue
		}
		if packets == 0 {
			reference = units(came) / toldBase
			at = reference * toldBase
		}
		next := units(came)
		switch delta := next - at; {
		case delta != int64(int16(delta)):
			return told, reference // needs another reference
		case delta == int64(uint8(delta)):
			symbols[n-f.first] = 1
		default:
			symbols[n-f.first] = 2
		}
		told, at = int(n-f.first)+1, next
		packets++
	}
	return told, reference
}

// appendChunks writes symbols as runs of one, or as vectors of 14 bits, or of 7 pairs of bits.
func appendChunks(b []byte, symbols []uint8) []byte {
	for len(symbols) > 0 {
		run := 1
		for run < len(symbols) && symbols[run] == symbols[0] {
			run++
		}
		short := symbols[:min(len(symbols), 14)]
		chunk, n := uint16(0), 0
		switch {
		case run >= len(short):
			chunk, n = uint16(symbols[0])<<13|uint16(run), run
		case slices.Max(short) < 2:
			chunk, n = 2<<14, len(short)
			for k, symbol := range short {
				chunk |= uint16(symbol) << (13 - k)
			}
		default:
			chunk, n = 3<<14, min(len(short), 7)
			for k, symbol := range short[:n] {
				chunk |= uint16(symbol) << (12 - 2*k)
			}
		}
		b = binary.BigEndian.AppendUint16(b, chunk)
		symbols = symbols[n:]
	}
	return b
}

// filled fills a message up to a whole number of words. The last byte says with how many (RFC 3550, section 6.4.1).
func filled(b []byte, begin int) []byte {
	missing := -(len(b) - begin) & 3
	if missing == 0 {
		return b
	}
	b[begin] |= 1 << 5
	for range missing - 1 {
		b = append(b, 0)
	}
	return append(b, uint8(missing))
}
