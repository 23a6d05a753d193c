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
		"somewhere":                       "somewhere",
		"127.0.3.9:1":                     "127.0.3.0/24",
		"[2001:db8:1:2:ffff:ffff::1]:443": "2001:db8:1:2::/64",
	} {
		if got := networkOf(&http.Request{RemoteAddr: address}); got != want {
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
