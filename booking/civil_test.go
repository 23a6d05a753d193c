package booking

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// The rules that Morocco dropped in September 2026 are still in many systems, one hour wrong.
func TestMoroccoFollowsTheEmbeddedRulesWhateverTheSystemSays(t *testing.T) {
	misleadSystemZones(t)
	for _, c := range []struct {
		zone, local string
		offset      float64 // hours
	}{
		{"Africa/Casablanca", "2026-06-01T10:00", 1},
		{"Africa/Casablanca", "2026-11-23T10:00", 0},
		{"Africa/Casablanca", "2030-07-01T10:00", 0},
		{"Africa/El_Aaiun", "2026-06-01T10:00", 1},
		{"Africa/El_Aaiun", "2026-11-23T10:00", 0},
		{"Europe/Paris", "2026-06-01T10:00", 2},
		{"Europe/Paris", "2026-11-23T10:00", 1},
		{"America/Toronto", "2026-11-23T10:00", -5},
		{"Asia/Riyadh", "2026-11-23T10:00", 3},
		{"Asia/Calcutta", "2026-11-23T15:30", 5.5}, // an alias that browsers still report
		{"UTC", "2026-11-23T10:00", 0},
	} {
		got, err := NewCivil(c.local, c.zone)
		if err != nil {
			t.Errorf("%s in %s: %v", c.local, c.zone, err)
			continue
		}
		wall, _ := time.Parse(civilLayout, c.local)
		want := wall.Add(-time.Duration(c.offset * float64(time.Hour)))
		if !got.Instant.Equal(want) || got.Local != c.local || got.Zone != c.zone || got.TZDB != TZDBVersion() {
			t.Errorf("%s in %s is %+v, want instant %s", c.local, c.zone, got, want)
		}
	}
	if v := TZDBVersion(); v < "2026c" || len(v) != 5 {
		t.Errorf("tz database is %q, Morocco's change needs 2026c", v)
	}
}

// misleadSystemZones makes the system believe that Casablanca keeps the time of Auckland.
func misleadSystemZones(t *testing.T) {
	folder := t.TempDir()
	wrong, err := readZone("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "Africa"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Africa", "Casablanca"), wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ZONEINFO", folder)
	l, err := time.LoadLocation("Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	if _, offset := start.In(l).Zone(); offset != 13*3600 {
		t.Fatalf("the system was not misled: offset %d s", offset)
	}
}

func TestSkippedAndRepeatedWallClockTimes(t *testing.T) {
	for _, c := range []struct {
		local, zone string
		want        string // instant, or code of the error
	}{
		// Paris skips 02:00 to 03:00 on 29 March 2026 and repeats 02:00 to 03:00 on 25 October 2026.
		{"2026-03-29T01:59", "Europe/Paris", "2026-03-29T00:59:00Z"},
		{"2026-03-29T02:00", "Europe/Paris", "gap"},
		{"2026-03-29T02:59", "Europe/Paris", "gap"},
		{"2026-03-29T03:00", "Europe/Paris", "2026-03-29T01:00:00Z"},
		{"2026-10-25T01:59", "Europe/Paris", "2026-10-24T23:59:00Z"},
		{"2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30:00Z"}, // the first of two
		{"2026-10-25T03:00", "Europe/Paris", "2026-10-25T02:00:00Z"},
		// Dublin's winter is "daylight saving" in the data; only offsets may count.
		{"2026-03-29T01:30", "Europe/Dublin", "gap"},
		{"2026-10-25T01:30", "Europe/Dublin", "2026-10-25T00:30:00Z"},
		// Samoa had no 30 December 2011 at all; Lord Howe moves by half an hour.
		{"2011-12-30T12:00", "Pacific/Apia", "gap"},
		{"2011-12-31T12:00", "Pacific/Apia", "2011-12-30T22:00:00Z"},
		{"2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"},
		// Far beyond the written transitions the rule goes on.
		{"2055-07-01T10:00", "Europe/Paris", "2055-07-01T08:00:00Z"},
		// Morocco went back from +01 to +00 once more on 2026-09-20 and stays.
		{"2026-09-19T10:00", "Africa/Casablanca", "2026-09-19T09:00:00Z"},
		{"2026-09-21T10:00", "Africa/Casablanca", "2026-09-21T10:00:00Z"},

		{"2026-02-30T10:00", "Europe/Paris", "invalid"},
		{"2026-11-23 10:00", "Europe/Paris", "invalid"},
		{"2026-11-23T10:00:30", "Europe/Paris", "invalid"},
		{"0026-11-23T10:00", "Europe/Paris", "invalid"},
		{"2026-11-23T9:00", "Europe/Paris", "invalid"},
		{"", "Europe/Paris", "invalid"},
		{"2026-11-23T10:00", "Europe/Atlantis", "unknown"},
		{"2026-11-23T10:00", "Local", "unknown"},
		{"2026-11-23T10:00", "", "unknown"},
		{"2026-11-23T10:00", "version", "unknown"},
		{"2026-11-23T10:00", "../../etc/passwd", "unknown"},
	} {
		got, err := NewCivil(c.local, c.zone)
		answer := got.Instant.UTC().Format(time.RFC3339)
		var bad *FieldError
		if errors.As(err, &bad) {
			answer = bad.Code
		}
		if answer != c.want {
			t.Errorf("%s in %s: %s, want %s", c.local, c.zone, answer, c.want)
		}
	}
}

func TestEveryEmbeddedZoneCanBeRead(t *testing.T) {
	if _, err := Zone("UTC"); err != nil {
		t.Fatal(err)
	}
	if len(zones.files) < 400 {
		t.Fatalf("%d zones", len(zones.files))
	}
	for name := range zones.files {
		if name == "version" {
			continue
		}
		if l, err := Zone(name); err != nil || l.String() != name {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

func TestZoneIsOneLocationForAllCallers(t *testing.T) {
	var seen sync.Map
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			l, err := Zone("Africa/Casablanca")
			if err != nil {
				t.Error(err)
			}
			seen.Store(l, true)
		})
	}
	all.Wait()
	count := 0
	seen.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d locations", count)
	}
}
