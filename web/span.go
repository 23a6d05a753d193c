package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A length of time in a form is a number and a unit, in fields NAME and NAME.unit: a clerk says "2 days", not "48h".

// spanUnits from the longest; their codes are keys of the catalogue, setup.unit.*.
var spanUnits = []struct {
	code string
	unit time.Duration
}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}}

// askSpan asks for a number and its unit.
func (f *form) askSpan(name, label, hint string) {
	f.ask(field{Name: name, Label: label, Hint: hint, Mode: "numeric", Dir: "ltr"})
	unit := field{Name: name + ".unit", Kind: "select", Label: f.words.text("setup.unit_of", "label", label)}
	for _, u := range spanUnits {
		unit.Choices = append(unit.Choices, choice{Value: u.code, Label: f.words.text("setup.unit." + u.code)})
	}
	f.ask(unit)
}

// Span returns the number and the unit, for the part "span".
func (f form) Span(name string) struct{ Number, Unit field } {
	return struct{ Number, Unit field }{f.Field(name), f.Field(name + ".unit")}
}

// putSpan writes a length in the longest unit of which it is a whole number.
func putSpan(values url.Values, name string, d time.Duration) {
	for _, u := range spanUnits {
		if d%u.unit == 0 && (d != 0 || u.code == "minutes") {
			values.Set(name, strconv.Itoa(int(d/u.unit)))
			values.Set(name+".unit", u.code)
			return
		}
	}
}

// takeSpan reads a length; code says what is wrong with what was typed, or "".
func takeSpan(values url.Values, name string) (d time.Duration, code string) {
	n, code := takeNumber(values, name)
	if code != "" {
		return 0, code
	}
	for _, u := range spanUnits {
		if values.Get(name+".unit") == u.code {
			return time.Duration(n) * u.unit, ""
		}
	}
	return 0, "invalid"
}

// takeNumber reads a whole number of at most six digits, Latin or Arabic.
func takeNumber(values url.Values, name string) (n int, code string) {
	s := latinDigits.Replace(typed(values, name))
	if s == "" {
		return 0, "missing"
	}
	if len(s) > 6 || strings.Trim(s, "0123456789") != "" {
		return 0, "invalid"
	}
	n, _ = strconv.Atoi(s)
	return n, ""
}

// latinDigits reads the digits of Arabic keyboards.
var latinDigits = strings.NewReplacer("٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9")
