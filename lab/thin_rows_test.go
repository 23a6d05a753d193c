//go:build lab && linux

package lab

import "math"

// thinRow is one link, and what must hold for whoever is behind it.
type thinRow struct {
	name    string
	about   string // the link in words
	link    string // settings of lab/link
	firefox bool   // the impaired one has Firefox
	dialog  bool   // host and impaired speak all the time, instead of each in turn
	press   bool   // at the end a control is pressed
	window  float64
	events  []event
	judge   func(*record) []figure
}

// event changes the impaired one's link, after seconds of the window: settings, a trace, or no UDP any more.
type event struct {
	after           float64
	name            string
	settings, trace string
	noUDP           bool
}

// figure is what a run is judged by.
type figure struct {
	what    string
	value   float64
	bar     float64 // NaN: for reading only
	atLeast bool    // else at most
}

func (f figure) holds() bool {
	if math.IsNaN(f.bar) {
		return true
	}
	if f.atLeast {
		return f.value >= f.bar
	}
	return f.value <= f.bar // not of NaN
}

func atMost(what string, value, bar float64) figure  { return figure{what, value, bar, false} }
func atLeast(what string, value, bar float64) figure { return figure{what, value, bar, true} }
func reading(what string, value float64) figure      { return figure{what, value, math.NaN(), false} }

// reference is the row without a thin link, by which the others' comfort is measured.
const reference = "good"

// edge is how long a trace runs until its outage is over (thin/edge.trace).
const edge = 11

var thinRows = []thinRow{
	{name: reference, about: "50M, 20 ms", link: goodLink, window: 27, judge: func(r *record) []figure { return nil }},
	{name: "1", about: "32k, 150 ms ±30, 1 % loss", link: "rate=32k,delay=150ms,jitter=30ms,loss=1,queue=400ms", window: 27, press: true,
		judge: func(r *record) []figure {
			return append(speechFigures(r, 3, 700),
				atMost("fps of video to and from", max(best(r, toward, anyLines), best(r, from, anyLines)), 0.1),
				atMost("s until a pressed control shows", r.between(r.Plan.Impaired, "muted", "unheard")/1000, 3))
		}},
	{name: "2", about: "64k, 300 ms, 1 %", link: "rate=64k,delay=300ms,loss=1,queue=400ms", window: 27, press: true,
		judge: func(r *record) []figure {
			impaired := r.Plan.Impaired
			return append(speechFigures(r, 3, 700),
				atLeast("stills to the impaired", r.stills(impaired, 0), 2),
				atLeast("stills from the impaired", r.stills(r.others()[0], impaired), 2),
				atMost("s from the link to the waiting room", (r.between(impaired, "opened", "check")+r.between(impaired, "pressed", "waiting"))/1000, 15),
				atMost("s from admission to sound", r.firstSound(impaired)/1000, 8))
		}},
	{name: "3", about: "128k, 100 ms, 2 %", link: "rate=128k,delay=100ms,loss=2,queue=400ms", window: 27, judge: seen180},
	{name: "3f", about: "the same with Firefox", link: "rate=128k,delay=100ms,loss=2,queue=400ms", firefox: true, window: 27, judge: seen180},
	{name: "4", about: "256k, 100 ms, 1 %", link: "rate=256k,delay=100ms,loss=1,queue=400ms", window: 27,
		judge: func(r *record) []figure {
			return []figure{
				atLeast("fps of 360p to", best(r, toward, 360), 10),
				atLeast("fps of 360p from", worst(r, from, 360), 10),
				reading("% of speech concealed, to", gapsOf(r, toward)),
				reading("% of speech concealed, from", gapsOf(r, from)),
				atMost("ms between sound and picture", worstSkew(r), 100),
			}
		}},
	{name: "5", about: "1M, 40 ms, 10 % in bursts of 3", link: "rate=1M,delay=40ms,loss=10,burst=3,queue=400ms", window: 27, judge: bursts},
	{name: "5f", about: "the same with Firefox", link: "rate=1M,delay=40ms,loss=10,burst=3,queue=400ms", firefox: true, window: 27, judge: bursts},
	{name: "7a", about: "trace with a 2 s outage", link: "rate=240k,delay=120ms,jitter=30ms,loss=0.5,queue=400ms", dialog: true, window: 22,
		events: []event{{after: 1, name: "trace", trace: "thin/edge.trace"}},
		judge: func(r *record) []figure {
			return []figure{atMost("s until sound is back", longestSilence(r, r.event("trace")+1000*edge)/1000, 3)}
		}},
	{name: "7b", about: "5 s blackout on 1M, 40 ms", link: "rate=1M,delay=40ms,queue=400ms", dialog: true, window: 22,
		events: []event{{after: 2, name: "dark", settings: "loss=100"}, {after: 7, name: "light", settings: "loss=0"}},
		judge: func(r *record) []figure {
			return []figure{atMost("s until sound is back", longestSilence(r, r.event("light"))/1000, 2)}
		}},
	{name: "8", about: "UDP dropped on 1M, 40 ms", link: "rate=1M,delay=40ms,queue=400ms", dialog: true, window: 27,
		events: []event{{after: 2, name: "firewall", noUDP: true}},
		judge: func(r *record) []figure {
			samples := r.person(r.Plan.Impaired).Samples
			over := 0.0
			if n := len(samples); n > 0 && samples[n-1].Path == "relay tcp" {
				over = 1
			}
			return []figure{
				atMost("s until sound is back", longestSilence(r, r.event("firewall"))/1000, 10),
				atLeast("over TCP at the end", over, 1),
			}
		}},
	{name: "9", about: "2M, 300k, 2M; 40 ms", link: "rate=2M,delay=40ms,queue=400ms", window: 50,
		events: []event{{after: 2, name: "down", settings: "rate=300k"}, {after: 27, name: "up", settings: "rate=2M"}},
		judge: func(r *record) []figure {
			down, up := r.event("down"), r.event("up")
			frozen, back := 0.0, 0.0
			for _, way := range []way{toward, from} {
				for _, p := range way(r) {
					frozen = max(frozen, r.freeze(p.receiver, p.sender, down, down+15_000))
					back = max(back, r.tall(p.receiver, p.sender, 360, up))
				}
			}
			return []figure{
				atMost("s of the longest freeze on the way down", frozen/1000, 1),
				atMost("s until 360p is back", back/1000, 15),
				reading("% of speech concealed, to", gapsOf(r, toward)),
				reading("% of speech concealed, from", gapsOf(r, from)),
			}
		}},
}

func speechFigures(r *record, gaps, rtt float64) []figure {
	return []figure{
		atMost("% of speech concealed, to", gapsOf(r, toward), gaps),
		atMost("% of speech concealed, from", gapsOf(r, from), gaps),
		atLeast("% of speech that came, to", heardOf(r, toward), 95),
		atLeast("% of speech that came, from", heardOf(r, from), 95),
		atMost("ms round trip", r.rtt(r.Plan.Impaired), rtt),
	}
}

func seen180(r *record) []figure {
	return []figure{
		atLeast("fps of 180p to", best(r, toward, 180), 5),
		atLeast("fps of 180p from", worst(r, from, 180), 5),
		atMost("% of speech concealed, to", gapsOf(r, toward), 2),
		atMost("% of speech concealed, from", gapsOf(r, from), 2),
		atMost("ms between sound and picture", worstSkew(r), 100),
	}
}

func bursts(r *record) []figure {
	return []figure{
		atMost("% of speech concealed, to", gapsOf(r, toward), 3),
		atMost("% of speech concealed, from", gapsOf(r, from), 3),
		atLeast("% of speech that came, to", heardOf(r, toward), 95),
		atLeast("% of speech that came, from", heardOf(r, from), 95),
	}
}

// comfort is what the other two have of one another, held against the same in a hearing where nobody has a thin link.
func comfort(r, without *record) []figure {
	share, gaps, usual := math.Inf(1), 0.0, 0.0
	for _, p := range between(r) {
		share = min(share, 100*r.rate(p.receiver, p.sender, "video")/without.rate(p.receiver, p.sender, "video"))
		gaps = max(gaps, r.gaps(p.receiver, p.sender))
		usual = max(usual, without.gaps(p.receiver, p.sender))
	}
	return []figure{
		atLeast("% of the video rate between the others", share, 90),
		atMost("% of speech concealed between the others", gaps, max(1.1*usual, usual+gapNoise)),
	}
}

// gapNoise is by how much the concealment of two equal runs differs, in per cent of speech.
const gapNoise = 0.5

// pair is who receives from whom.
type pair struct{ receiver, sender int }

// way picks the pairs to, from, or without the impaired one.
type way func(*record) []pair

func toward(r *record) (all []pair) {
	for _, n := range r.others() {
		all = append(all, pair{r.Plan.Impaired, n})
	}
	return all
}

func from(r *record) (all []pair) {
	for _, n := range r.others() {
		all = append(all, pair{n, r.Plan.Impaired})
	}
	return all
}

func between(r *record) []pair {
	o := r.others()
	return []pair{{o[0], o[1]}, {o[1], o[0]}}
}

const anyLines = 0

// best is the pace of whom one sees best, second by second: a thin link need not carry everybody's picture, and may show
// whoever speaks.
func best(r *record, w way, lines float64) (fps float64) {
	const bin = 1000.0
	most := make([]float64, int((r.To-r.From)/bin))
	for _, p := range w(r) {
		frames := make([]float64, len(most))
		for _, s := range r.spans(p.receiver, p.sender, "video", r.From, r.To) {
			if k := int((s.to - r.From) / bin); s.Height >= lines && k < len(frames) {
				frames[k] += s.Frames
			}
		}
		for k := range most {
			most[k] = max(most[k], frames[k])
		}
	}
	for _, frames := range most {
		fps += frames / float64(len(most))
	}
	return fps * 1000 / bin
}

func worst(r *record, w way, lines float64) float64 {
	fps := math.Inf(1)
	for _, p := range w(r) {
		fps = min(fps, r.pace(p.receiver, p.sender, lines))
	}
	return fps
}

func gapsOf(r *record, w way) (share float64) {
	for _, p := range w(r) {
		share = max(share, r.gaps(p.receiver, p.sender)) // NaN stays NaN
	}
	return share
}

func heardOf(r *record, w way) float64 {
	share := math.Inf(1)
	for _, p := range w(r) {
		share = min(share, r.heard(p.receiver, p.sender))
	}
	return share
}

func worstSkew(r *record) float64 {
	worst := math.NaN()
	for _, w := range []way{toward, from} {
		for _, p := range w(r) {
			if s := r.skew(p.receiver, p.sender); !math.IsNaN(s) && !(s < worst) {
				worst = s
			}
		}
	}
	return worst
}

// longestSilence is of the host and the impaired one, who speak all the time, and of the third, who listens.
func longestSilence(r *record, moment float64) float64 {
	host, third := r.others()[0], r.others()[1]
	return max(r.silentFor(r.Plan.Impaired, host, moment), r.silentFor(host, r.Plan.Impaired, moment), r.silentFor(third, r.Plan.Impaired, moment))
}
