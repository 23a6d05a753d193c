package booking

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Draft is what one asks to book. Made by a command it is a hearing, of an institution or of none but its name; made by the
// staff of an institution it belongs to it, and may claim a counter.
type Draft struct {
	Reference                   string // "": make one
	InstitutionID, ServiceID    string // "" is none; with them, names and margins left out are theirs
	CounterID                   string // the counter that is claimed, "" is none
	Institution, Service        Text
	Prepare                     []Text
	Judicial                    bool
	Case                        string
	Interpreter, Needs          string
	Cutoff                      time.Duration
	Reminders                   []time.Duration
	Keep                        int
	Observers                   string // see Appointment
	Start                       Civil
	Duration, EarlyEntry, Grace time.Duration
	Participants                []Participant // Role, Name, Language, Link, Email, Phone, Sign and Staff; the rest is given by Book
	Screens                     [][2]int      // positions of people who must not meet
}

const (
	maxText         = 2000 // characters of one text
	maxName         = 200  // characters of a name, reference, language or link
	maxParticipants = 200
	maxMargin       = 24 * time.Hour // early entry, grace, delay
)

// validate returns a *FieldError for the first bad field.
func (d Draft) validate() error {
	if d.Reference != "" && !isLine(d.Reference) {
		return &FieldError{"reference", "invalid"}
	}
	if code := d.Institution.fault(); code != "" {
		return &FieldError{"institution", code}
	}
	if code := d.Service.fault(); code != "" {
		return &FieldError{"service", code}
	}
	for i, t := range d.Prepare {
		if code := t.fault(); code != "" {
			return &FieldError{fmt.Sprintf("prepare.%d", i), code}
		}
	}
	if _, err := Zone(d.Start.Zone); err != nil {
		return &FieldError{"zone", "unknown"}
	}
	if !d.Start.consistent() {
		return &FieldError{"start", "invalid"}
	}
	if d.Duration <= 0 || d.Duration > overtime {
		return &FieldError{"duration", "invalid"}
	}
	if d.EarlyEntry < 0 || d.EarlyEntry > maxMargin {
		return &FieldError{"early_entry", "invalid"}
	}
	if d.Grace < 0 || d.Grace > maxMargin {
		return &FieldError{"grace", "invalid"}
	}
	if code := nameFault(d.Case, false); code != "" {
		return &FieldError{"case", code}
	}
	if code := languageFault(d.Interpreter, false); code != "" {
		return &FieldError{"interpreter", code}
	}
	if code := noteFault(d.Needs); code != "" {
		return &FieldError{"needs", code}
	}
	if code := observersFault(d.Observers); code != "" {
		return &FieldError{"observers", code}
	}
	return d.validatePeople()
}

func (d Draft) validatePeople() error {
	people := d.Participants
	switch {
	case len(people) == 0:
		return &FieldError{"participants", "missing"}
	case len(people) > maxParticipants:
		return &FieldError{"participants", "too_many"}
	case d.InstitutionID == "" && !slices.ContainsFunc(people, func(p Participant) bool { return p.Role.Hosts() }):
		return &FieldError{"participants", "no_host"}
	}
	var bad FieldErrors
	for i, p := range people {
		if p.faults(&bad, fmt.Sprintf("participants.%d.", i)); len(bad) > 0 {
			return bad[0]
		}
	}
	for i, pair := range d.Screens {
		one, other := pair[0], pair[1]
		if min(one, other) < 0 || max(one, other) >= len(people) || one == other || people[one].Link != "" && people[one].Link == people[other].Link {
			return &FieldError{fmt.Sprintf("screens.%d", i), "invalid"}
		}
	}
	return nil
}

// faults notes what is wrong with somebody who is to be invited, the fields under a prefix.
func (p Participant) faults(bad *FieldErrors, prefix string) {
	if !p.Role.known() {
		bad.add(prefix+"role", "unknown")
	}
	switch {
	case p.Name == "":
		bad.add(prefix+"name", "missing")
	case !isLine(p.Name):
		bad.add(prefix+"name", "invalid")
	}
	if p.Language != "" && !isCode(p.Language) {
		bad.add(prefix+"language", "invalid")
	}
	if p.Link != "" && !isLine(p.Link) {
		bad.add(prefix+"link", "invalid")
	}
	bad.add(prefix+"email", emailFault(p.Email, false))
	bad.add(prefix+"phone", phoneFault(p.Phone, false))
}

// Fault returns the code of what is wrong with a text and in which language, "" for a text in none; or twice "".
func (t Text) Fault() (lang, code string) {
	if len(t) == 0 {
		return "", "missing"
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		switch s := t[lang]; {
		case strings.TrimSpace(s) == "":
			return lang, "missing"
		case !isCode(lang) || !isShown(strings.ReplaceAll(s, "\n", " ")):
			return lang, "invalid"
		case utf8.RuneCountInString(s) > maxText:
			return lang, "too_long"
		}
	}
	return "", ""
}

func (t Text) fault() string {
	_, code := t.Fault()
	return code
}

// isLine reports whether s is one short line that shows as it is stored.
func isLine(s string) bool {
	return isShown(s) && utf8.RuneCountInString(s) <= maxName && s != "" && strings.TrimSpace(s) == s
}

// isShown reports whether a text shows as it is stored: without control characters and without the invisible ones that
// turn the direction of their neighbours. The joiners that Arabic and Tifinagh are written with stay.
func isShown(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		joiner := r == '\u200c' || r == '\u200d'
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !joiner
	})
}

// appointment returns what the draft books, with the ids and numbers of its people.
func (d Draft) appointment(now time.Time) Appointment {
	a := Appointment{
		ID: newID(), Reference: d.Reference,
		InstitutionID: d.InstitutionID, ServiceID: d.ServiceID, CounterID: d.CounterID,
		Institution: d.Institution, Service: d.Service, Prepare: d.Prepare, Judicial: d.Judicial, Case: d.Case,
		State: StateConfirmed, Created: now,
		Interpreter: d.Interpreter, Needs: d.Needs, Cutoff: d.Cutoff, Reminders: d.Reminders, Keep: d.Keep, Observers: d.Observers,
		Start: d.Start, Duration: d.Duration, EarlyEntry: d.EarlyEntry, Grace: d.Grace,
	}
	for _, p := range d.Participants {
		a.add(Participant{Role: p.Role, Name: p.Name, Language: p.Language, Link: p.Link, Email: p.Email, Phone: p.Phone, Sign: p.Sign, Staff: p.Staff})
	}
	for _, pair := range d.Screens {
		a.Screens = append(a.Screens, [2]string{a.Participants[pair[0]].ID, a.Participants[pair[1]].ID})
	}
	return a
}

// complete gives a draft of an institution what is known of it: names, the service's rules, the counter's host, and the
// names of its staff. A *FieldError names what does not belong to it.
func (t *tx) complete(d *Draft) error {
	if d.InstitutionID == "" {
		if d.ServiceID+d.CounterID != "" {
			return &FieldError{"institution", "missing"}
		}
		d.Judicial = true // commands make hearings
		return nil
	}
	var i Institution
	if found, err := t.getJSON(institutions, d.InstitutionID, &i); err != nil {
		return err
	} else if !found {
		return &FieldError{"institution", "unknown"}
	}
	if len(d.Institution) == 0 {
		d.Institution = i.Name
	}
	if d.ServiceID != "" {
		var v Service
		if found, err := t.getJSON(services, d.ServiceID, &v); err != nil {
			return err
		} else if !found || v.Institution != i.ID {
			return &FieldError{"service", "unknown"}
		}
		d.follow(v)
	}
	d.Participants = slices.Clone(d.Participants)
	for n := range d.Participants {
		if err := t.completeStaff(d.InstitutionID, n, &d.Participants[n]); err != nil {
			return err
		}
	}
	return t.completeHost(d)
}

// follow takes from a service what the draft left out.
func (d *Draft) follow(v Service) {
	if len(d.Service) == 0 {
		d.Service = v.Name
	}
	if d.Prepare == nil {
		d.Prepare = v.Prepare
	}
	if d.Reminders == nil {
		d.Reminders = v.Reminders
	}
	d.Judicial = d.Judicial || v.Judicial
	d.Duration = cmp.Or(d.Duration, v.Duration)
	d.EarlyEntry = cmp.Or(d.EarlyEntry, v.EarlyEntry)
	d.Grace = cmp.Or(d.Grace, v.Grace)
	d.Cutoff = cmp.Or(d.Cutoff, v.Cutoff)
	d.Keep = cmp.Or(d.Keep, v.Keep)
	d.Observers = cmp.Or(d.Observers, v.Observers)
}

// completeStaff gives the person at position n, if they are of the staff, the name and address of their account.
func (t *tx) completeStaff(institution string, n int, p *Participant) error {
	if p.Staff == "" {
		return nil
	}
	var account Account
	found, err := t.getJSON(accounts, p.Staff, &account)
	if err != nil {
		return err
	}
	if !found || account.Institution != institution || account.Disabled || p.Role.Hosts() && !account.Role.Hosts() {
		return &FieldError{fmt.Sprintf("participants.%d.staff", n), "unknown"}
	}
	p.Name, p.Email, p.Language = cmp.Or(p.Name, account.Name), cmp.Or(p.Email, account.Login), cmp.Or(p.Language, account.Language)
	return nil
}

// completeHost checks the counter, and adds its host to a draft without one.
func (t *tx) completeHost(d *Draft) error {
	if d.CounterID == "" {
		return nil
	}
	var c Counter
	if found, err := t.getJSON(counters, d.CounterID, &c); err != nil {
		return err
	} else if !found || c.Institution != d.InstitutionID {
		return &FieldError{"counter", "unknown"}
	}
	if c.Host == "" || slices.ContainsFunc(d.Participants, func(p Participant) bool { return p.Role.Hosts() }) {
		return nil
	}
	var host Account
	if found, err := t.getJSON(accounts, c.Host, &host); err != nil || !found || host.Disabled {
		return err
	}
	d.Participants = append(d.Participants, hostOf(host))
	return nil
}
