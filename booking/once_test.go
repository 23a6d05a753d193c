package booking

import (
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// Each decision is one write transaction, and so waits for the disk once.
func TestADecisionIsOneTransaction(t *testing.T) {
	b := newBureau(t, true)
	writes := func() (n int) {
		if err := b.db.View(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	start := at(t, monday+"10:00").Instant
	var a Appointment
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"hold", func() error { _, err := b.Hold(key("a"), "browser a", "192.0.2.0/24", b.service.ID, start); return err }},
		{"fill", func() error { _, err := b.Fill(key("a"), "browser a", typed("y@example.org")); return err }},
		{"request", func() (err error) { a, _, err = b.Request(key("a"), "browser a"); return err }},
		{"prove", func() error { _, err := b.ProveByTicket(b.linkOf(t, a), false); return err }},
		{"move", func() error { _, err := b.MoveByTicket(b.linkOf(t, a), start.Add(30*time.Minute)); return err }},
		{"cancel", func() error { _, err := b.CancelByTicket(b.linkOf(t, a), "imprévu"); return err }},
	} {
		before := writes()
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := writes() - before; n != 1 {
			t.Errorf("%s: %d transactions", step.name, n)
		}
	}
}
