//go:build lab && linux

package lab

import (
	"os"
	"testing"

	"jalsa/lab/plot"
)

// draw plots what the impaired one received, and the host of the impaired one, second by second.
func draw(t *testing.T, path, title string, r *record) {
	t.Helper()
	p := plot.Plot{Title: title, Panels: []plot.Panel{{Title: "rate, kbit/s"}, {Title: "concealed, %"}, {Title: "lines"}, {Title: "frames a second"}, {Title: "longest time without a frame, ms"}}}
	impaired, host := r.Plan.Impaired, r.others()[0]
	for _, side := range []struct {
		name string
		pair
	}{{"to", pair{impaired, host}}, {"to, third", pair{impaired, r.others()[1]}}, {"from", pair{host, impaired}}} {
		for _, kind := range []string{"audio", "video"} {
			rate := plot.Series{Name: side.name + " " + kind}
			share, lines, pace, frozen := plot.Series{Name: side.name}, plot.Series{Name: side.name}, plot.Series{Name: side.name}, plot.Series{Name: side.name}
			for _, s := range seconds1(r.spans(side.receiver, side.sender, kind, 0, r.To)) {
				x := (s.to - r.From) / 1000
				rate.Points = append(rate.Points, plot.Point{X: x, Y: 8 * s.Bytes / (s.to - s.from)})
				if s.Total > 0 {
					share.Points = append(share.Points, plot.Point{X: x, Y: 100 * (s.Concealed - s.Silent) / s.Total})
				}
				lines.Points = append(lines.Points, plot.Point{X: x, Y: s.Height})
				pace.Points = append(pace.Points, plot.Point{X: x, Y: 1000 * s.Frames / (s.to - s.from)})
				frozen.Points = append(frozen.Points, plot.Point{X: x, Y: r.freeze(side.receiver, side.sender, s.from, s.to)})
			}
			p.Panels[0].Series = append(p.Panels[0].Series, rate)
			if kind == "audio" {
				p.Panels[1].Series = append(p.Panels[1].Series, share)
			} else {
				p.Panels[2].Series = append(p.Panels[2].Series, lines)
				p.Panels[3].Series = append(p.Panels[3].Series, pace)
				p.Panels[4].Series = append(p.Panels[4].Series, frozen)
			}
		}
	}
	target := plot.Series{Name: "target", Steps: true}
	for _, told := range r.Server {
		for _, l := range told.Stats.Links {
			if l.Number == impaired && l.Down.Estimate > 0 {
				target.Points = append(target.Points, plot.Point{X: (told.At - r.From) / 1000, Y: l.Down.Estimate / 1000})
			}
		}
	}
	p.Panels[0].Series = append(p.Panels[0].Series, target)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := plot.Write(f, p); err != nil {
		t.Error(err)
	}
}

// seconds1 joins spans to about a second each.
func seconds1(all []span) (joined []span) {
	for _, s := range all {
		if n := len(joined) - 1; n >= 0 && s.to-joined[n].from < 1000 && s.from >= joined[n].from {
			j := &joined[n]
			j.to, j.Height = s.to, s.Height
			j.Bytes += s.Bytes
			j.Total += s.Total
			j.Concealed += s.Concealed
			j.Silent += s.Silent
			j.Frames += s.Frames
			continue
		}
		joined = append(joined, s)
	}
	return joined
}
