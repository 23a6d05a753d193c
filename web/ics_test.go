package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"jalsa/booking"
	"jalsa/web/mail"
)

// entryIn reads the only event of a calendar file back.
func entryIn(t *testing.T, data []byte) (*ics.Calendar, *ics.VEvent) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("line %q", line)
		}
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	events := cal.Events()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	return cal, events[0]
}

func property(e *ics.VEvent, name ics.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func wantTimes(t *testing.T, e *ics.VEvent, start, end string) {
	t.Helper()
	from, err := e.GetStartAt()
	if err != nil {
		t.Fatal(err)
	}
	to, err := e.GetEndAt()
	if err != nil {
		t.Fatal(err)
	}
	if got := from.UTC().Format(time.RFC3339); got != start {
		t.Errorf("starts %s, want %s", got, start)
	}
	if got := to.UTC().Format(time.RFC3339); got != end {
		t.Errorf("ends %s, want %s", got, end)
	}
}

// A calendar follows an appointment from its confirmation to its end by one UID and growing numbers.
func TestCalendarEntryFollowsTheAppointment(t *testing.T) {
	b := newBureau(t)
	a := b.proven(b.free, "fr")
	ticket := b.ticket(a)
	calendarOf := func(letters []mail.Letter) (*ics.Calendar, *ics.VEvent, mail.Calendar) {
		t.Helper()
		for _, l := range letters {
			if l.To == "youssef@example.org" && len(l.Calendars) > 0 {
				cal, e := entryIn(t, l.Calendars[0].Data)
				return cal, e, l.Calendars[0]
			}
		}
		t.Fatal("no calendar")
		return nil, nil, mail.Calendar{}
	}
	method := func(cal *ics.Calendar) string {
		for _, p := range cal.CalendarProperties {
			if p.IANAToken == "METHOD" {
				return p.Value
			}
		}
		return ""
	}

	cal, confirmed, file := calendarOf(b.deliver())
	if method(cal) != "REQUEST" || file.Method != "REQUEST" || property(confirmed, ics.ComponentPropertyStatus) != "CONFIRMED" {
		t.Errorf("confirmed:\n%s", file.Data)
	}
	wantTimes(t, confirmed, "2026-11-23T10:00:00Z", "2026-11-23T10:30:00Z")
	link := publicURL + "/j/" + ticket
	for name, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertyUniqueId:  a.ID + "@audiences.example.ma",
		ics.ComponentPropertySummary:   "Audience de conciliation – Tribunal de Rabat",
		ics.ComponentPropertyLocation:  link,
		ics.ComponentPropertyUrl:       link,
		ics.ComponentPropertyOrganizer: "mailto:audiences@example.ma",
		ics.ComponentPropertyAttendee:  "mailto:youssef@example.org",
		ics.ComponentPropertySequence:  "1",
	} {
		if got := property(confirmed, name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	wantIn(t, property(confirmed, ics.ComponentPropertyDescription), a.Reference, link)

	b.done(b.store.MoveByTicket(ticket, start.Add(3*time.Hour)))
	_, moved, _ := calendarOf(b.deliver())
	wantTimes(t, moved, "2026-11-23T13:00:00Z", "2026-11-23T13:30:00Z")

	b.done(b.store.CancelByTicket(ticket, ""))
	cal, cancelled, file := calendarOf(b.deliver())
	if method(cal) != "CANCEL" || property(cancelled, ics.ComponentPropertyStatus) != "CANCELLED" || bytes.Contains(file.Data, []byte("/j/")) {
		t.Errorf("cancelled:\n%s", file.Data)
	}
	before := ""
	for _, e := range []*ics.VEvent{confirmed, moved, cancelled} {
		sequence := property(e, ics.ComponentPropertySequence)
		if e.Id() != confirmed.Id() || sequence <= before {
			t.Errorf("uid %s, sequence %s after %s", e.Id(), sequence, before)
		}
		before = sequence
	}
}

func TestAdjournmentTakesOneEntryOutAndPutsAnotherIn(t *testing.T) {
	letter := newBureau(t).letterOf(booking.MessageAdjourned, "ar")
	if len(letter.Calendars) != 2 || letter.Calendars[0].Method != "CANCEL" || letter.Calendars[1].Method != "REQUEST" {
		t.Fatalf("%d calendars", len(letter.Calendars))
	}
	_, old := entryIn(t, letter.Calendars[0].Data)
	_, new := entryIn(t, letter.Calendars[1].Data)
	if old.Id() == new.Id() {
		t.Error("one entry for two appointments")
	}
	wantTimes(t, old, "2026-11-23T10:00:00Z", "2026-11-23T10:30:00Z")
	wantTimes(t, new, "2026-12-01T11:00:00Z", "2026-12-01T11:30:00Z")
}

// Entries are in UTC, so no reader's rules can move them: across changes of the clock and where Morocco left UTC+1.
func TestCalendarEntryIsRightAcrossChangesOfTheClock(t *testing.T) {
	s := siteOf(t, newFixture(t))
	s.Now = func() time.Time { return start }
	for _, c := range []struct {
		local, zone string
		duration    time.Duration
		start, end  string
	}{
		{"2026-03-29T01:30", "Europe/Paris", 2 * time.Hour, "2026-03-29T00:30:00Z", "2026-03-29T02:30:00Z"},     // 02:00 → 03:00
		{"2026-10-25T01:30", "Europe/Paris", 2 * time.Hour, "2026-10-24T23:30:00Z", "2026-10-25T01:30:00Z"},     // 03:00 → 02:00
		{"2026-11-01T00:30", "America/New_York", 3 * time.Hour, "2026-11-01T04:30:00Z", "2026-11-01T07:30:00Z"}, // 02:00 → 01:00
		{"2026-09-19T10:00", "Africa/Casablanca", time.Hour, "2026-09-19T09:00:00Z", "2026-09-19T10:00:00Z"},
		{"2026-09-21T10:00", "Africa/Casablanca", time.Hour, "2026-09-21T10:00:00Z", "2026-09-21T11:00:00Z"},
	} {
		civil, err := booking.NewCivil(c.local, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		a := booking.Appointment{ID: "x", State: booking.StateConfirmed, Start: civil, Duration: c.duration, Service: booking.Text{"fr": "S"}, Institution: booking.Text{"fr": "I"}}
		_, e := entryIn(t, s.calendarFile(visitor{catalogue: s.catalogues["fr"]}, a, "https://x.example/j/y"))
		wantTimes(t, e, c.start, c.end)
	}
}

// hostile is what somebody may try to have written into a letter.
var hostile = []string{
	"</p><script>alert(1)</script>", "x\r\nBcc: all@example.org\r\n\r\nbody", "x\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR",
	"a;b,c\\n\\,d:e\"f", "\u202etxt.exe\u2066", "\U0001F600𝒳", "{thing} {name} {{.Link}}", "=?utf-8?q?x?=", "\x00\x07",
}

// Whatever stands in names and texts, a calendar entry holds it as text, in the one property.
func TestHostileTextStaysTextInCalendars(t *testing.T) {
	s := siteOf(t, newFixture(t))
	s.Now = func() time.Time { return start }
	civil, err := booking.NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range hostile {
		a := booking.Appointment{
			ID: "x", Reference: text, State: booking.StateConfirmed, Start: civil, Duration: time.Hour,
			Service: booking.Text{"fr": text}, Institution: booking.Text{"fr": text},
		}
		_, e := entryIn(t, s.calendarFile(visitor{catalogue: s.catalogues["fr"]}, a, "https://x.example/j/y"))
		if got, want := property(e, ics.ComponentPropertySummary), plain(text+" – "+text); got != want {
			t.Errorf("summary %q, want %q", got, want)
		}
		wantTimes(t, e, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")
	}
}
