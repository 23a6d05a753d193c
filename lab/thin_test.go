//go:build lab && linux

package lab

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var (
	thinOnly  = flag.String("thin-rows", os.Getenv("THIN_ROWS"), "rows to run, such as 1,3f; empty: all")
	thinRuns  = flag.Int("thin-runs", 3, "runs of each row, of which the median counts")
	thinPlain = flag.Int("thin-plain", 1, "runs of each row against a server that does nothing for thin links")
	thinKeep  = flag.Bool("thin-keep", false, "count the runs that are in the folder already, too")
	thinOut   = flag.String("thin-out", "out", "folder of the table, the plots and the records")
)

const (
	goodLink   = "rate=50M,delay=20ms"
	thinTurn   = 3.0  // seconds
	thinSettle = 15.0 // seconds from the cameras on to the window
)

// TestThinLinks puts three people with real browsers into a hearing, one of them behind a thin link, and holds what they
// hear and see of one another against the bar of each link. It needs root, Chromium, Firefox, ip and nft.
func TestThinLinks(t *testing.T) {
	b := newBench(t)
	for run := range max(*thinRuns, *thinPlain) {
		for _, row := range thinRows {
			if !b.wanted(row) {
				continue
			}
			for _, mode := range []string{"ours", "plain"} {
				if run < map[string]int{"ours": *thinRuns, "plain": *thinPlain}[mode] {
					t.Run(fmt.Sprintf("%s/%s/%d", row.name, mode, run+1), func(t *testing.T) { b.run(t, row, mode) })
				}
			}
		}
	}
	b.report(t)
}

// bench is the runs of all rows.
type bench struct {
	folder  string // of the captures
	out     string
	script  string
	records map[string][]*record // by row and mode
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{folder: t.TempDir(), out: *thinOut, script: driver(t), records: map[string][]*record{}}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		t.Fatal(err)
	}
	b.keep(t)
	turn, speaks := time.Duration(thinTurn*float64(time.Second)), time.Duration((thinTurn-turnPause)*float64(time.Second))
	for i, pitch := range []float64{110, 205, 150} {
		writeWAV(t, b.capture(i+1, "turn.wav"), speech(pitch, speaks, 3*turn, uint64(i)))
		writeWAV(t, b.capture(i+1, "on.wav"), speech(pitch, 20*time.Second, 0, uint64(i)))
		writeWAV(t, b.capture(i+1, "off.wav"), make([]int16, 2*captureRate))
		writeFace(t, b.capture(i+1, "y4m"), byte(100+25*i), uint64(i))
	}
	return b
}

func (b *bench) capture(number int, kind string) string {
	return filepath.Join(b.folder, fmt.Sprintf("%d.%s", number, kind))
}

// wanted: the reference goes with every choice.
func (b *bench) wanted(row thinRow) bool {
	return *thinOnly == "" || row.name == reference || slices.Contains(strings.Split(*thinOnly, ","), row.name)
}

// keep reads earlier runs, or takes them away.
func (b *bench) keep(t *testing.T) {
	t.Helper()
	for _, row := range thinRows {
		for _, mode := range []string{"ours", "plain"} {
			paths, err := filepath.Glob(filepath.Join(b.out, row.name+"-"+mode+"-*.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				if !*thinKeep {
					_ = os.Remove(path)
				} else if r, err := readRecord(path); err != nil {
					t.Fatal(err)
				} else {
					b.records[row.name+mode] = append(b.records[row.name+mode], r)
				}
			}
		}
	}
}

// run is one hearing.
func (b *bench) run(t *testing.T, row thinRow, mode string) {
	n := newNetwork(t, goodLink, goodLink, row.link)
	server := newThinServer(t, mode == "plain")
	made := server.book(time.Hour, "host", "party", "representative")
	p := b.plan(t, row, n, made, filepath.Join(server.data, "admin.sock"))
	name := fmt.Sprintf("%s-%s-%d", row.name, mode, len(b.records[row.name+mode])+1)
	planPath, recordPath := filepath.Join(b.folder, name+".plan"), filepath.Join(b.out, name+".json")
	text, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(planPath, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := drive(t, b.script, planPath, recordPath, time.Duration(p.Settle+p.Window+150)*time.Second); err != nil {
		if mode == "plain" {
			t.Logf("%s: %v", name, err) // that it cannot be done is what a comparison may find
			return
		}
		t.Fatalf("%s: %v", name, err)
	}
	if text := server.log.String(); strings.Contains(text, "panicked") {
		t.Errorf("%s: what the server survived, its people did not:\n%s", name, text)
	}
	r, err := readRecord(recordPath)
	if err != nil {
		t.Fatal(err)
	}
	b.records[row.name+mode] = append(b.records[row.name+mode], r)
	draw(t, filepath.Join(b.out, name+".svg"), fmt.Sprintf("%s (%s), %s", row.name, row.about, mode), r)
	for _, f := range b.figures(row, mode, []*record{r}) {
		t.Log(f)
	}
}

func (b *bench) plan(t *testing.T, row thinRow, n *network, made appointment, admin string) plan {
	p := plan{Impaired: 3, Settle: thinSettle, Window: row.window, Every: 500, Turn: thinTurn, Admin: admin, Press: row.press, Events: []plannedEvent{}}
	if row.dialog {
		p.Every, p.Turn = 150, 0
	}
	for i, l := range made.Links {
		who := someone{Number: int(l.Number), Link: l.URL, Namespace: personSpace(i + 1), Browser: "chromium", Language: "fr-FR", Slot: i,
			Audio: b.capture(i+1, "turn.wav"), Video: b.capture(i+1, "y4m")}
		if row.dialog {
			who.Audio = b.capture(i+1, []string{"on.wav", "off.wav", "on.wav"}[i])
		}
		if row.firefox && who.Number == p.Impaired {
			who.Browser = "firefox"
		}
		p.People = append(p.People, who)
	}
	for _, e := range row.events {
		planned := plannedEvent{After: e.after, Name: e.name, Control: n.control(p.Impaired), Commands: [][]string{}}
		switch {
		case e.settings != "":
			planned.Form = "both=" + e.settings
		case e.trace != "":
			path, err := filepath.Abs(e.trace)
			if err != nil {
				t.Fatal(err)
			}
			planned.Form = "both-trace=" + path
		case e.noUDP:
			planned.Commands = noUDP(p.Impaired)
		}
		p.Events = append(p.Events, planned)
	}
	return p
}

// figures are the medians over runs.
func (b *bench) figures(row thinRow, mode string, runs []*record) (all []figure) {
	var each [][]figure
	for i, r := range runs {
		judged := row.judge(r)
		if good := b.records[reference+mode]; row.name != reference && len(good) > 0 && len(row.events) == 0 {
			judged = append(judged, comfort(r, good[min(i, len(good)-1)])...)
		}
		each = append(each, judged)
	}
	for k := range len(each[0]) {
		f := each[0][k]
		values := []float64{}
		for _, figures := range each {
			values = append(values, figures[k].value)
		}
		f.value = median(values)
		all = append(all, f)
	}
	return all
}

func (f figure) String() string {
	sign := map[bool]string{true: "≥", false: "≤"}[f.atLeast]
	if math.IsNaN(f.bar) {
		return fmt.Sprintf("%s: %.1f", f.what, f.value)
	}
	return fmt.Sprintf("%s: %.1f, must be %s %.1f: %v", f.what, f.value, sign, f.bar, f.holds())
}

// report writes the table and fails on every broken bar.
func (b *bench) report(t *testing.T) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "row\tlink\twhat\tbar\tours\tplain\tok")
	for _, row := range thinRows {
		ours, plain := b.records[row.name+"ours"], b.records[row.name+"plain"]
		if len(ours) == 0 {
			continue
		}
		before := map[string]string{}
		if len(plain) > 0 {
			for _, f := range b.figures(row, "plain", plain) {
				before[f.what] = fmt.Sprintf("%.1f", f.value)
			}
		}
		for _, f := range b.figures(row, "ours", ours) {
			bar, ok := "", ""
			if !math.IsNaN(f.bar) {
				bar, ok = fmt.Sprintf("%s %.1f", map[bool]string{true: "≥", false: "≤"}[f.atLeast], f.bar), map[bool]string{true: "ok", false: "BROKEN"}[f.holds()]
			}
			if !f.holds() {
				t.Errorf("row %s (%s): %v", row.name, row.about, f)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f\t%s\t%s\n", row.name, row.about, f.what, bar, f.value, before[f.what], ok)
		}
	}
	w.Flush()
	t.Logf("three people, one behind the link:\n%s", &table)
	if err := os.WriteFile(filepath.Join(b.out, "thin.txt"), []byte(table.String()), 0o644); err != nil {
		t.Error(err)
	}
}
