package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

func TestPeopleOfAnAppointment(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	party, witness := a.Participants[1], a.Participants[2]

	official := c.account(c.institution.ID, booking.StaffOfficial)
	c.post(fileOf(a, "/officer"), url.Values{"officer": {official.ID}})
	if hosts := officers(c.again(a)); len(hosts) != 1 || hosts[0].Staff != official.ID {
		t.Errorf("assigned: %v", hosts)
	}
	if text := content(c.post(fileOf(a, "/officer"), url.Values{"officer": {""}}).one("main")); !strings.Contains(text, "Plus personne") || len(officers(c.again(a))) != 0 {
		t.Errorf("nobody assigned: %v", officers(c.again(a)))
	}

	c.post(fileOf(a, "/people"), url.Values{
		"people.0.role": {"interpreter"}, "people.0.name": {"Ines Haddad"}, "people.0.phone": {"+33 6 12 34 56 78"}, "people.0.language": {"ar"}, "with": {witness.ID},
	})
	c.post(fileOf(a, "/people"), url.Values{ // a second click
		"people.0.role": {"interpreter"}, "people.0.name": {"Ines Haddad"}, "people.0.phone": {"+33612345678"}, "with": {witness.ID},
	})
	grown := c.again(a)
	if len(grown.Participants) != 5 {
		t.Errorf("%d people after adding one twice", len(grown.Participants))
	}
	added := grown.Participants[len(grown.Participants)-1]
	if added.Role != booking.RoleInterpreter || added.Phone != "+33612345678" || len(grown.LinkedWith(added)) != 2 {
		t.Errorf("added %+v", added)
	}
	faults := c.refused(fileOf(a, "/people"), url.Values{"people.0.role": {"party"}, "people.0.name": {"X"}, "people.0.email": {"nowhere"}})
	if !strings.Contains(faults, "nom@exemple") {
		t.Errorf("bad address: %q", faults)
	}
	if faults := c.refused(fileOf(a, "/people"), url.Values{"people.0.role": {"host"}, "people.0.name": {"X"}}); faults == "" {
		t.Error("a host was added as if they came along")
	}

	if faults := c.refused(fileOf(a, "/apart"), url.Values{"one": {added.ID}, "other": {witness.ID}}); !strings.Contains(faults, "ne peuvent pas être séparées") {
		t.Errorf("linked people apart: %q", faults)
	}
	w := c.send(fileOf(a, "/together"), nil, "Cookie", c.clerk)
	for _, n := range parse(t, w).all(func(n *html.Node) bool { return attribute(n, "hreflang") != "" }) {
		c.get(attribute(n, "href")) // the form's own address is no page to read
	}
	c.get(fileOf(a, "?lang=fr"))
	c.post(fileOf(a, "/together"), url.Values{"together": {added.ID}})
	d := c.post(fileOf(a, "/apart"), url.Values{"one": {party.ID}, "other": {witness.ID}})
	if !strings.Contains(content(d.one("main")), "Ne doit pas rencontrer") || len(c.again(a).Screens) != 1 {
		t.Errorf("screens %v", c.again(a).Screens)
	}
	if faults := c.refused(fileOf(a, "/together"), url.Values{"together": {party.ID, witness.ID}}); !strings.Contains(faults, "ne doivent pas se rencontrer") {
		t.Errorf("screened people together: %q", faults)
	}
	c.post(fileOf(a, "/apart"), url.Values{"one": {party.ID}, "other": {witness.ID}, "again": {"1"}})
	if len(c.again(a).Screens) != 0 {
		t.Error("the separation did not end")
	}

	if faults := c.refused(fileOf(a, "/people/2/absent"), nil); !strings.Contains(faults, "Ce n’est plus possible") {
		t.Errorf("absent before the start: %q", faults)
	}
	c.now = start.Add(20 * time.Minute)
	c.post(fileOf(a, "/people/2/absent"), nil)
	if p, _ := c.again(a).Participant(party.ID); !p.NoShow {
		t.Error("absence was not noted")
	}
	c.post(fileOf(a, "/people/2/absent"), url.Values{"back": {"1"}})
	if p, _ := c.again(a).Participant(party.ID); p.NoShow {
		t.Error("absence was not taken back")
	}
	c.post(fileOf(a, "/people/3/remove"), nil)
	if p, _ := c.again(a).Participant(witness.ID); p.Removed.IsZero() {
		t.Error("witness was not removed")
	}
	if w := c.send(fileOf(a, "/people/99/absent"), nil, "Cookie", c.clerk); w.Code != http.StatusNotFound {
		t.Errorf("somebody who is not in it: %d", w.Code)
	}
}

// An absence is offered of those alone who were not there, also when the hearing is closed.
func TestAbsenceIsOfferedOfWhoWasNotThere(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	offered := func() (numbers []string) {
		for _, n := range c.get(fileOf(a, "")).all(func(n *html.Node) bool { return strings.HasSuffix(attribute(n, "action"), "/absent") }) {
			numbers = append(numbers, strings.Split(attribute(n, "action"), "/")[5])
		}
		return numbers
	}
	c.now = start.Add(time.Minute)
	if got := offered(); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("nobody came: offered of %v", got)
	}
	for _, kind := range []string{"admitted", "connected"} {
		for _, p := range a.Participants[:2] {
			if err := c.store.Record(booking.Entry{Kind: kind, Appointment: a.ID, Participant: p.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := c.store.End(a.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if got := offered(); !slices.Equal(got, []string{"3"}) {
		t.Errorf("two came: offered of %v", got)
	}
	if faults := c.refused(fileOf(a, "/people/2/absent"), nil); !strings.Contains(faults, "a participé") {
		t.Errorf("the party was there: %q", faults)
	}
	c.post(fileOf(a, "/people/3/absent"), nil)
}
