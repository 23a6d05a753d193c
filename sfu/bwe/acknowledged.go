package bwe

import "time"

const (
	binTime    = 20 * time.Millisecond
	bins       = 64 // 1.28 s
	fewestBins = 10 // 200 ms
	enough     = 10 // packets a window should hold, so that one more or less is a tenth
	peakBins   = 20 // 400 ms, in which peak looks for
	peakFewest = 6  // packets in fewestBins
)

// acknowledged measures the rate at which packets arrive, by the receiver's clock: the shortest window from 200 ms to
// 1.2 s with enough packets in it, so that it follows a video quickly and yet does not jump with voice of 17 packets/s.
type acknowledged struct {
	bytes, packets [bins]int
	newest         int64 // bin of the latest arrival
	oldest         int64 // bin in which measuring began
	any            bool
	smooth         float64 // bit/s
	measured       int64   // bin at which smooth was last updated
}

// add notes an arrival.
func (a *acknowledged) add(at time.Duration, size int) {
	bin := int64(at / binTime)
	switch {
	case !a.any || bin > a.newest+4*bins || bin < a.newest-bins:
		a.restart(bin)
	case bin > a.newest:
		for b := max(a.newest+1, bin-bins+1); b <= bin; b++ {
			i := slot(b)
			a.bytes[i], a.packets[i] = 0, 0
		}
		a.newest = bin
	case bin <= a.newest-bins:
		return
	}
	i := slot(bin)
	a.bytes[i] += size
	a.packets[i]++
}

// restart begins anew with this bin, keeping the rate that was.
func (a *acknowledged) restart(bin int64) {
	*a = acknowledged{newest: bin, oldest: bin, any: true, smooth: a.smooth, measured: bin}
}

// hole says that nothing is known of the time before the next arrival.
func (a *acknowledged) hole() { a.any = false }

// update measures, after the arrivals of a feedback.
func (a *acknowledged) update() {
	bytes, packets, n := 0, 0, int64(0)
	for b := a.newest - 1; b >= a.oldest && n < bins-1; b-- { // the newest is not over
		bytes += a.bytes[slot(b)]
		packets += a.packets[slot(b)]
		n++
		if n >= fewestBins && packets >= enough {
			break
		}
	}
	if n < fewestBins {
		return
	}
	rate := float64(bytes*8) / (float64(n) * binTime.Seconds())
	if a.smooth == 0 {
		a.smooth = rate
	} else { // time constant of 100 ms over what the window smooths
		w := min(float64(a.newest-a.measured)/5, 1)
		a.smooth += w * (rate - a.smooth)
	}
	a.measured = a.newest
}

// peak is the quickest that packets arrived of late, in bit/s, 0 if there were too few: what waits in a queue comes at the
// rate of the link, however little is sent on average.
func (a *acknowledged) peak() (most float64) {
	oldest := max(a.oldest, a.newest-peakBins)
	for end := a.newest - 1; end-fewestBins+1 >= oldest; end-- {
		bytes, packets := 0, 0
		for b := end; b > end-fewestBins; b-- {
			bytes += a.bytes[slot(b)]
			packets += a.packets[slot(b)]
		}
		if packets >= peakFewest {
			most = max(most, float64(bytes*8)/(fewestBins*binTime.Seconds()))
		}
	}
	return most
}

// rate is in bit/s; false: not known yet.
func (a *acknowledged) rate() (float64, bool) { return a.smooth, a.smooth > 0 }

func slot(bin int64) int { return int((bin%bins + bins) % bins) }
