package booking

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// When a country changes its clocks, what was agreed as wall clock and place is another instant than the one written down.
// Nothing moves by itself: appointments keep the instant that their people were told until somebody settles them.

// drift is an appointment at whose instant clocks show another time by the embedded data than was agreed, and the instant
// at which they show it; zero when they skip it now.
type drift struct {
	a    Appointment
	kept Civil
}

// shift is by how much the instant moves when the wall clock stays.
func (d drift) shift() time.Duration { return d.kept.Instant.Sub(d.a.Start.Instant) }

// ZoneImpact lists the appointments to come of an institution, or of all and of none for "", whose instant is another one
// by the embedded time zone data than when they were made.
func (s *Store) ZoneImpact(institution string) (i Impact, err error) {
	err = s.view(func(t *tx) error {
		drifts, err := t.drifts(institution)
		i = impactOfDrifts(drifts)
		return err
	})
	return i, err
}

func impactOfDrifts(drifts []drift) Impact {
	var touched []Appointment
	for _, d := range drifts {
		touched = append(touched, d.a)
	}
	return impactOf(touched)
}

// drifts finds the appointments of ZoneImpact. Pages ask it often, and nearly always for nothing: what was written under
// the embedded release cannot differ from it, which shows without reading the record.
func (t *tx) drifts(institution string) (all []drift, err error) {
	current := []byte(`"TZDB":"` + TZDBVersion() + `"`) // no text of a record holds this, its quotes are escaped
	add := func(id string, data []byte) error {
		if bytes.Contains(data, current) {
			return nil
		}
		var a Appointment
		if err := json.Unmarshal(data, &a); err != nil {
			return fmt.Errorf("read appointment %s: %w", id, err)
		}
		if a.Start.consistent() {
			return nil
		}
		kept, _ := NewCivil(a.Start.Local, a.Start.Zone)
		if d := (drift{a, kept}); a.isToCome(t.now) || d.isToCome(t.now) {
			all = append(all, d)
		}
		return nil
	}
	institutions := []string{institution}
	if institution == "" {
		institutions = t.dockets()
	}
	for _, institution := range institutions {
		prefix := institution + "/"
		for key := range t.listFrom(docket, prefix, prefix+moment(t.now.Add(-48*time.Hour))) {
			id := key[len(prefix)+8:]
			if err := add(id, t.get(appointments, id)); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// isToCome reports whether the appointment is still to come by the new rules, though it is not by the old.
func (d drift) isToCome(now time.Time) bool {
	d.a.Start = d.kept
	return d.a.isToCome(now)
}

// Rezone settles them: with "keep" the clock on the wall stays and the instant moves, with "move" the instant stays and
// the clock on the wall is told anew. All are mailed, for either way somebody's clock will show another time than they
// were told. Returned are those it changed. With "keep" an appointment stays as it was when another one, which does not
// move, has its counter then, or when its wall clock time does not exist any more. ZoneImpact goes on listing it, to be
// moved by hand. ErrStale, FieldErrors.
func (s *Store) Rezone(institution string, treat Treatment, actor string) (changed []Appointment, err error) {
	if treat.Do != TreatKeep && treat.Do != TreatMove {
		return nil, FieldErrors{{"do", "invalid"}}
	}
	if treat.Why.Code == "" {
		treat.Why.Code = "zone_rules"
	}
	if err := treat.Why.validate(); err != nil {
		return nil, err
	}
	err = s.update(actor, func(t *tx) error {
		drifts, err := t.drifts(institution)
		if err != nil {
			return err
		}
		if impactOfDrifts(drifts).Digest != treat.Digest {
			return ErrStale
		}
		if treat.Do == TreatKeep {
			changed, err = t.keepWallClocks(drifts, treat.Why)
			return err
		}
		for _, d := range drifts {
			civil, err := CivilAt(d.a.Start.Instant, d.a.Start.Zone)
			if err != nil {
				return err
			}
			changed = append(changed, t.retime(d.a, civil, treat.Why))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// keepWallClocks moves instants. Each needs its counter free of all that has not moved out of its way: those that get
// later go from the last, those that get earlier from the first, and again as long as one found its place.
func (t *tx) keepWallClocks(drifts []drift, why Why) (changed []Appointment, err error) {
	slices.SortStableFunc(drifts, func(x, y drift) int {
		c := x.a.Start.Instant.Compare(y.a.Start.Instant)
		if x.shift() > 0 && y.shift() > 0 {
			c = -c
		}
		return cmp.Or(cmp.Compare(x.shift(), y.shift()), c)
	})
	for before := len(drifts) + 1; len(drifts) < before; {
		before = len(drifts)
		var waiting []drift
		for _, d := range drifts {
			busy := d.kept.Instant.IsZero()
			if d.a.CounterID != "" && !busy {
				start := d.kept.Instant
				if busy, err = t.busy(d.a.CounterID, start, start.Add(d.a.Duration), d.a.owns); err != nil {
					return nil, err
				}
			}
			if busy {
				waiting = append(waiting, d)
				continue
			}
			changed = append(changed, t.retime(d.a, d.kept, why))
		}
		drifts = waiting
	}
	return changed, nil
}

// retime gives an appointment another start at the same counter, and tells everybody.
func (t *tx) retime(a Appointment, start Civil, why Why) Appointment {
	a.Start, a.Reason, a.Remark = start, why.Code, why.Text
	a.Sequence++
	t.logWhy(Entry{Kind: "moved", Appointment: a.ID}, why)
	t.tellMoved(&a)
	t.putAppointment(&a)
	return a
}
