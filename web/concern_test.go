package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// warned sends a form that must come back with warnings, and returns them and the value of the box to do it all the same.
func (c *court) warned(target string, typed url.Values) (warnings, box string) {
	c.t.Helper()
	w := c.send(target, typed, "Cookie", c.clerk)
	d := parse(c.t, w)
	boxes := d.all(func(n *html.Node) bool { return attribute(n, "name") == "despite" })
	if w.Code != http.StatusUnprocessableEntity || len(boxes) != 1 || attribute(boxes[0], "id") != "despite" {
		c.t.Fatalf("POST %s: %d with %d boxes: %v", target, w.Code, len(boxes), texts(d, "errors"))
	}
	for name, values := range typed {
		if got := d.all(func(n *html.Node) bool { return attribute(n, "name") == name && attribute(n, "value") == values[0] }); len(got) == 0 && strings.HasPrefix(name, "held_") {
			c.t.Errorf("%s is not kept", name)
		}
	}
	return strings.Join(texts(d, "errors"), " "), attribute(boxes[0], "value")
}

func (c *court) absence(first string) {
	c.t.Helper()
	away := booking.Closure{Institution: c.institution.ID, Staff: c.magistrate.ID, First: first, Last: first}
	if _, _, err := c.store.PutClosures([]booking.Closure{away}, booking.Treatment{Do: booking.TreatKeep}, "test"); err != nil {
		c.t.Fatal(err)
	}
}

func TestAHearingIsMadeAgainstWarningsOnlyKnowingly(t *testing.T) {
	c := newCourt(t)
	held := c.appointment(c.institution, c.magistrate)
	typed := url.Values{
		"hearing_title": {"Audience"}, "held_on": {"2026-11-23"}, "held_at": {"10:30"}, "length": {"30"}, "officer": {c.magistrate.ID},
		"people.0.role": {"party"}, "people.0.name": {"Karim Alaoui"}, "reference": {"k7qa-x2mf"},
	}
	warnings, box := c.warned("/staff/hearings/new", typed)
	if !strings.Contains(warnings, "tient déjà un autre rendez-vous de 10:00 à 10:45") || !strings.Contains(warnings, held.Reference) || strings.Contains(warnings, "absence") {
		t.Errorf("warnings %q", warnings)
	}
	c.absence("2026-11-23")
	typed.Set("despite", box) // which was beside fewer warnings
	warnings, box = c.warned("/staff/hearings/new", typed)
	if !strings.Contains(warnings, "Une absence de") {
		t.Errorf("after an absence: %q", warnings)
	}
	typed.Set("despite", box)
	first := texts(c.post("/staff/hearings/new", typed), "told")
	if again := texts(c.post("/staff/hearings/new", typed), "told"); len(first) != 1 || len(again) != 1 {
		t.Errorf("made: told %q, sent twice: %q", first, again)
	}
	if all, err := c.store.Docket(c.institution.ID, start.Add(-24*time.Hour), start.AddDate(0, 1, 0)); err != nil || len(all) != 2 {
		t.Errorf("%d appointments, %v", len(all), err)
	}
}

func TestAHearingInThePastIsMadeOnlyKnowingly(t *testing.T) {
	c := newCourt(t)
	typed := url.Values{
		"hearing_title": {"Audience"}, "held_on": {"2026-11-20"}, "held_at": {"10:30"}, "length": {"30"},
		"people.0.role": {"party"}, "people.0.name": {"Karim Alaoui"}, "reference": {"k7qa-x2mf"},
	}
	warnings, box := c.warned("/staff/hearings/new", typed)
	if !strings.Contains(warnings, "Cette heure est déjà passée.") {
		t.Errorf("warnings %q", warnings)
	}
	typed.Set("despite", box)
	c.post("/staff/hearings/new", typed)
}

func TestAnAppointmentIsMovedIntoAnAbsenceOnlyKnowingly(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	c.absence("2026-11-25")
	for _, deed := range [][2]string{{"move", "15:00"}, {"adjourn", "16:00"}} {
		what := deed[0]
		target := "/staff/appointments/" + a.ID + "/" + what
		typed := url.Values{"held_on": {"2026-11-25"}, "held_at": {deed[1]}}
		warnings, box := c.warned(target, typed)
		if !strings.Contains(warnings, "Une absence de") {
			t.Errorf("%s: warnings %q", what, warnings)
		}
		typed.Set("despite", box)
		c.post(target, typed)
	}
	if got := c.again(a); got.State != booking.StateMoved || got.Start.Local != "2026-11-25T15:00" {
		t.Errorf("%s at %s", got.State, got.Start.Local)
	}
}
