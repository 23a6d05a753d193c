package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"jalsa/booking"
)

// docketRenewal is after how many seconds a docket that is to be kept current loads itself again.
const docketRenewal = 30

// docketView is what templates/docket.html shows: the appointments of a day, as far as they are asked for.
type docketView struct {
	frame
	Filter docketFilter
	Date   string // in words
	Offset string // on that day, of the zone of the institution, which all times of the page are in
	Now    moment // in that zone
	Today  bool

	Previous, Next, ThisDay string // addresses of other days
	Mine, Everybody         string // address of the reader's own list, where all is shown, and the other way round
	Renew, Still            string // addresses of this page, renewing itself or not
	Search                  form   // the filter
	Counts                  []docketCount
	Rows                    []docketRow
	Told                    *notice // what was just done
	Delay                   form
	MayDelay                bool
	Live                    string // address of the live desk, on the page of today
	MayCreate               bool
}

// docketCount is how many appointments of the list are in a state; it links to those.
type docketCount struct {
	Name    string
	N       int
	Href    string
	Current bool
	Tone    string
}

// docketRow is one appointment on a docket.
type docketRow struct {
	ID                 string
	Clock, Until       string
	Stamp              string
	Delay              int    // announced, in minutes
	Expected           string // the clock of the new time
	Reference, Case    string
	Service            phrase
	Counter            string
	Hosts, People      []docketPerson
	State, Name, Tone  string
	Late               bool // it should have begun, and nobody has said why not
	Interpreter, Needs bool
}

// docketPerson is somebody on a docket and where they are now.
type docketPerson struct {
	person
	Place, PlaceName string // "" when they have not come
	Link             string // what is wrong with their connection, in words; "" while they hear and are heard well
	NoShow           bool
	Rehearsed        *rehearsed // their latest test of devices and connection, until they come
}

// showDocket serves GET /staff/docket.
func (s *site) showDocket(w http.ResponseWriter, r *http.Request, d desk) error {
	filter, err := readFilter(r.URL.Query(), d, s.Now())
	if err != nil {
		return fmt.Errorf("show docket: %w", err)
	}
	f := d.form(url.Values{})
	if filter.Live {
		w.Header().Set("Refresh", strconv.Itoa(docketRenewal))
	}
	return s.renderDocket(w, r, d, filter, f)
}

// renderDocket shows a docket; delay is the form on it, with what was typed.
func (s *site) renderDocket(w http.ResponseWriter, r *http.Request, d desk, filter docketFilter, delay form) error {
	now := s.Now()
	from, to := filter.day()
	noon := from.Add(12 * time.Hour)
	told, err := s.notice(r, d)
	if err != nil {
		return fmt.Errorf("show docket: %w", err)
	}
	view := docketView{
		frame:  s.staffFrame(d, d.text("docket.title"), "/staff/docket"),
		Filter: filter,
		Date:   d.date(noon), Offset: offset(noon), Now: d.moment(now.In(filter.zone)),
		Today:     !now.Before(from) && now.Before(to),
		Previous:  docketAddress(filter.on(noon.AddDate(0, 0, -1))),
		Next:      docketAddress(filter.on(noon.AddDate(0, 0, 1))),
		ThisDay:   docketAddress(filter.on(now)),
		Renew:     docketAddress(filter.live(true)),
		Still:     docketAddress(filter.live(false)),
		Told:      told,
		MayCreate: booking.May(d.account, booking.VerbCreate, d.institution.ID),
	}
	if own := filter.self; own != "" && filter.Officer == own {
		view.Everybody = docketAddress(filter.of(""))
	} else if own != "" {
		view.Mine = docketAddress(filter.of(own))
	}
	view.Now.Place = d.place(filter.zone.String())
	if view.Today && booking.May(d.account, booking.VerbRun, d.institution.ID) {
		view.Live = livePath
	}
	view.frame.keep("/staff/docket", filter.values())
	all, err := s.Bookings.Docket(d.institution.ID, from, to)
	if err != nil {
		return fmt.Errorf("show docket: %w", err)
	}
	names, err := s.names(d)
	if err != nil {
		return fmt.Errorf("show docket: %w", err)
	}
	counts := map[docketState]int{}
	late := false
	for _, a := range all {
		if !filter.takes(a) {
			continue
		}
		places := s.placesOf(a.ID)
		state := stateOf(a, places, now)
		counts[state]++
		if filter.Show != "" && filter.Show != state {
			continue
		}
		late = late || mayBeLate(a, now)
		view.Rows = append(view.Rows, d.docketRow(a, names, places, s.connectionsOf(a.ID), filter.zone, now))
	}
	view.Counts = d.docketCounts(filter, counts)
	view.MayDelay = late && !filter.Live && booking.May(d.account, booking.VerbRun, d.institution.ID)
	view.Search = d.searchForm(filter, names)
	delay.ask(field{Name: "late_by", Kind: "number", Label: d.text("docket.delay.minutes"), Hint: d.text("docket.delay.hint"), Short: true, Mode: "numeric"})
	view.Delay = delay
	return s.showForm(w, r, d.visitor, "docket", &view.frame, delay, &view)
}

func docketAddress(f docketFilter) string {
	return address("/staff/docket", f.values())
}

// docketCounts tells of each state how many there are; states without any are left out.
func (d desk) docketCounts(f docketFilter, counts map[docketState]int) []docketCount {
	total := 0
	for _, n := range counts {
		total += n
	}
	all := []docketCount{{Name: d.text("docket.state.all"), N: total, Href: docketAddress(f.showing("")), Current: f.Show == ""}}
	for _, state := range docketStates {
		if counts[state] == 0 && f.Show != state {
			continue
		}
		all = append(all, docketCount{
			Name: d.text("docket.state." + string(state)), N: counts[state], Tone: docketTones[state],
			Href: docketAddress(f.showing(state)), Current: f.Show == state,
		})
	}
	return all
}

func (d desk) docketRow(a booking.Appointment, names names, places, words map[string]string, zone *time.Location, now time.Time) docketRow {
	start := a.Start.Instant.In(zone)
	state := stateOf(a, places, now)
	row := docketRow{
		ID: a.ID, Clock: start.Format("15:04"), Until: a.End().In(zone).Format("15:04"), Stamp: start.Format(time.RFC3339),
		Reference: a.Reference, Case: a.Case, Service: d.phrase(a.Service), Counter: names.counters[a.CounterID],
		State: string(state), Name: d.stateName(a, state), Tone: docketTones[state],
		Interpreter: a.Interpreter != "", Needs: a.Needs != "",
	}
	if mayBeLate(a, now) && a.Delay > 0 {
		row.Delay, row.Expected = int(a.Delay/time.Minute), start.Add(a.Delay).Format("15:04")
	}
	if state == docketExpected || state == docketWaiting {
		row.Late = !now.Before(start.Add(a.Delay + lateAfter))
	}
	for _, p := range a.Participants {
		switch {
		case !p.Removed.IsZero():
		case p.Role.Hosts():
			row.Hosts = append(row.Hosts, d.docketPerson(p, places, words, now))
		default:
			row.People = append(row.People, d.docketPerson(p, places, words, now))
		}
	}
	return row
}

// lateAfter is how long after its time an appointment that has not begun is marked on the docket.
const lateAfter = 5 * time.Minute

// stateName is the state in words; an appointment that is off tells how it ended.
func (d desk) stateName(a booking.Appointment, state docketState) string {
	switch {
	case state == docketCancelled:
		return d.text("docket.is." + string(a.State))
	case state == docketSession && a.Sitting.Order != "":
		return d.text("desk.state." + a.Sitting.Order)
	}
	return d.text("docket.is." + string(state))
}

func (d desk) docketPerson(p booking.Participant, places, words map[string]string, now time.Time) docketPerson {
	one := docketPerson{person: d.person(p), Place: places[p.ID], NoShow: p.NoShow}
	if one.Place != "" {
		one.PlaceName = d.text("docket.at." + one.Place)
	} else {
		one.Rehearsed = d.rehearsed(p, now)
	}
	if word := words[p.ID]; one.Place == placeInHearing && word != "" && word != connectionGood {
		one.Link = d.text("docket.link." + word)
	}
	return one
}

// connectionsOf tells how the people of an appointment are connected.
func (s *site) connectionsOf(appointmentID string) map[string]string {
	if s.Connections == nil {
		return nil
	}
	return s.Connections(appointmentID)
}

// placesOf tells where the people of an appointment are now.
func (s *site) placesOf(appointmentID string) map[string]string {
	if s.Presence == nil {
		return nil
	}
	return s.Presence(appointmentID)
}

// searchForm asks what a docket should show.
func (d desk) searchForm(f docketFilter, names names) form {
	search := d.form(f.values())
	if f.Officer == "" {
		search.Values.Set("officer", anyOfficer)
	}
	all := []choice{{Value: "", Label: d.text("docket.filter.all")}}
	states := all
	for _, state := range docketStates {
		states = append(states, choice{Value: string(state), Label: d.text("docket.state." + string(state))})
	}
	search.ask(
		field{Name: "day", Kind: "date", Label: d.text("docket.filter.day")},
		field{Name: "service", Kind: "select", Label: d.text("docket.filter.service"), Choices: append(all[:1:1], names.serviceChoices...)},
		field{Name: "officer", Kind: "select", Label: d.text("docket.filter.officer"), Choices: append([]choice{
			{Value: anyOfficer, Label: d.text("docket.filter.all")}, {Value: noOfficer, Label: d.text("docket.officer.none")},
		}, names.officerChoices...)},
		field{Name: "counter", Kind: "select", Label: d.text("docket.filter.counter"), Choices: append(all[:1:1], names.counterChoices...)},
		field{Name: "show", Kind: "select", Label: d.text("docket.filter.show"), Choices: states},
	)
	return search
}
