package lab

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// Most of a test is waiting for media at real pace, not for the processor.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if path, err := built(); err == nil {
			os.RemoveAll(filepath.Dir(path))
		}
		os.Exit(code)
	}))
}

// within is how long anything may take before a test gives up.
const within = 20 * time.Second

// rounds chooses between "go test" and "make lab".
func rounds(short, lab int) int {
	if inLab {
		return lab
	}
	return short
}

// alongside lets tests share the machine, except where figures are read.
func alongside(t *testing.T) {
	if !inLab {
		t.Parallel()
	}
}

// until polls: the people and the process of a test tell their progress in
// many places at once.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	waitUntil(t, within, what, ok)
}

func waitUntil(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

// pass lets media run for a while at its real pace.
func pass(d time.Duration) { <-time.After(d) }

// quantiles is a sample of durations for the printed figures.
type quantiles []time.Duration

func (q quantiles) at(fraction float64) time.Duration {
	if len(q) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(q))
	return sorted[max(0, int(math.Ceil(fraction*float64(len(sorted))))-1)].Round(time.Millisecond / 10)
}

func (q quantiles) String() string {
	return fmt.Sprintf("n=%d p50=%v p95=%v p99=%v max=%v", len(q), q.at(.5), q.at(.95), q.at(.99), q.at(1))
}
