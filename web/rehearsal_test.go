package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// rehearsing redeems a ticket for a rehearsal, and returns its page and the cookie.
func (f *fixture) rehearsing(ticket string) (page, session string) {
	f.t.Helper()
	w := f.send("/j/"+ticket, url.Values{"rehearsal": {"1"}})
	if w.Code != http.StatusSeeOther {
		f.t.Fatalf("redeem: status %d", w.Code)
	}
	return w.Header().Get("Location"), booking.SessionCookie + "=" + find(f.t, w, booking.SessionCookie).Value
}

var goodTest = url.Values{"fitness": {"good"}, "path": {"direct"}, "up": {"312"}, "down": {"287"}, "loss": {"1"}, "rtt": {"84"}}

func TestRehearsalPagesDaysBefore(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	f.now = start.AddDate(0, 0, -3)
	ticket := invites[1].Ticket
	for _, l := range languages {
		w := f.do("GET", "/j/"+ticket+"/rehearsal?lang="+l.Code)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		d := parse(t, w)
		checkPage(t, d, l)
		checkNoTicket(t, f, w, invites)
		if len(d.elements("script")) != 0 {
			t.Error("a page that only explains has a script")
		}
	}
	page, session := f.rehearsing(ticket)
	if again := f.send("/j/"+ticket+"/rehearsal", url.Values{}); again.Header().Get("Location") != page {
		t.Errorf("the button of the letter's page leads to %s", again.Header().Get("Location"))
	}
	for _, l := range languages {
		w := f.do("GET", page+"?lang="+l.Code, "Cookie", session)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		d := parse(t, w)
		checkPage(t, d, l)
		checkNoTicket(t, f, w, invites)
		if content(d.one("noscript")) == "" {
			t.Error("nothing is said to a browser without script")
		}
		var boot struct {
			Socket, Result, Phone string
			Messages              map[string]any
		}
		for _, n := range d.elements("script") {
			if attribute(n, "id") == "boot" {
				if err := json.Unmarshal([]byte(n.FirstChild.Data), &boot); err != nil {
					t.Fatal(err)
				}
			}
		}
		if boot.Socket != page+"/ws" || boot.Result != page || boot.Messages["rehearsal.again"] == nil || boot.Messages["room.device.retry"] == nil {
			t.Errorf("boot %+v", boot)
		}
	}
	if w := f.do("GET", page+"/ws"); w.Body.String() != "rehearsal "+invites[1].Participant.ID {
		t.Errorf("socket answers %q", w.Body)
	}
	if w := f.do("GET", strings.TrimSuffix(page, "rehearsal"), "Cookie", session); parse(t, w).state() != "too_early" {
		t.Error("who may rehearse may enter the room")
	}
}

func TestARehearsalIsToldToStaffAndCitizen(t *testing.T) {
	f := newFixture(t)
	d, _ := f.desk(booking.StaffClerk)
	institution, err := f.store.Institution(d.Institution)
	if err != nil {
		t.Fatal(err)
	}
	a := f.appointment(institution, f.account(d.Institution, booking.StaffMagistrate))
	f.now = a.Start.Instant.AddDate(0, 0, -4)
	var party booking.Participant
	for _, p := range a.Participants {
		if p.Role == booking.RoleParty {
			party = p
		}
	}
	ticket, ok, err := f.store.Ticket(party.ID)
	if err != nil || !ok {
		t.Fatal(err)
	}
	page, session := f.rehearsing(ticket)
	if w := f.send(page, goodTest, "Cookie", session); w.Code != http.StatusNoContent {
		t.Fatalf("status %d", w.Code)
	}
	f.now = f.now.AddDate(0, 0, 2).Add(time.Hour)
	staff := f.signIn(d)
	const told = "Test de connexion : bon, il y a 2 jours"
	for _, where := range []struct{ address, cookie, want string }{
		{"/staff/docket?day=" + a.Start.Instant.Format("2006-01-02"), staff, told},
		{"/staff/appointments/" + a.ID, staff, "envoi 310 kbit/s"},
		{"/staff/appointments/" + a.ID + "/history", staff, "Connexion testée"},
		{"/j/" + ticket, "", told},
	} {
		w := f.do("GET", where.address+"", "Cookie", where.cookie, "Accept-Language", "fr")
		if text := content(parse(t, w).one("main")); !strings.Contains(text, where.want) {
			t.Errorf("%s does not say %q: %s", where.address, where.want, text)
		}
	}
}

func TestOnlyARehearsalIsKept(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	f.now = start.AddDate(0, 0, -3)
	page, session := f.rehearsing(invites[1].Ticket)
	for name, spoil := range map[string]url.Values{
		"words":   {"fitness": {"Bonjour"}},
		"number":  {"up": {"many"}},
		"bounds":  {"loss": {"101"}},
		"nothing": {"fitness": nil},
	} {
		typed := url.Values{}
		for k, v := range goodTest {
			typed[k] = v
		}
		for k, v := range spoil {
			typed[k] = v
		}
		f.now = f.now.Add(time.Minute)
		if w := f.send(page, typed, "Cookie", session); w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if w := f.send(page, goodTest); w.Code != http.StatusForbidden {
		t.Errorf("without session: status %d", w.Code)
	}
	now, err := f.store.Appointment(a.ID)
	if err != nil || now.Participants[1].Rehearsal != (booking.Rehearsal{}) {
		t.Errorf("kept: %+v, %v", now.Participants[1].Rehearsal, err)
	}
	f.now = f.now.Add(time.Hour)
	kept := 0
	for range 3 * rehearsePace.burst {
		if f.send(page, goodTest, "Cookie", session).Code == http.StatusNoContent {
			kept++
		}
	}
	if kept != rehearsePace.burst {
		t.Errorf("%d kept at once, want %d", kept, rehearsePace.burst)
	}
	if _, err := f.store.Cancel(a.ID, booking.Why{Code: "ill"}, "test"); err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(time.Hour)
	if w := f.send(page, goodTest, "Cookie", session); w.Code != http.StatusForbidden {
		t.Errorf("of a cancelled hearing: status %d", w.Code)
	}
	if w := f.do("GET", page, "Cookie", session); parse(t, w).state() != "cancelled" {
		t.Error("a cancelled hearing can be rehearsed")
	}
	if w := f.do("GET", "/j/"+invites[1].Ticket+"/rehearsal"); parse(t, w).state() != "cancelled" {
		t.Error("the page of the link offers a rehearsal of a cancelled hearing")
	}
}
