package pacer

import "time"

// Probe is a burst that finds out what a link carries: at Rate in bit/s, until Packets and Bytes have left. What leaves
// meanwhile is part of it, padding makes up the rest.
type Probe struct{ Cluster, Rate, Packets, Bytes int }

const (
	probeWithin = time.Second // what did not become a burst by then is none
	minPadding  = 80          // bytes of a packet with hardly any padding
	maxPadding  = 300         // with 255 bytes of it (RFC 3550, section 5.1)
)

// probe is the one under way; cluster 0: none.
type probe struct {
	cluster, rate  int
	packets, bytes int // still to leave
	each           int // bytes of a packet of padding
	sent           int // bytes
	since          time.Time
}

// Probe begins a probe; one that is under way ends.
func (q *Queue[T]) Probe(p Probe, now time.Time) {
	q.accrue(now)
	q.probe = probe{
		cluster: p.Cluster, rate: p.Rate, packets: p.Packets, bytes: p.Bytes, since: now,
		each: min(max(p.Bytes/max(p.Packets, 1), minPadding), maxPadding),
	}
}

// Cluster is that of the probe to which the packet belongs that was let go last; 0: none.
func (q *Queue[T]) Cluster() int { return q.cluster }

// Padding is the size of a packet of padding to send now, headers included, 0: none is due. It is charged.
func (q *Queue[T]) Padding(now time.Time) int {
	p := &q.probe
	if p.cluster == 0 || q.closed {
		return 0
	}
	elapsed := now.Sub(p.since)
	if elapsed > probeWithin {
		q.probe = probe{}
		return 0
	}
	if due := int(elapsed.Seconds() * float64(p.rate) / 8); p.sent > due {
		return 0
	}
	q.accrue(now)
	size := p.each
	q.charge(size)
	return size
}

// count notes what left, and ends a probe that is complete.
func (p *probe) count(size int) {
	if p.cluster == 0 {
		return
	}
	p.packets--
	p.bytes -= size
	p.sent += size
	if p.packets <= 0 && p.bytes <= 0 {
		*p = probe{}
	}
}
