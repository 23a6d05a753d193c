package booking

import (
	"fmt"
	"strings"
)

// Application is what a citizen tells when booking.
type Application struct {
	Name        string // as on the document
	Email       string
	Phone       string // E.164; must be given where no mail is sent
	Language    string // of the hearing and of the messages
	Zone        string // IANA name of the clock that the citizen reads beside the institution's, or ""
	Interpreter string // language for which one is needed, or ""
	Needs       string // accessibility, free text
	Companions  []Companion
}

// Companion is somebody who comes along.
type Companion struct {
	Role     Role // representative, assistant, party, interpreter
	Name     string
	Email    string // their own link is sent there; "" sends none
	Language string
}

const (
	maxCompanions = 5  // people whom a citizen may bring
	maxBrought    = 20 // those taken off again included: each was mailed a link
)

// CompanionRoles are what somebody who comes along may be, in the order of a form.
var CompanionRoles = []Role{RoleRepresentative, RoleParty, RoleInterpreter, RoleAssistant}

// Validate returns FieldErrors with fields name, email, phone, language, zone, interpreter, needs, companions.N.name …
// Where no mail is sent, see Store.Mails, the institution calls people, and needs their number.
func (a Application) Validate(mails bool) error {
	bad := a.faults()
	if !mails && a.Phone == "" {
		bad.add("phone", "missing")
	}
	return bad.err()
}

func (a Application) faults() FieldErrors {
	var bad FieldErrors
	bad.add("name", nameFault(a.Name, true))
	bad.add("email", emailFault(a.Email, true))
	bad.add("phone", phoneFault(a.Phone, false))
	bad.add("language", languageFault(a.Language, true))
	if _, err := Zone(a.Zone); a.Zone != "" && err != nil {
		bad.add("zone", "unknown")
	}
	bad.add("interpreter", languageFault(a.Interpreter, false))
	bad.add("needs", noteFault(a.Needs))
	if len(a.Companions) > maxCompanions {
		bad.add("companions", "too_many")
	}
	for i, c := range a.Companions {
		c.faults(&bad, fmt.Sprintf("companions.%d.", i))
	}
	return bad
}

// typed leaves out what is only missing from an application that is not finished. A companion is whole or none.
func (e FieldErrors) typed() FieldErrors {
	var bad FieldErrors
	for _, f := range e {
		if f.Code != "missing" || strings.Contains(f.Field, ".") {
			bad = append(bad, f)
		}
	}
	return bad
}

// faults notes what is wrong with a companion, the fields under a prefix.
func (c Companion) faults(bad *FieldErrors, prefix string) {
	if !c.Role.accompanies() {
		bad.add(prefix+"role", "unknown")
	}
	bad.add(prefix+"name", nameFault(c.Name, true))
	bad.add(prefix+"email", emailFault(c.Email, false))
	bad.add(prefix+"language", languageFault(c.Language, false))
}

func (r Role) accompanies() bool {
	for _, allowed := range CompanionRoles {
		if r == allowed {
			return true
		}
	}
	return false
}

// linked reports whether a companion of this role moves with the citizen. A lawyer does not: they may be called alone.
func (r Role) linked() bool { return r == RoleAssistant || r == RoleInterpreter }

// tidy returns the application without spaces around its lines and with its number in the one form.
func (a Application) tidy() Application {
	a.Name, a.Email, a.Phone = strings.TrimSpace(a.Name), strings.TrimSpace(a.Email), NormalPhone(a.Phone)
	a.Needs = strings.TrimSpace(a.Needs)
	companions := make([]Companion, 0, len(a.Companions))
	for _, c := range a.Companions {
		companions = append(companions, c.tidy())
	}
	a.Companions = companions
	return a
}

func (c Companion) tidy() Companion {
	c.Name, c.Email = strings.TrimSpace(c.Name), strings.TrimSpace(c.Email)
	return c
}

// NormalPhone returns a telephone number as people write it in the form in which it is checked and stored: digits and a
// leading plus. It drops spaces, dots, dashes, brackets and the "(0)" of international notation, makes a leading 00 a
// plus and Arabic digits Latin ones. What it does not know stays, and is found wrong later.
func NormalPhone(s string) string {
	s = strings.ReplaceAll(s, "(0)", "")
	s = strings.Map(func(r rune) rune {
		switch {
		case '٠' <= r && r <= '٩':
			return '0' + r - '٠'
		case '۰' <= r && r <= '۹':
			return '0' + r - '۰'
		case strings.ContainsRune(" \t\u00a0\u202f.-–‑/()\u200e\u200f\u202a\u202c", r):
			return -1
		}
		return r
	}, s)
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		return "+" + rest
	}
	return s
}

// languageFault takes the form of a BCP 47 tag: groups of letters and digits with dashes between.
func languageFault(s string, required bool) string {
	if s == "" {
		if required {
			return "missing"
		}
		return ""
	}
	groups := strings.Split(s, "-")
	if len(s) > 35 || len(groups[0]) < 2 || strings.Trim(groups[0], "abcdefghijklmnopqrstuvwxyz") != "" {
		return "invalid"
	}
	for _, g := range groups {
		if g == "" || len(g) > 8 || strings.Trim(g, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return "invalid"
		}
	}
	return ""
}
