//go:build lab && linux

package lab

import (
	"encoding/json"
	"math"
	"os"
	"slices"
)

// The plan and the record of lab/thin/plan.ts, as far as they are used here. Times are Unix milliseconds of the one clock
// that all browsers share.

type plan struct {
	People   []someone      `json:"people"`
	Impaired int            `json:"impaired"`
	Settle   float64        `json:"settle"`
	Window   float64        `json:"window"`
	Every    int            `json:"every"`
	Turn     float64        `json:"turn"`
	Events   []plannedEvent `json:"events"`
	Admin    string         `json:"admin"`
	Press    bool           `json:"press"`
}

type someone struct {
	Number    int      `json:"number"`
	Link      string   `json:"link"`
	Namespace string   `json:"namespace"`
	Browser   string   `json:"browser"`
	Language  string   `json:"language"`
	Flags     []string `json:"flags,omitempty"`
	Audio     string   `json:"audio"`
	Video     string   `json:"video"`
	Slot      int      `json:"slot"`
}

type plannedEvent struct {
	After    float64    `json:"after"`
	Name     string     `json:"name"`
	Control  string     `json:"control"`
	Form     string     `json:"form"`
	Commands [][]string `json:"commands"`
}

type inbound struct {
	Mid, Kind         string
	Number            int
	Packets, Lost     float64
	Bytes             float64
	Total             float64
	Concealed, Silent float64
	Energy            float64
	Frames, Height    float64
	Freezes, Frozen   float64
	Playout           float64
	Buffered, Emitted float64
}

type look struct {
	At    float64
	PC    int
	State string
	RTT   float64
	Path  string
	In    []inbound
	Out   []struct {
		Kind, RID             string
		Bytes, Frames, Height float64
	}
}

type witnessed struct {
	Number  int
	Samples []look
	Frames  map[int][][2]float64
	Phases  []struct {
		State string
		At    float64
	}
	Messages []struct {
		At      float64
		Out     bool
		Message map[string]any
	}
	Microphone float64
	Marks      map[string]float64
	Errors     []string
}

type record struct {
	People []witnessed
	Events []struct {
		Name string
		At   float64
	}
	Server []struct {
		At    float64
		Stats struct {
			Links []struct {
				Number int
				Down   struct {
					Estimate float64 `json:"estimate_bits_per_second"`
				}
			}
		}
	}
	From, To float64

	Plan plan
}

func readRecord(path string) (*record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, err
	}
	for i := range r.People {
		slices.SortStableFunc(r.People[i].Samples, func(a, b look) int { return int(a.At - b.At) })
	}
	return r, nil
}

func (r *record) person(number int) *witnessed {
	for i := range r.People {
		if r.People[i].Number == number {
			return &r.People[i]
		}
	}
	return &witnessed{}
}

// event is when something happened; NaN: it did not.
func (r *record) event(name string) float64 {
	for _, e := range r.Events {
		if e.Name == name {
			return e.At
		}
	}
	return math.NaN()
}

// others are all but the impaired one.
func (r *record) others() (numbers []int) {
	for _, p := range r.People {
		if p.Number != r.Plan.Impaired {
			numbers = append(numbers, p.Number)
		}
	}
	return numbers
}

// span is what one stream brought between two looks.
type span struct {
	from, to float64
	inbound  // differences; Height, Playout and Number are those at the end

}

// spans are those of one kind that a receiver had of a sender, in the order of time.
func (r *record) spans(receiver, sender int, kind string, from, to float64) (all []span) {
	type key struct {
		pc  int
		mid string
	}
	before := map[key]inbound{}
	at := map[key]float64{}
	for _, s := range r.person(receiver).Samples {
		for _, now := range s.In {
			k := key{s.PC, now.Mid}
			then, known := before[k]
			began := at[k]
			before[k], at[k] = now, s.At
			if !known || now.Kind != kind || now.Number != sender || began < from || s.At > to {
				continue
			}
			d := now
			d.Packets -= then.Packets
			d.Lost -= then.Lost
			d.Bytes -= then.Bytes
			d.Total -= then.Total
			d.Concealed -= then.Concealed
			d.Silent -= then.Silent
			d.Energy -= then.Energy
			d.Frames -= then.Frames
			d.Freezes -= then.Freezes
			d.Frozen -= then.Frozen
			d.Buffered -= then.Buffered
			d.Emitted -= then.Emitted
			all = append(all, span{began, s.At, d})
		}
	}
	return all
}

// speaks tells whether somebody's capture speaks in the middle of a time, so that what is lost of it is missed. It looks a
// little into the pause, for what is late.
func (r *record) speaks(number int, from, to float64) bool {
	if r.Plan.Turn == 0 {
		return true
	}
	for _, who := range r.Plan.People {
		if who.Number == number && who.Browser == "firefox" {
			return true // its test signal never ends
		}
	}
	round := 1000 * r.Plan.Turn * float64(len(r.Plan.People))
	phase := math.Mod((from+to)/2-r.person(number).Microphone, round)
	return phase >= 0 && phase < 1000*(r.Plan.Turn-turnPause)+300
}

// turnPause is how long before the end of a turn its speaker is silent, in seconds.
const turnPause = 0.5

// gaps is the share of a sender's speech that a receiver had to conceal: what getStats calls concealed without what is
// silent, over all samples played, while the sender speaks. Per cent.
func (r *record) gaps(receiver, sender int) float64 {
	var concealed, total float64
	for _, s := range r.spans(receiver, sender, "audio", r.From, r.To) {
		if r.speaks(sender, s.from, s.to) {
			concealed += s.Concealed - s.Silent
			total += s.Total
		}
	}
	if total < captureRate {
		return math.NaN()
	}
	return 100 * concealed / total
}

// heard is the share of a sender's speech in which packets of it came at all. Per cent.
func (r *record) heard(receiver, sender int) float64 {
	var came, all float64
	for _, s := range r.spans(receiver, sender, "audio", r.From, r.To) {
		if r.speaks(sender, s.from-400, s.from) && r.speaks(sender, s.from, s.to) { // not at the edges of a turn
			all++
			if s.Packets > 0 {
				came++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return 100 * came / all
}

// pace is how many frames a second came with at least so many lines, over the window.
func (r *record) pace(receiver, sender int, lines float64) float64 {
	var frames float64
	for _, s := range r.spans(receiver, sender, "video", r.From, r.To) {
		if s.Height >= lines {
			frames += s.Frames
		}
	}
	return frames / (r.To - r.From) * 1000
}

// rate is that of a kind from a sender over the window, headers too, in kbit/s.
func (r *record) rate(receiver, sender int, kind string) float64 {
	var bytes float64
	for _, s := range r.spans(receiver, sender, kind, r.From, r.To) {
		bytes += s.Bytes
	}
	return 8 * bytes / (r.To - r.From)
}

// skewFewest is how many looks with a picture tell of sound and picture: browsers bring them into step over seconds.
const skewFewest = 15

// skew is the median distance of the sound from the picture of a sender, in ms; NaN when the browser does not tell, or the
// picture only came for a moment.
func (r *record) skew(receiver, sender int) float64 {
	var all []float64
	voices := r.spans(receiver, sender, "audio", r.From, r.To)
	for _, v := range r.spans(receiver, sender, "video", r.From, r.To) {
		for _, a := range voices {
			if a.to == v.to && a.Playout > 0 && v.Playout > 0 && v.Frames > 0 {
				all = append(all, math.Abs(a.Playout-v.Playout))
			}
		}
	}
	if len(all) < skewFewest {
		return math.NaN()
	}
	return median(all)
}

// rtt is the median of a person's round trips in the window, in ms.
func (r *record) rtt(number int) float64 {
	var all []float64
	for _, s := range r.person(number).Samples {
		if s.At >= r.From && s.At <= r.To && s.RTT > 0 {
			all = append(all, s.RTT)
		}
	}
	return median(all)
}

// silentFor is how long after a moment the sound of a sender was away until it was back for good, in ms: from the moment
// to the beginning of the first half second without an interruption that follows the first interruption.
func (r *record) silentFor(receiver, sender int, moment float64) float64 {
	if math.IsNaN(moment) {
		return moment
	}
	lost, good, since := false, 0.0, 0.0
	for _, s := range r.spans(receiver, sender, "audio", moment-1000, r.To) {
		switch {
		case s.Packets == 0 || s.Concealed > s.Total/2:
			if s.to > moment {
				lost, good = true, 0
			}
		case lost:
			if good == 0 {
				since = s.from
			}
			if good += s.to - s.from; good >= 500 {
				return max(0, since-moment)
			}
		}
	}
	if lost {
		return math.Inf(1)
	}
	return 0
}

// freeze is the longest time between two frames shown, in ms, that began or ended in a span of time.
func (r *record) freeze(receiver, sender int, from, to float64) float64 {
	longest, last := 0.0, from
	for _, f := range r.person(receiver).Frames[sender] {
		if f[0] < from {
			continue
		}
		longest = max(longest, f[0]-last)
		last = f[0]
		if f[0] > to {
			return longest
		}
	}
	return max(longest, to-last)
}

// tall is how long after a moment a picture with so many lines was shown again, in ms.
func (r *record) tall(receiver, sender int, lines, moment float64) float64 {
	for _, f := range r.person(receiver).Frames[sender] {
		if f[0] >= moment && f[1] >= lines {
			return f[0] - moment
		}
	}
	return math.Inf(1)
}

// stills counts those that a person was sent in the window, of one sender or of all (0).
func (r *record) stills(receiver, sender int) (n float64) {
	for _, m := range r.person(receiver).Messages {
		of, _ := m.Message["number"].(float64)
		if m.Message["type"] == "still" && !m.Out && m.At >= r.From && m.At <= r.To && (sender == 0 || int(of) == sender) {
			n++
		}
	}
	return n
}

// between is the time from one mark of a person to another, in ms; infinite if it was never reached.
func (r *record) between(number int, from, to string) float64 {
	marks := r.person(number).Marks
	if marks[to] == 0 {
		return math.Inf(1)
	}
	return marks[to] - marks[from]
}

// firstSound is how long after the room's "you are in" a voice was first played, in ms, but for the time in which voice could
// come and nobody else spoke: who waits for a word does not wait for the link.
func (r *record) firstSound(number int) float64 {
	p := r.person(number)
	admitted := p.Marks["admitted"]
	var last, before, quiet float64
	for _, s := range p.Samples {
		energy, came := 0.0, false
		for _, in := range s.In {
			if in.Kind == "audio" {
				energy += in.Energy
				came = came || in.Packets > 0
			}
		}
		if s.At >= admitted && energy > before+1e-4 {
			return s.At - admitted - quiet
		}
		if came && last >= admitted && !r.othersSpeak(number, last, s.At) {
			quiet += s.At - last
		}
		before, last = max(before, energy), s.At
	}
	return math.Inf(1)
}

// othersSpeak tells whether anybody else's capture speaks in the middle of a time.
func (r *record) othersSpeak(number int, from, to float64) bool {
	return slices.ContainsFunc(r.Plan.People, func(o someone) bool { return o.Number != number && r.speaks(o.Number, from, to) })
}

// median of numbers, NaN of none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
