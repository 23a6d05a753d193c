package load

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Write writes a result for people.
func (r Result) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	video := "no video"
	if r.Load.Video > 0 {
		video = fmt.Sprintf("video of %d kbit/s", r.Load.Video)
	}
	row("load", "%d rooms × %d participants and %d listeners, voice, %s, %.0f s", r.Load.Rooms, r.Load.Participants, r.Load.Listeners, video, r.Seconds)
	row("joins", "%d asked, %d succeeded, %d failed%s", r.Joins.Asked, r.Joins.Succeeded, r.Joins.Failed, because(r.Joins.Reasons))
	row("", "link to media: p50 %.0f ms, p95 %.0f ms; let in to first media: p50 %.0f ms, p95 %.0f ms", r.Joins.Took.P50, r.Joins.Took.P95, r.Joins.Media.P50, r.Joins.Media.P95)
	if len(r.Lost) > 0 {
		row("thrown out", "%s", reasons(r.Lost))
	}
	row("packets", "%.0f/s into the server, %.0f/s out of it", r.Voice.In+r.Video.In, r.Voice.Out+r.Video.Out)
	r.Voice.row("voice", row)
	if r.Load.Video > 0 {
		r.Video.row("video", row)
	}
	if r.Missing > 0 {
		row("missing", "%d voices or faces", r.Missing)
	}
	r.Server.rows(row)
	if len(r.Refused) > 0 {
		row("refused", "%s", reasons(r.Refused))
	}
	row("this load", "%s of %d cores, %s taken by other programs; packets were sent late by p99 %.1f ms", orUnknown("%.2f", r.Generator.Cores), r.Generator.Of, orUnknown("%.2f", r.Generator.Others), r.Generator.LateP99)
	if limit := r.Generator.obstacle(); limit != "" {
		row("", "NOTE: %s", limit)
	}
	if r.Held {
		row("result", "held: loss below %.1f %%, p99 below %v", MostLoss*100, MostLate)
	} else {
		row("result", "NOT held: %s", r.Why)
	}
	return t.Flush()
}

func (f Flow) row(name string, row func(name, format string, args ...any)) {
	more := ""
	if f.Repaired > 0 {
		more += fmt.Sprintf(", %d came late or again", f.Repaired)
	}
	if f.Withheld > 0 {
		more += fmt.Sprintf(", %d were not sent on", f.Withheld)
	}
	row(name, "loss %.3f %%%s; latency p50 %.2f ms, p90 %.2f, p99 %.2f", f.Loss*100, more, f.Latency.P50, f.Latency.P90, f.Latency.P99)
}

func (u ServerUse) rows(row func(name, format string, args ...any)) {
	if u.Unknown != "" {
		row("server", "unknown: %s", u.Unknown)
	} else {
		row("server", "%s cores, %s µs for a forwarded packet, %s packets/s and core", orUnknown("%.2f", u.Cores), orUnknown("%.2f", u.PerPacket), orUnknown("%.0f", u.PerCore))
		memory := "unknown"
		if u.Resident != nil {
			memory = fmt.Sprintf("%.1f MiB", float64(*u.Resident)/(1<<20))
		}
		row("", "%s resident, %d goroutines, %d people", memory, u.Goroutines, u.Peers)
	}
	if len(u.Dropped) > 0 {
		row("", "dropped: %s", reasons(u.Dropped))
	}
}

func orUnknown(format string, x *float64) string {
	if x == nil {
		return "unknown"
	}
	return fmt.Sprintf(format, *x)
}

func because(why map[string]int) string {
	if len(why) == 0 {
		return ""
	}
	return ": " + reasons(why)
}

// Line is a result in one line.
func (r Result) Line() string {
	verdict := "held"
	if !r.Held {
		verdict = "not held: " + r.Why
	}
	if limit := r.Generator.obstacle(); limit != "" {
		verdict += " (" + limit + ")"
	}
	return fmt.Sprintf("%d rooms: %.0f packets/s out, loss %.3f %%, p99 voice %.1f ms, video %.1f ms, server %s cores: %s",
		r.Load.Rooms, r.Voice.Out+r.Video.Out, max(r.Voice.Loss, r.Video.Loss)*100, r.Voice.Latency.P99, r.Video.Latency.P99, orUnknown("%.2f", r.Server.Cores), verdict)
}

// Write writes what was found for people.
func (f Found) Write(w io.Writer) error {
	if f.Largest == nil {
		_, err := fmt.Fprintln(w, "not even the smallest load held; this is what it did:")
		if err != nil || f.Beyond == nil {
			return err
		}
		return f.Beyond.Write(w)
	}
	if err := f.Largest.Write(w); err != nil {
		return err
	}
	if f.Beyond == nil {
		_, err := fmt.Fprintf(w, "the largest load that is made: the server may carry more\n")
		return err
	}
	limit := f.Beyond.Generator.obstacle()
	if limit != "" {
		limit = "; there " + limit + ", and the server may carry more"
	}
	_, err := fmt.Fprintf(w, "%d rooms were too much: %s%s\n", f.Beyond.Load.Rooms, f.Beyond.Why, limit)
	return err
}

// obstacle says what was in the way; "": nothing.
func (u GeneratorUse) obstacle() string {
	switch u.Limit {
	case LimitLoad:
		return "making the load takes what the server could use of this machine"
	case LimitOthers:
		return "other programs take what the server could use of this machine"
	}
	return ""
}
