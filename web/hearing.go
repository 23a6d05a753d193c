package web

import (
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"jalsa/booking"
)

// phrase is a text of the booking in the best language it exists in.
type phrase struct {
	Text string
	Lang string // only when it is not the page's own
}

func (v visitor) phrase(t booking.Text) phrase {
	text := t.In(v.Code)
	if t[v.Code] == text {
		return phrase{Text: text}
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		if t[lang] == text {
			return phrase{text, lang}
		}
	}
	return phrase{Text: text}
}

// person is somebody as a page shows them.
type person struct {
	Name string
	Role string // in words
}

func (v visitor) person(p booking.Participant) person {
	return person{p.Name, v.text("room.role." + string(p.Role))}
}

// choice is an entry of a list that one chooses from.
type choice struct {
	Value, Label string
	Chosen       bool
	Lang         string // of the label, where it is not that of the page
	Hint         string // shown under radio buttons and checkboxes
}

// hearingView is what templates/hearing.html shows: one appointment as one participant may see it, and where it
// stands now.
type hearingView struct {
	frame
	State     string // status or reason code
	Tone      string // go, wait, done or stop: how the panel looks
	StateName string
	StateText string
	Told      string // what was done a moment ago
	Words     string // of the staff, why it was moved, adjourned, cancelled or declined
	Delay     int    // announced, in minutes

	Institution, Service phrase
	Reference            string
	Hosts                []person
	You                  person
	Minutes              int // expected length
	Prepare              []phrase
	When                 when
	Expected             *when // the new time, after an announced delay
	Opens                *when // shown while it is too early

	Enter   string // label of the button; "" where there is nothing to enter
	Steps   bool   // how it will go; not for those who hold the hearing
	Reloads bool   // the page will load itself again when the room opens
	Renews  bool   // it does each minute: the room is open
	Still   string // address of the page that does not

	Rehearses bool       // a button leads to the test of devices and connection
	Rehearsed *rehearsed // what the last test found

	Docket  string      // address, for a member of the staff when there is nothing more to enter
	Manage  *manageView // for who booked, on the page of their link
	Zones   []choice
	Carried []choice // other choices to be carried by the form of the zones
}

// standing is the status of an appointment, and of one in session what its hosts have ordered.
func standing(a booking.Appointment, now time.Time) string {
	status := a.Status(now)
	if status == booking.StatusInSession && a.Sitting.Order != "" {
		return a.Sitting.Order
	}
	return string(status)
}

// tones of the panel by state; what is missing is "stop".
var tones = map[string]string{
	"open": "go", "in_session": "go", "delayed": "go",
	booking.OrderPaused: "wait", booking.OrderSuspended: "wait", booking.OrderDeliberation: "wait",
	"too_early": "wait", "awaiting_host": "wait", "capacity": "wait",
	"moved": "wait", "closed": "done",
}

// hearing describes the appointment for p. The button is offered where the gate would not refuse.
func (s *site) hearing(v visitor, a booking.Appointment, p booking.Participant, d booking.Decision, now time.Time) (hearingView, error) {
	view := hearingView{
		Institution: v.phrase(a.Institution),
		Service:     v.phrase(a.Service),
		Reference:   a.Reference,
		You:         v.person(p),
		Minutes:     int(a.Duration / time.Minute),
	}
	for _, host := range a.Participants {
		if host.Role.Hosts() && host.ID != p.ID && host.Removed.IsZero() {
			view.Hosts = append(view.Hosts, v.person(host))
		}
	}
	if a.Reason != "by_citizen" {
		view.Words = a.Remark
	}
	view.describe(v, a, p, d, now)
	if err := view.tellTimes(v, a, now); err != nil {
		return hearingView{}, fmt.Errorf("describe appointment: %w", err)
	}
	view.offerZones(v, a.Start)
	view.frame = s.frame(v, view.StateName+" – "+view.Service.Text)
	view.Sheet = s.pagesSheet
	if view.Enter != "" {
		view.Ahead = s.assets.address("room.css") // its script would not be here in time, and hold up the way in
	}
	return view, nil
}

// describe says where the appointment stands: the gate's refusal if there is one, else its status.
func (view *hearingView) describe(v visitor, a booking.Appointment, p booking.Participant, d booking.Decision, now time.Time) {
	if d.Verdict == booking.Refuse {
		view.State = string(d.Reason)
		view.StateName = v.text("reason." + view.State + ".title")
		view.StateText = v.text("reason." + view.State + ".text")
	} else {
		view.State = standing(a, now)
		view.StateName = v.text("join." + view.State + ".title")
		view.StateText = v.text("join." + view.State + ".text")
		view.Enter = v.text("join.enter")
		switch {
		case p.Role.Hosts():
			view.StateText = v.text("join." + view.State + ".host")
			view.Enter = v.text("join.enter_host")
		case d.Verdict == booking.Enter:
			view.Enter = v.text("join.return")
			if a.Sitting.Order == "" {
				view.StateText = v.text("join.return.text")
			}
		}
	}
	if view.Tone = tones[view.State]; view.Tone == "" {
		view.Tone = "stop"
	}
	awaited := view.Enter != "" || d.Reason == booking.ReasonTooEarly
	view.Steps = awaited && !p.Role.Hosts() && p.Admitted.IsZero()
	if awaited && p.Staff == "" && !p.Role.Hosts() {
		for _, t := range a.Prepare {
			view.Prepare = append(view.Prepare, v.phrase(t))
		}
	}
	if !awaited {
		view.Docket = docketOf(a, p)
	}
	if awaited && a.Started.IsZero() {
		view.Delay = int(a.Delay / time.Minute)
	}
}

func (view *hearingView) tellTimes(v visitor, a booking.Appointment, now time.Time) (err error) {
	zone := a.Start.Zone
	if view.When, err = v.when(a.Start.Instant, zone); err != nil {
		return err
	}
	if view.Delay > 0 {
		expected, err := v.when(a.Start.Instant.Add(a.Delay), zone)
		if err != nil {
			return err
		}
		view.Expected = &expected
	}
	if view.State == string(booking.ReasonTooEarly) {
		opens, err := v.when(a.Opens(), zone)
		if err != nil {
			return err
		}
		view.Opens = &opens
		view.Reloads = a.Opens().Sub(now) <= reloadWithin
	}
	return nil
}

// offerZones fills the list from which a reader chooses the second clock, with the offsets of that day.
func (view *hearingView) offerZones(v visitor, start booking.Civil) {
	view.Zones = v.zones(start.Instant, start.Zone)
	if v.chosen.Has(languageChoice) {
		view.Carried = []choice{{Value: languageChoice, Label: v.Code}}
	}
}

const (
	reloadWithin = time.Hour // a page opened earlier than this before the opening stays as it is
	reloadSpread = 15        // seconds after the opening over which the pages of a day come back
)

// renewal is after how many seconds the page of a link loads itself again while the room is open, so that a delay, a pause
// and the beginning reach who waits before it.
const renewal = 60

// renews lets the page load itself again while it leads into the room; the people of a day each at a second of their own.
// Who reads it slowly can stop that.
func (view *hearingView) renews(w http.ResponseWriter, r *http.Request, p booking.Participant) {
	still := r.URL.Query()
	if view.Enter == "" || p.Role.Hosts() || still.Has(stillChoice) {
		return
	}
	still.Set(stillChoice, "1")
	view.Renews, view.Still = true, "?"+still.Encode()
	w.Header().Set("Refresh", strconv.Itoa(renewal+spread(p.ID)))
}

// spread is a number of seconds of somebody's own, below reloadSpread.
func spread(participantID string) int {
	return int(crc32.ChecksumIEEE([]byte(participantID)) % reloadSpread)
}

// reload asks the browser to load the page once more just after the room opened, each participant at a second of
// their own so that the people of a day do not all come at once. A header does it without script and without a <meta> that would reload
// pages again and again under a screen reader.
func reload(w http.ResponseWriter, a booking.Appointment, participantID string, now time.Time) {
	after := a.Opens().Sub(now) + time.Duration(1+spread(participantID))*time.Second
	w.Header().Set("Refresh", strconv.Itoa(int(after/time.Second)))
}
