package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// Who holds hearings sees their own first, and all when they ask; a filter of theirs is kept from day to day.
func TestAMagistrateSeesTheirOwnListFirst(t *testing.T) {
	c := newCourt(t)
	own := c.appointment(c.institution, c.magistrate)
	c.appointment(c.institution, c.account(c.institution.ID, booking.StaffOfficial), at(t, "11:00"))
	c.clerk = c.signIn(c.magistrate)
	links := map[string]string{}
	follow := func(d document) {
		links = map[string]string{}
		for _, n := range d.elements("a") {
			links[content(n)] = attribute(n, "href")
		}
	}
	d := c.get("/staff/docket?day=2026-11-23")
	if rows := texts(d, "row-one"); len(rows) != 1 || !strings.Contains(rows[0], own.Reference) {
		t.Errorf("first %q", rows)
	}
	follow(d)
	d = c.get(links["Afficher les rendez-vous de tous"])
	if rows := texts(d, "row-one"); len(rows) != 2 {
		t.Errorf("of all %q", rows)
	}
	follow(d)
	follow(c.get(links["Jour suivant"]))
	d = c.get(links["Jour précédent"])
	if rows := texts(d, "row-one"); len(rows) != 2 {
		t.Errorf("of all, a day on and back %q", rows)
	}
	follow(d)
	if rows := texts(c.get(links["Afficher seulement mes rendez-vous"]), "row-one"); len(rows) != 1 {
		t.Errorf("own again %q", rows)
	}
	if rows := texts(c.get("/staff/docket?day=2026-11-23&officer=none"), "row-one"); len(rows) != 0 {
		t.Errorf("of nobody %q", rows)
	}
}

// The desk reads the institution's clock and that of the citizen, not that of its own browser.
func TestTheSecondClockOfTheDeskIsTheCitizens(t *testing.T) {
	c := newCourt(t)
	asked, made := c.request("15:00"), c.appointment(c.institution, c.magistrate)
	for target, want := range map[string]string{
		"/staff/requests": "15:00 Maroc UTC+0 10:00 États-Unis (New York)", fileOf(asked, ""): "15:00 Maroc UTC+0 10:00 États-Unis (New York)",
		fileOf(asked, "/move"): "15:00 Maroc UTC+0 10:00 États-Unis (New York)", fileOf(made, ""): "10:00 Maroc UTC+0",
	} {
		text := content(c.get(target).one("main"))
		if !strings.Contains(text, want) || strings.Contains(text, "Paris") {
			t.Errorf("%s does not tell %q, or tells a time of Paris: %s", target, want, text)
		}
	}
}

// What was adjourned is not among what was cancelled.
func TestTheDocketCountsWhatWasAdjourned(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	c.post(fileOf(a, "/adjourn"), url.Values{"held_on": {"2026-12-07"}, "held_at": {"15:30"}})
	if counts := texts(c.get("/staff/docket?day=2026-11-23"), "counts"); len(counts) != 1 || counts[0] != "1 Total 1 Reportés" {
		t.Errorf("the docket counts an adjourned one as %q", counts)
	}
}

// Who has held a hearing goes on with the docket of that day, from the room and from the page that says that it is over.
func TestTheHostGoesBackToTheDocket(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	w := c.send(fileOf(a, "/attend"), nil, "Cookie", c.signIn(c.magistrate))
	room, session := w.Header().Get("Location"), find(t, w, booking.SessionCookie)
	page := func() document { return parse(t, c.do("GET", room, "Cookie", session.Name+"="+session.Value)) }
	const docket = "/staff/docket?day=2026-11-23"
	if got := readBoot(t, page()).Docket; got != docket {
		t.Errorf("the room leads to %q", got)
	}
	c.now = start.Add(3 * time.Hour)
	if got := page().all(func(n *html.Node) bool { return attribute(n, "href") == docket }); len(got) != 1 {
		t.Errorf("%d links to the docket when it is over", len(got))
	}
}
