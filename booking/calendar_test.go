package booking

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// office is an institution with one service of 30 minutes without notice, set up through the store.
type office struct {
	*Store
	clock       *clock
	institution Institution
	service     Service
}

func newOffice(t *testing.T, zone string) *office {
	t.Helper()
	s, c := newStore(t)
	o := &office{Store: s, clock: c}
	var err error
	if o.institution, err = s.PutInstitution(Institution{Name: Text{"fr": "Tribunal"}, Zone: zone}, "admin"); err != nil {
		t.Fatal(err)
	}
	o.service = o.serve(t, func(v *Service) {})
	return o
}

// serve adds a service.
func (o *office) serve(t *testing.T, with func(*Service)) Service {
	t.Helper()
	v := NewService(o.institution.ID)
	v.Name, v.Notice = Text{"fr": "Audience"}, 0
	with(&v)
	v, err := o.PutService(v, "admin")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// staff adds a counter that offers the service in these openings.
func (o *office) staff(t *testing.T, host string, openings ...Opening) Counter {
	t.Helper()
	c := Counter{Institution: o.institution.ID, Name: "Guichet", Services: []string{o.service.ID}, Openings: openings}
	if host != "" {
		c.Host = host
		if err := o.update("admin", func(t *tx) error {
			t.putJSON(accounts, host, Account{ID: host, Institution: o.institution.ID, Name: host, Role: StaffMagistrate})
			t.log(Entry{Kind: "account_made", Subject: host})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	c, _, _, err := o.PutCounter(c, Treatment{}, "admin")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// close enters a closure.
func (o *office) close(t *testing.T, c Closure) Closure {
	t.Helper()
	c.Institution = o.institution.ID
	if _, _, err := o.PutClosures([]Closure{c}, Treatment{Do: TreatKeep}, "admin"); err != nil {
		t.Fatal(err)
	}
	all, err := o.Closures(o.institution.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1]
}

// free returns the slots of the service on some dates as in "23 09:00 09:30×2, 24 10:00".
func (o *office) free(t *testing.T, first, last string) string {
	t.Helper()
	from, _ := time.Parse(dateLayout, first)
	to, _ := time.Parse(dateLayout, last)
	slots, err := o.Free(o.service.ID, from.Add(-24*time.Hour), to.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	out, date := "", ""
	for _, s := range slots {
		if d := s.Start.Local[:10]; d < first || d > last {
			continue
		} else if d != date {
			out, date = out+", "+d[8:], d
		}
		out += " " + s.Start.Local[11:]
		if s.Free != 1 {
			out += fmt.Sprintf("×%d", s.Free)
		}
	}
	return strings.TrimPrefix(out, ", ")
}

var (
	everyDay = [7]bool{true, true, true, true, true, true, true}
	weekdays = [7]bool{false, true, true, true, true, true, false}
)

func hours(from, to string) Opening { return Opening{Weekdays: everyDay, From: from, To: to} }

// start of the tests is Monday 2026-11-23 10:00 UTC, which is 10:00 in Casablanca.
func TestSlotsFollowTheOpenings(t *testing.T) {
	friday := [7]bool{time.Friday: true}
	for _, c := range []struct {
		name        string
		openings    []Opening
		first, last string // days of November and December 2026
		want        string
	}{
		{"an opening is cut into slots that end within it", []Opening{hours("09:00", "10:45")}, "11-24", "11-24", "24 09:00 09:30 10:00"},
		{"each opening begins its own row", []Opening{hours("09:10", "10:15"), hours("14:00", "14:30")}, "11-24", "11-24", "24 09:10 09:40 14:00"},
		{"overlapping openings give a start once", []Opening{hours("09:00", "10:00"), hours("09:30", "11:00")}, "11-24", "11-24", "24 09:00 09:30 10:00 10:30"},
		{"a day ends at 24:00", []Opening{hours("23:00", "24:00")}, "11-24", "11-24", "24 23:00 23:30"},
		{"too short", []Opening{hours("09:00", "09:29")}, "11-24", "11-24", ""},
		{"no weekend", []Opening{{Weekdays: weekdays, From: "09:00", To: "09:30"}}, "11-27", "11-30", "27 09:00, 30 09:00"},
		{"from and until a date", []Opening{{Weekdays: everyDay, From: "09:00", To: "09:30", First: "2026-11-25", Last: "2026-11-26"}}, "11-24", "11-28", "25 09:00, 26 09:00"},
		{"hours instead of the ordinary ones", []Opening{hours("09:00", "10:00"),
			{Weekdays: everyDay, From: "12:00", To: "12:30", First: "2026-11-25", Last: "2026-11-26", Instead: true}}, "11-24", "11-27",
			"24 09:00 09:30, 25 12:00, 26 12:00, 27 09:00 09:30"},
		{"closed on weekdays that hours instead leave out", []Opening{hours("09:00", "09:30"),
			{Weekdays: friday, From: "12:00", To: "12:30", First: "2026-11-25", Last: "2026-11-27", Instead: true}}, "11-24", "11-28",
			"24 09:00, 27 12:00, 28 09:00"},
		{"two sets of hours instead add up", []Opening{hours("09:00", "09:30"),
			{Weekdays: everyDay, From: "12:00", To: "12:30", First: "2026-11-25", Last: "2026-11-25", Instead: true},
			{Weekdays: everyDay, From: "15:00", To: "15:30", First: "2026-11-25", Last: "2026-11-26", Instead: true}}, "11-24", "11-26",
			"24 09:00, 25 12:00 15:00, 26 15:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			o.staff(t, "", c.openings...)
			if got := o.free(t, "2026-"+c.first, "2026-"+c.last); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Rows go by the clock, which knows minutes.
func TestSlotsLastWholeMinutes(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	for _, c := range []struct {
		duration time.Duration
		good     bool
	}{{5 * time.Minute, true}, {5*time.Minute + time.Second, false}, {4 * time.Minute, false}, {overtime, true}, {overtime + time.Minute, false}} {
		o.service.Duration = c.duration
		v, err := o.PutService(o.service, "admin")
		if (err == nil) != c.good {
			t.Errorf("%s: %v", c.duration, err)
		}
		if err == nil {
			o.service = v
		}
	}
}

func TestNothingIsOfferedInAClosure(t *testing.T) {
	for _, c := range []struct {
		name    string
		closure Closure
		want    string // of two counters from 24 to 26 November, one held by amina
	}{
		{"none", Closure{First: "2026-12-01", Last: "2026-12-01"}, "24 09:00×2 09:30×2, 25 09:00×2 09:30×2, 26 09:00×2 09:30×2"},
		{"holidays", Closure{First: "2026-11-24", Last: "2026-11-25"}, "26 09:00×2 09:30×2"},
		{"a morning", Closure{First: "2026-11-25", Last: "2026-11-25", From: "08:00", To: "09:30"}, "24 09:00×2 09:30×2, 25 09:30×2, 26 09:00×2 09:30×2"},
		{"some minutes of each slot", Closure{First: "2026-11-25", Last: "2026-11-25", From: "09:25", To: "09:35"}, "24 09:00×2 09:30×2, 26 09:00×2 09:30×2"},
		{"one counter", Closure{Counter: "one", First: "2026-11-25", Last: "2026-11-25"}, "24 09:00×2 09:30×2, 25 09:00 09:30, 26 09:00×2 09:30×2"},
		{"an absence", Closure{Staff: "amina", First: "2026-11-25", Last: "2026-12-31"}, "24 09:00×2 09:30×2, 25 09:00 09:30, 26 09:00 09:30"},
		{"an absence of somebody without counter", Closure{Staff: "karim", First: "2026-11-25", Last: "2026-12-31"}, "24 09:00×2 09:30×2, 25 09:00×2 09:30×2, 26 09:00×2 09:30×2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			o.staff(t, "karim") // has no hours
			one := o.staff(t, "", hours("09:00", "10:00"))
			o.staff(t, "amina", hours("09:00", "10:00"))
			if c.closure.Counter != "" {
				c.closure.Counter = one.ID
			}
			o.close(t, c.closure)
			if got := o.free(t, "2026-11-24", "2026-11-26"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNoticeAndHorizonBoundWhatIsOffered(t *testing.T) {
	for _, c := range []struct {
		now     string
		notice  time.Duration
		horizon int
		want    string // hours are 09:00 to 10:00 each day, in Tokyo
	}{
		{"2026-11-23T00:00:00Z", 0, 1, "23 09:00 09:30, 24 09:00 09:30"}, // 09:00 there
		{"2026-11-23T00:00:01Z", 0, 1, "23 09:30, 24 09:00 09:30"},
		{"2026-11-22T14:59:59Z", 0, 1, "22, 23 09:00 09:30"}, // a second before midnight there
		{"2026-11-22T15:00:00Z", 0, 1, "23 09:00 09:30, 24 09:00 09:30"},
		{"2026-11-22T23:00:00Z", 90 * time.Minute, 1, "23 09:30, 24 09:00 09:30"},
		{"2026-11-23T00:00:00Z", 48 * time.Hour, 2, "25 09:00 09:30"},
		{"2026-11-23T00:00:00Z", 48 * time.Hour, 1, ""},
	} {
		o := newOffice(t, "Asia/Tokyo")
		o.clock.now, _ = time.Parse(time.RFC3339, c.now)
		o.service.Notice, o.service.Horizon = c.notice, c.horizon
		var err error
		if o.service, err = o.PutService(o.service, "admin"); err != nil {
			t.Fatal(err)
		}
		o.staff(t, "", hours("09:00", "10:00"))
		want := strings.TrimPrefix(c.want, "22, ")
		if got := o.free(t, "2026-11-20", "2026-11-30"); got != want {
			t.Errorf("at %s, notice %s, horizon %d: %s, want %s", c.now, c.notice, c.horizon, got, want)
		}
	}
}

func TestNothingIsOfferedOfWhatIsHidden(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	c := o.staff(t, "", hours("09:00", "09:30"))
	offered := func() bool {
		seen := o.free(t, "2026-11-24", "2026-11-24") != ""
		err := o.view(func(t *tx) error {
			_, _, err := t.offered(o.service, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), nil)
			return err
		})
		if err != nil && !errors.Is(err, ErrNotFound) || seen != (err == nil) {
			t.Errorf("on the page: %t, when held: %v", seen, err)
		}
		return seen
	}
	if !offered() {
		t.Fatal("nothing is offered")
	}
	var err error
	for _, hide := range []func(bool){
		func(hidden bool) {
			o.institution.Hidden = hidden
			o.institution, err = o.PutInstitution(o.institution, "admin")
		},
		func(hidden bool) { o.service.Hidden = hidden; o.service, err = o.PutService(o.service, "admin") },
		func(hidden bool) { c.Hidden = hidden; c, _, _, err = o.PutCounter(c, Treatment{}, "admin") },
	} {
		if hide(true); err != nil || offered() {
			t.Errorf("hidden and offered, %v", err)
		}
		if hide(false); err != nil || !offered() {
			t.Errorf("shown and not offered, %v", err)
		}
	}
	if _, err := o.Free("nothing", start, start); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown service: %v", err)
	}
}

// occupy takes a counter by hand.
func (o *office) occupy(t *testing.T, counter string, at time.Time, value occupancy) {
	t.Helper()
	if err := o.update("", func(t *tx) error {
		t.put(occupied, counter+"/"+moment(at), []byte(value.String()))
		t.log(Entry{Kind: "occupied"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsTakenIsNotFree(t *testing.T) {
	nine := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		at   time.Time
		long time.Duration
		hold time.Duration // from now; 0 for an appointment
		want string
	}{
		{"an appointment", nine.Add(30 * time.Minute), 30 * time.Minute, 0, "24 09:00 10:00"},
		{"a longer one from before", nine.Add(-12 * time.Hour), 13 * time.Hour, 0, "24 10:00"},
		{"one that touches two slots", nine.Add(20 * time.Minute), 20 * time.Minute, 0, "24 10:00"},
		{"one that ends and one that begins there", nine.Add(-30 * time.Minute), 30 * time.Minute, 0, "24 09:00 09:30 10:00"},
		{"a hold", nine, 30 * time.Minute, time.Minute, "24 09:30 10:00"},
		{"a lapsed hold", nine, 30 * time.Minute, -time.Second, "24 09:00 09:30 10:00"},
		{"a hold that lapses now", nine, 30 * time.Minute, time.Nanosecond, "24 09:00 09:30 10:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			counter := o.staff(t, "", hours("09:00", "10:30"))
			v := occupancy{end: c.at.Add(c.long), appointment: "a"}
			if c.hold != 0 {
				v = occupancy{end: c.at.Add(c.long), until: o.clock.now.Add(c.hold), hold: "h"}
			}
			o.occupy(t, counter.ID, c.at, v)
			if got := o.free(t, "2026-11-24", "2026-11-24"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if err := o.view(func(t *tx) error {
				_, _, err := t.offered(o.service, nine, nil)
				return err
			}); (err == nil) != strings.Contains(c.want, "09:00") || err != nil && err != ErrSlotTaken {
				t.Errorf("09:00: %v", err)
			}
		})
	}
}

// Load spreads: the counter with the least around goes first, and equals take turns.
func TestCountersShareTheLoad(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	var all []string
	for range 5 {
		all = append(all, o.staff(t, "", hours("09:00", "17:00")).ID)
	}
	nine := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	first := map[string]int{}
	for i := range 16 {
		at := nine.Add(time.Duration(i) * 30 * time.Minute)
		err := o.view(func(t *tx) error {
			ids, civil, err := t.offered(o.service, at, nil)
			if err == nil && (len(ids) != len(all) || !civil.Instant.Equal(at) || civil.Local != at.Format(civilLayout)) {
				err = fmt.Errorf("%v at %+v", ids, civil)
			}
			if err == nil {
				first[ids[0]]++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(first) < 3 {
		t.Errorf("first of five counters without appointments: %v", first)
	}
	for _, id := range all[1:] {
		o.occupy(t, id, nine, occupancy{end: nine.Add(30 * time.Minute), appointment: "a"})
	}
	if err := o.view(func(x *tx) error {
		ids, _, err := x.offered(o.service, nine.Add(2*time.Hour), nil)
		if err == nil && ids[0] != all[0] {
			t.Errorf("%s goes first, idle is %s", ids[0], all[0])
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
