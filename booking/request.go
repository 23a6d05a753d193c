package booking

import (
	"cmp"
	"errors"
	"slices"
)

// Request turns a filled hold into an appointment, once: the same key again returns the same appointment. A hold that
// lapsed meanwhile is taken again if the slot is still free; with ErrSlotTaken what was typed is kept for another slot.
// With mail, the appointment is requested until its contact is proven, by the personal link or the code that is mailed;
// without mail, until the staff accepts it, and the ticket is returned to be shown to the citizen; else ticket is "".
// ErrSlotTaken, ErrNotFound, ErrTooMany; FieldErrors when nothing was filled in.
//
// One address is sent a bounded number of proofs per hour. A request beyond that is made all the same and looks the same,
// for the answer must not tell who else wrote to an address; it expires unless a proof is asked for again later.
func (s *Store) Request(key, browser string) (a Appointment, ticket string, err error) {
	err = s.update("", func(t *tx) error {
		h, err := t.hold(key, browser)
		if err != nil {
			return err
		}
		if h.Appointment != "" {
			a, ticket, err = t.requested(h)
			return err
		}
		if err := h.Application.Validate(t.mail); err != nil {
			return err
		}
		v, err := t.claim(&h)
		if err != nil {
			return err
		}
		if a, err = t.apply(h, v); err != nil {
			return err
		}
		citizen := a.Participants[0]
		t.actor = citizen.ID
		t.enroll(&a)
		t.log(Entry{Kind: "requested", Appointment: a.ID, Participant: citizen.ID, Subject: v.ID})
		for i, p := range a.Participants {
			if invite := t.issue(a.ID, p); i == 0 && !a.Contact.Posted {
				ticket = invite.Ticket
			}
		}
		h.Appointment, h.Application, h.Until, h.Lapsed = a.ID, Application{}, a.Created, false
		t.putHold(h)
		_, err = t.postProof(a)
		return err
	})
	if err != nil {
		return Appointment{}, "", err
	}
	return a, ticket, nil
}

// requested is the answer to a key that became an appointment before.
func (t *tx) requested(h Hold) (a Appointment, ticket string, err error) {
	if a, err = t.appointment(h.Appointment); err != nil || a.Contact.Posted {
		return a, "", err
	}
	if p, ok := a.booker(); ok {
		ticket, _ = t.ticketOf(p)
	}
	return a, ticket, nil
}

// claim makes sure of the slot of a hold, whether or not it lapsed. A slot that was offered when it was chosen counts as
// offered while it is held, though the least notice has begun meanwhile.
func (t *tx) claim(h *Hold) (v Service, err error) {
	if _, err := t.getJSON(services, h.Service, &v); err != nil {
		return v, err
	}
	asked := v
	if h.holds(t.now) {
		asked.Notice = max(0, v.Notice-holdAtMost)
	} else if err := t.withinShare(*h); err != nil {
		return v, err
	}
	free, at, err := t.offered(asked, h.Start.Instant, h.owns)
	if errors.Is(err, ErrNotFound) {
		err = ErrSlotTaken
	}
	if err != nil {
		return v, err
	}
	if !slices.Contains(free, h.Counter) {
		h.Counter = free[0]
	}
	h.Start = at
	return v, nil
}

// apply returns the appointment that a hold asks for.
func (t *tx) apply(h Hold, v Service) (Appointment, error) {
	var i Institution
	var c Counter
	if _, err := t.getJSON(institutions, v.Institution, &i); err != nil {
		return Appointment{}, err
	}
	if _, err := t.getJSON(counters, h.Counter, &c); err != nil {
		return Appointment{}, err
	}
	f := h.Application
	a := Appointment{
		ID: newID(), InstitutionID: i.ID, ServiceID: v.ID, CounterID: c.ID,
		Institution: i.Name, Service: v.Name, Prepare: v.Prepare, Judicial: v.Judicial,
		State: StateRequested, Created: t.now,
		Contact:     Contact{Email: f.Email, Phone: f.Phone, Zone: f.Zone, Posted: t.mail},
		Interpreter: f.Interpreter, Needs: f.Needs,
		Accepted: v.Accepted, Cutoff: v.Cutoff, Reminders: v.Reminders, Keep: v.Keep, Observers: v.Observers,
		Start: h.Start, Duration: v.Duration, EarlyEntry: v.EarlyEntry, Grace: v.Grace,
	}
	a.add(Participant{Role: RoleParty, Name: f.Name, Language: f.Language, Email: f.Email, Phone: f.Phone, Booker: true})
	for _, companion := range f.Companions {
		a.accompany(companion)
	}
	return a, t.giveHost(&a, c)
}

// add gives somebody a place in the appointment: an id, a number and a first ticket to be issued. It returns the place.
func (a *Appointment) add(p Participant) *Participant {
	p.ID, p.Issue, p.Number = newID(), 1, 1
	for _, q := range a.Participants {
		p.Number = max(p.Number, q.Number+1)
	}
	a.Participants = append(a.Participants, p)
	return &a.Participants[len(a.Participants)-1]
}

// accompany adds somebody who comes along with who booked.
func (a *Appointment) accompany(c Companion) *Participant {
	citizen, _ := a.booker()
	link := ""
	if c.Role.linked() {
		link = cmp.Or(citizen.Link, newID()[:6])
	}
	p := a.add(Participant{Role: c.Role, Name: c.Name, Email: c.Email, Language: cmp.Or(c.Language, citizen.Language), Link: link, Brought: true})
	if i := a.index(citizen.ID); i >= 0 && link != "" {
		a.Participants[i].Link = link
	}
	return p
}

// giveHost adds the member of the staff who holds the appointments of a counter, if there is one. Without, everybody waits
// until somebody is assigned.
func (t *tx) giveHost(a *Appointment, c Counter) error {
	var host Account
	if c.Host == "" {
		return nil
	}
	if found, err := t.getJSON(accounts, c.Host, &host); err != nil || !found || host.Disabled {
		return err
	}
	a.add(hostOf(host))
	return nil
}

// hostOf is a member of the staff as the host of an appointment.
func hostOf(account Account) Participant {
	return Participant{Role: RoleHost, Staff: account.ID, Name: account.Name, Email: account.Login, Language: account.Language}
}

// enroll writes a new appointment under a reference of its own.
func (t *tx) enroll(a *Appointment) {
	for a.Reference == "" || t.get(references, a.Reference) != nil {
		a.Reference = newReference()
	}
	t.put(references, a.Reference, []byte(a.ID))
	t.putAppointment(a)
}
