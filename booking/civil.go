package booking

import "time"

// Civil is a time as people agreed on it: wall clock and place. The instant is what the rules of release TZDB make
// of it; when a country changes its rules, Local and Zone stay and Instant is computed anew.
type Civil struct {
	Local   string // "2026-11-23T10:00"
	Zone    string // IANA name, "Africa/Casablanca"
	TZDB    string // release of the tz database that gave Instant, "2026f"
	Instant time.Time
}

const civilLayout = "2006-01-02T15:04"

// NewCivil interprets a wall clock time in a zone by the embedded rules. A time that the clocks skip is a
// FieldError on "start" with code gap; of a time that occurs twice the earlier one is meant.
func NewCivil(local, zone string) (Civil, error) {
	loc, err := Zone(zone)
	if err != nil {
		return Civil{}, &FieldError{"zone", "unknown"}
	}
	wall, err := time.Parse(civilLayout, local)
	if err != nil || wall.Format(civilLayout) != local || wall.Year() < 1970 {
		return Civil{}, &FieldError{"start", "invalid"}
	}
	instant, ok := earliest(wall, loc)
	if !ok {
		return Civil{}, &FieldError{"start", "gap"}
	}
	return Civil{Local: local, Zone: zone, TZDB: TZDBVersion(), Instant: instant}, nil
}

// CivilAt is what clocks in a zone show at an instant, a whole minute. Unlike NewCivil it tells the two hours apart that
// clocks show when they go back.
func CivilAt(at time.Time, zone string) (Civil, error) {
	loc, err := Zone(zone)
	if err != nil {
		return Civil{}, &FieldError{"zone", "unknown"}
	}
	return Civil{Local: at.In(loc).Format(civilLayout), Zone: zone, TZDB: TZDBVersion(), Instant: at}, nil
}

// earliest returns the first instant at which clocks in loc show wall, a time in UTC. It tries each offset in
// force around that day, which needs no assumption on which of them is called summer time.
func earliest(wall time.Time, loc *time.Location) (time.Time, bool) {
	var found time.Time
	at, last := wall.Add(-36*time.Hour).In(loc), wall.Add(36*time.Hour)
	for {
		_, offset := at.Zone()
		candidate := wall.Add(-time.Duration(offset) * time.Second)
		if _, there := candidate.In(loc).Zone(); there == offset && (found.IsZero() || candidate.Before(found)) {
			found = candidate
		}
		_, next := at.ZoneBounds()
		if next.IsZero() || next.After(last) {
			return found, !found.IsZero()
		}
		at = next
	}
}

// consistent reports whether the instant shows Local on the clocks of Zone.
func (c Civil) consistent() bool {
	loc, err := Zone(c.Zone)
	return err == nil && c.Instant.In(loc).Format(civilLayout) == c.Local
}
