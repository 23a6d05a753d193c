package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Bounds within which a load counts as carried.
const (
	MostLoss = 0.001
	MostLate = 20 * time.Millisecond // p99 of what forwarding takes
)

// Result is what a measurement found. Times are in milliseconds, rates a second.
type Result struct {
	Load    Plan    `json:"load"`
	Seconds float64 `json:"seconds"` // of the measurement

	Joins Joins          `json:"joins"`
	Lost  map[string]int `json:"lost"` // guests who had come in, by why they left
	// Missing are voices, and faces, that somebody should have had at the end and had not.
	Missing int `json:"missing"`

	Voice   Flow           `json:"voice"`
	Video   Flow           `json:"video"`
	Faults  uint64         `json:"faults"`  // packets that should not be
	Refused map[string]int `json:"refused"` // what the server would not do, by message and code

	Server    ServerUse    `json:"server"`
	Generator GeneratorUse `json:"generator"`

	Held bool   `json:"held"`          // within the bounds
	Why  string `json:"why,omitempty"` // not
}

// Joins are those that were asked for since the crowd began, or since a search sent everybody away.
type Joins struct {
	Asked     int            `json:"asked"`
	Succeeded int            `json:"succeeded"`
	Failed    int            `json:"failed"`
	Reasons   map[string]int `json:"reasons"`
	Took      Quantiles      `json:"took_ms"`        // from opening the link until media could flow
	Media     Quantiles      `json:"first_media_ms"` // from being let in to the first packet of somebody else's media
}

// ServerUse is what the load cost the server. What is not known is null.
type ServerUse struct {
	Cores      *float64          `json:"cores"`
	PerPacket  *float64          `json:"cpu_us_per_packet"` // forwarded
	PerCore    *float64          `json:"packets_per_core"`  // forwarded in a second
	Resident   *uint64           `json:"rss_bytes"`
	Goroutines int               `json:"goroutines"`
	Peers      int               `json:"peers"`
	Dropped    map[string]uint64 `json:"dropped"` // packets, by reason
	Unknown    string            `json:"unknown,omitempty"`
}

// GeneratorUse is what making the load took of this machine.
type GeneratorUse struct {
	Cores    *float64 `json:"cores"`
	Others   *float64 `json:"other_programs_cores"` // neither this one nor the server
	Of       int      `json:"of"`                   // cores of the machine
	LateP99  float64  `json:"late_p99_ms"`          // how late packets were sent
	Limit    string   `json:"limit"`                // what kept the server from showing what it can; "": nothing
	Resident uint64   `json:"rss_bytes"`
}

// What may be in the way of a measurement.
const (
	LimitLoad   = "this_load"      // making it takes what the server could use, or more than the machine has
	LimitOthers = "other_programs" // run on this machine
)

// judge tells whether the load was carried, and if not, why.
func (r Result) judge() (held bool, why string) {
	var faults []string
	add := func(is bool, format string, args ...any) {
		if is {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	late, loss := max(r.Voice.Latency.P99, r.Video.Latency.P99), max(r.Voice.Loss, r.Video.Loss)
	add(r.Joins.Failed > 0, "%d of %d joins failed", r.Joins.Failed, r.Joins.Asked)
	add(len(r.Lost) > 0, "%d people were thrown out", total(r.Lost))
	add(loss >= MostLoss, "%.2f %% of voice and %.2f %% of video was lost", r.Voice.Loss*100, r.Video.Loss*100)
	add(late >= float64(MostLate.Milliseconds()), "p99 of forwarding is %.1f ms", late)
	add(r.Missing > 0, "%d voices or faces did not come", r.Missing)
	add(r.Faults > 0, "%d packets came that should not", r.Faults)
	add(r.Voice.Out == 0, "nothing was received")
	return len(faults) == 0, strings.Join(faults, "; ")
}

func total(counts map[string]int) (n int) {
	for _, one := range counts {
		n += one
	}
	return n
}

// reasons lists counts by what they count, the most frequent first.
func reasons[N int | uint64](counts map[string]N) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return int(counts[b]) - int(counts[a])
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d × %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}
