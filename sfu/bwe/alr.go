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
	window := l.pass(target, now)
	l.unused = max(l.unused-float64(bits), -window)
	l.judge(window)
}

// advance lets time pass.
func (l *limited) advance(target float64, now time.Duration) { l.judge(l.pass(target, now)) }

// pass counts what was not used until now, and returns the bits of a window.
func (l *limited) pass(target float64, now time.Duration) (window float64) {
	share := limitedShare * target
	window = share * limitedWindow.Seconds()
	l.unused = min(l.unused+share*float64(now-l.at)/float64(time.Second), window)
	l.at = now
	return window
}

func (l *limited) judge(window float64) {
	switch {
	case l.unused > 0.8*window:
		l.on = true
	case l.unused < 0.5*window:
		l.on = false
	}
}
