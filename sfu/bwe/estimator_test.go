package bwe

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// course is packets sent and reported by hand: n of them, each after step, arriving as at says.
type course struct {
	e   *Estimator
	now time.Time
	n   uint16
}

func newCourse(first uint16) *course {
	now := time.Unix(1000, 0)
	return &course{New(Config{Start: 300_000, Min: 20_000, Max: 2_000_000}, now), now, first}
}

// round sends packets of 1000 bytes each 20 ms, and reports them as they are told to arrive after what delay.
func (c *course) round(packets int, report func(list []Arrival) []Arrival) {
	var list []Arrival
	for range packets {
		c.e.Sent(c.n, 1000, 0, c.now)
		list = append(list, Arrival{c.n, true, c.now.Sub(time.Unix(0, 0)) + 50*time.Millisecond})
		c.n++
		c.now = c.now.Add(20 * time.Millisecond)
	}
	c.now = c.now.Add(100 * time.Millisecond)
	c.e.Feedback(report(list), c.now)
	c.e.Process(c.now)
}

func same(list []Arrival) []Arrival { return list }

func TestNumbersWrap(t *testing.T) {
	c := newCourse(65_500)
	for range 20 {
		c.round(10, same)
	}
	if s := c.e.Stats(); s.Lost != 0 || s.Acknowledged < 200_000 || s.Acknowledged > 420_000 {
		t.Errorf("%+v", s)
	}
}

func TestFeedbackCountsOnceInWhateverOrder(t *testing.T) {
	a, b := newCourse(0), newCourse(0)
	random := rand.New(rand.NewPCG(1, 1))
	for range 30 {
		a.round(10, same)
		b.round(10, func(list []Arrival) []Arrival {
			list = append(list, list[:5]...)
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			return list
		})
	}
	x, y := a.e.Stats(), b.e.Stats()
	if y.Lost != 0 || y.Acknowledged < x.Acknowledged*9/10 || y.Acknowledged > x.Acknowledged*11/10 || y.Target < x.Target/2 {
		t.Errorf("in order %+v, shuffled %+v", x, y)
	}
}

func TestLateArrivalIsNoLoss(t *testing.T) {
	c := newCourse(0)
	var late []Arrival
	for range 40 {
		c.round(10, func(list []Arrival) []Arrival {
			again := late
			late = []Arrival{list[4]}
			list[4].Received = false
			return append(again, list...)
		})
	}
	if s := c.e.Stats(); s.Lost > 0.02 {
		t.Errorf("%.3f lost of packets that came late", s.Lost)
	}
}

func TestForgottenPacketsDoNotCount(t *testing.T) {
	c := newCourse(0)
	for range 40 {
		c.round(10, func(list []Arrival) []Arrival {
			c.e.Sent(list[4].Sequence, 1000, 0, c.now) // a number of two packets
			list[4].Received = false
			return list
		})
	}
	if s := c.e.Stats(); s.Lost != 0 {
		t.Errorf("%.3f lost", s.Lost)
	}
}

// TestCopiesTellAsMuch: where each packet is sent twice, the first copies that are lost are losses, what arrives late as a
// copy is no sign of a queue, and the rest is as good as ever.
func TestCopiesTellAsMuch(t *testing.T) {
	c := newCourse(0)
	for range 80 {
		c.round(10, func(list []Arrival) []Arrival {
			for k := range list {
				c.e.Again(list[k].Sequence, time.Unix(0, 0).Add(list[k].At+10*time.Millisecond)) // 60 ms after the first
			}
			list[4].At += 60 * time.Millisecond
			return list
		})
	}
	s := c.e.Stats()
	if s.Lost < 0.08 || s.Lost > 0.12 || s.Overuse || s.Queue > 10*time.Millisecond || s.Acknowledged < 200_000 {
		t.Errorf("%+v", s)
	}
	if c.e.trend.total < 50 {
		t.Errorf("%d samples of delay", c.e.trend.total)
	}
}

func TestMinHoldsAndRatesStayFinite(t *testing.T) {
	c := newCourse(0)
	for range 100 {
		c.round(10, func(list []Arrival) []Arrival {
			for i := range list {
				list[i].Received = i == 0
				list[i].At += time.Duration(i) * time.Second
			}
			return list
		})
	}
	if got := c.e.Target(); got != 20_000 {
		t.Errorf("target is %d, not the least", got)
	}
}

// FuzzFeedback sends and reports whatever the bytes say.
func FuzzFeedback(f *testing.F) {
	f.Add([]byte{0, 10, 1, 20, 2, 30, 255, 255, 3, 128})
	f.Add([]byte("C\x110B00")) // before anything was sent
	f.Add([]byte("feedback of a receiver that means no good, or has no clock"))
	f.Fuzz(func(t *testing.T, script []byte) {
		now := time.Unix(1000, 0)
		e := New(Config{Start: 300_000, Min: 20_000, Max: 2_000_000}, now)
		sequence := uint16(65_400)
		cluster := 0
		var list []Arrival
		for len(script) >= 3 {
			what, x, y := script[0], int(script[1]), int(script[2])
			script = script[3:]
			switch what % 7 {
			case 0:
				for range x % 64 {
					e.Sent(sequence, y*8, cluster, now)
					sequence++
				}
			case 1:
				at := time.Duration(int64(x)<<uint(y%60)) * time.Nanosecond
				for i := range uint16(x) {
					list = append(list, Arrival{sequence - i - uint16(y%4), i%5 != 0, at + time.Duration(i)*time.Millisecond})
				}
			case 2:
				list = append(list, Arrival{uint16(x<<8 | y), what < 128, math.MinInt64 + time.Duration(y)})
			case 3:
				e.Feedback(list, now)
				list = list[:0]
			case 4:
				now = now.Add(time.Duration(x*y-100) * time.Millisecond)
				e.Process(now)
			case 5:
				e.Wanted((x - 10) * 1000 * y)
				if p, ok := e.Probe(now); ok {
					cluster = p.Cluster
				}
			case 6:
				e.Sent(uint16(x<<8|y), 1200, x, now)
				e.Again(uint16(y), now)
			}
			s := e.Stats()
			if s.Target < 20_000 || s.Target > 2_000_000 || e.Target() != s.Target {
				t.Fatalf("target %d is out of bounds", s.Target)
			}
			if !(s.Lost >= 0 && s.Lost <= 1) || s.Acknowledged < 0 || s.Loss < 0 || s.Delay < 0 || s.Queue < 0 {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// stream is a sender without a link: a packet each 5 ms, one in 50 lost, feedback for 20 at a time.
type stream struct {
	e        *Estimator
	now      time.Time
	sequence uint16
	list     [20]Arrival
}

func newStream() *stream {
	now := time.Unix(1000, 0)
	return &stream{e: New(Config{Start: 300_000, Min: 20_000, Max: 2_000_000}, now), now: now}
}

func (s *stream) packet() {
	s.e.Sent(s.sequence, 1000, 0, s.now)
	i := int(s.sequence) % len(s.list)
	s.list[i] = Arrival{s.sequence, s.sequence%50 != 0, s.now.Sub(time.Unix(0, 0))}
	s.sequence++
	s.now = s.now.Add(5 * time.Millisecond)
	if i == len(s.list)-1 {
		s.e.Feedback(s.list[:], s.now.Add(50*time.Millisecond))
		s.e.Process(s.now)
		s.e.Probe(s.now)
	}
}

func BenchmarkSentAndFeedback(b *testing.B) {
	b.ReportAllocs()
	s := newStream()
	for b.Loop() {
		s.packet()
	}
}

func TestNothingIsAllocated(t *testing.T) {
	s := newStream()
	if n := testing.AllocsPerRun(5000, s.packet); n != 0 {
		t.Errorf("%.2f allocations a packet", n)
	}
}

// TestFallOfWhoSendsLittle: a picture that begins fills the queue of a link that carries far more than is sent on average.
// What is believed then is what came through while the queue was there, and of what came long ago nothing.
func TestFallOfWhoSendsLittle(t *testing.T) {
	var a acknowledged
	at := time.Duration(0)
	for range 40 { // 48 kbit/s
		a.add(at, 300)
		at += 50 * time.Millisecond
	}
	for range 10 { // 400 kbit/s
		a.add(at, 1000)
		at += 20 * time.Millisecond
	}
	for range 5 {
		a.add(at, 300)
		at += 50 * time.Millisecond
		a.update()
	}
	if rate, _ := a.rate(); rate > 250e3 {
		t.Errorf("mean of %.0f bit/s", rate)
	}
	if peak := a.peak(); peak < 380e3 || peak > 420e3 {
		t.Errorf("peak of %.0f bit/s", peak)
	}
	for range 5 {
		at += 50 * time.Millisecond
		a.add(at, 300)
	}
	if peak := a.peak(); peak > 60e3 {
		t.Errorf("peak of %.0f bit/s half a second later", peak)
	}
}
