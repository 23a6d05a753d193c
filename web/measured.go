package web

import (
	"strconv"
	"time"
)

// What the browsers of those in a hearing measure of their connections, for a desk that wants to know why somebody is hardly heard.

// Measure is what one browser found over some ten seconds. It is that browser's word: nothing is decided by it.
type Measure struct {
	At             time.Time
	Path           string // direct or relay
	Sent, Received int    // bit/s
	Loss           int    // per mille of what was received
	RTT            int    // ms
	Concealed      int    // per mille of the sound that was played: made up for what did not come
	Frozen         int    // ms that pictures stood still
}

// measured is how somebody is connected, on the page of an appointment.
type measured struct {
	Word   string // "" where it is good
	Latest string
	Worst  string // of what is kept, some minutes; "" if that is the latest alone
}

// measuredOf are the latest measures of the people of an appointment, by participant id, the latest last.
func (s *site) measuredOf(appointmentID string) map[string][]Measure {
	if s.Measured == nil {
		return nil
	}
	return s.Measured(appointmentID)
}

// measured tells of measures of one person, nil if there are none. word is that of Config.Connections.
func (d desk) measured(word string, all []Measure, zone *time.Location) *measured {
	if len(all) == 0 {
		return nil
	}
	told, latest := &measured{}, all[len(all)-1]
	if word != "" && word != connectionGood {
		told.Word = d.text("docket.link." + word)
	}
	details := d.text("rehearsal.details", "path", d.text("rehearsal.path."+latest.Path),
		"up", kilobits(latest.Sent), "down", kilobits(latest.Received), "loss", percent(latest.Loss), "rtt", strconv.Itoa(latest.RTT))
	told.Latest = d.text("desk.measured.latest", "clock", latest.At.In(zone).Format("15:04"), "details", details)
	if len(all) > 1 {
		w := worst(all)
		told.Worst = d.text("desk.measured.worst", "clock", w.At.In(zone).Format("15:04"), "loss", percent(w.Loss),
			"rtt", strconv.Itoa(w.RTT), "gaps", percent(w.Concealed), "frozen", strconv.Itoa((w.Frozen+500)/1000))
	}
	return told
}

// worst is the worst of each figure, as of the first of them.
func worst(all []Measure) Measure {
	w := Measure{At: all[0].At}
	for _, m := range all {
		w.Loss, w.RTT, w.Concealed, w.Frozen = max(w.Loss, m.Loss), max(w.RTT, m.RTT), max(w.Concealed, m.Concealed), max(w.Frozen, m.Frozen)
	}
	return w
}

func kilobits(bits int) string { return strconv.Itoa((bits + 500) / 1000) }

func percent(mille int) string { return strconv.Itoa((mille + 5) / 10) }
