//go:build lab && linux

package lab

import (
	"math"
	"testing"
)

// played is a record of one who listens to one speaker for ten seconds, looked at every 100 ms: change makes of each
// second's tenth what it likes.
func played(turn float64, change func(at float64, now *inbound)) *record {
	r := &record{From: 0, To: 10_000, Plan: plan{Impaired: 1, Turn: turn, People: []someone{{Number: 1}, {Number: 2}}}}
	listener := witnessed{Number: 1, Frames: map[int][][2]float64{}}
	total := inbound{Mid: "2", Kind: "audio", Number: 2}
	for at := 0.0; at <= 10_000; at += 100 {
		now := inbound{Packets: 2, Total: 4800}
		change(at, &now)
		total.Packets += now.Packets
		total.Total += now.Total
		total.Energy += now.Energy
		total.Concealed += now.Concealed
		listener.Samples = append(listener.Samples, look{At: at, In: []inbound{total}})
	}
	r.People = []witnessed{listener, {Number: 2}}
	return r
}

func TestConcealmentCountsWhileTheSenderSpeaks(t *testing.T) {
	r := played(5, func(at float64, now *inbound) {
		if at > 5000 { // when the other one speaks
			now.Concealed = 4800
		} else if math.Mod(at, 1000) == 0 {
			now.Concealed = 480
		}
	})
	if got := r.gaps(1, 2); got < 0.8 || got > 1.2 {
		t.Errorf("%.2f %% concealed, a tenth of each tenth tenth is 1", got)
	}
	if got := r.heard(1, 2); got != 100 {
		t.Errorf("%.0f %% came, not all", got)
	}
}

func TestSilenceEndsWithTheFirstHalfSecondOfSound(t *testing.T) {
	r := played(0, func(at float64, now *inbound) {
		if at > 2000 && at <= 5000 && at != 4500 { // a single packet in between is no sound
			now.Packets, now.Concealed = 0, 4800
		}
	})
	if got := r.silentFor(1, 2, 3000); got != 2000 {
		t.Errorf("silent for %v ms after 3 s, not until 5 s", got)
	}
	if got := r.silentFor(1, 2, 6000); got != 0 {
		t.Errorf("silent for %v ms after 6 s", got)
	}
	r.To = 4000
	if got := r.silentFor(1, 2, 3000); !math.IsInf(got, 1) {
		t.Errorf("silent for %v ms, and not to the end", got)
	}
}

func TestAFreezeIsTheLongestTimeWithoutAFrame(t *testing.T) {
	r := played(0, func(float64, *inbound) {})
	for _, at := range []float64{1000, 1100, 1900, 2000, 4000} {
		r.person(1).Frames[2] = append(r.person(1).Frames[2], [2]float64{at, 180 + at/20})
	}
	for _, c := range []struct{ from, to, want float64 }{{1000, 1950, 800}, {1950, 3000, 2000}, {4100, 5000, 900}} {
		if got := r.freeze(1, 2, c.from, c.to); got != c.want {
			t.Errorf("frozen for %v ms between %v and %v, want %v", got, c.from, c.to, c.want)
		}
	}
	if got := r.tall(1, 2, 360, 1500); got != 2500 {
		t.Errorf("360 lines after %v ms", got)
	}
}

func TestFirstSoundDoesNotCountTheOthersSilence(t *testing.T) {
	r := played(0, func(at float64, now *inbound) {
		if at < 3000 {
			*now = inbound{} // not connected
		} else if at >= 5000 {
			now.Energy = 1
		}
	})
	r.person(1).Marks = map[string]float64{"admitted": 1000}
	if got := r.firstSound(1); got != 4000 {
		t.Errorf("sound after %v ms, the other speaks all the time", got)
	}
	r.Plan.Turn = 5 // two people: the other one begins at 5 s
	r.People[1].Microphone = -5000
	if got := r.firstSound(1); got < 1900 || got > 2200 {
		t.Errorf("sound after %v ms, it could come after 2 s", got)
	}
}
