package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestALimiterHoldsEachKeyToItsPace(t *testing.T) {
	l := newLimiter(redeemPace)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for range redeemPace.burst {
		if !l.allow("citizen", now) {
			t.Fatal("refused within the burst")
		}
	}
	if l.allow("citizen", now) {
		t.Error("allowed beyond the burst")
	}
	if !l.allow("lawyer", now) {
		t.Error("one key's haste is held against another")
	}
	if !l.allow("citizen", now.Add(redeemPace.every)) {
		t.Error("refused after a while")
	}
}

func TestALimiterIsBounded(t *testing.T) {
	l := newLimiter(redeemPace)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for i := range 3 * limiterKept {
		l.allow(fmt.Sprint(i), now)
	}
	if len(l.each) > limiterKept {
		t.Errorf("%d remembered", len(l.each))
	}
}

func TestNetworkOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.77:4000":                 "192.0.2.0/24",
		"[::ffff:192.0.2.77]:4000":        "192.0.2.0/24",
		"[2001:db8:1:2:3:4:5:6]:443":      "2001:db8:1:2::/64",
		"[fe80::1%eth0]:443":              "fe80::/64",
		"somewhere":                       "::/0",
		"127.0.3.9:1":                     "127.0.3.0/24",
		"[2001:db8:1:2:ffff:ffff::1]:443": "2001:db8:1:2::/64",
	} {
		if got := NetworkOf(&http.Request{RemoteAddr: address}); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestRedeemingTooOftenSaysSo(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	for range redeemPace.burst {
		if w := f.do(http.MethodPost, "/j/"+invites[0].Ticket); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d within the burst", w.Code)
		}
	}
	w := f.do(http.MethodPost, "/j/"+invites[0].Ticket)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "10" {
		t.Errorf("status %d, retry after %q; want 429 and 10", w.Code, w.Header().Get("Retry-After"))
	}
	parse(t, w).one("h1")
}

// Who has a link cannot fill the boxes of those they brought by moving to and fro.
func TestChangingAnAppointmentTooOftenSaysSo(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	for i := range alterPace.burst {
		to := slotValue(tomorrow.Add(time.Duration(24*(1+i%2)) * time.Hour))
		if w := c.post("/j/"+ticket+"/move", "start", to); w.Code != http.StatusSeeOther && i < alterPace.burst-1 {
			t.Fatalf("status %d within the burst", w.Code)
		}
	}
	before, _ := f.store.Appointment(a.ID)
	w := c.post("/j/"+ticket+"/move", "start", slotValue(tomorrow.Add(72*time.Hour)))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
	if now, _ := f.store.Appointment(a.ID); now.Version != before.Version {
		t.Error("it was changed")
	}
}

// One network cannot write to the disk as fast as it can send.
func TestBookingTooFastSaysSo(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.hold(tomorrow)
	for range applyPace.burst {
		c.post(c.slots(), "key", "bad")
	}
	if w := c.post(c.at("you"), "name", "A", "email", "a@example.org"); w.Code != http.StatusTooManyRequests {
		t.Errorf("status %d", w.Code)
	}
	if w := c.get(c.at("you")); w.Code != http.StatusOK {
		t.Errorf("reading: status %d", w.Code)
	}
	f.now = f.now.Add(time.Minute)
	wantSentTo(t, c.post(c.at("you"), "name", "A", "email", "a@example.org"), c.at("needs"))
}
