package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jalsa/booking"
)

// places are the zones offered to a reader, the largest communities abroad first. Their names are the catalogue's
// zone.* keys. Any other zone of the embedded data may be asked for too; it is shown by its city.
var places = []string{
	"Africa/Casablanca",
	"Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Brussels", "Europe/Amsterdam", "Europe/Berlin",
	"Europe/London", "Europe/Zurich", "Europe/Stockholm", "Europe/Oslo", "Europe/Copenhagen", "Europe/Lisbon",
	"America/Toronto", "America/Vancouver", "America/New_York", "America/Chicago", "America/Los_Angeles",
	"Asia/Dubai", "Asia/Riyadh", "Asia/Qatar", "Asia/Kuwait",
	"Africa/Tunis", "Africa/Algiers", "Africa/Dakar", "Africa/Abidjan",
}

// defaultZone is shown beside the appointment's own when nothing tells where the reader is: more of those for whom
// this is made live there than anywhere else. It carries its name and offset, so it may be useless but never wrong.
const defaultZone = "Europe/Paris"

// regions guesses a zone from the region of Accept-Language, for countries that have one zone or a dominant one.
// Absent on purpose: MA, which phones abroad are set to, and US, which browsers everywhere are.
var regions = map[string]string{
	"fr": "Europe/Paris", "es": "Europe/Madrid", "it": "Europe/Rome", "be": "Europe/Brussels",
	"nl": "Europe/Amsterdam", "de": "Europe/Berlin", "gb": "Europe/London", "ch": "Europe/Zurich",
	"se": "Europe/Stockholm", "no": "Europe/Oslo", "dk": "Europe/Copenhagen", "pt": "Europe/Lisbon",
	"ca": "America/Toronto", "ae": "Asia/Dubai", "sa": "Asia/Riyadh", "qa": "Asia/Qatar", "kw": "Asia/Kuwait",
	"tn": "Africa/Tunis", "dz": "Africa/Algiers", "sn": "Africa/Dakar", "ci": "Africa/Abidjan",
}

// zoneOf finds the zone for the reader's own clock: asked for in the address, set by the room's script as cookie,
// guessed from the browser's language, else the default. No script is needed for any but the cookie.
func zoneOf(r *http.Request) string {
	if wish := zoneWish(r); wish != "" {
		return wish
	}
	for _, tag := range accepted(r.Header.Get("Accept-Language")) {
		parts := strings.Split(tag, "-")
		if zone, ok := regions[parts[len(parts)-1]]; ok && len(parts) > 1 {
			return zone
		}
	}
	return defaultZone
}

// zoneWish is the zone that the reader, or the browser's script, has asked for.
func zoneWish(r *http.Request) string {
	for _, wish := range []string{r.URL.Query().Get(zoneChoice), cookieValue(r, zoneChoice)} {
		if wish == "" || len(wish) > 64 {
			continue
		}
		if _, err := booking.Zone(wish); err == nil {
			return wish
		}
	}
	return ""
}

// moment is one instant as people of one place read it.
type moment struct {
	Zone   string // IANA
	Place  string // in words
	Date   string // with the weekday
	Clock  string // 24 hours, Latin digits
	Offset string // "UTC+1"
	Stamp  string // RFC 3339, for machines
}

// when is an instant on the clocks of the appointment's zone and of the reader's.
type when struct {
	Moments []moment // the appointment's zone first; never fewer than one, two unless both zones are the same
	OneDay  bool     // all moments have the date of the first
}

func (v visitor) when(instant time.Time, zone string) (when, error) {
	zones := []string{zone}
	if v.zone != zone {
		zones = append(zones, v.zone)
	}
	w := when{OneDay: true}
	for _, name := range zones {
		location, err := booking.Zone(name)
		if err != nil {
			return when{}, fmt.Errorf("tell time: %w", err)
		}
		m := v.moment(instant.In(location))
		m.Zone, m.Place = name, v.place(name)
		w.Moments = append(w.Moments, m)
		w.OneDay = w.OneDay && m.Date == w.Moments[0].Date
	}
	return w, nil
}

// clock is an hour of today on the reader's clock, with its offset.
func (v visitor) clock(t time.Time) (string, error) {
	location, err := booking.Zone(v.zone)
	if err != nil {
		return "", fmt.Errorf("tell time: %w", err)
	}
	t = t.In(location)
	return t.Format("15:04") + " (" + offset(t) + ")", nil
}

// moment writes t in the language of c and the zone of t.
func (c *catalogue) moment(t time.Time) moment {
	return moment{
		Date:   c.date(t),
		Clock:  t.Format("15:04"),
		Offset: offset(t),
		Stamp:  t.Format(time.RFC3339),
	}
}

// date writes the day in words. Arabic has the month names used in Morocco (نونبر, not نوفمبر).
func (c *catalogue) date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = c.text("date.first")
	}
	return c.text("date.full",
		"weekday", c.text("date.weekday."+strconv.Itoa(int(t.Weekday()))),
		"day", day,
		"month", c.text("date.month."+strconv.Itoa(int(t.Month()))),
		"year", t.Year())
}

// place names a zone; one without a name of ours is called by its city.
func (c *catalogue) place(zone string) string {
	if m, ok := c.messages["zone."+zone]; ok {
		return m.text
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// offset writes the distance from UTC. Daylight saving is never asked for: only the offset tells the truth.
func offset(t time.Time) string {
	_, seconds := t.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "\u2212", -seconds
	}
	hours, minutes := seconds/3600, seconds/60%60
	if minutes != 0 {
		return fmt.Sprintf("UTC%s%d:%02d", sign, hours, minutes)
	}
	return fmt.Sprintf("UTC%s%d", sign, hours)
}
