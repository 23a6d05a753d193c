package sfu

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
	"testing"
)

// TestVoiceIsRepaired both ways where that was negotiated: what the publisher's packets lose on the way here is asked
// for, and so does a receiver. No number is ever encrypted with two texts.
func TestVoiceIsRepaired(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	r := s.Room(t.Name())
	a := newClient(t, r, 1, func(o *clientOptions) { o.askAgain = true })
	b := newClient(t, r, 2, func(o *clientOptions) { o.askAgain = true })
	a.connect()
	b.connect()
	until(t, "seated", func() bool { return a.connected() && b.connected() && b.seatOf(1) >= 0 })
	seat, count := b.seatOf(1), uint32(0)
	say := func() { count++; a.say(count, 30) }
	until(t, "flow", func() bool { say(); return len(b.line("audio", seat).packets) > 5 })

	down, up := &repeats{sent: map[uint64][]byte{}}, &repeats{sent: map[uint64][]byte{}}
	out, in := down.lose, up.lose
	conn.out.Store(&out)
	conn.in.Store(&in)
	for range 12 {
		first := count + 1
		for range 10 {
			say()
		}
		last := count
		until(t, "every packet in spite of loss", func() bool {
			say() // the receiver looks for losses when the next packet comes
			for n := first; n <= last; n++ {
				if !b.has("audio", seat, mark{1, 'a', n}) {
					return false
				}
			}
			return true
		})
	}
	down.mu.Lock()
	defer down.mu.Unlock()
	if st := s.Stats(); down.again == 0 || st.Repaired == 0 || st.NACKed == 0 {
		t.Errorf("%d sent again, %+v", down.again, st)
	}
	if down.different > 0 {
		t.Errorf("%d of %d packets differ the second time", down.different, down.again)
	}
}

// repeats loses each seventh packet of voice once, and compares what comes again.
type repeats struct {
	mu               sync.Mutex
	sent             map[uint64][]byte
	again, different int
}

func (r *repeats) lose(b []byte, _ net.Addr) bool {
	if !isRTP(b) || b[1]&0x7f != 109 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	number := uint64(binary.BigEndian.Uint32(b[8:]))<<16 | uint64(binary.BigEndian.Uint16(b[2:]))
	before, known := r.sent[number]
	if !known {
		r.sent[number] = bytes.Clone(b)
		return len(r.sent)%7 == 0
	}
	r.again++
	if !bytes.Equal(before, b) {
		r.different++
	}
	return false
}
