package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestAHearingIsMadeWithManyPeople(t *testing.T) {
	c := newCourt(t)
	typed := url.Values{
		"hearing_title": {"Audience pénale"}, "case": {"2026/77"}, "held_on": {"2026-12-01"}, "held_at": {"09:30"}, "length": {"90"},
		"officer": {c.magistrate.ID}, "rows": {"4"}, "reference": {"k7qa-x2mf"},
	}
	row := func(i, role, name, link string) {
		typed.Set("people."+i+".role", role)
		typed.Set("people."+i+".name", name)
		typed.Set("people."+i+".link", link)
		typed.Set("people."+i+".language", "ar")
	}
	row("0", "party", "Youssef Bennani", "")
	row("1", "witness", "سناء العلوي", "A")
	typed.Set("people.1.email", "sanaa@example.org")
	row("3", "interpreter", "Ines Haddad", "A")

	more := maps.Clone(typed)
	more.Set("more", "1")
	w := c.send("/staff/hearings/new", more, "Cookie", c.clerk)
	d := parse(t, w)
	checkPage(t, d, languages[0])
	values := map[string]string{}
	for _, n := range d.elements("input") {
		values[attribute(n, "name")] = attribute(n, "value")
	}
	if _, there := values["people.7.name"]; w.Code != http.StatusOK || !there || values["people.3.name"] != "Ines Haddad" || values["rows"] != "8" || values["held_at"] != "09:30" {
		t.Fatalf("more rows: %d %v", w.Code, values)
	}

	for name, change := range map[string]url.Values{
		"no time": {"held_at": {""}}, "no title": {"hearing_title": {""}}, "bad pairs": {"apart": {"1-3"}}, "oneself": {"apart": {"2-2"}}, "not pairs": {"apart": {"all"}},
		"linked and apart": {"apart": {"2-4"}}, "no name": {"people.1.name": {""}}, "length": {"length": {"0"}}, "foreign officer": {"officer": {"x"}},
		"foreign counter": {"counter": {"x"}}, "foreign service": {"service": {"x"}},
	} {
		bad := maps.Clone(typed)
		maps.Copy(bad, change)
		if faults := c.refused("/staff/hearings/new", bad); faults == "" {
			t.Errorf("%s: no fault", name)
		}
	}
	typed.Set("apart", "1-2, 1–4")
	d = c.post("/staff/hearings/new", typed)
	if told := texts(d, "told"); len(told) != 1 || told[0] != "L’audience est créée." {
		t.Errorf("told %q", told)
	}
	if untold := texts(d, "untold"); len(untold) != 1 || !strings.Contains(untold[0], "L’envoi de messages est désactivé") || !strings.Contains(untold[0], "Ines Haddad") {
		t.Errorf("untold %q", untold)
	}
	c.post("/staff/hearings/new", typed) // a second click
	all, err := c.store.Docket(c.institution.ID, start, start.AddDate(0, 1, 0))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d appointments, %v", len(all), err)
	}
	a := all[0]
	if len(a.Participants) != 4 || a.Participants[0].Staff != c.magistrate.ID || a.Case != "2026/77" || a.Duration != 90*time.Minute || len(a.Screens) != 2 {
		t.Errorf("made %+v", a)
	}
	if linked := a.LinkedWith(a.Participants[2]); len(linked) != 2 || linked[1].Name != "Ines Haddad" {
		t.Errorf("moves together: %v", linked)
	}
	typed.Set("held_at", "14:00") // back to the form, for another one
	typed.Set("case", "2026/78")
	if text := content(c.post("/staff/hearings/new", typed).one("main")); !strings.Contains(text, "2026/78") {
		t.Errorf("the second hearing of one form is not that of its case: %s", text)
	}
}

// The clocks of Casablanca skipped no hour, those of Paris do: the fault stands at the time.
func TestAnHourThatDoesNotExistIsToldAtItsField(t *testing.T) {
	c := newCourt(t)
	paris := c.institution
	paris.Zone = "Europe/Paris"
	if _, err := c.store.PutInstitution(paris, "test"); err != nil {
		t.Fatal(err)
	}
	w := c.send("/staff/hearings/new", url.Values{
		"hearing_title": {"Audience"}, "held_on": {"2027-03-28"}, "held_at": {"02:30"}, "length": {"30"}, "people.0.role": {"party"}, "people.0.name": {"X"},
	}, "Cookie", c.clerk)
	d := parse(t, w)
	links := d.all(func(n *html.Node) bool { return attribute(n, "href") == "#held_at" })
	if w.Code != http.StatusUnprocessableEntity || len(links) != 1 || !strings.Contains(content(links[0]), "n’existe pas") {
		t.Errorf("%d: %v", w.Code, texts(d, "errors"))
	}
}
