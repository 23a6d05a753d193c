package sfu

import "time"

const (
	lossSeconds  = 12 // that are remembered
	armOver      = 3  // seconds: much loss over so long brings redundancy
	armAbove     = 0.03
	disarmOver   = 10 // seconds: some loss over so long brings it too, and without loss for so long it goes
	armFrom      = 0.015
	disarmBelow  = 0.005
	fewestLosses = 20  // packets, below which a share says nothing
	fewestRuns   = 1.5 // so more than one; below nothing tells how long they are: one that a busy machine lost would cost a third of a thin link
)

// losses measures, of a row of packets, how many are lost and how many in a row. The zero value is ready.
type losses struct {
	seconds [lossSeconds]lossSecond
	missing bool // the newest was lost
}

// lossSecond is what was lost of the packets of a second.
type lossSecond struct{ second, packets, lost, runs int64 }

// at is the second under way.
func (l *losses) at(now time.Time) *lossSecond {
	second := now.Unix()
	s := &l.seconds[second%lossSeconds]
	if s.second != second {
		*s = lossSecond{second: second}
	}
	return s
}

// spread takes the next packets of the row, of which so many were lost, it is not known where: as far apart as can be.
func (l *losses) spread(lost, of int, now time.Time) {
	if lost = min(lost, of); of <= 0 {
		return
	}
	s := l.at(now)
	s.packets += int64(of)
	s.lost += int64(lost)
	s.runs += int64(min(lost, of-lost+1))
	l.missing = false
}

// note takes the next packet of the row.
func (l *losses) note(lost bool, now time.Time) {
	s := l.at(now)
	s.packets++
	if lost {
		s.lost++
		if !l.missing {
			s.runs++
		}
	}
	l.missing = lost
}

// over sums up the last seconds: how many packets, the share that was lost (0 to 1) and the mean length of a run.
func (l *losses) over(seconds int64, now time.Time) (packets int, share, run float64) {
	var all, lost, runs int64
	for _, s := range l.seconds {
		if age := now.Unix() - s.second; age >= 0 && age < seconds {
			all, lost, runs = all+s.packets, lost+s.lost, runs+s.runs
		}
	}
	if all == 0 {
		return 0, 0, 0
	}
	if runs > 0 {
		run = float64(lost) / float64(runs)
	}
	return int(all), float64(lost) / float64(all), run
}

// share is what was lost over the last seconds, 0 to 1; 0 if too little was sent to say.
func (l *losses) share(now time.Time) float64 {
	packets, share, _ := l.over(armOver, now)
	if packets < fewestLosses {
		return 0
	}
	return share
}

// armour decides whether a row of packets is sent with redundancy, and how deep: quick to begin, slow to end.
type armour struct {
	depth int // copies beside each packet that losses ask for; 0: none
	since time.Time
}

// decide looks at the losses; to be asked about once a second.
func (a *armour) decide(l *losses, now time.Time) int {
	packets, late, run := l.over(armOver, now)
	runs := late * float64(packets) / max(run, 1)
	much := packets >= fewestLosses && late > armAbove
	packets, share, long := l.over(disarmOver, now)
	if much || packets >= 2*fewestLosses && share > armFrom {
		depth := 1
		if !much || runs < fewestRuns {
			run, runs = long, share*float64(packets)/max(long, 1)
		}
		switch { // a run is covered whole by as many copies
		case runs < fewestRuns:
		case run > 2.2:
			depth = 3
		case run > 1.3:
			depth = 2
		}
		if late > armFrom || a.depth == 0 {
			a.since = now
		}
		a.depth = max(a.depth, depth)
		return a.depth
	}
	if a.depth > 0 && now.Sub(a.since) >= disarmOver*time.Second && (packets < fewestLosses || share < disarmBelow) {
		a.depth = 0
	}
	return a.depth
}

// affordable is the depth, at most depth, with which a voice of rate bit/s in packets of packet fits into two
// thirds of target (bit/s, 0: no limit): the rest is for another voice's beginning and for what we believe wrongly.
func affordable(depth, rate int, packet time.Duration, target int64) int {
	if target <= 0 {
		return depth
	}
	headers := int64(overheadVoice*8) * int64(time.Second) / int64(packet)
	for ; depth > 0; depth-- {
		if headers+int64(rate)*int64(depth+1) <= target*2/3 {
			break
		}
	}
	return depth
}

// overheadVoice is what a packet of voice costs beside Opus, in bytes: IPv4 20, UDP 8, RTP 12, CSRC 4, extension 8,
// tag 16.
const overheadVoice = 68
