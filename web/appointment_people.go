package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"jalsa/booking"
)

// partyView is one participant on the page of an appointment.
type partyView struct {
	person
	ID               string
	Number, Issue    uint32
	Language         string // in words
	Email, Phone     string
	Place, PlaceName string
	Booker, Staff    bool
	Sends, Renews    bool // their link, or a new one, can be mailed
	NoShow, Attended bool
	Removed          bool
	Signs            bool     // speaks or interprets in sign language
	Together, Apart  []string // names
	ApartIDs         []string // of Apart
	Revoked          bool     // their link was ended
	Opened           *moment  // when their link was first used
	Receipt          string   // of their latest message, in words
	Missent          bool     // that message did not go out
	Reminder         *moment  // when the next one is to be sent
	Rehearsed        *rehearsed
	Measured         *measured // of their last minutes in the hearing
}

// tellParties fills in who is in the appointment, what became of their links and of their mail.
func (s *site) tellParties(view *appointmentView, d desk, a booking.Appointment, messages []booking.Message) error {
	events, err := s.Bookings.History(a.ID)
	if err != nil {
		return err
	}
	present, err := s.Bookings.Attendance(a.ID)
	if err != nil {
		return err
	}
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return err
	}
	places, words, all := s.placesOf(a.ID), s.connectionsOf(a.ID), s.measuredOf(a.ID)
	byID := map[string]string{}
	for _, p := range a.Participants {
		byID[p.ID] = p.Name
	}
	for _, p := range a.Participants {
		one := partyView{
			person: d.person(p), ID: p.ID, Number: p.Number, Issue: p.Issue, Email: p.Email, Phone: p.Phone,
			Sends: s.Bookings.Reaches(p), Renews: s.renews(a, p), Booker: p.Booker, Staff: p.Staff != "", NoShow: p.NoShow, Removed: !p.Removed.IsZero(), Signs: p.Sign, Place: places[p.ID],
		}
		one.Attended = slices.ContainsFunc(present, func(q booking.Presence) bool { return q.Participant == p.ID })
		one.Rehearsed = d.rehearsed(p, s.Now())
		one.Measured = d.measured(words[p.ID], all[p.ID], zone)
		if p.Language != "" {
			one.Language = d.languageName(p.Language)
		}
		if one.Place != "" {
			one.PlaceName = d.text("docket.at." + one.Place)
		}
		for _, q := range a.LinkedWith(p) {
			if q.ID != p.ID && q.Removed.IsZero() {
				one.Together = append(one.Together, q.Name)
			}
		}
		for _, pair := range a.Screens {
			if i := slices.Index(pair[:], p.ID); i >= 0 {
				one.Apart, one.ApartIDs = append(one.Apart, byID[pair[1-i]]), append(one.ApartIDs, pair[1-i])
			}
		}
		for _, e := range events {
			if e.Participant != p.ID {
				continue
			}
			switch e.Kind {
			case "revoked":
				one.Revoked = true
			case "reissued":
				one.Revoked, one.Opened = false, nil
			case "redeemed":
				if m := d.moment(e.Time.In(zone)); one.Opened == nil {
					one.Opened = &m
				}
			}
		}
		if m, ok := latestOf(messages, p.ID); ok {
			one.Receipt, one.Missent = d.text("docket.receipt."+string(m.State)), m.State == booking.MessageFailed
		}
		if at := reminderOf(messages, p.ID); !at.IsZero() {
			m := d.moment(at.In(zone))
			one.Reminder = &m
		}
		view.People = append(view.People, one)
	}
	return nil
}

// latestOf is the last message to somebody of which there is something to tell: one that went out or did not, or that waits
// to go out. A reminder to come is none, nor what a later decision took back.
func latestOf(all []booking.Message, participantID string) (latest booking.Message, ok bool) {
	at := func(m booking.Message) time.Time {
		if m.State == booking.MessageQueued {
			return m.Created
		}
		return m.Done
	}
	for _, m := range all {
		if m.Participant != participantID || m.State == booking.MessageDropped || m.Planned() {
			continue
		}
		if !ok || !at(m).Before(at(latest)) {
			latest, ok = m, true
		}
	}
	return latest, ok
}

// reminderOf is when somebody will be reminded next, zero if they will not.
func reminderOf(all []booking.Message, participantID string) (next time.Time) {
	for _, m := range all {
		if m.Participant == participantID && m.Planned() && (next.IsZero() || m.Due.Before(next)) {
			next = m.Due
		}
	}
	return next
}

// languageName is a language in words of the reader, or its code where we have none.
func (v visitor) languageName(code string) string {
	if _, ok := v.messages["book.language."+code]; ok {
		return v.text("book.language." + code)
	}
	return code
}

// addView is what templates/people.html asks: who else comes.
type addView struct {
	frame
	Back      string
	Reference string
	Service   phrase
	Form      form
	People    peopleForm
}

// showAddPeople serves GET /staff/appointments/{appointment}/people.
func (s *site) showAddPeople(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.askMorePeople(w, r, d, a, d.form(url.Values{}))
}

// addPeople serves POST /staff/appointments/{appointment}/people.
func (s *site) addPeople(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	people, at := readPeople(&f, 1)
	if len(people) == 0 {
		f.fault(rowField(0, "name"), "missing")
	}
	if f.faulty() {
		return s.askMorePeople(w, r, d, a, f)
	}
	if with := f.line("with"); with != "" {
		p, ok := a.Participant(with)
		if !ok {
			f.fault("with", "unknown")
			return s.askMorePeople(w, r, d, a, f)
		}
		people[0].Link = p.Link
	}
	if isThere(a, people[0]) {
		return back(w, r, a.ID, "added") // sent twice
	}
	grown, invites, err := s.Bookings.Add(a.ID, people, d.account.ID)
	if err == nil && f.line("with") != "" && people[0].Link == "" {
		_, err = s.Bookings.Link(a.ID, []string{f.line("with"), invites[0].Participant.ID}, d.account.ID)
	}
	var refused *booking.Refused
	switch {
	case err == nil:
		return back(w, r, grown.ID, "added")
	case errors.As(err, &refused):
		return s.acted(w, r, d, a, d.form(url.Values{}), err, "added")
	case !d.blameDeed(&f, err, at...):
		return fmt.Errorf("add people: %w", err)
	}
	return s.askMorePeople(w, r, d, a, f)
}

// isThere reports whether the same person is in the appointment already.
func isThere(a booking.Appointment, p booking.Participant) bool {
	return slices.ContainsFunc(a.Participants, func(q booking.Participant) bool {
		return q.Removed.IsZero() && q.Role == p.Role && q.Name == p.Name && q.Email == p.Email && q.Phone == p.Phone
	})
}

func (s *site) askMorePeople(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, f form) error {
	view := addView{
		frame: s.staffFrame(d, d.text("docket.add.title"), "/staff/docket"), Back: appointmentAddress(a.ID, nil),
		Reference: a.Reference, Service: d.phrase(a.Service),
	}
	view.People = d.askPeople(&f, 1, false)
	with := []choice{{Value: "", Label: d.text("docket.person.alone")}}
	for _, p := range a.Participants {
		if p.Removed.IsZero() && !p.Role.Hosts() {
			with = append(with, choice{Value: p.ID, Label: p.Name})
		}
	}
	f.ask(field{Name: "with", Kind: "select", Label: d.text("docket.person.with"), Hint: d.text("docket.person.with_hint"), Choices: with})
	view.Form = f
	return s.showForm(w, r, d.visitor, "people", &view.frame, f, &view)
}

// linkPeople serves POST /staff/appointments/{appointment}/together: those ticked move as one from now on; one alone moves alone.
func (s *site) linkPeople(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	ids := f.Values["together"]
	if len(ids) == 0 {
		f.fault("together", "missing")
		return s.renderAppointment(w, r, d, a, f)
	}
	deed := "linked"
	if len(ids) == 1 {
		deed = "unlinked"
	}
	_, err = s.Bookings.Link(a.ID, ids, d.account.ID)
	return s.acted(w, r, d, a, f, err, deed)
}

// screenPeople serves POST /staff/appointments/{appointment}/apart: two people do not meet, or may again.
func (s *site) screenPeople(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	one, other := f.line("one"), f.line("other")
	for name, id := range map[string]string{"one": one, "other": other} {
		if id == "" {
			f.fault(name, "missing")
		}
	}
	if one == other && one != "" {
		f.fault("other", "oneself")
	}
	if f.faulty() {
		return s.renderAppointment(w, r, d, a, f)
	}
	apart, deed := f.line("again") == "", "screened"
	if !apart {
		deed = "unscreened"
	}
	_, err = s.Bookings.Screen(a.ID, one, other, apart, d.account.ID)
	return s.acted(w, r, d, a, f, err, deed)
}

// noteAbsence serves POST /staff/appointments/{appointment}/people/{number}/absent.
func (s *site) noteAbsence(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.note(w, r, d, a, s.Bookings.NoShow, "absent", "present")
}

// noteSign serves POST /staff/appointments/{appointment}/people/{number}/sign: whether somebody speaks or interprets in sign
// language, and so must be seen.
func (s *site) noteSign(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	return s.note(w, r, d, a, s.Bookings.Sign, "signs", "signs_not")
}

// note marks somebody, or takes the mark back, by a write of the books; done and undone are the words for it.
func (s *site) note(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment,
	write func(id, participantID string, on bool, actor string) (booking.Appointment, error), done, undone string) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	on, deed := typed.Get("back") == "", done
	if !on {
		deed = undone
	}
	_, err = write(a.ID, p.ID, on, d.account.ID)
	return s.acted(w, r, d, a, d.form(url.Values{}), err, deed)
}

// removePerson serves POST /staff/appointments/{appointment}/people/{number}/remove: the gate refuses them from now on. A new
// link takes that back.
func (s *site) removePerson(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	_, err := s.Bookings.Remove(a.ID, p.ID, d.account.ID)
	return s.acted(w, r, d, a, d.form(url.Values{}), err, "removed")
}

// numbered returns the participant of a with this number, as a path has it.
func numbered(a booking.Appointment, number string) (booking.Participant, bool) {
	for _, p := range a.Participants {
		if strconv.FormatUint(uint64(p.Number), 10) == number {
			return p, true
		}
	}
	return booking.Participant{}, false
}
