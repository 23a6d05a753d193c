package booking

import (
	"fmt"
	"slices"
)

// What the staff does with the people of an appointment. Whether the actor may is asked by the caller, see May.

// place returns somebody in a, to be changed. ErrNotFound.
func (a *Appointment) place(participantID string) (*Participant, error) {
	i := a.index(participantID)
	if i < 0 {
		return nil, fmt.Errorf("participant %w", ErrNotFound)
	}
	return &a.Participants[i], nil
}

// amend runs fn on an appointment that is neither over nor erased, in a write transaction; a request is as good.
func (s *Store) amend(id, actor string, fn func(*tx, *Appointment) error) (Appointment, error) {
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		if r := a.over(); r != ReasonNone && r != ReasonRequested {
			return &Refused{Decision{Reason: r}}
		}
		return fn(t, a)
	})
}

// Assign makes a member of the staff the host; the one before is removed, whom "" removes without another. It may come
// late, also while the hearing runs. ErrNotFound, also for an account of another institution, a disabled one and one that
// holds no hearings; *Refused.
func (s *Store) Assign(id, account, actor string) (Appointment, error) {
	return s.amend(id, actor, func(t *tx, a *Appointment) error {
		var host Account
		if account != "" {
			found, err := t.getJSON(accounts, account, &host)
			if err != nil {
				return err
			}
			if !found || host.Institution != a.InstitutionID || host.Disabled || !host.Role.Hosts() {
				return fmt.Errorf("account %w", ErrNotFound)
			}
		}
		there := false
		for i := range a.Participants {
			p := &a.Participants[i]
			switch {
			case p.Role != RoleHost || !p.Removed.IsZero():
			case account != "" && p.Staff == account:
				there = true
			default:
				t.dismissHost(a, p)
			}
		}
		if account != "" && !there {
			p := a.add(hostOf(host))
			t.log(Entry{Kind: "assigned", Appointment: a.ID, Participant: p.ID, Subject: account})
			t.invite(a, p)
		}
		if len(t.entries) > 0 {
			t.remind(*a)
		}
		return nil
	})
}

// Add adds people, each with an own link, mailed when they have an address. Given are role, name, language, email, phone,
// link and whether they sign. FieldErrors, *Refused.
func (s *Store) Add(id string, people []Participant, actor string) (a Appointment, invites []Invite, err error) {
	var bad FieldErrors
	for i, p := range people {
		p.faults(&bad, fmt.Sprintf("participants.%d.", i))
	}
	if len(people) == 0 {
		bad.add("participants", "missing")
	}
	if err := bad.err(); err != nil {
		return a, nil, err
	}
	a, err = s.amend(id, actor, func(t *tx, a *Appointment) error {
		if len(a.Participants)+len(people) > maxParticipants {
			return FieldErrors{{"participants", "too_many"}}
		}
		for _, p := range people {
			added := a.add(Participant{Role: p.Role, Name: p.Name, Language: p.Language, Email: p.Email, Phone: p.Phone, Link: p.Link, Sign: p.Sign})
			invites = append(invites, t.invite(a, added))
		}
		return nil
	})
	if err != nil {
		return Appointment{}, nil, err
	}
	return a, invites, nil
}

// Link makes people move together, or each alone when only one is named. ErrNotFound, *Refused; FieldErrors when some of
// them must not meet.
func (s *Store) Link(id string, participantIDs []string, actor string) (Appointment, error) {
	return s.amend(id, actor, func(t *tx, a *Appointment) error {
		for _, pair := range a.Screens {
			if slices.Contains(participantIDs, pair[0]) && slices.Contains(participantIDs, pair[1]) {
				return FieldErrors{{"participants", "screened"}}
			}
		}
		link := ""
		if len(participantIDs) > 1 {
			link = newID()[:6]
		}
		for _, pid := range participantIDs {
			p, err := a.place(pid)
			if err != nil {
				return err
			}
			if p.Link == link {
				continue
			}
			p.Link = link
			t.log(Entry{Kind: "linked", Appointment: a.ID, Participant: p.ID, Code: link})
		}
		return nil
	})
}

// Screen keeps two people from meeting, or ends that. ErrNotFound, *Refused; FieldErrors for linked people and oneself.
func (s *Store) Screen(id, one, other string, apart bool, actor string) (Appointment, error) {
	return s.amend(id, actor, func(t *tx, a *Appointment) error {
		p, err := a.place(one)
		if err != nil {
			return err
		}
		q, err := a.place(other)
		if err != nil {
			return err
		}
		if p.ID == q.ID || p.Link != "" && p.Link == q.Link {
			return FieldErrors{{"participants", "linked"}}
		}
		i := slices.IndexFunc(a.Screens, func(pair [2]string) bool {
			return pair == [2]string{one, other} || pair == [2]string{other, one}
		})
		switch {
		case apart && i < 0:
			a.Screens = append(a.Screens, [2]string{one, other})
			t.log(Entry{Kind: "screened", Appointment: a.ID, Participant: one, Subject: other})
		case !apart && i >= 0:
			a.Screens = slices.Delete(a.Screens, i, i+1)
			t.log(Entry{Kind: "unscreened", Appointment: a.ID, Participant: one, Subject: other})
		}
		return nil
	})
}

// Sign notes that somebody speaks or interprets in sign language, or takes it back: everybody must see them. ErrNotFound,
// *Refused.
func (s *Store) Sign(id, participantID string, signs bool, actor string) (Appointment, error) {
	return s.amend(id, actor, func(t *tx, a *Appointment) error {
		p, err := a.place(participantID)
		if err != nil || p.Sign == signs {
			return err
		}
		p.Sign = signs
		kind := "signs"
		if !signs {
			kind = "signs_undone"
		}
		t.log(Entry{Kind: kind, Appointment: a.ID, Participant: p.ID})
		return nil
	})
}

// Call adds a member of the staff who helps in a hearing, as host if their role holds hearings and as clerk otherwise, and
// mails them their link; unlike Assign it takes the place of nobody. Who is in it stays as they are. ErrNotFound, also for
// an account of another institution and a disabled one; *Refused; FieldErrors when the hearing is full.
func (s *Store) Call(id, account, actor string) (Appointment, error) {
	return s.amend(id, actor, func(t *tx, a *Appointment) error {
		var colleague Account
		found, err := t.getJSON(accounts, account, &colleague)
		if err != nil {
			return err
		}
		if !found || account == "" || colleague.Institution != a.InstitutionID || colleague.Disabled || colleague.Operates() {
			return fmt.Errorf("account %w", ErrNotFound)
		}
		if slices.ContainsFunc(a.Participants, func(p Participant) bool { return p.Staff == account && p.Removed.IsZero() }) {
			return nil
		}
		if len(a.Participants) >= maxParticipants {
			return FieldErrors{{"participants", "too_many"}}
		}
		place := hostOf(colleague)
		if !colleague.Role.Hosts() {
			place.Role = RoleClerk
		}
		p := a.add(place)
		t.log(Entry{Kind: "called_in", Appointment: a.ID, Participant: p.ID, Subject: account})
		t.invite(a, p)
		return nil
	})
}

// SendLink mails somebody their link again. ErrNotFound; *Refused when there is nothing to enter any more, or no link that
// is good; FieldErrors without an address.
func (s *Store) SendLink(participantID, actor string) error {
	return s.update(actor, func(t *tx) error {
		a, p, err := t.held(participantID)
		if err != nil {
			return err
		}
		if r := a.over(); r != ReasonNone && r != ReasonRequested {
			return &Refused{Decision{Reason: r}}
		}
		if !p.Removed.IsZero() {
			return &Refused{Decision{Reason: ReasonRemoved}}
		}
		if _, ok := t.goodTicket(p); !ok {
			return &Refused{Decision{Reason: ReasonUnknownLink}}
		}
		if p.Email == "" {
			return FieldErrors{{"email", "missing"}}
		}
		t.dropQueued(a.ID, MessageLink)
		t.tellOne(MessageLink, a, p)
		t.log(Entry{Kind: "link_sent", Appointment: a.ID, Participant: p.ID})
		return nil
	})
}

// Revoke ends a link and its sessions without removing the person: only Reissue gives them another. Who holds a session
// open sees it end in Participant.Issue. ErrNotFound.
func (s *Store) Revoke(participantID, actor string) (a Appointment, err error) {
	err = s.update(actor, func(t *tx) error {
		var p Participant
		if a, p, err = t.held(participantID); err != nil {
			return err
		}
		var h holder
		if _, err := t.getJSON(holders, p.ID, &h); err != nil || len(h.Ticket) == 0 {
			return err
		}
		if err := t.endTicket(p); err != nil {
			return err
		}
		t.putJSON(holders, p.ID, holder{Appointment: a.ID})
		a.Participants[a.index(p.ID)].Issue++
		t.putAppointment(&a)
		t.log(Entry{Kind: "revoked", Appointment: a.ID, Participant: p.ID})
		return nil
	})
	if err != nil {
		return Appointment{}, err
	}
	return a, nil
}

// Attend makes a session in the hearing for a member of the staff who is in it, as Redeem does for a ticket. ErrNotFound
// when they are not; *Refused.
func (s *Store) Attend(id, account string) (secret string, p Participant, err error) {
	secret, _, p, err = s.enter(PurposeHearing, func(t *tx) (Appointment, Participant, error) {
		a, err := t.appointment(id)
		if err != nil {
			return a, p, err
		}
		for _, p := range a.Participants {
			if account != "" && p.Staff == account && p.Removed.IsZero() {
				return a, p, nil
			}
		}
		return a, p, fmt.Errorf("participant %w", ErrNotFound)
	})
	return secret, p, err
}
