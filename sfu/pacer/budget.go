package pacer

import "time"

// budget is how many bits may leave: a bucket for bursts of a frame, and one for what the bursts amount to, since who
// offers more than the target must not get it by offering it as a burst. Both may be in debt: what has to leave at once,
// and the last packet that fits only partly, are paid by what comes after.
type budget struct {
	at    time.Time
	short bucket
	long  bucket
}

// bucket fills at a rate up to a limit.
type bucket struct {
	bits  float64
	rate  float64 // bit/s
	limit float64 // bits
}

// What Target interpolates between a thin link, which gets packets hardly faster than it carries them, since its queue is
// short, and a good one, which gets whole frames at a time, since it can. A key frame of 12 kB at 300 kbit/s then leaves
// in 250 ms.
const (
	thinBelow, goodAbove   = 250e3, 500e3 // bit/s
	thinFactor, goodFactor = 1.15, 2.5    // of the target, in a burst
	thinBurst, goodBurst   = 0.005, 0.020 // seconds of that, at once

	longFactor           = 1.05     // of the target, on average,
	thinSaved, goodSaved = 0.1, 0.4 // seconds of which may be saved for a key frame

	maxDebt = 0.25 // seconds of a bucket that audio may take in advance

	drain = 1.25                   // times faster, while
	old   = 250 * time.Millisecond // some video waits for so long
)

func (b *budget) target(bits int) {
	t := float64(max(bits, 1))
	good := min(max((t-thinBelow)/(goodAbove-thinBelow), 0), 1)
	rate := t * (thinFactor + good*(goodFactor-thinFactor))
	b.short.set(rate, max(rate*(thinBurst+good*(goodBurst-thinBurst)), 1))
	b.long.set(t*longFactor, t*(thinSaved+good*(goodSaved-thinSaved)))
}

// set keeps what a higher rate owed from being paid at a lower one for long.
func (b *bucket) set(rate, limit float64) {
	b.rate, b.limit = rate, limit
	b.bits = min(max(b.bits, -rate*maxDebt), limit)
}

// begin gives what may leave at once, and nothing saved: nobody knows the link yet.
func (b *budget) begin() { b.short.bits, b.long.bits = b.short.limit, b.short.limit }

// some tells whether a packet may leave.
func (b *budget) some() bool { return b.short.bits > 0 && b.long.bits > 0 }

// accrue lets time pass. least is a rate that a probe needs.
func (b *budget) accrue(now time.Time, least float64, late bool) {
	elapsed := now.Sub(b.at).Seconds()
	if elapsed <= 0 {
		return
	}
	b.at = now
	short := b.short.rate
	if late {
		short *= drain
	}
	b.short.bits = min(b.short.bits+max(short, least)*elapsed, b.short.limit)
	b.long.bits = min(b.long.bits+max(b.long.rate, least)*elapsed, b.long.limit)
}

func (b *budget) charge(size int) {
	bits := float64(8 * size)
	b.short.charge(bits)
	b.long.charge(bits)
}

func (b *bucket) charge(bits float64) { b.bits = max(b.bits-bits, -max(b.rate*maxDebt, bits)) }

// accrue lets time pass.
func (q *Queue[T]) accrue(now time.Time) {
	q.budget.accrue(now, float64(q.probe.rate), q.held > 0 && q.late(now))
}

// late tells whether some video waits for long.
func (q *Queue[T]) late(now time.Time) bool {
	for i := range q.lines {
		if l := &q.lines[i]; l.count > 0 && now.Sub(q.head(l).at) > old {
			return true
		}
	}
	return false
}

func (q *Queue[T]) charge(size int) {
	q.budget.charge(size)
	q.cluster = q.probe.cluster
	q.probe.count(size)
}
