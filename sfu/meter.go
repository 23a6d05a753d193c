package sfu

import "time"

const (
	meterSlots = 10
	meterSlot  = 100 * time.Millisecond
)

// meter measures a bit rate over the last second.
type meter struct {
	bits    [meterSlots]int // ring, by slot
	sum     int
	newest  int64 // slot, since 1970
	oldest  int64 // slot in which measuring began
	started bool
}

func (m *meter) add(bits int, now time.Time) {
	m.advance(now)
	m.bits[m.newest%meterSlots] += bits
	m.sum += bits
}

// advance forgets what is older than a second.
func (m *meter) advance(now time.Time) {
	slot := now.UnixNano() / int64(meterSlot)
	if !m.started || slot-m.newest >= 2*meterSlots {
		*m = meter{started: true, newest: slot, oldest: slot}
	}
	for m.newest < slot {
		m.newest++
		m.sum -= m.bits[m.newest%meterSlots]
		m.bits[m.newest%meterSlots] = 0
	}
}

// rate is in bit/s; false: less than a second was measured.
func (m *meter) rate(now time.Time) (int, bool) {
	if !m.started {
		return 0, false
	}
	m.advance(now)
	return m.sum, m.newest-m.oldest >= meterSlots
}

// rates are what a stream costs a receiver in bit/s of IP datagrams, for each temporal layer with those below it. Key
// frames are left out: they come when somebody asks, and encoders make up for them. Rates rise at once and fall slowly,
// so that a pause in somebody's movements is no room for somebody else's picture. That of pages, which may come late, is
// the mean of some ten seconds.
type rates struct {
	meters   [maxTemporal]meter // each layer alone
	smooth   [maxTemporal]int
	temporal int // layers seen
	pages    bool
	key      bool
	stamp    uint32 // of the newest key frame
}

// add counts a packet.
func (r *rates) add(p *incoming) {
	if p.vp8.keyframe {
		r.key, r.stamp = true, p.stamp
	}
	if r.key && p.stamp == r.stamp {
		return
	}
	tid := min(p.vp8.tid(), maxTemporal-1)
	r.temporal = max(r.temporal, tid+1)
	r.meters[tid].add((len(p.payload)+datagram)*8, p.at)
}

// settle smooths, once in a meterSlot, and tells the rates; 0: not known yet.
func (r *rates) settle(now time.Time) (smooth [maxTemporal]int, temporal int) {
	sum, known := 0, false
	for i := range max(r.temporal, 1) {
		rate, whole := r.meters[i].rate(now)
		sum, known = sum+rate, known || whole
		switch old := r.smooth[i]; {
		case !known:
		case r.pages:
			if old == 0 {
				old = screenBits
			}
			r.smooth[i] = old + (sum-old)/100
		case old == 0:
			r.smooth[i] = sum
		case sum > old:
			r.smooth[i] += (sum - old) / 4
		default:
			r.smooth[i] -= (old - sum) / 32
		}
	}
	return r.smooth, r.temporal
}
