package web

import (
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// The latest message is one that went out or did not; tomorrow's reminder is told as what it is.
func TestReminderToComeIsNoLatestMessage(t *testing.T) {
	c := newMailCourt(t)
	a := c.appointment(c.institution, c.magistrate, func(d *booking.Draft) { d.Reminders = []time.Duration{10 * time.Minute} })
	lines := func() (receipts, reminders int) {
		text := content(c.get(fileOf(a, "?lang=fr")).one("main"))
		return strings.Count(text, "Dernier message : envoyé"), strings.Count(text, "Rappel prévu le lundi 23 novembre 2026, 09:50 (UTC")
	}
	messages, err := c.store.Messages(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	sent, planned := 0, 0
	for _, m := range messages {
		if m.Planned() {
			planned++
			continue
		}
		if err := c.store.Sent(m.ID); err != nil {
			t.Fatal(err)
		}
		sent++
	}
	if receipts, reminders := lines(); sent == 0 || receipts != sent || planned == 0 || reminders != planned {
		t.Errorf("%d sent, %d told; %d reminders, %d told", sent, receipts, planned, reminders)
	}
	waiting, later, err := c.store.Queued()
	if err != nil || waiting != 0 || later != planned {
		t.Errorf("%d wait, %d later, %v", waiting, later, err)
	}
}
