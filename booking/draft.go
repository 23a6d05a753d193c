package booking

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Draft is what one asks to book.
type Draft struct {
	Reference                   string // "": make one
	Institution, Service        Text
	Prepare                     []Text
	Start                       Civil
	Duration, EarlyEntry, Grace time.Duration
	Participants                []Participant // Role, Name, Language and Link; the rest is given by Book
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
	return validateParticipants(d.Participants)
}

func validateParticipants(people []Participant) error {
	switch {
	case len(people) == 0:
		return &FieldError{"participants", "missing"}
	case len(people) > maxParticipants:
		return &FieldError{"participants", "too_many"}
	case !slices.ContainsFunc(people, func(p Participant) bool { return p.Role.Hosts() }):
		return &FieldError{"participants", "no_host"}
	}
	for i, p := range people {
		bad := func(field, code string) error {
			return &FieldError{fmt.Sprintf("participants.%d.%s", i, field), code}
		}
		switch {
		case !p.Role.known():
			return bad("role", "unknown")
		case p.Name == "":
			return bad("name", "missing")
		case !isLine(p.Name):
			return bad("name", "invalid")
		case p.Language != "" && !isCode(p.Language):
			return bad("language", "invalid")
		case p.Link != "" && !isLine(p.Link):
			return bad("link", "invalid")
		}
	}
	return nil
}

// fault returns the code of what is wrong with a text, or "".
func (t Text) fault() string {
	if len(t) == 0 {
		return "missing"
	}
	for lang, s := range t {
		switch {
		case strings.TrimSpace(s) == "":
			return "missing"
		case !isCode(lang) || !isShown(strings.ReplaceAll(s, "\n", " ")):
			return "invalid"
		case utf8.RuneCountInString(s) > maxText:
			return "too_long"
		}
	}
	return ""
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
func (d Draft) appointment() Appointment {
	a := Appointment{
		ID: newID(), Reference: d.Reference,
		Institution: d.Institution, Service: d.Service, Prepare: d.Prepare,
		State: StateConfirmed, Start: d.Start,
		Duration: d.Duration, EarlyEntry: d.EarlyEntry, Grace: d.Grace,
	}
	for i, p := range d.Participants {
		a.Participants = append(a.Participants, Participant{
			ID: newID(), Number: uint32(i + 1),
			Role: p.Role, Name: p.Name, Language: p.Language, Link: p.Link, Issue: 1,
		})
	}
	return a
}
