package sfu

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// simulcast is what our client sends: two layers, the lower with two temporal layers.
func simulcast() []offering {
	return []offering{
		{height: 180, there: true, temporal: 2, bits: [maxTemporal]int{45_000, 80_000}},
		{height: 360, there: true, temporal: 1, bits: [maxTemporal]int{320_000}},
	}
}

func TestAllocate(t *testing.T) {
	line := func(class class, height int) demand { return demand{class: class, height: height, layers: simulcast()} }
	one := []demand{line(classOther, 360)}
	three := []demand{line(classOther, 360), line(classSpeaker, 360), line(classOther, 360)}
	for _, c := range []struct {
		name   string
		budget int
		level  Level
		lines  []demand
		want   string // a letter for each line, l, h; capital: fewer temporal layers; -: link, s: saver, 0: not wished
	}{
		{"everything", 2_000_000, LevelLarge, three, "hhh"},
		{"no estimate", unlimited, LevelUnknown, three, "hhh"},
		{"the speaker to 360 first", 480_000, LevelLarge, three, "lh-"},
		{"then thumbnails", 570_000, LevelLarge, three, "lhl"},
		{"thumbnails if the speaker cannot have 360", 300_000, LevelLarge, three, "lll"},
		{"the speaker first", 100_000, LevelLarge, three, "-l-"},
		{"half a picture before none", 60_000, LevelLarge, three, "-L-"},
		{"nothing", 30_000, LevelLarge, three, "---"},
		{"none above the wish", 2_000_000, LevelLarge, []demand{line(classOther, 180), line(classOther, 90), line(classOther, 0)}, "ll0"},
		{"small", 2_000_000, LevelSmall, three, "lll"},
		{"stills", 2_000_000, LevelStills, three, "sss"},
		{"sign language before the budget", 30_000, LevelLarge, []demand{line(classSpeaker, 360), line(classReserved, 360)}, "-L"},
		{"but not in fragments", 20_000, LevelLarge, []demand{line(classReserved, 360)}, "-"},
		{"hosts before others", 100_000, LevelLarge, []demand{line(classOther, 360), line(classHost, 180)}, "-l"},
		{"larger tiles before smaller ones", 100_000, LevelLarge, []demand{line(classOther, 180), line(classOther, 360)}, "-l"},
		{"one", 400_000, LevelMedium, one, "h"},
	} {
		lines := append([]demand(nil), c.lines...)
		for i := range lines {
			lines[i].seat = i
		}
		got := ""
		for i, g := range newAllocator().decide(c.budget, c.level, lines, t0) {
			got += letter(lines[i], g)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAllocateMiddle: between a small picture and the best one there is one of as many lines and fewer bits. Of two who
// speak in turn the one shown stays, whoever of them spoke last, and has it before the other has any.
func TestAllocateMiddle(t *testing.T) {
	layers := func() []offering {
		return []offering{
			{height: 180, there: true, temporal: 2, bits: [maxTemporal]int{33_000, 55_000}},
			{height: 360, there: true, temporal: 1, bits: [maxTemporal]int{136_000}},
			{height: 360, there: true, temporal: 1, bits: [maxTemporal]int{330_000}},
		}
	}
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classSpeaker, height: 360, layers: layers()}, {seat: 1, class: classOther, height: 360, layers: layers()}}
	for _, step := range []struct {
		budget  int
		classes [2]class
		want    [2]int
		asked   [2]uint8 // of the publishers
	}{
		{1_000_000, [2]class{classSpeaker, classOther}, [2]int{2, 2}, [2]uint8{0b101, 0b101}},
		{200_000, [2]class{classSpeaker, classOther}, [2]int{1, 0}, [2]uint8{0b011, 0b001}},
		{180_000, [2]class{classSpeaker, classSpeaker}, [2]int{1, 0}, [2]uint8{0b011, 0b001}},
		{170_000, [2]class{classSpeaker, classSpeaker}, [2]int{1, 0}, [2]uint8{0b011, 0b001}},
		{180_000, [2]class{classOther, classSpeaker}, [2]int{1, 0}, [2]uint8{0b011, 0b001}}, // the link has just failed
	} {
		now = now.Add(2 * time.Second)
		for i := range lines {
			lines[i].class = step.classes[i]
		}
		for i, g := range a.decide(step.budget, LevelLarge, lines, now) {
			if g.layer != step.want[i] || step.asked[i] != 0 && g.wants != step.asked[i] {
				t.Errorf("%d bit/s: line %d gets %+v, want layer %d, asks for %b", step.budget, i, g, step.want[i], step.asked[i])
			}
		}
	}
}

// TestAllocateSkipsTheMiddle: a line is raised to the best of the layers with as many lines, and that one alone is
// asked for.
func TestAllocateSkipsTheMiddle(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{class: classOther, height: 360, layers: []offering{
		{height: 180, there: true, temporal: 1, bits: [maxTemporal]int{55_000}},
		{height: 360, there: true, temporal: 1, bits: [maxTemporal]int{136_000}},
		{height: 360, there: true, temporal: 1, bits: [maxTemporal]int{330_000}},
	}}}
	for _, step := range []struct {
		budget, layer int
		wants         uint8
	}{{70_000, 0, 0b001}, {150_000, 0, 0b011}, {200_000, 1, 0b011}, {200_000, 1, 0b011}, {800_000, 2, 0b100}} {
		now = now.Add(2 * time.Second)
		if g := a.decide(step.budget, LevelLarge, lines, now)[0]; g.layer != step.layer || g.wants != step.wants {
			t.Errorf("%d bit/s: %+v, want layer %d, %b", step.budget, g, step.layer, step.wants)
		}
	}
	a = newAllocator()
	a.decide(70_000, LevelLarge, lines, now)
	if g := a.decide(800_000, LevelLarge, lines, now.Add(2*time.Second))[0]; g.layer != 2 || g.wants != 0b100 {
		t.Errorf("from the lowest: %+v", g)
	}
}

func letter(d demand, g grant) string {
	switch {
	case g.layer == 1:
		return "h"
	case g.layer == 0 && g.temporal < d.layers[0].temporal:
		return "L"
	case g.layer == 0:
		return "l"
	case g.pause == PauseSaver:
		return "s"
	case g.pause == PauseLink:
		return "-"
	}
	return "0"
}

func bitsOf(d demand, g grant) int {
	if g.layer < 0 {
		return 0
	}
	return d.layers[g.layer].bits[g.temporal-1]
}

// above compares two grants of one line.
func above(a, b grant) bool {
	return a.layer > b.layer || a.layer == b.layer && a.temporal > b.temporal
}

// TestAllocateHolds: a link that failed is not tried again for ten seconds, one that grows is followed a layer a second.
func TestAllocateHolds(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classSpeaker, height: 360, layers: simulcast()}, {seat: 1, class: classOther, height: 360, layers: simulcast()}}
	shown := func(budget int) string {
		now = now.Add(100 * time.Millisecond)
		got := ""
		for i, g := range a.decide(budget, LevelLarge, lines, now) {
			got += letter(lines[i], g)
		}
		return got
	}
	after := func(budget int, want string) time.Duration {
		t.Helper()
		begin := now
		for range 400 {
			if shown(budget) == want {
				return now.Sub(begin)
			}
		}
		t.Fatalf("never %s with %d bit/s but %s", want, budget, shown(budget))
		return 0
	}
	if d := after(2_000_000, "hh"); d > 100*time.Millisecond {
		t.Errorf("first grants after %v", d)
	}
	if d := after(300_000, "ll"); d > 100*time.Millisecond {
		t.Errorf("lowered after %v", d)
	}
	if d := after(2_000_000, "hl"); d < holdDown || d > holdDown+time.Second {
		t.Errorf("raised after %v", d)
	}
	if d := after(2_000_000, "hh"); d < time.Second || d > 2*time.Second {
		t.Errorf("next raised after %v", d)
	}
	now = now.Add(proveWithin)
	after(30_000, "--")
	if d := after(500_000, "l-"); d < 4*time.Second || d > 5*time.Second {
		t.Errorf("back after %v", d)
	}
	for _, wait := range []time.Duration{8, 16, 32, 32} { // it comes and goes
		after(30_000, "--")
		if d := after(110_000, "l-"); d < wait*time.Second || d > (wait+1)*time.Second {
			t.Errorf("back after %v, not %d s", d, wait)
		}
	}
	after(30_000, "--")
	if d := after(250_000, "l-"); d < 4*time.Second || d > 5*time.Second {
		t.Errorf("back after %v, though the link carries twice as much", d)
	}
	now = now.Add(proveWithin)
	after(30_000, "--")
	if d := after(110_000, "l-"); d < 4*time.Second || d > 5*time.Second {
		t.Errorf("back after %v, once it has lasted", d)
	}
}

// TestAllocateForgetsAThinLink: however often a raise has failed, where the link carries three times as much all are
// raised, a second one as soon as the first.
func TestAllocateForgetsAThinLink(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classSpeaker, height: 360, layers: simulcast()}, {seat: 1, class: classOther, height: 360, layers: simulcast()}}
	shows := func(budget int) (got string) {
		now = now.Add(100 * time.Millisecond)
		for i, g := range a.decide(budget, LevelLarge, lines, now) {
			got += letter(lines[i], g)
		}
		return got
	}
	for range 4 {
		for shows(480_000) != "hl" {
		}
		shows(350_000)
	}
	for begin := now; shows(1_500_000) != "hh"; {
		if now.Sub(begin) > holdDown+2*time.Second {
			t.Fatalf("%s after %v", shows(1_500_000), now.Sub(begin))
		}
	}
}

// TestAllocateKeepsWhatBecomesKnown: a layer that has just begun shows how many temporal layers it has after a moment.
// Who is sent it whole goes on with all of them.
func TestAllocateKeepsWhatBecomesKnown(t *testing.T) {
	for _, height := range []int{180, 360} {
		a, now := newAllocator(), t0
		layers := simulcast()
		for i := range layers {
			layers[i].temporal, layers[i].bits = 1, [maxTemporal]int{layers[i].bits[layers[i].temporal-1]}
		}
		lines := []demand{{height: height, layers: layers}}
		before := a.decide(2_000_000, LevelLarge, lines, now)[0]
		a.failed = now // so that nothing is raised
		for i := range layers {
			whole := layers[i].bits[0]
			layers[i].temporal, layers[i].bits = maxTemporal, [maxTemporal]int{whole / 2, whole * 3 / 4, whole}
		}
		now = now.Add(100 * time.Millisecond)
		after := a.decide(600_000, LevelLarge, lines, now)[0]
		if after.layer != before.layer || after.temporal != lines[0].layers[after.layer].temporal {
			t.Errorf("%d lines: %+v, then %+v", height, before, after)
		}
	}
}

// TestAllocateForgivesAFall: a link that falls to a third soon after a raise is tried again as soon as ever, the first
// time.
func TestAllocateForgivesAFall(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classOther, height: 360, layers: simulcast()}}
	shows := func(budget int) string {
		now = now.Add(100 * time.Millisecond)
		return letter(lines[0], a.decide(budget, LevelLarge, lines, now)[0])
	}
	for _, wait := range []time.Duration{holdDown, 2 * holdDown} {
		for shows(600_000) != "h" {
		}
		shows(200_000)
		begin := now
		for shows(600_000) != "h" {
		}
		if d := now.Sub(begin); d < wait || d > wait+time.Second {
			t.Errorf("raised after %v, not %v", d, wait)
		}
	}
}

// TestAllocateTakesBack: where a link does not carry what one has just been given, nobody else loses a picture.
func TestAllocateTakesBack(t *testing.T) {
	lines := []demand{{seat: 0, class: classSpeaker, height: 360, layers: simulcast()}, {seat: 1, class: classOther, height: 360, layers: simulcast()}}
	for _, c := range []struct {
		stands time.Duration
		want   string
	}{{time.Second, "ll"}, {takeBack + time.Second, "hL"}} {
		a, now, got := newAllocator(), t0, ""
		for _, step := range []struct {
			budget int
			span   time.Duration
		}{{200_000, 20 * time.Second}, {480_000, c.stands}, {350_000, 100 * time.Millisecond}} {
			for end := now.Add(step.span); now.Before(end); {
				now = now.Add(100 * time.Millisecond)
				got = ""
				for i, g := range a.decide(step.budget, LevelLarge, lines, now) {
					got += letter(lines[i], g)
				}
			}
		}
		if got != c.want {
			t.Errorf("after %v: %s, want %s", c.stands, got, c.want)
		}
	}
}

// TestAllocateQuickens: a small picture that had to become slow moves as before two seconds after the link has failed,
// however often it does.
func TestAllocateQuickens(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classOther, height: 360, layers: simulcast()}, {seat: 1, class: classOther, height: 360, layers: simulcast()}}
	until := func(budget int, want string) time.Duration {
		for begin := now; now.Sub(begin) < time.Minute; {
			now = now.Add(100 * time.Millisecond)
			got := ""
			for i, g := range a.decide(budget, LevelLarge, lines, now) {
				got += letter(lines[i], g)
			}
			if got == want {
				return now.Sub(begin)
			}
		}
		t.Fatalf("never %s with %d bit/s", want, budget)
		return 0
	}
	until(250_000, "ll")
	for range 3 {
		until(130_000, "lL")
		if d := until(250_000, "ll"); d < quickenIn || d > quickenIn+changeEvery {
			t.Errorf("quick again after %v", d)
		}
	}
}

// TestAllocateKeepsFacesInADip: where a link falls, one who speaks keeps 360 lines, and another who was shown still is,
// at a lower pace, though both are a little more than the estimate: it falls too far at first. If it stays low the
// other goes.
func TestAllocateKeepsFacesInADip(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{seat: 0, class: classSpeaker, height: 360, layers: simulcast()}, {seat: 1, class: classOther, height: 360, layers: simulcast()}}
	shown := func(budget int, d time.Duration) (got string) {
		for end := now.Add(d); now.Before(end); {
			now, got = now.Add(100*time.Millisecond), ""
			for i, g := range a.decide(budget, LevelLarge, lines, now) {
				got += letter(lines[i], g)
			}
		}
		return got
	}
	for _, step := range []struct {
		budget int
		after  time.Duration
		want   string
	}{
		{900_000, time.Second, "hh"},
		{340_000, 100 * time.Millisecond, "hL"},
		{340_000, 2800 * time.Millisecond, "hL"},
		{370_000, time.Second, "hL"},
		{340_000, 2900 * time.Millisecond, "hL"},
		{340_000, 300 * time.Millisecond, "h-"},
		{340_000, 10 * time.Second, "h-"},
	} {
		if got := shown(step.budget, step.after); got != step.want {
			t.Errorf("%d bit/s for %v: %s, want %s", step.budget, step.after, got, step.want)
		}
	}
}

// always is decide without the way around what there is nothing to divide of.
func (a *allocator) always(budget int, level Level, demands []demand, now time.Time) []grant {
	standing, _ := a.contend(level, demands)
	if standing > budget && a.short.IsZero() {
		a.short = now
	} else if standing <= budget {
		a.short = time.Time{}
	}
	a.divide(budget, standing, now)
	grants := a.grants(a.lines, budget, level, now)
	for i := range grants {
		grants[i].hasty = float64(standing) > choked*float64(budget)
	}
	return grants
}

// TestNothingToDivide: where lines have all that they can use nothing is divided, and what comes of it is the same as if
// it were, then and ever after.
func TestNothingToDivide(t *testing.T) {
	skipped := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b, now := newAllocator(), newAllocator(), t0
		budget, level := 1_500_000, LevelUnknown
		lines := make([]demand, rapid.IntRange(1, 6).Draw(t, "lines"))
		for i := range lines {
			lines[i] = demand{seat: i, class: class(i % (int(classOther) + 1)), height: 360, fresh: true, layers: simulcast()}
		}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(20, 400).Draw(t, "ms")) * time.Millisecond)
			l := &lines[rapid.IntRange(0, len(lines)-1).Draw(t, "line")]
			switch rapid.IntRange(0, 30).Draw(t, "change") {
			case 0:
				budget = rapid.IntRange(0, 3_000_000).Draw(t, "budget")
			case 1:
				level = rapid.SampledFrom([]Level{LevelUnknown, LevelStills, LevelSmall, LevelMedium, LevelLarge}).Draw(t, "level")
			case 2:
				l.height = rapid.SampledFrom([]int{0, 90, 180, 360, 720}).Draw(t, "height")
			case 3:
				l.class = class(rapid.IntRange(int(classReserved), int(classOther)).Draw(t, "class"))
			case 4:
				l.fresh = true
			case 5, 6, 7:
				o := &l.layers[rapid.IntRange(0, len(l.layers)-1).Draw(t, "layer")]
				o.there = !o.there
			case 8:
				o := &l.layers[rapid.IntRange(0, len(l.layers)-1).Draw(t, "layer")]
				o.bits[o.temporal-1] = rapid.IntRange(1, 900_000).Draw(t, "bits")
			}
			got, want := a.decide(budget, level, lines, now), b.always(budget, level, lines, now)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v, want %+v", got, want)
			}
			if standing, whole := b.contend(level, lines); whole && standing <= budget {
				skipped++
			}
			if a.changed != b.changed || a.failed != b.failed || a.raised != b.raised || a.hold != b.hold || a.useful != b.useful {
				t.Fatal("remembers something else")
			}
			for i := range lines {
				lines[i].fresh = false
			}
		}
	})
	if skipped < 100 {
		t.Errorf("nothing to divide %d times", skipped)
	}
}

// TestAllocateInvariants: over any course of the estimate nothing is granted beyond it, no line is raised within a
// second of another, and where everybody began at once no class has more than one before it.
func TestAllocateInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := newAllocator(), t0
		lines := make([]demand, rapid.IntRange(1, 6).Draw(t, "lines"))
		for i := range lines {
			lines[i] = demand{
				seat: i, class: class(rapid.IntRange(int(classReserved), int(classOther)).Draw(t, "class")),
				height: rapid.SampledFrom([]int{0, 90, 180, 360, 720}).Draw(t, "height"), layers: simulcast(),
			}
		}
		level := rapid.SampledFrom([]Level{LevelUnknown, LevelStills, LevelSmall, LevelMedium, LevelLarge}).Draw(t, "level")
		var before []grant
		var raised, changed, short time.Time
		for step := range rapid.IntRange(1, 150).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(20, 400).Draw(t, "ms")) * time.Millisecond)
			budget := rapid.IntRange(0, 1_500_000).Draw(t, "budget")
			grants := a.decide(budget, level, lines, now)
			used, least, ups, had, lowest := 0, 0, 0, 0, true
			for i, g := range grants {
				used += bitsOf(lines[i], g)
				lowest = lowest && g.layer <= 0
				if step > 0 && g.layer == 0 && g.temporal == 1 && before[i].layer >= 0 {
					least += bitsOf(lines[i], g)
				}
				if step > 0 {
					had += bitsOf(lines[i], before[i])
				}
				if step > 0 && above(g, before[i]) {
					ups++
				}
				if step > 0 && g.layer != before[i].layer {
					changed = now
				}
			}
			if ups > 1 || ups == 1 && now.Sub(raised) < time.Second {
				t.Fatalf("raised %d, %v after the last", ups, now.Sub(raised))
			}
			if ups > 0 {
				raised = now
			}
			switch {
			case had <= budget:
				short = time.Time{}
			case short.IsZero():
				short = now
			}
			borne := (lowest || used-least <= budget) && now.Sub(short) < bearFor && float64(used) <= slack*float64(budget)
			alone := lines[0].layers[0].bits[0]
			if used > budget && used != alone && !borne && !(now.Sub(changed) < changeEvery && float64(used) <= urgent*float64(budget)) {
				t.Fatalf("granted %d of %d", used, budget)
			}
			if step == 0 {
				monotone(t, lines, grants)
			}
			checkPauses(t, lines, grants, level)
			before = slices.Clone(grants)
		}
	})
}

func monotone(t *rapid.T, lines []demand, grants []grant) {
	for i, d := range lines {
		for j, e := range lines {
			if d.class < e.class && d.height >= e.height && above(grants[j], grants[i]) {
				t.Fatalf("class %d has %+v, class %d has %+v", d.class, grants[i], e.class, grants[j])
			}
		}
	}
}

func checkPauses(t *rapid.T, lines []demand, grants []grant, level Level) {
	for i, g := range grants {
		want := Pause("")
		if g.layer < 0 && lines[i].height > 0 {
			want = PauseLink
			if level.height() == 0 {
				want = PauseSaver
			}
		}
		if g.pause != want {
			t.Fatalf("paused %q, want %q", g.pause, want)
		}
	}
}

// TestAllocateIgnoresNoise: an estimate that trembles by 5 %, and costs by 1 %, change nothing, wherever the budget lies.
func TestAllocateIgnoresNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := newAllocator(), t0
		budget := rapid.OneOf(rapid.IntRange(0, 1_500_000),
			rapid.IntRange(330_000, 400_000), // the upper layer just fits
			rapid.IntRange(19_000, 29_000),   // a page just goes before the budget
		).Draw(t, "budget")
		noise := func(n, by int) int { return n * rapid.IntRange(1000-by, 1000+by).Draw(t, "noise") / 1000 }
		lines := make([]demand, rapid.IntRange(1, 4).Draw(t, "lines"))
		changes := make([]int, len(lines))
		var before []grant
		for range 400 {
			now = now.Add(100 * time.Millisecond)
			for i := range lines {
				lines[i] = demand{seat: i, class: class(1 + i%4), height: 360, layers: simulcast()}
				for k := range lines[i].layers {
					for n := range lines[i].layers[k].bits {
						lines[i].layers[k].bits[n] = noise(lines[i].layers[k].bits[n], 10)
					}
				}
			}
			grants := a.decide(noise(budget, 50), LevelLarge, lines, now)
			for i, g := range grants {
				if before != nil && (g.layer != before[i].layer || g.temporal != before[i].temporal) {
					changes[i]++
				}
			}
			before = slices.Clone(grants)
		}
		for i, n := range changes {
			if n > 2 { // what barely fits may be tried once
				t.Fatalf("line %d changed %d times", i, n)
			}
		}
	})
}

// TestAllocateBearsDips: an estimate that dips for two seconds takes no picture away; one that stays low does.
func TestAllocateBearsDips(t *testing.T) {
	a, now := newAllocator(), t0
	lines := []demand{{class: classOther, height: 180, layers: []offering{{height: 180, there: true, temporal: 1, bits: [maxTemporal]int{65_000}}}}}
	shown := func(budget int, d time.Duration) string {
		got := ""
		for end := now.Add(d); now.Before(end); {
			now = now.Add(100 * time.Millisecond)
			got = letter(lines[0], a.decide(budget, LevelLarge, lines, now)[0])
		}
		return got
	}
	for _, step := range []struct {
		budget int
		after  time.Duration
		want   string
	}{
		{80_000, time.Second, "l"},
		{55_000, 2 * time.Second, "l"},
		{80_000, time.Second, "l"},
		{55_000, 2900 * time.Millisecond, "l"},
		{55_000, 300 * time.Millisecond, "-"},
		{80_000, 6 * time.Second, "l"},
		{45_000, 100 * time.Millisecond, "-"},
	} {
		if got := shown(step.budget, step.after); got != step.want {
			t.Errorf("%d bit/s for %v: %s, want %s", step.budget, step.after, got, step.want)
		}
	}
}
