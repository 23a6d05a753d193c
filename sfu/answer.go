package sfu

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// terms is what an answer asks of the voice that a client sends.
type terms struct {
	rate   int  // of Opus, bit/s
	packet int  // milliseconds of speech in a packet; 0: the client's own choice, 20
	lean   bool // without transport-wide feedback, which costs 8 bytes a packet here and reports there
	red    bool // audio/red comes first: browsers send the first codec, and follow no other word about it
}

// termsOf are the terms for a step of the ladder. 24 kbit/s is clear speech; on a thin link headers cost more than
// speech, so that three frames share one packet.
func termsOf(up Level) terms {
	switch {
	case up == LevelVoice:
		return terms{rate: 12_000, packet: 60, lean: true}
	case up.Thin():
		return terms{rate: 16_000, packet: 60, lean: true}
	default:
		return terms{rate: 24_000}
	}
}

// terms are what an answer to the peer would ask now: with redundancy while some of its voice is lost on the way here,
// if that fits there and was offered. On a thin link it stays: an offer costs more than what it would save for long.
func (p *Peer) terms() terms {
	if p.sfu.plain {
		return termsOf(LevelUnknown)
	}
	up := Level(p.up.Load())
	t := termsOf(up)
	p.mu.Lock()
	before := p.agreed.terms.red
	p.mu.Unlock()
	t.red = up >= LevelSmall && (p.redundant.Load() || before && t.lean) && p.offersRed()
	return t
}

// offersRed tells whether the microphone may send redundant audio.
func (p *Peer) offersRed() bool {
	l := p.layout.Load()
	if l == nil {
		return false
	}
	microphone := l.microphone()
	return microphone != nil && l.lines[microphone.mid].red != 0
}

// agreement is what the newest answer said, and whether another one was asked for since.
type agreement struct {
	known, asked bool
	terms        terms
}

// answered notes what the newest answer said.
func (a *agreement) answered(t terms) { *a = agreement{known: true, terms: t} }

// outdated tells, once for each answer, that the next answer would ask for other packets. For another rate alone, which
// the client keeps within by itself, there is no offer: it and its answer cost a link of 32 kbit/s most of a second.
func (a *agreement) outdated(t terms) bool {
	if !a.known || a.asked || a.terms.packet == t.packet && a.terms.lean == t.lean && a.terms.red == t.red {
		return false
	}
	a.asked = true
	return true
}

// rewriteAnswer is the one place where the text of an answer is changed before it is sent. Pion echoes the client's
// fmtp and knows no ptime; here the server says what it wants: t of the microphone's line, which is known by its mid.
// It works on lines of text, so that all else stays as Pion wrote it.
func rewriteAnswer(text, microphone string, t terms) string {
	var b strings.Builder
	b.Grow(len(text) + 512)
	for section := range sections(text) {
		if !strings.HasPrefix(section, "m=audio ") {
			b.WriteString(section)
			continue
		}
		of := termsOf(LevelUnknown)
		if microphone != "" && strings.Contains(section, "\r\na=mid:"+microphone+"\r\n") {
			of = t
		}
		rewriteAudio(&b, section, of)
	}
	return b.String()
}

// sections cuts a description before each m-line.
func sections(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			i := strings.Index(text, "\nm=")
			if i < 0 {
				yield(text)
				return
			}
			if !yield(text[:i+1]) {
				return
			}
			text = text[i+1:]
		}
	}
}

// rewriteAudio writes one section of audio under terms t.
func rewriteAudio(b *strings.Builder, section string, t terms) {
	opus := opusPayloads(section)
	for l := range strings.Lines(section) {
		body := strings.TrimRight(l, "\r\n")
		name, value, _ := strings.Cut(body, ":")
		number, rest, _ := strings.Cut(value, " ")
		switch {
		case strings.HasPrefix(body, "m="):
			b.WriteString(inOrder(body, opus, t.red) + "\r\n")
		case name == "a=fmtp" && slices.Contains(opus, number):
			b.WriteString("a=fmtp:" + number + " " + withParameters(rest, t.parameters()) + "\r\n")
		case t.packet > 0 && (name == "a=ptime" || name == "a=maxptime"):
		case t.lean && name == "a=rtcp-fb" && rest == "transport-cc":
		case t.lean && name == "a=extmap" && strings.HasPrefix(rest, sdp.TransportCCURI):
		default:
			b.WriteString(l)
		}
	}
	if t.packet > 0 {
		fmt.Fprintf(b, "a=ptime:%d\r\na=maxptime:%d\r\n", t.packet, t.packet)
	}
}

// inOrder puts Opus before or after the other format of an m-line, which is redundant audio: the first is what is sent.
func inOrder(line string, opus []string, last bool) string {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return line
	}
	rank := func(number string) int {
		if slices.Contains(opus, number) == last {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(fields[3:], func(a, b string) int { return rank(a) - rank(b) })
	return strings.Join(fields, " ")
}

type parameter struct{ key, value string }

// parameters are the Opus parameters of the answer: what we ask the client to send, and what it may expect from us
// (RFC 7587, section 6.1). Discontinuous transmission makes silence nearly free.
func (t terms) parameters() []parameter {
	return []parameter{{"maxaveragebitrate", fmt.Sprint(t.rate)}, {"usedtx", "1"}, {"useinbandfec", "1"}, {"stereo", "0"}}
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
