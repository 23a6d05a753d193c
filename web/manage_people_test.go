package web

import (
	"strings"
	"testing"
	"time"
)

// Who booked sees whom they have brought and whether a link reaches them, takes them off again until the cut-off, and reads
// each time that it was done.
func TestCompanionsOnThePageOfTheLink(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	_, ticket := c.confirmed(tomorrow, "fatima@example.org")
	link := "/j/" + ticket
	removals := func(d document) (all []string) {
		for _, n := range d.elements("form") {
			if action := attribute(n, "action"); strings.Contains(action, "/remove") {
				all = append(all, action)
			}
		}
		return all
	}
	told := func(d document) string {
		n := d.named("p", "role", "status")
		if n == nil {
			return ""
		}
		return content(n)
	}
	if d := parse(t, c.get(link+"?lang=fr")); told(d) != "" || strings.Contains(content(d.one("main")), "Participent avec vous") {
		t.Errorf("before: %q", told(d))
	}
	wantSentTo(t, c.post(link+"/people", "role", "representative", "name", "Me Idrissi", "email", "me@example.org"), link+"?told=added")
	wantSentTo(t, c.post(link+"/people", "role", "assistant", "name", "Nadia"), link+"?told=added")
	d := parse(t, c.get(link+"?told=added&lang=fr"))
	page := content(d.one("main"))
	for _, want := range []string{"Participent avec vous", "Me Idrissi", "Avocat ou représentant", "me@example.org", "Nadia", "Sans lien personnel"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if told(d) != "La personne est ajoutée." {
		t.Errorf("told %q", told(d))
	}
	if d := parse(t, c.get(link+"?told=cancelled&lang=fr")); told(d) != "" {
		t.Errorf("told %q of an appointment that stands", told(d))
	}
	offered := removals(d)
	if len(offered) != 2 {
		t.Fatalf("offered %q", offered)
	}
	a := c.appointment()
	lawyer := a.Participants[len(a.Participants)-2]
	wantSentTo(t, c.post(strings.TrimSuffix(offered[0], "?lang=fr")), link+"?told=removed")
	if now := c.appointment(); now.Participants[len(now.Participants)-2].Removed.IsZero() || !now.Participants[len(now.Participants)-1].Removed.IsZero() {
		t.Errorf("after taking off the lawyer: %+v", now.Participants)
	}
	theirs, _, err := f.store.Ticket(lawyer.ID)
	if err != nil {
		t.Fatal(err)
	}
	if w := f.do("GET", "/j/"+theirs); !strings.Contains(w.Body.String(), `data-state="removed"`) {
		t.Errorf("the lawyer's link: %d", w.Code)
	}
	if w := c.post(link + "/people/1/remove"); w.Code != 404 {
		t.Errorf("taking off somebody not brought: status %d", w.Code)
	}
	f.now = tomorrow.Add(-23 * time.Hour) // after the cut-off
	d = parse(t, c.get(link+"?lang=fr"))
	if left := removals(d); len(left) != 0 || !strings.Contains(content(d.one("main")), "Nadia") {
		t.Errorf("after the cut-off: %q", left)
	}
	wantSentTo(t, c.post(strings.TrimSuffix(offered[1], "?lang=fr")), link)
	if now := c.appointment(); !now.Participants[len(now.Participants)-1].Removed.IsZero() {
		t.Error("taken off after the cut-off")
	}
}
