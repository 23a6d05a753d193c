package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"jalsa/booking"
)

// picker is a month of days with the number of times free on each, and the times of the day that was chosen, for a form
// that takes one of them: all on the reader's clock, with the institution's beside it.
type picker struct {
	Month          string // in words
	Weekdays       []weekday
	Weeks          [][7]day
	Earlier, Later string // addresses of the months beside; "" beyond what is offered
	Day            string // chosen, in words
	Times          []slotTime
	TwoClocks      bool // the times are told on the institution's clock too
	OtherDay       bool // for some it is another day there
	Form           form // faults of "start"
	Place          string
	Zones          []choice // to read the times on another clock
	Carried        []choice // what the form of the zones carries along
	Empty          bool     // nothing is free at all
}

type weekday struct{ Short, Name string }

// day of the calendar; Number 0 belongs to another month.
type day struct {
	Number int
	Free   int
	Href   string // "" without a free time
	Label  string // read out
	Chosen bool
}

// slotTime is one slot.
type slotTime struct {
	Value  string // of the radio button
	Mine   moment
	Theirs *moment // at the institution, if its clock is another one
	Other  bool    // it is another day there
	Chosen bool
}

const (
	monthLayout = "2006-01"
	dayLayout   = "2006-01-02"
	slotField   = "start"
)

// slotValue is a slot as a form sends it.
func slotValue(start time.Time) string { return start.UTC().Format(time.RFC3339) }

// readSlot reads it back.
func readSlot(value string) (time.Time, bool) {
	start, err := time.Parse(time.RFC3339, value)
	return start, err == nil && start.Year() > 1970 && start.Year() < 9999
}

// picker reads which month and day are asked for in the address; without a month it is the first in which something is
// free. What else the links must carry is in keep.
func (s *site) picker(v visitor, r *http.Request, service booking.Service, f form, keep url.Values) (picker, error) {
	mine, err := booking.Zone(v.zone)
	if err != nil {
		return picker{}, fmt.Errorf("read clock: %w", err)
	}
	asked := r.URL.Query()
	chosen := readDay(asked.Get("day"), mine)
	now := s.Now().In(mine)
	first := monthOf(now)
	last := monthOf(now.AddDate(0, 0, service.Horizon))
	month, err := time.ParseInLocation(monthLayout, asked.Get("month"), mine)
	wished := err == nil
	if !wished && !chosen.IsZero() {
		month, wished = monthOf(chosen), true
	}
	if !wished || month.Before(first) {
		month = first
	}
	if month.After(last) {
		month = last
	}
	free, err := s.Bookings.Free(service.ID, month, month.AddDate(0, 1, 0))
	for ; err == nil && !wished && len(free) == 0 && month.Before(last); free, err = s.Bookings.Free(service.ID, month, month.AddDate(0, 1, 0)) {
		month = month.AddDate(0, 1, 0)
	}
	if err != nil {
		return picker{}, fmt.Errorf("find free slots: %w", err)
	}
	p := picker{Form: f, Place: v.place(v.zone), Empty: !wished && len(free) == 0}
	link := pickerLink(v, keep)
	if month.After(first) {
		p.Earlier = link("month", month.AddDate(0, -1, 0).Format(monthLayout), "month")
	}
	if month.Before(last) {
		p.Later = link("month", month.AddDate(0, 1, 0).Format(monthLayout), "month")
	}
	p.fill(v, now, month, chosen, free, link)
	if err := p.tell(v, chosen, free); err != nil {
		return picker{}, err
	}
	p.offerZones(v, month, chosen, asked, keep)
	return p, nil
}

// readDay returns noon of a day, which every day has, even where clocks are put forward at midnight; zero for what is none.
func readDay(value string, zone *time.Location) time.Time {
	day, err := time.Parse(dayLayout, value)
	if err != nil {
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, zone)
}

func monthOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

// pickerLink makes addresses of the same page.
func pickerLink(v visitor, keep url.Values) func(name, value, anchor string) string {
	return func(name, value, anchor string) string {
		query := carried(v.chosen)
		for key := range keep {
			query[key] = keep[key]
		}
		query.Set(name, value)
		return "?" + query.Encode() + "#" + anchor
	}
}

// fill lays the days of a month out in weeks that begin on Monday, from the week of now on.
func (p *picker) fill(v visitor, now, month, chosen time.Time, free []booking.Slot, link func(name, value, anchor string) string) {
	p.Month = v.text("book.month", "month", v.text("date.month."+strconv.Itoa(int(month.Month()))), "year", month.Year())
	for i := range 7 {
		n := strconv.Itoa((i + 1) % 7)
		p.Weekdays = append(p.Weekdays, weekday{v.text("date.weekday_short." + n), v.text("date.weekday." + n)})
	}
	count := map[string]int{}
	for _, slot := range free {
		count[slot.Start.Instant.In(month.Location()).Format(dayLayout)]++
	}
	before := (int(month.Weekday()) + 6) % 7
	days := month.AddDate(0, 1, -1).Day()
	first := 1 - before
	if month.Equal(monthOf(now)) {
		first += (now.Day() - first) / 7 * 7
	}
	for n := first; n <= days; n += 7 {
		var week [7]day
		for i := range week {
			if n+i < 1 || n+i > days {
				continue
			}
			date := time.Date(month.Year(), month.Month(), n+i, 12, 0, 0, 0, month.Location())
			key := date.Format(dayLayout)
			d := day{Number: n + i, Free: count[key], Chosen: !chosen.IsZero() && key == chosen.Format(dayLayout)}
			if d.Free > 0 {
				d.Href = link("day", key, "times")
				d.Label = v.text("book.day", "n", d.Free, "day", v.day(date))
			}
			week[i] = d
		}
		p.Weeks = append(p.Weeks, week)
	}
}

// day is a date without its year.
func (v visitor) day(t time.Time) string {
	number := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		number = v.text("date.first")
	}
	return v.text("book.weekday_day",
		"weekday", v.text("date.weekday."+strconv.Itoa(int(t.Weekday()))),
		"day", number,
		"month", v.text("date.month."+strconv.Itoa(int(t.Month()))))
}

// tell lists the times of the chosen day.
func (p *picker) tell(v visitor, chosen time.Time, free []booking.Slot) error {
	if chosen.IsZero() {
		return nil
	}
	p.Day = v.date(chosen)
	for _, slot := range free {
		mine := slot.Start.Instant.In(chosen.Location())
		if mine.Format(dayLayout) != chosen.Format(dayLayout) {
			continue
		}
		t := slotTime{Value: slotValue(slot.Start.Instant), Mine: v.moment(mine)}
		t.Chosen = p.Form.ticked(slotField, t.Value)
		if v.zone != slot.Start.Zone {
			there, err := booking.Zone(slot.Start.Zone)
			if err != nil {
				return fmt.Errorf("tell time: %w", err)
			}
			m := v.moment(slot.Start.Instant.In(there))
			m.Place = v.place(slot.Start.Zone)
			t.Mine.Place = v.place(v.zone)
			t.Theirs, t.Other = &m, m.Date != t.Mine.Date
			p.TwoClocks, p.OtherDay = true, p.OtherDay || t.Other
		}
		p.Times = append(p.Times, t)
	}
	return nil
}

// offerZones fills the list of clocks, with the offsets of the day or month that is shown.
func (p *picker) offerZones(v visitor, month, chosen time.Time, asked, keep url.Values) {
	at := month
	if !chosen.IsZero() {
		at = chosen
	}
	p.Zones = v.zones(at, "")
	for _, name := range []string{"month", "day"} {
		if asked.Has(name) {
			p.Carried = append(p.Carried, choice{Value: name, Label: asked.Get(name)})
		}
	}
	for name := range keep {
		p.Carried = append(p.Carried, choice{Value: name, Label: keep.Get(name)})
	}
	if v.chosen.Has(languageChoice) {
		p.Carried = append(p.Carried, choice{Value: languageChoice, Label: v.Code})
	}
}

// zones are the clocks to choose from, with their offsets at an instant; the one of a zone that is shown anyway is left out.
func (v visitor) zones(at time.Time, shown string) []choice {
	names := places
	if !slices.Contains(places, v.zone) {
		names = append([]string{v.zone}, places...)
	}
	var all []choice
	for _, name := range names {
		location, err := booking.Zone(name)
		if err != nil || name == shown {
			continue
		}
		label := v.place(name) + " (" + offset(at.In(location)) + ")"
		all = append(all, choice{Value: name, Label: label, Chosen: name == v.zone})
	}
	return all
}
