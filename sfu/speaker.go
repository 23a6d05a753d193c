package sfu

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	loud      = 45                     // -dBov; RFC 6464: 0 is loudest, 127 silence
	voiced    = 0.4                    // share of loud packets that makes a window speech
	smoothing = 0.4                    // weight of the newest window
	speaks    = 0.5                    // smoothed share above which somebody speaks
	hold      = 800 * time.Millisecond // between two words
	louder    = 8.0                    // dB by which somebody must exceed who stands before them to change places
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
type speakers struct {
	voices map[uint32]voiceState
	order  []uint32 // who spoke in the last window, loudest first; replaced whole
	next   []uint32 // memory for the next one
	fresh  []uint32 // and for those who are new in it
}

func newSpeakers() *speakers { return &speakers{voices: map[uint32]voiceState{}} }

// hear takes one window of everybody and returns who speaks now, loudest first; whoever is about as loud as before
// keeps their place. A participant who is not in windows is forgotten. The slice is not changed later.
func (s *speakers) hear(windows map[uint32]loudness, now time.Time) []uint32 {
	maps.DeleteFunc(s.voices, func(number uint32, _ voiceState) bool { _, there := windows[number]; return !there })
	speaking, fresh := s.next[:0], s.fresh[:0]
	for _, number := range s.order {
		if w, there := windows[number]; there && now.Before(s.listen(number, w, now)) {
			speaking = append(speaking, number)
		}
	}
	for number, w := range windows {
		if !slices.Contains(s.order, number) && now.Before(s.listen(number, w, now)) {
			fresh = append(fresh, number)
		}
	}
	slices.SortFunc(fresh, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.voices[b].level, s.voices[a].level), cmp.Compare(a, b))
	})
	speaking = append(speaking, fresh...)
	for i := 1; i < len(speaking); i++ {
		for j := i; j > 0 && s.voices[speaking[j]].level > s.voices[speaking[j-1]].level+louder; j-- {
			speaking[j], speaking[j-1] = speaking[j-1], speaking[j]
		}
	}
	s.next, s.fresh = speaking, fresh
	if !slices.Equal(speaking, s.order) {
		s.order = slices.Clone(speaking)
	}
	return s.order
}

// listen takes a window of one participant and returns until when they count as speaking.
func (s *speakers) listen(number uint32, w loudness, now time.Time) time.Time {
	v, known := s.voices[number]
	share := 0.0
	if w.packets > 0 && float64(w.loud) >= voiced*float64(w.packets) {
		share = 1
		level := float64(w.sum) / float64(w.loud)
		if !known {
			v.level = level
		}
		v.level += smoothing * (level - v.level)
	}
	v.share += smoothing * (share - v.share)
	if v.share >= speaks {
		v.until = now.Add(hold)
	}
	s.voices[number] = v
	return v.until
}
