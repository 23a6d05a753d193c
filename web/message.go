package web

import (
	"time"

	"jalsa/booking"
)

// messageView is the receipt of one message, as templates/parts/messages.html shows it to the staff.
type messageView struct {
	Kind     string // in words
	To       string // "": erased
	Name     string // of the reader; "": not in the appointment any more
	Language string
	State    string // code, for style
	Status   string // the same in words
	Why      string // in words, or ""
	When     moment // sent, given up or dropped; while it waits: due
	Due      bool   // When is still to come
	Attempts int
}

// receipts are messages in words, by creation, with times on the clock of the appointment's zone.
func (v visitor) receipts(a booking.Appointment, all []booking.Message) ([]messageView, error) {
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return nil, err
	}
	views := make([]messageView, 0, len(all))
	for _, m := range all {
		p, _ := a.Participant(m.Participant)
		view := messageView{
			Kind: v.text("mail.kind." + string(m.Kind)), To: m.To, Name: p.Name, Language: m.Language,
			State: string(m.State), Status: v.text("mail.state." + string(m.State)), Attempts: m.Attempts,
		}
		if m.Why != "" {
			view.Why = v.text("mail.why." + m.Why)
		}
		at := m.Done
		if view.Due = m.State == booking.MessageQueued; view.Due {
			at = m.Due
		}
		view.When = v.moment(at.Truncate(time.Minute).In(zone))
		views = append(views, view)
	}
	return views, nil
}
