package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"jalsa/booking"
)

// Openings in a form: a row each, openings.N.weekdays, .from, .to, .first, .last, .instead, .remove; "rows" counts them.
// A row in which nothing was typed is none, so there may always be an empty one at the end.

// openingRows is the most that one form is read for.
const openingRows = 100

// weekdays in the order of a week as our readers count it.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func openingField(row int, name string) string { return "openings." + strconv.Itoa(row) + "." + name }

func takeOpenings(values url.Values) []booking.Opening {
	rows, _ := strconv.Atoi(values.Get("rows")) // what is no number has no rows
	var all []booking.Opening
	for i := range min(rows, openingRows) {
		if values.Has(openingField(i, "remove")) {
			continue
		}
		get := func(name string) string { return typed(values, openingField(i, name)) }
		o := booking.Opening{
			From: takeClock(get("from")), To: takeClock(get("to")), First: takeDate(get("first")), Last: takeDate(get("last")),
			Instead: values.Has(openingField(i, "instead")),
		}
		for _, day := range values[openingField(i, "weekdays")] {
			if n, err := strconv.Atoi(day); err == nil && n >= 0 && n < len(o.Weekdays) {
				o.Weekdays[n] = true
			}
		}
		if o.To == "00:00" && o.From != "" {
			o.To = "24:00" // the end of the day, for which time fields have no other word
		}
		if o != (booking.Opening{Instead: o.Instead}) {
			all = append(all, o)
		}
	}
	return all
}

// putOpenings writes the rows and blank ones after them.
func putOpenings(values url.Values, openings []booking.Opening, blank int) {
	rows := min(len(openings)+blank, openingRows)
	values.Set("rows", strconv.Itoa(rows))
	for i := range rows {
		for _, name := range []string{"weekdays", "from", "to", "first", "last", "instead", "remove"} {
			values.Del(openingField(i, name))
		}
	}
	for i, o := range openings {
		for _, day := range weekdays {
			if o.Weekdays[day] {
				values.Add(openingField(i, "weekdays"), strconv.Itoa(int(day)))
			}
		}
		to := o.To
		if to == "24:00" {
			to = "00:00"
		}
		values.Set(openingField(i, "from"), o.From)
		values.Set(openingField(i, "to"), to)
		values.Set(openingField(i, "first"), o.First)
		values.Set(openingField(i, "last"), o.Last)
		if o.Instead {
			values.Set(openingField(i, "instead"), "on")
		}
	}
}

// openingRow is one row of templates/counter.html.
type openingRow struct {
	Number                                           int
	Weekdays, From, To, First, Last, Instead, Remove field
}

// askOpenings asks for every row.
func (f *form) askOpenings() []openingRow {
	count, _ := strconv.Atoi(f.Values.Get("rows"))
	say := func(key string) string { return f.words.text("setup.opening." + key) }
	var days []choice
	for _, day := range weekdays {
		days = append(days, choice{Value: strconv.Itoa(int(day)), Label: f.words.text("date.weekday." + strconv.Itoa(int(day)))})
	}
	var rows []openingRow
	for i := range min(count, openingRows) {
		asked := len(f.Fields)
		f.ask(
			field{Name: openingField(i, "weekdays"), Kind: "checkboxes", Label: say("weekdays"), Choices: append([]choice(nil), days...)},
			field{Name: openingField(i, "from"), Kind: "time", Label: say("from")},
			field{Name: openingField(i, "to"), Kind: "time", Label: say("to")},
			field{Name: openingField(i, "first"), Kind: "date", Label: say("first"), Optional: true},
			field{Name: openingField(i, "last"), Kind: "date", Label: say("last"), Optional: true},
			field{Name: openingField(i, "instead"), Kind: "checkbox", Label: say("instead")},
			field{Name: openingField(i, "remove"), Kind: "checkbox", Label: say("remove")},
		)
		x := f.Fields[asked:]
		rows = append(rows, openingRow{i + 1, x[0], x[1], x[2], x[3], x[4], x[5], x[6]})
	}
	return rows
}

// takeDate reads a date as browsers send it, or as people write it who have no calendar to click on: 14/1/2026. Anything
// else stays as it is, for the rules to refuse.
func takeDate(s string) string {
	s = latinDigits.Replace(s)
	for _, layout := range []string{"2/1/2006", "2-1-2006", "2.1.2006", "2006/1/2"} {
		if d, err := time.Parse(layout, s); err == nil {
			return d.Format(time.DateOnly)
		}
	}
	return s
}

// takeClock reads a time of day as browsers send it, or "9:00", "9h30", "9h".
func takeClock(s string) string {
	s = latinDigits.Replace(s)
	for _, layout := range []string{"15:04", "15h04", "15h", "15:04:05"} {
		if d, err := time.Parse(layout, s); err == nil {
			return d.Format("15:04")
		}
	}
	return s
}

// openingLine is an opening in a list: its days, "lun.–ven.", and hours.
type openingLine struct {
	Days, From, To string
	First, Last    string // in words
	Instead        bool
}

func (c *catalogue) openingLine(o booking.Opening) openingLine {
	line := openingLine{Days: c.weekdays(o.Weekdays), From: o.From, To: o.To, Instead: o.Instead}
	if o.First != "" {
		line.First = c.dateOf(o.First)
	}
	if o.Last != "" {
		line.Last = c.dateOf(o.Last)
	}
	return line
}

// weekdays names days, three and more in a row by the first and the last of them.
func (c *catalogue) weekdays(open [7]bool) string {
	name := func(i int) string { return c.text("date.weekday_short." + strconv.Itoa(int(weekdays[i]))) }
	var all []string
	for i := 0; i < len(weekdays); i++ {
		if !open[weekdays[i]] {
			continue
		}
		last := i
		for last+1 < len(weekdays) && open[weekdays[last+1]] {
			last++
		}
		switch last - i {
		case 0:
			all = append(all, name(i))
		case 1:
			all = append(all, name(i), name(last))
		default:
			all = append(all, name(i)+"–"+name(last))
		}
		i = last
	}
	return strings.Join(all, " · ")
}
