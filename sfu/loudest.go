package sfu

import "time"

const (
	hangover     = 500 * time.Millisecond // a voice keeps its place for so long after its last loud packet
	yields       = 100 * time.Millisecond // but gives way to somebody who speaks up after so long
	forgotten    = time.Second            // without packets, a place is free
	perVoice     = 30_000                 // bit/s of a voice of 16 kbit/s in packets of 60 ms, with its headers
	allVoices    = 150_000                // bit/s of target at which nobody is left out
	unknownLevel = 40                     // taken for a level that nobody told
	smoothLevel  = 0.2                    // weight of a new level
	loudestTold  = 25                     // level of a good voice: who says to be louder gains nothing by it
	unbroken     = 10 * time.Second       // loud without a pause of yields: no speech
)

// loudest chooses the voices that a thin receiver is sent, packet by packet. It holds a place for each seat.
type loudest struct {
	voices []voicePlace // maxLines, made when a link is thin for the first time
}

type voicePlace struct {
	chosen bool
	level  float64   // smoothed, 127: loudest
	loud   time.Time // last time that it was, as speech is
	last   time.Time

	told, since time.Time // last time that its level was loud, and since when without a pause
}

// trust is the level that a packet is taken for. Levels are what the publisher says: a noise, or a lie, that does not
// pause as speech does is not to hold a place against those who speak.
func (v *voicePlace) trust(level uint8, now time.Time) uint8 {
	switch {
	case level > silent:
		level = unknownLevel
	case level > loud:
		return level
	}
	if now.Sub(v.told) >= yields {
		v.since = now
	}
	v.told = now
	if now.Sub(v.since) >= unbroken {
		return loud + 1
	}
	return max(level, loudestTold)
}

// hear takes a packet's level (RFC 6464) and tells whether the seat's voice is among the n that are sent.
func (l *loudest) hear(seat int, level uint8, n int, now time.Time) bool {
	if l.voices == nil {
		l.voices = make([]voicePlace, maxLines)
	}
	v := &l.voices[seat]
	level = v.trust(level, now)
	volume := float64(silent - level)
	if now.Sub(v.last) > forgotten {
		v.chosen, v.level = false, volume
	}
	v.level += smoothLevel * (volume - v.level)
	v.last = now
	if level <= loud {
		v.loud = now
	}
	others := 0
	weakest := -1
	for i := range l.voices {
		o := &l.voices[i]
		if i == seat || !o.chosen {
			continue
		}
		if now.Sub(o.last) > forgotten {
			o.chosen = false
			continue
		}
		others++
		if weakest < 0 || o.level < l.voices[weakest].level {
			weakest = i
		}
	}
	switch {
	case n <= 0:
		v.chosen = false
	case others < n:
		v.chosen = true
	case v.chosen: // fewer fit than did
		v.chosen = v.level > l.voices[weakest].level
	case level <= loud || v.level > l.voices[weakest].level+louder:
		v.chosen = l.replaces(v, n, now)
	}
	return v.chosen
}

// replaces gives v the place of a voice that is done, if there is one.
func (l *loudest) replaces(v *voicePlace, n int, now time.Time) bool {
	speaks := v.loud.Equal(now)
	for i := range l.voices {
		o := &l.voices[i]
		if !o.chosen || o == v {
			continue
		}
		quiet := now.Sub(o.loud)
		if speaks && (quiet >= yields || v.level > o.level+louder) || quiet >= hangover && v.level > o.level+louder {
			o.chosen = false
			return true
		}
	}
	return false
}

// fitting is how many voices a target in bit/s carries; 0: no limit is known.
func fitting(target int64) int {
	if target <= 0 || target >= allVoices {
		return maxLines
	}
	return max(1, int(target/perVoice))
}
