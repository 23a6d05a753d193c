package bwe

import (
	"math"
	"time"

	"jalsa/lab/link"
)

// rival is a flow like TCP with CUBIC (RFC 9438) through the same queue: it grows until a packet is lost.
type rival struct {
	window    float64 // packets
	slow      float64 // threshold of slow start
	most      float64 // window at the last loss
	lossAt    time.Time
	next      int
	acked     int // highest
	flying    map[int]bool
	acks      []ack
	last      time.Time // last ack
	back      time.Duration
	bytes     int // arrived
	recovered int // losses up to here are one event
}

type segment int

type ack struct {
	number int
	at     time.Time
}

const segmentSize = 1200

func newRival(back time.Duration, now time.Time) *rival {
	return &rival{window: 4, slow: 1e9, flying: map[int]bool{}, back: back, last: now}
}

func (f *rival) send(out *link.Direction, now time.Time) {
	for len(f.acks) > 0 && !f.acks[0].at.After(now) {
		f.ack(f.acks[0].number, now)
		f.acks = f.acks[1:]
	}
	if now.Sub(f.last) > time.Second && len(f.flying) > 0 { // time-out
		clear(f.flying)
		f.slow, f.window, f.last = f.window/2, 2, now
	}
	for float64(len(f.flying)) < f.window {
		f.next++
		f.flying[f.next] = true
		out.Enter(segment(f.next), segmentSize, now)
	}
}

func (f *rival) arrived(s segment, size int, at time.Time) {
	f.bytes += size
	f.acks = append(f.acks, ack{int(s), at.Add(f.back)})
}

func (f *rival) ack(number int, now time.Time) {
	delete(f.flying, number)
	f.last = now
	f.acked = max(f.acked, number)
	for n := range f.flying {
		if n < f.acked-3 { // lost
			delete(f.flying, n)
			if n > f.recovered {
				f.recovered = f.next
				f.most, f.lossAt = f.window, now
				f.window = max(2, 0.7*f.window)
				f.slow = f.window
			}
		}
	}
	if f.window < f.slow {
		f.window++
		return
	}
	k := math.Cbrt(f.most * 0.3 / 0.4)
	t := now.Sub(f.lossAt).Seconds()
	if cubic := 0.4*math.Pow(t-k, 3) + f.most; cubic > f.window {
		f.window += min((cubic-f.window)/f.window, 0.5)
	} else {
		f.window += 0.01
	}
}
