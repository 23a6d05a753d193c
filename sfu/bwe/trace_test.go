package bwe

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jalsa/lab/plot"
)

var plots = flag.String("plot", "", "folder for pictures of the traces")

// draw writes the trace as a picture when asked to: go test ./sfu/bwe -args -plot DIR.
func (r *rig) draw(t *testing.T) {
	if *plots == "" {
		return
	}
	series := func(name string, of func(moment) float64) plot.Series {
		s := plot.Series{Name: name}
		for _, m := range r.trace {
			s.Points = append(s.Points, plot.Point{X: m.at.Seconds(), Y: of(m)})
		}
		return s
	}
	top := 0.0
	for _, m := range r.trace {
		top = max(top, 1.5*m.capacity/1e3, 1.2*m.sent/1e3)
	}
	rates := []plot.Series{
		series("link", func(m moment) float64 { return max(m.capacity, 0) / 1e3 }),
		series("target", func(m moment) float64 { return float64(m.stats.Target) / 1e3 }),
		series("sent", func(m moment) float64 { return m.sent / 1e3 }),
		series("acknowledged", func(m moment) float64 { return float64(m.stats.Acknowledged) / 1e3 }),
		series("by loss", func(m moment) float64 { return float64(m.stats.Loss) / 1e3 }),
	}
	probes := plot.Series{Name: "probes", Dots: true}
	for _, p := range r.probes {
		probes.Points = append(probes.Points, plot.Point{X: p.at.Seconds(), Y: p.sent / 1e3})
	}
	rates = append(rates, probes)
	if r.rival != nil {
		rates = append(rates, series("rival", func(m moment) float64 { return m.rival / 1e3 }))
	}
	p := plot.Plot{Title: t.Name(), Panels: []plot.Panel{
		{Title: "rate, kbit/s", Series: rates, Top: top},
		{Title: "wait in the queue, ms", Series: []plot.Series{
			series("queue", func(m moment) float64 { return milliseconds(m.queue) }),
			series("measured", func(m moment) float64 { return milliseconds(m.stats.Queue) }),
			series("voice", func(m moment) float64 { return milliseconds(m.voice) }),
		}},
		{Title: "loss, %; threshold, ms", Series: []plot.Series{
			series("loss", func(m moment) float64 { return 100 * m.stats.Lost }),
			series("threshold", func(m moment) float64 { return m.threshold }),
			series("jitter", func(m moment) float64 { return m.jitter }),
			series("limited", func(m moment) float64 { return truth(m.stats.ApplicationLimited) }),
			series("overuse", func(m moment) float64 { return 2 * truth(m.stats.Overuse) }),
		}},
	}}
	f, err := os.Create(filepath.Join(*plots, strings.ReplaceAll(t.Name(), "/", "-")+".svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := plot.Write(f, p); err != nil {
		t.Fatal(err)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// mean is that of a measure over the trace from begin to end, in seconds.
func (r *rig) mean(begin, end float64, of func(moment) float64) float64 {
	sum, n := 0.0, 0
	for _, m := range r.between(begin, end) {
		sum += of(m)
		n++
	}
	return sum / float64(n)
}

// most is the greatest.
func (r *rig) most(begin, end float64, of func(moment) float64) (v float64) {
	for _, m := range r.between(begin, end) {
		v = max(v, of(m))
	}
	return v
}

// least is the smallest.
func (r *rig) least(begin, end float64, of func(moment) float64) float64 {
	v := math.Inf(1)
	for _, m := range r.between(begin, end) {
		v = min(v, of(m))
	}
	return v
}

func (r *rig) between(begin, end float64) (list []moment) {
	for _, m := range r.trace {
		if m.at > time.Duration(begin*1e9) && m.at <= time.Duration(end*1e9) {
			list = append(list, m)
		}
	}
	return list
}

func target(m moment) float64 { return float64(m.stats.Target) / 1e3 }

func sentRate(m moment) float64 { return m.sent / 1e3 }

func got(m moment) float64 { return m.got / 1e3 }

func queue(m moment) float64 { return milliseconds(m.queue) }

func voice(m moment) float64 { return milliseconds(m.voice) }
