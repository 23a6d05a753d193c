package signaling

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bounded is a message that can be judged by itself, before anybody else hears
// of it: lengths, ranges and words that are ours.
type bounded interface {
	ClientMessage
	check() (code string) // of the error; "": none
}

// oneOf refuses a word that the message does not know.
func oneOf(word string, words ...string) (code string) {
	if !slices.Contains(words, word) {
		return errBadMessage
	}
	return ""
}

// spoken refuses what one person cannot say to another: nothing, more than most
// characters, or what is no text. Line breaks are text.
func spoken(text string, most int) (code string) {
	switch {
	case !strings.ContainsFunc(text, shown), strings.ContainsFunc(text, unspeakable):
		return errBadMessage
	case utf8.RuneCountInString(text) > most:
		return errTooLong
	}
	return ""
}

// shown are characters of which one sees something.
func shown(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// unspeakable are control characters, and those that turn whatever follows around
// (Unicode Standard Annex 9 §2.2, explicit overrides).
func unspeakable(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || r == 0x202d || r == 0x202e
}

// roomName refuses what is no name of a consultation room.
func roomName(name string) (code string) {
	if name == "" || len(name) > maxRoomName || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return errBadMessage
	}
	return ""
}

// language refuses what has not the form of a language tag (RFC 5646); "" is the floor.
func language(tag string) (code string) {
	if len(tag) > maxLanguage || strings.ContainsFunc(tag, func(r rune) bool { return r == '_' || !plain(r) }) {
		return errBadMessage
	}
	return ""
}

func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
