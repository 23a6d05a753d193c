package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestMetricsAreToldInOneForm(t *testing.T) {
	var e exposition
	e.gauge("jalsa_a", 1_700_000_000.25, "What is.")
	e.counter("jalsa_b_total", 12_345_678_901, "What grows.")
	e.counters("jalsa_c_total", "reason", map[string]uint64{"late": 2, "early": 0}, "Why.")
	e.counters("jalsa_d_total", "reason", nil, "Nothing yet.")
	const want = `# HELP jalsa_a What is.
# TYPE jalsa_a gauge
jalsa_a 1700000000.25
# HELP jalsa_b_total What grows.
# TYPE jalsa_b_total counter
jalsa_b_total 12345678901
# HELP jalsa_c_total Why.
# TYPE jalsa_c_total counter
jalsa_c_total{reason="early"} 0
jalsa_c_total{reason="late"} 2
# HELP jalsa_d_total Nothing yet.
# TYPE jalsa_d_total counter
`
	if got := string(e.text); got != want {
		t.Errorf("%s", got)
	}
}

// Prometheus reads it, and finds nothing to say against its names, types and units.
func TestMetricsAsPrometheusReadsThem(t *testing.T) {
	text := expose(filled())
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	families := parsed(t, text)
	if len(families) < 45 {
		t.Errorf("%d families", len(families))
	}
	for name, f := range families {
		if !strings.HasPrefix(name, "jalsa_") || f.GetHelp() == "" || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s: %s", name, f.GetHelp())
		}
	}
}

// Each family begins once, its series follow it and are told once, and a second look has them in the same order.
func TestMetricsAreTold(t *testing.T) {
	f := filled()
	f.SFU.Dropped = map[string]uint64{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8}
	text := string(expose(f))
	seen := map[string]bool{}
	family := ""
	for line := range strings.Lines(text) {
		what, _, _ := strings.Cut(line, " ")
		words := strings.Fields(line)
		switch {
		case words[1] == "HELP":
			family, what = words[2], "family "+words[2]
		case words[1] == "TYPE":
			what = "type " + words[2]
			fallthrough
		default:
			if name, _, _ := strings.Cut(strings.TrimPrefix(what, "type "), "{"); name != family {
				t.Errorf("%s is told under %s", name, family)
			}
		}
		if seen[what] {
			t.Errorf("%s is told twice", what)
		}
		seen[what] = true
	}
	for range 10 {
		if again := string(expose(f)); again != text {
			t.Fatalf("another order:\n%s\nafter\n%s", again, text)
		}
	}
}

// What `jalsa stats` tells in numbers, a monitoring system is told too.
func TestMetricsTellEveryFigure(t *testing.T) {
	f := filled()
	var told []string
	for line := range strings.Lines(string(expose(f))) {
		words := strings.Fields(line)
		told = append(told, words[len(words)-1])
	}
	var missing func(path string, v reflect.Value)
	missing = func(path string, v reflect.Value) {
		n := ""
		switch {
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					missing(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
			return
		case v.Kind() == reflect.Map:
			n = strconv.FormatUint(v.MapIndex(reflect.ValueOf("some_reason")).Uint(), 10)
		case v.CanUint():
			n = strconv.FormatUint(v.Uint(), 10)
		case v.CanInt():
			n = strconv.FormatInt(v.Int(), 10)
		case v.CanFloat():
			n = strconv.FormatFloat(v.Float(), 'f', -1, 64)
		default: // of the certificate the end is told
			return
		}
		if !slices.Contains(told, n) {
			t.Errorf("nothing tells of %s", path)
		}
	}
	missing("figures", reflect.ValueOf(f))
	if !slices.Contains(told, "2000000000") {
		t.Error("nothing tells when the certificate ends")
	}
}

// At --metrics there is that page and nothing else, and it says how many and never who.
func TestMetricsAreAnswered(t *testing.T) {
	s, err := newServer(t.TempDir(), network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}, Metrics: "127.0.0.1:0"}, mailing{}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	base := "http://" + s.monitor.port.Addr().String()
	resp, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != expositionType {
		t.Fatalf("%s %v %v", resp.Status, resp.Header, err)
	}
	families := parsed(t, text)
	for _, name := range []string{"jalsa_process_cpu_seconds_total", "jalsa_process_resident_memory_bytes", "jalsa_process_goroutines", "jalsa_process_open_files"} {
		f := families[name]
		if f == nil || f.Metric[0].GetGauge().GetValue()+f.Metric[0].GetCounter().GetValue() <= 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if name := l.GetName(); name != "reason" && name != "kind" || !regexp.MustCompile(`^[a-z_]+$`).MatchString(l.GetValue()) {
					t.Errorf("%s is told of %s %q", f.GetName(), name, l.GetValue())
				}
			}
		}
	}
	for path, want := range map[string]int{"/": http.StatusNotFound, "/j/x": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func parsed(t *testing.T, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return families
}
