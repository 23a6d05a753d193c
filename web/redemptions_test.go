package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestALinkIsNotRedeemedFasterThanPeopleDo(t *testing.T) {
	var r redemptions
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for range redeemBurst {
		if !r.allow("citizen", now) {
			t.Fatal("refused within the burst")
		}
	}
	if r.allow("citizen", now) {
		t.Error("allowed beyond the burst")
	}
	if !r.allow("lawyer", now) {
		t.Error("one link's haste is held against another")
	}
	if !r.allow("citizen", now.Add(redeemEvery)) {
		t.Error("refused after a while")
	}
}

func TestRedemptionsAreBounded(t *testing.T) {
	var r redemptions
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for i := range 3 * redeemKept {
		r.allow(fmt.Sprint(i), now)
	}
	if len(r.each) > redeemKept {
		t.Errorf("%d remembered", len(r.each))
	}
}

func TestRedeemingTooOftenSaysSo(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	for range redeemBurst {
		if w := f.do(http.MethodPost, "/j/"+invites[0].Ticket); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d within the burst", w.Code)
		}
	}
	w := f.do(http.MethodPost, "/j/"+invites[0].Ticket)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, retry after %q; want 429 and a time", w.Code, w.Header().Get("Retry-After"))
	}
	parse(t, w).one("h1")
}
