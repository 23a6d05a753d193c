package web

import (
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// Morocco left UTC+1 on 2026-09-20 for good; Europe changes on its own days. Only the embedded data know.
func TestBothClocks(t *testing.T) {
	s := siteOf(t, newFixture(t))
	for _, c := range []struct{ local, reader, lang, want string }{
		{"2026-06-01T10:00", "Europe/Paris", "fr",
			"lundi 1er juin 2026, 10:00 (Maroc, UTC+1)|lundi 1er juin 2026, 11:00 (France (Paris), UTC+2)"},
		{"2026-09-21T10:00", "Europe/Paris", "fr",
			"lundi 21 septembre 2026, 10:00 (Maroc, UTC+0)|lundi 21 septembre 2026, 12:00 (France (Paris), UTC+2)"},
		{"2026-11-23T10:00", "Europe/Paris", "fr",
			"lundi 23 novembre 2026, 10:00 (Maroc, UTC+0)|lundi 23 novembre 2026, 11:00 (France (Paris), UTC+1)"},
		{"2026-11-23T10:00", "Europe/London", "en",
			"Monday 23 November 2026, 10:00 (Morocco, UTC+0)|Monday 23 November 2026, 10:00 (United Kingdom (London), UTC+0)"},
		{"2026-11-23T10:00", "America/Los_Angeles", "ar",
			"الاثنين 23 نونبر 2026, 10:00 (المغرب, UTC+0)|الاثنين 23 نونبر 2026, 02:00 (الولايات المتحدة (لوس أنجلس), UTC−8)"},
		{"2026-11-23T20:00", "Asia/Kolkata", "en",
			"Monday 23 November 2026, 20:00 (Morocco, UTC+0)|Tuesday 24 November 2026, 01:30 (Kolkata, UTC+5:30)"},
		{"2026-08-03T09:05", "Africa/Casablanca", "ar", "الاثنين 3 غشت 2026, 09:05 (المغرب, UTC+1)"},
	} {
		civil, err := booking.NewCivil(c.local, "Africa/Casablanca")
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{catalogue: s.catalogues[c.lang], zone: c.reader}
		w, err := v.when(civil.Instant, civil.Zone)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, m := range w.Moments {
			lines = append(lines, m.Date+", "+m.Clock+" ("+m.Place+", "+m.Offset+")")
			if at, err := time.Parse(time.RFC3339, m.Stamp); err != nil || !at.Equal(civil.Instant) {
				t.Errorf("stamp %s is not %s", m.Stamp, civil.Instant)
			}
		}
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%s for %s:\n got %s\nwant %s", c.local, c.reader, got, c.want)
		}
		if w.OneDay != (c.reader != "Asia/Kolkata") {
			t.Errorf("%s: one day %v", c.reader, w.OneDay)
		}
	}
}

func TestMoroccanMonths(t *testing.T) {
	c := siteOf(t, newFixture(t)).catalogues["ar"]
	want := strings.Fields("يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر")
	for i, month := range want {
		if got := c.date(time.Date(2026, time.Month(i+1), 15, 0, 0, 0, 0, time.UTC)); !strings.Contains(got, " "+month+" ") {
			t.Errorf("month %d: %s", i+1, got)
		}
	}
}

func TestEveryPlaceIsKnownAndNamed(t *testing.T) {
	s := siteOf(t, newFixture(t))
	known := map[string]bool{}
	for _, zone := range places {
		known[zone] = true
		if _, err := booking.Zone(zone); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
		if _, ok := s.catalogues["ar"].messages["zone."+zone]; !ok {
			t.Errorf("%s has no name", zone)
		}
	}
	for region, zone := range regions {
		if !known[zone] {
			t.Errorf("region %s guesses %s, which is not in the list", region, zone)
		}
	}
}
