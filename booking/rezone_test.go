package booking

import (
	"errors"
	"testing"
	"time"
)

// bookUnder makes an appointment under rules by which clocks in Casablanca are an hour ahead of UTC, as they were until
// September 2026: its wall clock means another instant now.
func (o *office) bookUnder(t *testing.T, counter, local string, with func(*Appointment)) Appointment {
	t.Helper()
	return o.book(t, counter, local, func(a *Appointment) {
		a.Start.TZDB, a.Start.Instant = "2026a", a.Start.Instant.Add(-time.Hour)
		if with != nil {
			with(a)
		}
	})
}

func TestAppointmentsUnderOldZoneRulesAreListed(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	counter := o.staff(t, "")
	o.bookUnder(t, counter.ID, "2026-11-24T09:00", nil)
	o.bookUnder(t, "", "2026-11-24T11:00", func(a *Appointment) { a.State = StateRequested })
	o.bookUnder(t, counter.ID, "2026-11-23T10:30", nil) // by the old rules it has begun, by the new it begins in half an hour
	o.bookUnder(t, counter.ID, "2026-11-23T09:30", nil) // over
	o.bookUnder(t, counter.ID, "2026-11-25T10:00", func(a *Appointment) { a.State = StateCancelled })
	o.bookUnder(t, counter.ID, "2026-11-25T11:00", func(a *Appointment) { a.Started = o.clock.now })
	o.bookUnder(t, "", "2026-11-26T12:00", func(a *Appointment) { a.InstitutionID = "" })
	o.book(t, counter.ID, "2026-11-25T12:00", nil)
	o.book(t, counter.ID, "2026-11-25T13:00", func(a *Appointment) { a.Start.TZDB = "2026a" }) // the change did not touch it
	for _, c := range []struct{ institution, want string }{
		{o.institution.ID, "23 10:30, 24 09:00, 24 11:00"},
		{"", "23 10:30, 24 09:00, 24 11:00, 26 12:00"},
		{"nothing", ""},
	} {
		if i, err := o.ZoneImpact(c.institution); err != nil || times(i.Touched) != c.want {
			t.Errorf("of %q: %s, want %s, %v", c.institution, times(i.Touched), c.want, err)
		}
	}
}

// Three in a row get an hour later; the last of them cannot, because somebody who does not move comes after, and so the
// one before it cannot either. The others find their places, one over its own.
func TestWallClocksStayAndInstantsMove(t *testing.T) {
	o := newMailingOffice(t)
	counter := o.staff(t, "", hours("09:00", "17:00"))
	hour := func(a *Appointment) {
		if a.Duration = time.Hour; a.Start.Local == "2026-11-24T09:00" {
			a.Duration *= 2
		}
	}
	var row []Appointment
	for _, at := range []string{"24T09:00", "24T13:00", "24T14:00", "25T09:00", "25T10:00"} {
		row = append(row, o.bookUnder(t, counter.ID, "2026-11-"+at, hour))
	}
	o.book(t, counter.ID, "2026-11-24T14:00", hour)
	i, err := o.ZoneImpact(o.institution.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Rezone(o.institution.ID, Treatment{Do: TreatKeep}, "admin"); !errors.Is(err, ErrStale) {
		t.Errorf("without having looked: %v", err)
	}
	if _, err := o.Rezone(o.institution.ID, Treatment{Do: TreatCancel, Digest: i.Digest}, "admin"); err == nil {
		t.Error("cancelled by a change of zone rules")
	}
	changed, err := o.Rezone(o.institution.ID, Treatment{Do: TreatKeep, Digest: i.Digest}, "admin")
	if err != nil || len(changed) != 3 {
		t.Fatalf("changed %s, %v", times(changed), err)
	}
	for n, moves := range []bool{true, false, false, true, true} {
		got, err := o.Appointment(row[n].ID)
		if err != nil {
			t.Fatal(err)
		}
		if !moves {
			if got.Version != 1 {
				t.Errorf("%s became %+v", row[n].Start.Local, got.Start)
			}
			continue
		}
		want, _ := NewCivil(row[n].Start.Local, "Africa/Casablanca")
		if got.Start != want || !got.Start.Instant.Equal(row[n].Start.Instant.Add(time.Hour)) || got.Sequence != 1 || got.Reason != "zone_rules" {
			t.Errorf("%+v became %+v, want %+v", row[n].Start, got, want)
		}
	}
	if got, want := o.mailed(t, row[0].ID), "moved, reminder 24 08:00"; got != want {
		t.Errorf("mailed %s, want %s", got, want)
	}
	left, err := o.ZoneImpact(o.institution.ID)
	if err != nil || times(left.Touched) != "24 13:00, 24 14:00" {
		t.Errorf("left %s, %v", times(left.Touched), err)
	}
	if got, want := o.free(t, "2026-11-25", "2026-11-25"), "25 11:00 11:30 12:00 12:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30"; got != want {
		t.Errorf("free %s, want %s", got, want)
	}
}

func TestInstantsStayAndWallClocksMove(t *testing.T) {
	o := newMailingOffice(t)
	counter := o.staff(t, "")
	a := o.bookUnder(t, counter.ID, "2026-11-24T09:00", nil)
	i, err := o.ZoneImpact("")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := o.Rezone("", Treatment{Do: TreatMove, Digest: i.Digest, Why: Why{Code: "clocks", Text: "Nouvelle heure légale"}}, "admin")
	if err != nil || len(changed) != 1 {
		t.Fatalf("changed %s, %v", times(changed), err)
	}
	want, _ := NewCivil("2026-11-24T08:00", "Africa/Casablanca")
	if got, err := o.Appointment(a.ID); err != nil || got.Start != want || !want.Instant.Equal(a.Start.Instant) || got.Sequence != 1 {
		t.Errorf("%+v, want %+v, %v", got, want, err)
	}
	if got, want := o.mailed(t, a.ID), "moved, reminder 24 07:00"; got != want {
		t.Errorf("mailed %s, want %s", got, want)
	}
	if i, err := o.ZoneImpact(""); err != nil || i.Digest != "" {
		t.Errorf("left %s, %v", times(i.Touched), err)
	}
}

// A wall clock time that is skipped now cannot be kept, so it is left to people; its instant can be told anew, also as the
// second of two times that clocks show alike.
func TestWhatClocksSkipIsLeft(t *testing.T) {
	// As if summer had begun before, and as if it had ended before.
	skipped := Civil{Local: "2026-03-29T02:30", Zone: "Europe/Paris", TZDB: "2025a", Instant: time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)}
	twice := Civil{Local: "2026-10-25T03:30", Zone: "Europe/Paris", TZDB: "2025a", Instant: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)}
	for _, c := range []struct{ do, told, left string }{
		{TreatKeep, "25 03:30", "29 02:30"},
		{TreatMove, "29 01:30, 25 02:30", ""},
	} {
		o := newOffice(t, "Europe/Paris")
		o.clock.now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for _, at := range []Civil{twice, skipped} {
			o.book(t, "", "2026-03-01T12:00", func(a *Appointment) { a.Start = at })
		}
		i, err := o.ZoneImpact(o.institution.ID)
		if err != nil || times(i.Touched) != "29 02:30, 25 03:30" {
			t.Fatalf("touched %s, %v", times(i.Touched), err)
		}
		changed, err := o.Rezone(o.institution.ID, Treatment{Do: c.do, Digest: i.Digest}, "admin")
		if err != nil || times(changed) != c.told {
			t.Errorf("%s changed %s, want %s, %v", c.do, times(changed), c.told, err)
		}
		if i, err := o.ZoneImpact(""); err != nil || times(i.Touched) != c.left {
			t.Errorf("%s left %s, want %s, %v", c.do, times(i.Touched), c.left, err)
		}
	}
}

// What was told as the second of two alike stays that when the data are renewed.
func TestTheSecondOfTwoAlikeIsNoDrift(t *testing.T) {
	o := newOffice(t, "Europe/Paris")
	o.clock.now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	o.book(t, "", "2026-03-01T12:00", func(a *Appointment) {
		a.Start = Civil{Local: "2026-10-25T02:30", Zone: "Europe/Paris", TZDB: "2025a", Instant: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)}
	})
	if i, err := o.ZoneImpact(""); err != nil || len(i.Touched) != 0 {
		t.Errorf("touched %s, %v", times(i.Touched), err)
	}
}

// Openings are civil time of the institution: another zone moves them, and none of the appointments.
func TestAnInstitutionKeepsItsZoneWhileAppointmentsAreToCome(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.booking(t, "a", "10:00", "y@example.org")
	elsewhere := b.institution
	elsewhere.Zone = "Europe/Paris"
	var bad FieldErrors
	if _, err := b.PutInstitution(elsewhere, "admin"); !errors.As(err, &bad) || bad.Error() != "zone: in_use" {
		t.Errorf("with an appointment to come: %v", err)
	}
	renamed := b.institution
	renamed.Name = Text{"fr": "Tribunal de Rabat"}
	renamed, err := b.PutInstitution(renamed, "admin")
	if err != nil {
		t.Errorf("another name: %v", err)
	}
	must(t)(b.Cancel(a.ID, postponed, "clerk"))
	renamed.Zone = "Europe/Paris"
	if _, err := b.PutInstitution(renamed, "admin"); err != nil {
		t.Errorf("with none: %v", err)
	}
}
