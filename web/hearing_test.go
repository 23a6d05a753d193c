package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// stages is every state in which somebody may find their link.
var stages = []struct {
	state  string
	guest  int // which invite looks
	enter  bool
	status int // of POST
	change func(*fixture, booking.Appointment, []booking.Invite) error
}{
	{"too_early", 1, false, 403, func(f *fixture, _ booking.Appointment, _ []booking.Invite) error {
		f.now = start.Add(-2 * time.Hour)
		return nil
	}},
	{"open", 1, true, 303, nil},
	{"open", 0, true, 303, nil},
	{"delayed", 1, true, 303, func(f *fixture, a booking.Appointment, _ []booking.Invite) error {
		_, err := f.store.Delay([]string{a.ID}, 20*time.Minute, "test")
		return err
	}},
	{"delayed", 1, true, 303, func(f *fixture, _ booking.Appointment, _ []booking.Invite) error {
		f.now = start.Add(11 * time.Minute)
		return nil
	}},
	{"in_session", 2, true, 303, func(f *fixture, a booking.Appointment, _ []booking.Invite) error {
		_, err := f.store.Start(a.ID, "test")
		return err
	}},
	{"in_session", 1, true, 303, func(f *fixture, a booking.Appointment, i []booking.Invite) error {
		if _, err := f.store.Start(a.ID, "test"); err != nil {
			return err
		}
		_, err := f.store.Admit(a.ID, []string{i[1].Participant.ID}, "test")
		f.now = start.Add(3 * time.Hour) // overtime
		return err
	}},
	{"too_late", 1, false, 410, func(f *fixture, a booking.Appointment, _ []booking.Invite) error {
		_, err := f.store.Start(a.ID, "test")
		f.now = start.Add(3 * time.Hour)
		return err
	}},
	{"cancelled", 1, false, 410, func(f *fixture, a booking.Appointment, _ []booking.Invite) error {
		_, err := f.store.Cancel(a.ID, booking.Why{Code: "court_unavailable"}, "test")
		return err
	}},
	{"closed", 0, false, 410, func(f *fixture, a booking.Appointment, _ []booking.Invite) error {
		_, err := f.store.End(a.ID, "test")
		return err
	}},
	{"removed", 1, false, 403, func(f *fixture, a booking.Appointment, i []booking.Invite) error {
		_, err := f.store.Remove(a.ID, i[1].Participant.ID, "test")
		return err
	}},
}

func TestEveryStateInEveryLanguage(t *testing.T) {
	for _, stage := range stages {
		f := newFixture(t)
		a, invites := f.book()
		if stage.change != nil {
			if err := stage.change(f, a, invites); err != nil {
				t.Fatal(err)
			}
		}
		link := "/j/" + invites[stage.guest].Ticket
		for _, l := range languages {
			t.Run(stage.state+"/"+l.Code, func(t *testing.T) {
				w := f.do("GET", link+"?lang="+l.Code)
				if w.Code != http.StatusOK {
					t.Fatalf("status %d", w.Code)
				}
				d := parse(t, w)
				checkPage(t, d, l)
				if d.state() != stage.state {
					t.Errorf("state %q, want %q", d.state(), stage.state)
				}
				posts := d.all(func(n *html.Node) bool { return n.Data == "form" && attribute(n, "method") == "post" })
				rehearsals := d.all(func(n *html.Node) bool { return n.Data == "button" && attribute(n, "name") == "rehearsal" })
				if stage.enter != (len(posts)-len(rehearsals) == 1) {
					t.Errorf("%d forms to enter, want one: %v", len(posts), stage.enter)
				}
				if early := stage.state == "too_early"; early != (len(rehearsals) == 1) {
					t.Errorf("%d buttons to rehearse", len(rehearsals))
				}
				text := content(d.one("main"))
				for _, want := range []string{invites[stage.guest].Participant.Name, "RBT-2026-0417", "10:00", "UTC+0", "11:00", "UTC+1"} {
					if !strings.Contains(text, want) {
						t.Errorf("page does not say %q: %s", want, text)
					}
				}
				checkNoTicket(t, f, w, invites)
			})
		}
		if w := f.do("POST", link); w.Code != stage.status {
			t.Errorf("%s: POST status %d, want %d", stage.state, w.Code, stage.status)
		} else if stage.status != http.StatusSeeOther {
			if state := parse(t, w).state(); state != stage.state || len(w.Header()["Set-Cookie"]) != 0 {
				t.Errorf("POST refused with state %q and cookies %v", state, w.Header()["Set-Cookie"])
			}
		}
	}
}

// A moved appointment cannot be made through the store yet, so the page is asked directly.
func TestMovedAndOtherRefusals(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	s := siteOf(t, f)
	for _, reason := range []booking.Reason{booking.ReasonMoved, booking.ReasonCapacity, booking.ReasonTooEarly} {
		v := s.visitor(httptest.NewRequest("GET", "/", nil), "ar")
		view, err := s.hearing(v, a, invites[1].Participant, booking.Decision{Reason: reason}, f.now)
		if err != nil {
			t.Fatal(err)
		}
		if view.State != string(reason) || view.Enter != "" || strings.Contains(view.StateName, ".") {
			t.Errorf("%s: %+v", reason, view)
		}
	}
}

// The page comes back once, when it has news, and only if that is soon.
func TestPageReloadsWhenTheRoomOpens(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	link := "/j/" + invites[1].Ticket
	opens := start.Add(-30 * time.Minute)
	for _, c := range []struct {
		before   time.Duration
		min, max int // seconds; 0: not at all
	}{
		{2 * time.Hour, 0, 0},
		{50 * time.Minute, 3001, 3015},
		{10 * time.Second, 11, 25},
		{0, 60, 74}, // and then each minute
	} {
		f.now = opens.Add(-c.before)
		refresh := f.do("GET", link).Header().Get("Refresh")
		got := 0
		if refresh != "" {
			seconds, err := time.ParseDuration(refresh + "s")
			if err != nil {
				t.Fatal(err)
			}
			got = int(seconds.Seconds())
		}
		if got < c.min || got > c.max {
			t.Errorf("%v before the opening: reload after %q, want %d to %d s", c.before, refresh, c.min, c.max)
		}
	}
	f.now = opens.Add(-10 * time.Minute)
	promise := siteOf(t, f).catalogues["fr"].text("join.reloads")
	if !strings.Contains(f.do("GET", link).Body.String(), promise) {
		t.Error("the page does not say that it will reload")
	}
	if w := f.do("POST", link); w.Header().Get("Refresh") != "" || strings.Contains(w.Body.String(), promise) {
		t.Error("the answer to a form reloads itself, or says so")
	}
}
