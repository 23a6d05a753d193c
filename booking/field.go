package booking

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// Checks of single fields. Each returns the code of what is wrong, or "".

// optional is fault for a text that may be empty.
func (t Text) optional() string {
	if len(t) == 0 {
		return ""
	}
	return t.fault()
}

func nameFault(s string, required bool) string {
	switch {
	case s == "" && !required:
		return ""
	case strings.TrimSpace(s) == "":
		return "missing"
	case utf8.RuneCountInString(s) > maxName:
		return "too_long"
	case !isLine(s):
		return "invalid"
	}
	return ""
}

// emailFault takes a bare address as RFC 5322 addr-spec with a domain that has a dot.
func emailFault(s string, required bool) string {
	if s == "" {
		if required {
			return "missing"
		}
		return ""
	}
	if len(s) > 254 {
		return "too_long"
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || !isLine(s) {
		return "invalid"
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsAny(s, " \"<>\\(),;:[]") {
		return "invalid"
	}
	return ""
}

// foldEmail is the form in which addresses are compared.
func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// phoneFault takes E.164: a plus, the country, 7 to 15 digits in all.
func phoneFault(s string, required bool) string {
	if s == "" {
		if required {
			return "missing"
		}
		return ""
	}
	digits, plus := strings.CutPrefix(s, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "invalid"
	}
	return ""
}

// noteFault takes free text of several lines.
func noteFault(s string) string {
	switch {
	case utf8.RuneCountInString(s) > maxText:
		return "too_long"
	case !isShown(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(s)):
		return "invalid"
	}
	return ""
}

const dateLayout = "2006-01-02"

func dateFault(s string, required bool) string {
	if s == "" {
		if required {
			return "missing"
		}
		return ""
	}
	if d, err := time.Parse(dateLayout, s); err != nil || d.Format(dateLayout) != s || d.Year() < 1970 {
		return "invalid"
	}
	return ""
}

// clockFault takes a civil time of day "09:00", or "24:00".
func clockFault(s string) string {
	if s == "" {
		return "missing"
	}
	if _, ok := minutes(s); !ok {
		return "invalid"
	}
	return ""
}

// minutes of a civil time of day since midnight. A month of slots asks it thousands of times.
func minutes(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' || strings.Trim(s[:2]+s[3:], "0123456789") != "" {
		return 0, false
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return h*60 + m, m < 60 && (h < 24 || h == 24 && m == 0)
}

// faults notes what is wrong with the opening at position i of its counter.
func (o Opening) faults(bad *FieldErrors, i int) {
	field := func(name string) string { return fmt.Sprintf("openings.%d.%s", i, name) }
	if o.Weekdays == [7]bool{} {
		bad.add(field("weekdays"), "missing")
	}
	bad.add(field("from"), clockFault(o.From))
	bad.add(field("to"), clockFault(o.To))
	if clockFault(o.From) == "" && clockFault(o.To) == "" && o.To <= o.From {
		bad.add(field("to"), "order")
	}
	bad.add(field("first"), dateFault(o.First, o.Instead))
	bad.add(field("last"), dateFault(o.Last, o.Instead))
	if o.First != "" && o.Last != "" && o.Last < o.First {
		bad.add(field("last"), "order")
	}
}
