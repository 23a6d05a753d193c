package bwe

import (
	"math/rand/v2"
	"testing"
	"time"

	"jalsa/lab/link"
)

// media is what an application wants to send.
type media struct {
	voice     int           // bytes of a datagram of voice, 0: none
	packet    time.Duration // time between them
	video     float64       // bit/s it could use
	interval  time.Duration // between frames
	keys      int           // each so many frames comes one that is eight times as large, 0: none does
	probesOff bool
}

// moment is a point of a trace.
type moment struct {
	at        time.Duration
	stats     Stats
	capacity  float64
	sent, got float64       // bit/s over the last 200 ms
	rival     float64       // bit/s of the competing flow
	queue     time.Duration // of the link
	voice     time.Duration // worst wait of voice in the link's queue over the last 200 ms
	threshold float64       // ms
	jitter    float64       // ms
}

// rig is a sender with an Estimator, a link, a receiver that gives feedback, and its way back.
type rig struct {
	t         *testing.T
	now       time.Time
	begin     time.Time
	estimator *Estimator
	out, back *link.Direction
	media     media
	mute      bool // feedback is dropped
	every     time.Duration

	sequence  uint16
	nextVoice time.Time
	nextVideo time.Time
	queue     []packet // paced video and probes
	frames    int
	budget    time.Time
	arrivals  map[uint16]time.Duration
	from      uint16
	reported  time.Time
	trace     []moment
	sentBits  int
	gotBits   int
	worst     time.Duration
	sampled   time.Time
	random    *rand.Rand
	probes    []moment // at which a probe went out; sent is its rate
	rival     *rival
	crowd     float64 // bit/s of others that share the way back
	crowded   time.Time
}

const crowdSize = 1000 // bytes of a packet

type packet struct {
	size, cluster int
	rate          float64
}

func newRig(t *testing.T, seed uint64, start int, out, back string) *rig {
	parse := func(s string) link.Params {
		p, err := link.Unlimited().Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	begin := time.Unix(1_000_000, 0)
	return &rig{
		t: t, now: begin, begin: begin,
		estimator: New(Config{Start: start, Min: 10_000, Max: 3_000_000}, begin),
		out:       link.New(parse(out), 2*seed), back: link.New(parse(back), 2*seed+1),
		every: 100 * time.Millisecond, arrivals: map[uint16]time.Duration{},
		nextVoice: begin, nextVideo: begin, budget: begin, reported: begin, sampled: begin,
		sequence: 65_000, from: 65_000, random: rand.New(rand.NewPCG(seed, 0)),
	}
}

func (r *rig) change(out string) {
	p, err := r.out.Params().Parse(out)
	if err != nil {
		r.t.Fatal(err)
	}
	r.out.Change(p, r.now)
}

func (r *rig) changeBack(back string) {
	p, err := r.back.Params().Parse(back)
	if err != nil {
		r.t.Fatal(err)
	}
	r.back.Change(p, r.now)
}

// play changes what is sent.
func (r *rig) play(m media) {
	r.media, r.queue = m, nil
	r.nextVoice, r.nextVideo = r.now, r.now
}

// run lets time pass.
func (r *rig) run(d time.Duration) {
	for end := r.now.Add(d); r.now.Before(end); r.now = r.now.Add(time.Millisecond) {
		r.step()
	}
}

func (r *rig) step() {
	r.send()
	if r.rival != nil {
		r.rival.send(r.out, r.now)
	}
	due, _, _ := r.out.Due(r.now)
	for _, p := range due {
		f, ok := p.Data.(inFlight)
		if !ok {
			r.rival.arrived(p.Data.(segment), p.Size, p.At)
			continue
		}
		r.gotBits += 8 * p.Size
		r.arrivals[f.sequence] = p.At.Sub(r.begin) + 12345*time.Second
	}
	if r.now.Sub(r.reported) >= r.every {
		r.report()
	}
	for r.crowd > 0 && !r.now.Before(r.crowded) {
		r.back.Enter(nil, crowdSize, r.now)
		r.crowded = r.now.Add(time.Duration(8 * crowdSize / r.crowd * 1e9))
	}
	back, _, _ := r.back.Due(r.now)
	for _, p := range back {
		if list, ok := p.Data.([]Arrival); ok {
			r.estimator.Feedback(list, r.now)
		}
	}
	if ms := r.now.Sub(r.begin) / time.Millisecond; ms%50 == 0 {
		r.estimator.Process(r.now)
	}
	if p, ok := r.estimator.Probe(r.now); ok && !r.media.probesOff {
		r.probes = append(r.probes, moment{at: r.now.Sub(r.begin), sent: float64(p.Rate)})
		for range p.Packets {
			r.queue = append(r.queue, packet{(p.Bytes + p.Packets - 1) / p.Packets, p.Cluster, float64(p.Rate)})
		}
	}
	if r.now.Sub(r.sampled) >= 200*time.Millisecond {
		r.sample()
	}
}

type inFlight struct {
	sequence uint16
}

// send sends voice at once, video and probes paced.
func (r *rig) send() {
	m := &r.media
	if m.voice > 0 && !r.now.Before(r.nextVoice) {
		r.nextVoice = r.now.Add(m.packet)
		r.emit(m.voice, 0, true)
	}
	if m.video > 0 && !r.now.Before(r.nextVideo) {
		r.nextVideo = r.now.Add(m.interval)
		rate := float64(r.estimator.Target())
		if m.voice > 0 {
			rate -= float64(8*m.voice) / m.packet.Seconds()
		}
		bytes := int(min(rate, m.video) * m.interval.Seconds() / 8 * (0.6 + 0.8*r.random.Float64()))
		if r.frames++; m.keys > 0 && r.frames%m.keys == 0 {
			bytes *= 8
		}
		for n := (bytes + 1199) / 1200; n > 0 && bytes > 100; n-- {
			r.queue = append(r.queue, packet{size: bytes / n})
			bytes -= bytes / n
		}
	}
	for len(r.queue) > 0 && !r.now.Before(r.budget) {
		p := r.queue[0]
		r.queue = r.queue[1:]
		rate := p.rate
		if p.cluster == 0 {
			rate = 1.5 * float64(r.estimator.Target())
		}
		if r.budget.Before(r.now.Add(-5 * time.Millisecond)) {
			r.budget = r.now
		}
		r.budget = r.budget.Add(time.Duration(float64(8*p.size) / rate * 1e9))
		r.emit(p.size, p.cluster, false)
	}
}

func (r *rig) emit(size, cluster int, voice bool) {
	r.estimator.Sent(r.sequence, size, cluster, r.now)
	r.out.Enter(inFlight{r.sequence}, size, r.now)
	if rate := r.out.Params().Rate; voice && rate > 0 {
		r.worst = max(r.worst, time.Duration(float64(8*r.out.Counts().QueueBytes)/rate*1e9))
	}
	r.sequence++
	r.sentBits += 8 * size
}

// report sends feedback of all up to the highest number that came.
func (r *rig) report() {
	r.reported = r.now
	last, any := uint16(0), false
	for s := range r.arrivals {
		if !any || int16(s-last) > 0 {
			last, any = s, true
		}
	}
	if !any {
		return
	}
	var list []Arrival
	for s := r.from; int16(last-s) >= 0; s++ {
		at, ok := r.arrivals[s]
		list = append(list, Arrival{s, ok, at / 250000 * 250000})
		delete(r.arrivals, s)
	}
	r.from = last + 1
	if !r.mute {
		r.back.Enter(list, 60+2*len(list), r.now)
	}
}

func (r *rig) sample() {
	c := r.out.Counts()
	p := r.out.Params()
	queue := time.Duration(0)
	if p.Rate > 0 {
		queue = time.Duration(float64(8*c.QueueBytes) / p.Rate * 1e9)
	}
	span := r.now.Sub(r.sampled).Seconds()
	m := moment{
		at: r.now.Sub(r.begin), stats: r.estimator.Stats(), capacity: p.Rate, queue: queue, voice: r.worst,
		sent: float64(r.sentBits) / span, got: float64(r.gotBits) / span, threshold: r.estimator.trend.threshold, jitter: r.estimator.trend.jitter,
	}
	if r.rival != nil {
		m.rival = float64(8*r.rival.bytes) / span
		r.rival.bytes = 0
	}
	r.trace = append(r.trace, m)
	r.sampled, r.sentBits, r.gotBits, r.worst = r.now, 0, 0, 0
}
