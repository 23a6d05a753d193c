package web

import (
	"net/http"
	"slices"
	"time"

	"jalsa/booking"
)

// Addresses of the two entries of the navigation that these pages belong to.
const (
	setupPath        = "/staff/setup"
	institutionsPath = "/staff/institutions"
	closuresPath     = "/staff/closures"
)

// setupView is templates/setup.html: the institution at a glance, and what is missing until citizens can book.
type setupView struct {
	frame
	outcome
	Institution phrase
	Zone        string
	Hidden      bool
	Missing     []missing
	MailOff     bool
	Rezoned     int // appointments whose time the newer zone rules changed
	Services    []serviceLine
	Counters    []counterLine
	Closures    []closureLine
	Month       []glance
}

// missing is something without which nobody can book, and where to mend it.
type missing struct{ Text, Href string }

type serviceLine struct {
	ID, Name string
	Minutes  int
	Hidden   bool
	Free     int     // times in the next month
	Next     *moment // the first of them
}

type counterLine struct {
	ID, Name, Host string
	Services       []string
	Openings       []openingLine
	Hidden         bool
}

// glance is a day of the next month.
type glance struct {
	Day      string // in words
	Booked   int
	Free     int // times at which something can be booked
	Closures []string
}

// glanceDays is how far the overview looks ahead.
const glanceDays = 30

// doneWords are what can have been done, as the address of the overview says it.
var doneWords = []string{"service", "counter", "closure", "deleted", "institution", "zones"}

func (s *site) setup(w http.ResponseWriter, r *http.Request, d desk) error {
	view := setupView{
		frame: s.staffFrame(d, d.text("setup.title"), setupPath), Institution: d.phrase(d.institution.Name),
		Zone: d.place(d.institution.Zone), Hidden: d.institution.Hidden, MailOff: !s.Bookings.Mails(),
	}
	view.Desk.MailOff = false // this page says more about it
	var err error
	if view.outcome, err = s.outcome(r, d); err != nil {
		return err
	}
	impact, err := s.Bookings.ZoneImpact(d.institution.ID)
	if err != nil {
		return err
	}
	view.Rezoned = len(impact.Touched)
	services, err := s.Bookings.Services(d.institution.ID)
	if err != nil {
		return err
	}
	counters, err := s.Bookings.Counters(d.institution.ID)
	if err != nil {
		return err
	}
	accounts, err := s.Bookings.Accounts(d.institution.ID)
	if err != nil {
		return err
	}
	view.Missing = d.missing(services, counters, accounts)
	view.Counters = d.counterLines(services, counters, accounts)
	if view.Closures, _, err = s.closureLines(d); err != nil {
		return err
	}
	if err := s.lookAhead(d, services, &view); err != nil {
		return err
	}
	return s.render(w, r, d.visitor, "setup", http.StatusOK, &view)
}

// lacks reports whether anything keeps citizens from booking.
func (s *site) lacks(d desk) (bool, error) {
	services, err := s.Bookings.Services(d.institution.ID)
	if err != nil {
		return false, err
	}
	counters, err := s.Bookings.Counters(d.institution.ID)
	if err != nil {
		return false, err
	}
	accounts, err := s.Bookings.Accounts(d.institution.ID)
	return len(d.missing(services, counters, accounts)) > 0, err
}

// missing returns what keeps citizens from booking, in the order in which one would mend it.
func (d desk) missing(services []booking.Service, counters []booking.Counter, accounts []booking.Account) []missing {
	var all []missing
	tell := func(lacks bool, key, href string) {
		if lacks {
			all = append(all, missing{d.text(key), href})
		}
	}
	offered := func(v booking.Service) bool { return !v.Hidden }
	staffed := func(c booking.Counter) bool { return !c.Hidden }
	tell(d.institution.Hidden, "setup.missing.institution", "/staff/institution")
	tell(!slices.ContainsFunc(services, offered), "setup.missing.service", "/staff/services/new")
	tell(!slices.ContainsFunc(counters, staffed), "setup.missing.counter", "/staff/counters/new")
	for _, v := range services {
		at := func(c booking.Counter) bool { return staffed(c) && slices.Contains(c.Services, v.ID) }
		if offered(v) && len(counters) > 0 && !slices.ContainsFunc(counters, at) {
			all = append(all, missing{d.text("setup.missing.place", "service", v.Name.In(d.Code)), setupPath + "#counters"})
		}
	}
	for _, c := range counters {
		if staffed(c) && len(c.Openings) == 0 {
			all = append(all, missing{d.text("setup.missing.opening", "counter", c.Name), "/staff/counters/" + c.ID})
		}
	}
	hosts := func(a booking.Account) bool { return a.Role.Hosts() && !a.Disabled }
	tell(!slices.ContainsFunc(accounts, hosts), "setup.missing.officer", "/staff/accounts")
	return all
}

func (d desk) counterLines(services []booking.Service, counters []booking.Counter, accounts []booking.Account) []counterLine {
	var lines []counterLine
	for _, c := range counters {
		line := counterLine{ID: c.ID, Name: c.Name, Hidden: c.Hidden}
		for _, o := range c.Openings {
			line.Openings = append(line.Openings, d.openingLine(o))
		}
		for _, v := range services {
			if slices.Contains(c.Services, v.ID) {
				line.Services = append(line.Services, v.Name.In(d.Code))
			}
		}
		for _, a := range accounts {
			if a.ID == c.Host {
				line.Host = a.Name
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// lookAhead fills in the next month: free times of each service, and for each day what is booked, free and closed.
func (s *site) lookAhead(d desk, services []booking.Service, view *setupView) error {
	location, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return err
	}
	year, month, date := s.Now().In(location).Date()
	midnight := func(i int) time.Time { return time.Date(year, month, date+i, 0, 0, 0, 0, location) }
	free, booked := map[string]map[time.Time]bool{}, map[string]int{}
	on := func(at time.Time) string { return at.In(location).Format(time.DateOnly) }
	for _, v := range services {
		slots, err := s.Bookings.Free(v.ID, midnight(0), midnight(glanceDays))
		if err != nil {
			return err
		}
		line := serviceLine{ID: v.ID, Name: v.Name.In(d.Code), Minutes: int(v.Duration / time.Minute), Hidden: v.Hidden, Free: len(slots)}
		for i, slot := range slots {
			if i == 0 {
				at := d.moment(slot.Start.Instant.In(location))
				line.Next = &at
			}
			day := on(slot.Start.Instant)
			if free[day] == nil {
				free[day] = map[time.Time]bool{}
			}
			free[day][slot.Start.Instant.UTC()] = true
		}
		view.Services = append(view.Services, line)
	}
	docket, err := s.Bookings.Docket(d.institution.ID, midnight(0), midnight(glanceDays))
	if err != nil {
		return err
	}
	for _, a := range docket {
		if a.State.Live() {
			booked[on(a.Start.Instant)]++
		}
	}
	closures, err := s.Bookings.Closures(d.institution.ID)
	if err != nil {
		return err
	}
	for i := range glanceDays {
		noon := midnight(i).Add(12 * time.Hour)
		g := glance{Day: d.date(noon.In(location)), Booked: booked[on(noon)], Free: len(free[on(noon)])}
		for _, c := range closures {
			if c.First <= on(noon) && on(noon) <= c.Last {
				g.Closures = append(g.Closures, d.closureName(c))
			}
		}
		if g.Booked > 0 || g.Free > 0 || len(g.Closures) > 0 {
			view.Month = append(view.Month, g)
		}
	}
	return nil
}

// closureName is what a closure is called, also one without a name.
func (d desk) closureName(c booking.Closure) string {
	switch {
	case len(c.Name) > 0:
		return c.Name.In(d.Code)
	case c.Staff != "":
		return d.text("setup.closure.absence")
	}
	return d.text("setup.closure.unnamed")
}
