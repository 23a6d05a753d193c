//go:build lab && linux

package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// A capture is what a browser takes for a person's microphone and camera.

const (
	captureRate = 48000
	syllable    = 0.19 // seconds; about five a second
)

// vowels are the first three formants of five vowels, in Hz.
var vowels = [][3]float64{{730, 1090, 2440}, {270, 2290, 3010}, {300, 870, 2240}, {530, 1840, 2480}, {570, 840, 2410}}

// speech makes what codecs and voice detectors take for speech: a pulse train of the voice's pitch through the formants
// of changing vowels, a breath of noise before each, and a short pause between words. It speaks for talk, then is silent
// up to round; round 0 is one without silence.
func speech(pitch float64, talk, round time.Duration, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(seed, seed))
	round = max(round, talk)
	out := make([]int16, int(round.Seconds()*captureRate))
	spoken := min(len(out), int(talk.Seconds()*captureRate))
	var tract [3]resonator
	phase, left, length, breath := 0.0, 0, 1, 0
	for i := range spoken {
		if left == 0 {
			length = int(syllable * (0.8 + 0.4*random.Float64()) * captureRate)
			left, breath = length, length/5
			vowel := vowels[random.IntN(len(vowels))]
			for k := range tract {
				tract[k].tune(vowel[k], 80+40*float64(k))
			}
		}
		at := 1 - float64(left)/float64(length)
		left--
		excitation := 0.02 * random.NormFloat64()
		phase += pitch * (1 + 0.08*math.Sin(float64(i)/captureRate*9)) / captureRate
		if phase >= 1 {
			phase--
			excitation += 1
		}
		if at*float64(length) < float64(breath) {
			excitation = 0.15 * random.NormFloat64()
		}
		loud := math.Sin(math.Pi * min(1, at*1.05)) // a syllable swells and fades
		sum := 0.0
		for k := range tract {
			sum += tract[k].ring(excitation) / float64(k+1)
		}
		out[i] = int16(max(-30000, min(30000, 9000*loud*sum)))
	}
	return out
}

// resonator is a two-pole filter.
type resonator struct{ a, b, gain, y1, y2 float64 }

func (r *resonator) tune(hz, width float64) {
	radius := math.Exp(-math.Pi * width / captureRate)
	r.a, r.b = 2*radius*math.Cos(2*math.Pi*hz/captureRate), -radius*radius
	r.gain = 1 - radius
}

func (r *resonator) ring(x float64) float64 {
	y := 12*r.gain*x + r.a*r.y1 + r.b*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}

func writeWAV(t testing.TB, path string, samples []int16) {
	t.Helper()
	var b bytes.Buffer
	size := uint32(2 * len(samples))
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, 36+size)
	b.WriteString("WAVEfmt ")
	for _, field := range []any{uint32(16), uint16(1), uint16(1), uint32(captureRate), uint32(2 * captureRate), uint16(2), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, field)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, size)
	_ = binary.Write(&b, binary.LittleEndian, samples)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeFace writes four seconds of a talking head as y4m, 960×540 at 15 pictures a second: a room that stays, a head that
// sways, a mouth that moves, and the noise of a cheap camera.
func writeFace(t testing.TB, path string, tint byte, seed uint64) {
	t.Helper()
	const width, height, frames = 960, 540, 60
	const unit = height / 360.0 // all that is drawn was measured on 360 lines
	random := rand.New(rand.NewPCG(seed, seed))
	room := make([]byte, width*height)
	for i := range room {
		x, y := i%width, i/width
		room[i] = byte(90 + 30*math.Sin(float64(x)/(23*unit)) + 20*math.Cos(float64(y)/(17*unit)) + 12*random.Float64())
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n", width, height)
	luma := make([]byte, width*height)
	for n := range frames {
		copy(luma, room)
		turn := 2 * math.Pi * float64(n) / frames
		cx, cy := unit*(320+26*math.Sin(turn)), unit*(170+9*math.Sin(2*turn))
		mouth := unit * (4 + 12*math.Abs(math.Sin(9*turn)))
		for y := range height {
			for x := range width {
				dx, dy := (float64(x)-cx)/(85*unit), (float64(y)-cy)/(115*unit)
				if dx*dx+dy*dy < 1 {
					luma[y*width+x] = byte(170 - 40*dx + 6*random.Float64())
				}
				if math.Abs(float64(x)-cx) < 26*unit && math.Abs(float64(y)-cy-62*unit) < mouth {
					luma[y*width+x] = 60
				}
			}
		}
		b.WriteString("FRAME\n")
		b.Write(luma)
		b.Write(bytes.Repeat([]byte{tint}, width*height/4))
		b.Write(bytes.Repeat([]byte{255 - tint}, width*height/4))
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
