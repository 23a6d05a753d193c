package sfu

import (
	"slices"
	"strings"
)

// voice are the Opus parameters of the answer: what we ask the client to send, and what it may expect from us
// (RFC 7587, section 6.1). 24 kbit/s is clear speech; discontinuous transmission makes silence nearly free.
var voice = []parameter{
	{"maxaveragebitrate", "24000"},
	{"usedtx", "1"},
	{"useinbandfec", "1"},
	{"stereo", "0"},
}

type parameter struct{ key, value string }

// rewriteAnswer is the one place where the text of an answer is changed before it is sent. Pion echoes the client's
// fmtp; here the server says what it wants instead. It works on lines of text, so that all else stays as Pion wrote it.
func rewriteAnswer(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 256)
	opus := opusPayloads(text)
	for l := range strings.Lines(text) {
		body := strings.TrimRight(l, "\r\n")
		number, parameters, ok := strings.Cut(strings.TrimPrefix(body, "a=fmtp:"), " ")
		if ok && strings.HasPrefix(body, "a=fmtp:") && slices.Contains(opus, number) {
			b.WriteString("a=fmtp:" + number + " " + withParameters(parameters, voice) + "\r\n")
			continue
		}
		b.WriteString(l)
	}
	return b.String()
}

func opusPayloads(text string) (numbers []string) {
	for l := range strings.Lines(text) {
		number, codec, _ := strings.Cut(strings.TrimPrefix(l, "a=rtpmap:"), " ")
		if strings.HasPrefix(l, "a=rtpmap:") && strings.HasPrefix(strings.ToLower(codec), "opus/") {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// withParameters replaces the values of keys that are there and appends the others.
func withParameters(fmtp string, set []parameter) string {
	var out []string
	for _, field := range strings.Split(fmtp, ";") {
		field = strings.TrimSpace(field)
		key, _, _ := strings.Cut(field, "=")
		if field != "" && !slices.ContainsFunc(set, func(p parameter) bool { return p.key == key }) {
			out = append(out, field)
		}
	}
	for _, p := range set {
		out = append(out, p.key+"="+p.value)
	}
	return strings.Join(out, ";")
}
