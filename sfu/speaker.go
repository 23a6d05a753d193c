package sfu

import (
	"cmp"
	"slices"
	"time"
)

const (
	loud      = 45                     // -dBov; RFC 6464: 0 is loudest, 127 silence
	voiced    = 0.4                    // share of loud packets that makes a window speech
	smoothing = 0.4                    // weight of the newest window
	speaks    = 0.5                    // smoothed share above which somebody speaks
	hold      = 800 * time.Millisecond // between two words
)

// loudness counts the audio levels (RFC 6464) of a stream during one window.
type loudness struct {
	packets, loud int
	sum           int // of 127-level, over loud packets
}

func (l *loudness) add(level uint8) {
	l.packets++
	if level <= loud {
		l.loud++
		l.sum += 127 - int(level)
	}
}

// voiceState is what is remembered of one participant between windows.
type voiceState struct {
	share float64 // smoothed, 0 to 1
	level float64 // smoothed, of loud packets
	until time.Time
}

// speakers finds out who speaks. It is owned by the tick of a room.
type speakers map[uint32]voiceState

// hear takes one window of everybody and returns who speaks now, loudest first. A participant who is not in windows is
// forgotten.
func (s speakers) hear(windows map[uint32]loudness, now time.Time) []uint32 {
	for number := range s {
		if _, there := windows[number]; !there {
			delete(s, number)
		}
	}
	var speaking []uint32
	for number, w := range windows {
		v := s[number]
		share := 0.0
		if w.packets > 0 && float64(w.loud) >= voiced*float64(w.packets) {
			share = 1
			v.level += smoothing * (float64(w.sum)/float64(w.loud) - v.level)
		}
		v.share += smoothing * (share - v.share)
		if v.share >= speaks {
			v.until = now.Add(hold)
		}
		s[number] = v
		if now.Before(v.until) {
			speaking = append(speaking, number)
		}
	}
	slices.SortFunc(speaking, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s[b].level, s[a].level), cmp.Compare(a, b))
	})
	return speaking
}
