package booking

import (
	"slices"
	"time"
)

// Presence is when somebody was in a hearing: from their first admission to their last departure.
type Presence struct {
	Participant string // id
	From, To    time.Time
	In          bool // they were in it still when the journal was last told; To is zero then
}

// Attendance returns who was in a hearing and when, as the journal tells, by first entry. Who was only in the waiting
// room was not in the hearing, nor who was admitted with somebody they belong to and never came. ErrNotFound.
func (s *Store) Attendance(id string) (all []Presence, err error) {
	err = s.view(func(t *tx) error {
		if _, err := t.appointment(id); err != nil {
			return err
		}
		events, err := t.events(id)
		all = attendance(events)
		return err
	})
	return all, err
}

// attended reports whether somebody is among those who were in a hearing.
func attended(all []Presence, participantID string) bool {
	return slices.ContainsFunc(all, func(p Presence) bool { return p.Participant == participantID })
}

// attendance reads the entries of one appointment. A departure takes several of them, as in disconnected, left, dismissed;
// the first counts. Who waits while the bench deliberates, or consults apart, is not in the hearing. Who lost the link and came back before the admission was taken back has been there throughout.
func attendance(events []Event) (all []Presence) {
	admitted := map[string]bool{}
	depart := func(p *Presence, at time.Time) {
		if p.In {
			p.In, p.To = false, at
		}
	}
	for _, e := range events {
		i := 0
		for i < len(all) && all[i].Participant != e.Participant {
			i++
		}
		known := i < len(all)
		switch e.Kind {
		case "admitted":
			admitted[e.Participant] = true
		case "connected":
			if !admitted[e.Participant] {
				continue
			}
			if !known {
				all = append(all, Presence{Participant: e.Participant, From: e.Time})
			}
			all[i].In, all[i].To = true, time.Time{}
		case "dismissed", "removed":
			admitted[e.Participant] = false
			if known {
				depart(&all[i], e.Time)
			}
		case "disconnected", "left", "waiting", "consulting":
			if known {
				depart(&all[i], e.Time)
			}
		case "closed":
			for i := range all {
				depart(&all[i], e.Time)
			}
		}
	}
	return all
}
