package booking

// Whom a decision is told. The messages are queued in its own transaction, see message.go.

// tell sends everybody in an appointment who has an address a message.
func (t *tx) tell(kind MessageKind, a Appointment) {
	for _, p := range a.Participants {
		t.tellOne(kind, a, p)
	}
}

// tellOthers is tell for everybody but who booked.
func (t *tx) tellOthers(kind MessageKind, a Appointment) {
	for _, p := range a.Participants {
		if !p.Booker {
			t.tellOne(kind, a, p)
		}
	}
}

// tellOne sends one person a message, if there is an address and they were not removed.
func (t *tx) tellOne(kind MessageKind, a Appointment, p Participant) {
	t.post(kind, a, p, Message{})
}

// tellBooker sends a message to who booked.
func (t *tx) tellBooker(kind MessageKind, a Appointment) {
	if p, ok := a.booker(); ok {
		t.tellOne(kind, a, p)
	}
}

// remind replaces the reminders of an appointment by those that its time asks for now: none unless it is confirmed and
// messages can be sent, and none whose moment has passed.
func (t *tx) remind(a Appointment) {
	t.dropQueued(a.ID, MessageReminder)
	if a.over() != ReasonNone || !t.mail {
		return
	}
	for _, before := range a.Reminders {
		at := a.Start.Instant.Add(-before)
		if !at.After(t.now) {
			continue
		}
		for _, p := range a.Participants {
			t.post(MessageReminder, a, p, Message{Due: at})
		}
	}
}
