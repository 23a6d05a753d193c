package sfu

import (
	"fmt"
	"strings"
	"testing"
)

const audioAnswerText = "m=audio 9 UDP/TLS/RTP/SAVPF 63 109\r\na=mid:%d\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\na=rtpmap:109 opus/48000/2\r\n" +
	"a=fmtp:109 minptime=10; useinbandfec=0;stereo=1\r\na=rtcp-fb:109 transport-cc\r\na=rtcp-fb:109 nack\r\n" +
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=ptime:20\r\n"

const videoAnswerText = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:9\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtcp-fb:96 transport-cc\r\n" +
	"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"

// TestRewriteAnswer: a thin sender's microphone gets few packets and no feedback, every other line stays as it was but
// for what is said about Opus.
func TestRewriteAnswer(t *testing.T) {
	in := "v=0\r\ns=-\r\n" + fmt.Sprintf(audioAnswerText, 0) + videoAnswerText + fmt.Sprintf(audioAnswerText, 1)
	common := strings.Replace(fmt.Sprintf(audioAnswerText, 1), "63 109\r\n", "109 63\r\n", 1)
	common = strings.Replace(common, "minptime=10; useinbandfec=0;stereo=1", "minptime=10;maxaveragebitrate=24000;usedtx=1;useinbandfec=1;stereo=0", 1)
	lean := strings.Replace(common, "a=mid:1", "a=mid:0", 1)
	for _, gone := range []string{"a=rtcp-fb:109 transport-cc\r\n", "a=ptime:20\r\n",
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"} {
		lean = strings.Replace(lean, gone, "", 1)
	}
	lean += "a=ptime:60\r\na=maxptime:60\r\n"
	for _, c := range []struct {
		level      Level
		microphone string
	}{
		{LevelUnknown, strings.Replace(common, "a=mid:1", "a=mid:0", 1)},
		{LevelVoice, strings.Replace(lean, "24000", "12000", 1)},
		{LevelStills, strings.Replace(lean, "24000", "16000", 1)},
		{LevelSmall, strings.Replace(lean, "24000", "16000", 1)},
		{LevelMedium, strings.Replace(common, "a=mid:1", "a=mid:0", 1)},
		{LevelLarge, strings.Replace(common, "a=mid:1", "a=mid:0", 1)},
	} {
		want := "v=0\r\ns=-\r\n" + c.microphone + videoAnswerText + common
		if got := rewriteAnswer(in, "0", termsOf(c.level)); got != want {
			t.Errorf("level %q:\n%s\nwant\n%s", c.level, got, want)
		}
	}
}

// TestRedundantAudioComesFirst: browsers send what an answer names first; the other lines keep Opus first.
func TestRedundantAudioComesFirst(t *testing.T) {
	in := fmt.Sprintf(audioAnswerText, 0) + fmt.Sprintf(audioAnswerText, 1)
	armoured := termsOf(LevelLarge)
	armoured.red = true
	got := rewriteAnswer(in, "0", armoured)
	microphone, seat, _ := strings.Cut(got[1:], "m=audio")
	if !strings.Contains(microphone, " 63 109\r\n") || !strings.Contains(seat, " 109 63\r\n") {
		t.Error(got)
	}
	var a agreement
	a.answered(termsOf(LevelLarge))
	if !a.outdated(armoured) {
		t.Error("no other offer is asked for")
	}
}

// TestAgreement: another offer is asked for once, when the answer to it would say something else.
func TestAgreement(t *testing.T) {
	var a agreement
	if a.outdated(termsOf(LevelVoice)) {
		t.Error("outdated before the first answer")
	}
	a.answered(termsOf(LevelLarge))
	for _, step := range []struct {
		level Level
		want  bool
	}{{LevelMedium, false}, {LevelUnknown, false}, {LevelSmall, true}, {LevelVoice, false}, {LevelLarge, false}} {
		if got := a.outdated(termsOf(step.level)); got != step.want {
			t.Errorf("%q: outdated %v", step.level, got)
		}
	}
	a.answered(termsOf(LevelSmall))
	if a.outdated(termsOf(LevelStills)) || a.outdated(termsOf(LevelVoice)) || !a.outdated(termsOf(LevelLarge)) {
		t.Error("after the second answer")
	}
}

// TestReoffer: a change of the voice's packets asks the client for one offer, and the answer to that says it.
func TestReoffer(t *testing.T) {
	s := testSFU(t, nil)
	c := newClient(t, s.Room("x"), 1)
	c.connect()
	until(t, "connected", c.connected)
	asked := func() int { c.mu.Lock(); defer c.mu.Unlock(); return c.reoffers }
	c.peer.SetLevel(LevelMedium, LevelUnknown)
	c.peer.SetLevel(LevelStills, LevelUnknown)
	until(t, "asked to offer again", func() bool { return asked() > 0 })
	c.peer.SetLevel(LevelVoice, LevelUnknown)
	answer, err := c.peer.Answer(c.offer(), LevelVoice)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	if !strings.Contains(answer, "a=ptime:60\r\n") || !strings.Contains(answer, "maxaveragebitrate=12000") {
		t.Errorf("%s", answer)
	}
	c.peer.SetLevel(LevelLarge, LevelUnknown)
	until(t, "asked again", func() bool { return asked() > 1 })
	if n := asked(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

// TestTermsOfRedundancy: it comes with losses where it fits, and stays on a thin link that carries it.
func TestTermsOfRedundancy(t *testing.T) {
	c := newClient(t, testSFU(t, nil).Room("x"), 1)
	text := strings.ReplaceAll(offerText(1), "UDP/TLS/RTP/SAVPF 111\r\n", "UDP/TLS/RTP/SAVPF 63 111\r\n")
	text = strings.ReplaceAll(text, "a=rtpmap:111 ", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:111 ")
	if _, err := c.peer.Answer(text, LevelSmall); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		level Level
		lost  bool
		want  bool
	}{
		{LevelSmall, false, false}, {LevelSmall, true, true}, {LevelSmall, false, true}, {LevelStills, true, false},
		{LevelSmall, false, false}, {LevelMedium, true, true}, {LevelMedium, false, false}, {LevelVoice, true, false},
	} {
		c.peer.up.Store(int32(step.level))
		c.peer.redundant.Store(step.lost)
		terms := c.peer.terms()
		if terms.red != step.want {
			t.Errorf("level %q, lost %v: redundancy %v", step.level, step.lost, terms.red)
		}
		c.peer.mu.Lock()
		c.peer.agreed.answered(terms)
		c.peer.mu.Unlock()
	}
}

// TestOfferedVoice: redundant audio and the repair of voice are answered to whom they are offered by, with Opus first.
func TestOfferedVoice(t *testing.T) {
	for _, c := range []struct {
		name  string
		plain bool
		armed bool
	}{{"both", false, true}, {"plain", true, false}} {
		s := testSFU(t, nil, func(o *Config) { o.Plain = c.plain })
		p, err := s.Room("x").Join("p", 1, Events{})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(offerText(1), "UDP/TLS/RTP/SAVPF 111\r\n", "UDP/TLS/RTP/SAVPF 63 111\r\n")
		text = strings.ReplaceAll(text, "a=rtpmap:111 ", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtcp-fb:111 nack\r\na=rtpmap:111 ")
		o, err := parseOffer(text)
		if err != nil {
			t.Fatal(err)
		}
		if l := o.lines[0]; l.red != 63 || !l.nack {
			t.Errorf("%+v", l)
		}
		answer, err := p.Answer(text, LevelStills)
		if err != nil {
			t.Fatal(err)
		}
		for text, n := range map[string]int{"m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n": 2, "a=rtpmap:63 red/48000/2\r\n": 2, "a=rtcp-fb:111 nack": 2, "a=ptime:60\r\n": 1} {
			if !c.armed {
				n = 0
			}
			if got := strings.Count(answer, text); got != n {
				t.Errorf("%s: %q %d times, want %d", c.name, text, got, n)
			}
		}
		p.Close()
	}
}
