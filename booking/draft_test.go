package booking

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What a command makes is a hearing; an institution says what its own are.
func TestADraftOfNobodyIsAHearing(t *testing.T) {
	s, _ := newStore(t)
	i, err := s.PutInstitution(Institution{Name: Text{"fr": "Ministère"}, Zone: "Africa/Casablanca"}, "admin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		institution       string
		judicial, hearing bool
	}{{"", false, true}, {"", true, true}, {i.ID, false, false}, {i.ID, true, true}} {
		d := draft(t)
		d.InstitutionID, d.Judicial = c.institution, c.judicial
		a, _, err := s.Book(d, "clerk")
		if err != nil || a.Judicial != c.hearing {
			t.Errorf("%+v: judicial %v, %v", c, a.Judicial, err)
		}
	}
}

func TestABadDraftIsRefusedByField(t *testing.T) {
	s, _ := newStore(t)
	taken, _ := book(t, s)
	for _, c := range []struct {
		want string
		edit func(*Draft)
	}{
		{"reference: taken", func(d *Draft) { d.Reference = taken.Reference }},
		{"reference: invalid", func(d *Draft) { d.Reference = " 12" }},
		{"reference: invalid", func(d *Draft) { d.Reference = strings.Repeat("1", 201) }},
		{"institution: missing", func(d *Draft) { d.Institution = nil }},
		{"service: missing", func(d *Draft) { d.Service = Text{"fr": " "} }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"français!": "x"} }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"fr": "\xff"} }},
		{"prepare.1: too_long", func(d *Draft) { d.Prepare = append(d.Prepare, Text{"fr": strings.Repeat("é", 2001)}) }},
		{"zone: unknown", func(d *Draft) { d.Start.Zone = "Europe/Atlantis" }},
		{"zone: unknown", func(d *Draft) { d.Start = Civil{} }},
		{"start: invalid", func(d *Draft) { d.Start.Instant = d.Start.Instant.Add(time.Hour) }},
		{"duration: invalid", func(d *Draft) { d.Duration = 0 }},
		{"duration: invalid", func(d *Draft) { d.Duration = 15 * time.Hour }},
		{"early_entry: invalid", func(d *Draft) { d.EarlyEntry = -1 }},
		{"grace: invalid", func(d *Draft) { d.Grace = 25 * time.Hour }},
		{"participants: missing", func(d *Draft) { d.Participants = nil }},
		{"participants: too_many", func(d *Draft) { d.Participants = make([]Participant, 201) }},
		{"participants.1.role: unknown", func(d *Draft) { d.Participants[1].Role = "king" }},
		{"participants.2.name: missing", func(d *Draft) { d.Participants[2].Name = "" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "two\nlines" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "turned\u202earound" }},
		{"participants.2.name: invalid", func(d *Draft) { d.Participants[2].Name = "hid\u200bden" }},
		{"service: invalid", func(d *Draft) { d.Service = Text{"fr": "S\x1b[2J"} }},
		{"participants: no_host", func(d *Draft) { d.Participants = d.Participants[1:] }},
		{"participants.3.language: invalid", func(d *Draft) { d.Participants[3].Language = "fr; drop" }},
		{"participants.0.link: invalid", func(d *Draft) { d.Participants[0].Link = "\x00" }},
	} {
		d := draft(t)
		c.edit(&d)
		_, _, err := s.Book(d, "clerk")
		var bad *FieldError
		if !errors.As(err, &bad) || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, _, err := s.Book(draft(t), "a name with spaces"); err == nil {
		t.Error("the name of an actor reached the journal")
	}
	if all, _ := s.Appointments(time.Time{}); len(all) != 1 {
		t.Errorf("%d appointments after bad drafts", len(all))
	}
}
