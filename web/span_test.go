package web

import (
	"net/url"
	"testing"
	"time"
)

func TestLengthsAreShownInTheLongestUnit(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		0:                {"0", "minutes"},
		45 * time.Minute: {"45", "minutes"},
		90 * time.Minute: {"90", "minutes"},
		2 * time.Hour:    {"2", "hours"},
		36 * time.Hour:   {"36", "hours"},
		48 * time.Hour:   {"2", "days"},
	} {
		values := url.Values{}
		putSpan(values, "x", d)
		if values.Get("x") != want[0] || values.Get("x.unit") != want[1] {
			t.Errorf("%v: %v, want %v", d, values, want)
		}
		if back, code := takeSpan(values, "x"); back != d || code != "" {
			t.Errorf("%v comes back as %v, %q", d, back, code)
		}
	}
}

func TestLengthsThatAreNone(t *testing.T) {
	for _, c := range []struct{ number, unit, code string }{
		{"", "days", "missing"}, {" ", "days", "missing"}, {"-1", "days", "invalid"}, {"1.5", "hours", "invalid"},
		{"1e3", "hours", "invalid"}, {"9999999", "minutes", "invalid"}, {"5", "weeks", "invalid"}, {"5", "", "invalid"},
	} {
		if d, code := takeSpan(url.Values{"x": {c.number}, "x.unit": {c.unit}}, "x"); code != c.code || d != 0 {
			t.Errorf("%q %s: %v, %q", c.number, c.unit, d, code)
		}
	}
	if d, code := takeSpan(url.Values{"x": {" ٤٥ "}, "x.unit": {"minutes"}}, "x"); d != 45*time.Minute || code != "" {
		t.Errorf("Arabic digits: %v, %q", d, code)
	}
}

func TestDatesAndClocksAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"2027-01-14": "2027-01-14", "14/1/2027": "2027-01-14", "14.01.2027": "2027-01-14", "١٤/١/٢٠٢٧": "2027-01-14",
		"31/2/2027": "31/2/2027", "tomorrow": "tomorrow", "": "",
	} {
		if got := takeDate(in); got != want {
			t.Errorf("date %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"09:00": "09:00", "9:05": "09:05", "9h30": "09:30", "9h": "09:00", "09:00:00": "09:00", "25:00": "25:00", "noon": "noon"} {
		if got := takeClock(in); got != want {
			t.Errorf("clock %q: %q, want %q", in, got, want)
		}
	}
}

func TestWeekdaysInARow(t *testing.T) {
	en := formVisitor(t, "en")
	name := func(day time.Weekday) string { return en.text("date.weekday_short." + string(rune('0'+int(day)))) }
	for want, open := range map[string][7]bool{
		name(1) + "–" + name(5):                                     {1: true, 2: true, 3: true, 4: true, 5: true},
		name(6) + " · " + name(0):                                   {0: true, 6: true},
		name(1) + " · " + name(3) + " · " + name(5) + "–" + name(0): {0: true, 1: true, 3: true, 5: true, 6: true},
		"": {},
	} {
		if got := en.weekdays(open); got != want {
			t.Errorf("%v: %s, want %s", open, got, want)
		}
	}
}
