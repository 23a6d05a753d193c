package web

import (
	"net/url"
	"slices"
	"time"

	"jalsa/booking"
)

// docketFilter is which appointments of the institution a docket shows. It is what stands in the address, checked.
type docketFilter struct {
	Day     string // civil date in the institution's zone
	Service string // id, or "" for all
	Officer string // account id, noOfficer, or "" for all
	Counter string // id, or "" for all
	Show    docketState
	Live    bool // the page renews itself

	self string // account of a reader who holds hearings and so sees their own first; else ""
	zone *time.Location
}

// anyOfficer in an address asks for everybody's appointments, where a reader would see their own first.
const anyOfficer = "all"

// noOfficer in a filter asks for appointments that nobody is to hold yet.
const noOfficer = "none"

// readFilter takes what is wrong in an address as not asked: a docket is always shown.
func readFilter(asked url.Values, d desk, now time.Time) (docketFilter, error) {
	zone, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return docketFilter{}, err
	}
	f := docketFilter{
		Day: now.In(zone).Format(dayLayout), Service: asked.Get("service"), Officer: asked.Get("officer"),
		Counter: asked.Get("counter"), Live: asked.Get("live") == "1", zone: zone,
	}
	if d.account.Role.Hosts() {
		f.self = d.account.ID
	}
	switch {
	case f.Officer == anyOfficer:
		f.Officer = ""
	case !asked.Has("officer"):
		f.Officer = f.self
	}
	if day, err := time.Parse(dayLayout, asked.Get("day")); err == nil && day.Year() >= 1970 && day.Year() < 9999 {
		f.Day = day.Format(dayLayout)
	}
	if show := docketState(asked.Get("show")); slices.Contains(docketStates, show) {
		f.Show = show
	}
	return f, nil
}

// day returns the first instant of the day and of the next one.
func (f docketFilter) day() (from, to time.Time) {
	day, err := time.ParseInLocation(dayLayout, f.Day, f.zone)
	if err != nil {
		return from, to // readFilter lets no such day in
	}
	return day, day.AddDate(0, 0, 1)
}

// takes reports whether an appointment of the day is asked for; its state is asked apart, for the counts.
func (f docketFilter) takes(a booking.Appointment) bool {
	if f.Service != "" && a.ServiceID != f.Service || f.Counter != "" && a.CounterID != f.Counter {
		return false
	}
	if f.Officer == "" {
		return true
	}
	hosts := officers(a)
	if f.Officer == noOfficer {
		return len(hosts) == 0
	}
	return slices.ContainsFunc(hosts, func(p booking.Participant) bool { return p.Staff == f.Officer })
}

// values is the filter as it stands in an address or in the hidden fields of a form.
func (f docketFilter) values() url.Values {
	v := url.Values{"day": {f.Day}}
	for name, value := range map[string]string{"service": f.Service, "officer": f.Officer, "counter": f.Counter, "show": string(f.Show)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.self != "" && f.Officer == "" {
		v.Set("officer", anyOfficer)
	}
	if f.Live {
		v.Set("live", "1")
	}
	return v
}

// Hidden is the filter for a form that comes back to it.
func (f docketFilter) Hidden() map[string]string {
	hidden := map[string]string{}
	for name, values := range f.values() {
		hidden[name] = values[0]
	}
	return hidden
}

// on is the same filter for another day.
func (f docketFilter) on(day time.Time) docketFilter {
	f.Day = day.In(f.zone).Format(dayLayout)
	return f
}

func (f docketFilter) showing(state docketState) docketFilter {
	f.Show = state
	return f
}

// of is the same filter for the appointments of one officer, or of everybody with "".
func (f docketFilter) of(officer string) docketFilter {
	f.Officer = officer
	return f
}

// Narrow reports whether it leaves out more than it does by itself.
func (f docketFilter) Narrow() bool {
	return f.Service != "" || f.Counter != "" || f.Show != "" || f.Officer != "" && f.Officer != f.self
}

func (f docketFilter) live(on bool) docketFilter {
	f.Live = on
	return f
}
