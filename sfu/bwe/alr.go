package bwe

import "time"

const (
	limitedShare  = 0.65                   // sending less than this share of the target is
	limitedWindow = 500 * time.Millisecond // limited by the application, over about this time
)

// limited finds out whether we send less than we might: then arrivals say nothing of what the link could carry.
type limited struct {
	unused float64 // bits of the share that were not used, at most a window of them
	at     time.Duration
	on     bool
}

// sent counts bits that left.
func (l *limited) sent(bits int, target float64, now time.Duration) {
	l.advance(target, now)
	window := limitedShare * target * limitedWindow.Seconds()
	l.unused = max(l.unused-float64(bits), -window)
	l.judge(window)
}

// advance lets time pass.
func (l *limited) advance(target float64, now time.Duration) {
	window := limitedShare * target * limitedWindow.Seconds()
	l.unused = min(l.unused+limitedShare*target*(now-l.at).Seconds(), window)
	l.at = now
	l.judge(window)
}

func (l *limited) judge(window float64) {
	switch {
	case l.unused > 0.8*window:
		l.on = true
	case l.unused < 0.5*window:
		l.on = false
	}
}
