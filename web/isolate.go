package web

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Plain text has no <bdi>: what is written in another direction is put between invisible marks (Unicode UAX #9, FSI and
// PDI), so that it does not reorder the sentence around it. No marks where none are needed: old mail programs show boxes.

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// isolate is s to be set into text of c, each line by itself: a mark holds to the end of its paragraph at most.
func (c *catalogue) isolate(s string) string {
	if first, rest, more := strings.Cut(s, "\n"); more {
		return c.isolate(first) + "\n" + c.isolate(rest)
	}
	if c.Dir == "ltr" && !hasDirection(s, true) || c.Dir == "rtl" && !hasDirection(s, false) {
		return s
	}
	return firstStrongIsolate + s + popIsolate
}

// hasDirection reports whether s has a letter or digit that is written right to left, or one that is not.
func hasDirection(s string, rightToLeft bool) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			if rightToLeft {
				return true
			}
		} else if !rightToLeft && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return true
		}
	}
	return false
}

// isolatedText is text whose slots stand isolated.
func (c *catalogue) isolatedText(key string, slots ...any) string {
	marked := slices.Clone(slots)
	for i := 1; i < len(marked); i += 2 {
		marked[i] = c.isolate(fmt.Sprint(marked[i]))
	}
	return c.text(key, marked...)
}
