package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// month reads a calendar: day to the number of free times.
func (d document) month() map[int]int {
	free := map[int]int{}
	for _, cell := range d.elements("td") {
		if cell.FirstChild == nil {
			continue
		}
		number, count, _ := strings.Cut(apart(cell.FirstChild), "|")
		day, err := strconv.Atoi(number)
		if err != nil {
			d.t.Fatalf("a cell holds %q", number)
		}
		free[day], _ = strconv.Atoi(count) // none is no number
	}
	return free
}

// apart is the text of the children of n with bars between.
func apart(n *html.Node) string {
	var all []string
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode {
			all = append(all, c.Data)
		} else {
			all = append(all, content(c))
		}
	}
	return strings.Join(all, "|")
}

// Days are those of the reader: 09:00 in Morocco is the evening before in Honolulu and the same day in Tokyo.
func TestDaysAreTheReaders(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	for zone, want := range map[string]map[int]int{
		"Africa/Casablanca": {23: 0, 24: 2, 25: 4, 30: 4}, // 24 h of notice from 09:45 leave 10:00 and 10:30
		"Asia/Tokyo":        {24: 2, 25: 4, 30: 4},
		"Pacific/Honolulu":  {23: 0, 24: 4, 25: 4, 30: 4},
		"Pacific/Auckland":  {24: 2, 25: 4},
	} {
		d := parse(t, c.get(c.slots()+"?month=2026-11&key="+c.key+"&zone="+zone))
		days := d.month()
		monday := 23 // weeks that are over are left out; in Honolulu it is Sunday still
		if zone == "Pacific/Honolulu" {
			monday = 16
		}
		if _, over := days[monday-1]; over || len(days) != 31-monday {
			t.Fatalf("%s: the calendar has %d days of November: %v", zone, len(days), days)
		}
		for day, n := range want {
			if days[day] != n {
				t.Errorf("%s: %d has %d free times, want %d", zone, day, days[day], n)
			}
		}
	}
	d := parse(t, c.get(c.slots()+"?day=2026-11-24&key="+c.key+"&zone=Pacific/Honolulu"))
	if label := content(d.named("label", "for", "start")); label != "00:00 Honolulu UTC−10 10:00 Maroc UTC+0" {
		t.Errorf("the first time in Honolulu is %s", label)
	}
}

func TestWeeksBeginOnMonday(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	for _, lang := range []string{"fr", "ar", "en"} {
		d := parse(t, c.get(c.slots()+"?month=2026-12&key="+c.key+"&lang="+lang))
		monday := siteOf(t, f).catalogues[lang].text("date.weekday.1")
		if head := content(d.elements("th")[0]); !strings.Contains(head, monday) {
			t.Errorf("%s: the week begins with %s", lang, head)
		}
		if cell := apart(d.elements("td")[1].FirstChild); cell != "1|4" { // 1 December 2026 is a Tuesday
			t.Errorf("%s: the second cell holds %q", lang, cell)
		}
	}
}

// Without a month in the address the first one with a free time is shown, and neighbours within the horizon are linked.
func TestCalendarOpensWhereSomethingIsFree(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer(func(s *booking.Service) { s.Notice, s.Horizon = 20*24*time.Hour, 60 })
	c := f.citizen(o)
	title := func(query string) (string, document) {
		t.Helper()
		w := c.get(o.slots() + "?key=" + c.key + query)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: status %d", query, w.Code)
		}
		d := parse(t, w)
		for _, n := range d.elements("h2") {
			if attribute(n, "id") == "month" {
				return content(n), d
			}
		}
		return "", d
	}
	if month, _ := title(""); month != "décembre 2026" {
		t.Errorf("opens at %s", month)
	}
	for _, c := range []struct{ query, month, back, on string }{
		{"&month=2026-11", "novembre 2026", "", "2026-12"},
		{"&month=2026-12", "décembre 2026", "2026-11", "2027-01"},
		{"&month=2027-01", "janvier 2027", "2026-12", ""},
		{"&month=2031-01", "janvier 2027", "2026-12", ""},
		{"&month=1999-01", "novembre 2026", "", "2026-12"},
		{"&month=x", "décembre 2026", "2026-11", "2027-01"},
		{"&day=2027-01-03", "janvier 2027", "2026-12", ""},
		{"&day=9999-99-99", "décembre 2026", "2026-11", "2027-01"},
	} {
		month, d := title(c.query)
		back, on := "", ""
		for _, n := range d.elements("a") {
			href := attribute(n, "href")
			switch content(n) {
			case "Mois précédent":
				back = href
			case "Mois suivant":
				on = href
			}
		}
		if month != c.month || strings.Contains(back, "month=") != (c.back != "") || !strings.Contains(back, c.back) || strings.Contains(on, "month=") != (c.on != "") || !strings.Contains(on, c.on) {
			t.Errorf("%s: %s, back to %q, on to %q", c.query, month, back, on)
		}
	}
	// Nothing is free at all: the page says so and whom to ask.
	o.counter.Hidden = true
	if _, _, _, err := f.store.PutCounter(o.counter, booking.Treatment{}, "test"); err != nil {
		t.Fatal(err)
	}
	if _, d := title(""); !strings.Contains(content(d.one("main")), "Aucun créneau libre") {
		t.Errorf("with nothing free: %s", content(d.one("main")))
	}
}

// Hidden and foreign things do not exist for citizens.
func TestHiddenServicesAreNotOffered(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	other := f.institution("Fès")
	hidden := booking.NewService(o.institution.ID)
	hidden.Name, hidden.Hidden = booking.Text{"fr": "Caché"}, true
	hidden, err := f.store.PutService(hidden, "test")
	if err != nil {
		t.Fatal(err)
	}
	if page := content(parse(t, f.do("GET", "/book/"+o.institution.ID+"/")).one("main")); strings.Contains(page, "Caché") {
		t.Error("a hidden service is listed")
	}
	if page := content(parse(t, f.do("GET", "/book/")).one("main")); strings.Contains(page, "Fès") {
		t.Error("an institution without services is listed")
	}
	for _, target := range []string{
		"/book/" + o.institution.ID + "/" + hidden.ID + "/", "/book/" + o.institution.ID + "/" + hidden.ID + "/slots",
		"/book/" + other.ID + "/" + o.service.ID + "/", "/book/nowhere/", "/book/nowhere/" + o.service.ID + "/slots", "/book/" + o.institution.ID + "/x/",
	} {
		if w := f.do("GET", target); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
}

// Language and zone are kept for the whole walk, and the switch keeps the page.
func TestChoicesAreKeptWhileBooking(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	d := parse(t, c.get(c.slots()+"?day=2026-11-26&key="+c.key+"&lang=ar&zone=America/Toronto"))
	for _, n := range d.elements("a") {
		if attribute(n, "hreflang") == "fr" && (!strings.Contains(attribute(n, "href"), "day=2026-11-26") || !strings.Contains(attribute(n, "href"), c.key)) {
			t.Errorf("the switch leads to %s", attribute(n, "href"))
		}
	}
	if root := d.one("html"); attribute(root, "data-zone") != "America/Toronto" {
		t.Errorf("the script is told %s", attribute(root, "data-zone"))
	}
	c.hold(tomorrow)
	d = parse(t, c.get(c.at("you")))
	if lang := attribute(d.one("html"), "lang"); lang != "ar" || !strings.Contains(content(d.one("main")), "تورونتو") {
		t.Errorf("the next page is in %s: %s", lang, content(d.one("main")))
	}
}

// A day is that day also where its clocks begin at one o'clock.
func TestADayWithoutMidnightIsReadAsItself(t *testing.T) {
	for zone, day := range map[string]string{"America/Santiago": "2027-09-05", "Africa/Cairo": "2027-04-30", "Europe/Paris": "2027-03-28"} {
		location, err := booking.Zone(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := readDay(day, location).Format(dayLayout); got != day {
			t.Errorf("%s in %s is read as %s", day, zone, got)
		}
	}
	if !readDay("2027-02-30", time.UTC).IsZero() {
		t.Error("a day that is none is read as one")
	}
}
