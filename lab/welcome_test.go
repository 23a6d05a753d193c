//go:build linux

package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// guests come one after the other.
const guests = 20

// BenchmarkWelcome is how long it takes from being let in to the first packet, step by step, for people who come to a
// hearing of six that goes on. They look for a path every 4 ms, as callers who come late do.
func BenchmarkWelcome(b *testing.B) {
	for b.Loop() {
		c := newCall(1, 6, guests, seen)
		server := newOurCarrier(b, *pairOurs, pin(b))
		c.on.Store(true)
		people, _ := server.open(b, c)
		for _, enter := range people[:c.speakers] {
			enter(false)
		}
		pass(pairSettle)
		var taken [steps]quantiles
		for _, enter := range people[c.speakers:] {
			one := enter(true)
			until(b, "a guest hears somebody", func() bool { return one.steps[heard].Load() > 0 })
			for i := range taken {
				taken[i] = append(taken[i], time.Duration(one.steps[i].Load()))
			}
			one.close()
		}
		c.on.Store(false)
		var out strings.Builder
		w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "ms\tmedian\t90 %\tlast\t")
		for i, name := range []string{"offer made", "answer came", "ICE has a path", "DTLS has keys", "first packet"} {
			q := taken[i]
			fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t\n", name, float64(q.at(.5).Microseconds())/1e3, float64(q.at(.9).Microseconds())/1e3, float64(q.at(1).Microseconds())/1e3)
		}
		w.Flush()
		fmt.Fprintf(os.Stderr, "\n%s\n%s\n", b.Name(), out.String())
		b.ReportMetric(float64(taken[heard].at(.5).Microseconds())/1e3, "ms-first")
		b.ReportMetric(0, "ns/op")
	}
}
