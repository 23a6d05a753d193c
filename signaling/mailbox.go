package signaling

import (
	"sync"
	"time"

	"jalsa/booking"
)

// mailbox is how the books and the clock reach a goroutine without waiting for
// it: of each only the newest counts.
type mailbox struct {
	wake chan struct{} // holds one: there is something

	mu      sync.Mutex
	changed *booking.Appointment
	ticked  time.Time
}

func newMailbox() mailbox { return mailbox{wake: make(chan struct{}, 1)} }

// changedTo leaves a newer appointment.
func (m *mailbox) changedTo(a booking.Appointment) {
	m.mu.Lock()
	if m.changed == nil || m.changed.Version <= a.Version {
		m.changed = &a
	}
	m.mu.Unlock()
	m.nudge()
}

// tick leaves the time.
func (m *mailbox) tick(now time.Time) {
	m.mu.Lock()
	m.ticked = now
	m.mu.Unlock()
	m.nudge()
}

// nudge has the owner look again.
func (m *mailbox) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// read empties it: nil and zero are what nobody left.
func (m *mailbox) read() (changed *booking.Appointment, ticked time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed, ticked = m.changed, m.ticked
	m.changed, m.ticked = nil, time.Time{}
	return changed, ticked
}
