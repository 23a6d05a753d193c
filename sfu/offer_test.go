package sfu

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const sessionText = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE %s\r\n" +
	"a=fingerprint:sha-256 DC:9E:50:D4:0C:FB:77:84:D0:DF:D1:9F:34:05:1B:76:F6:10:83:5F:E5:B0:FF:BC:4F:37:62:C7:DD:4C:25:F6\r\n" +
	"a=ice-ufrag:CdpT\r\na=ice-pwd:VlrcbrxsYZeqdBcesBldRMYPwQsaKlYR\r\na=setup:actpass\r\n"

const microphoneText = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=rtcp-mux\r\na=%s\r\na=rtpmap:111 opus/48000/2\r\n" +
	"a=fmtp:111 minptime=10;useinbandfec=1\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"

const cameraText = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=rtcp-mux\r\na=%s\r\na=rtpmap:96 VP8/90000\r\n" +
	"a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n" +
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:4/recvonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"

const simulcastText = "a=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n"

// offerText is what a browser would offer, with n seats.
func offerText(n int) string {
	var lines strings.Builder
	fmt.Fprintf(&lines, microphoneText, 0, "sendonly")
	lines.WriteString("a=ssrc:1234 cname:x\r\na=candidate:1 1 udp 2130706431 10.0.0.9 9 typ host\r\na=end-of-candidates\r\n")
	fmt.Fprintf(&lines, cameraText+simulcastText, 1, "sendonly")
	mids := []string{"0", "1"}
	for i := range 2 * n {
		text := microphoneText
		if i >= n {
			text = cameraText
		}
		fmt.Fprintf(&lines, text, i+2, "recvonly")
		mids = append(mids, fmt.Sprint(i+2))
	}
	return fmt.Sprintf(sessionText, strings.Join(mids, " ")) + lines.String()
}

func TestParseOffer(t *testing.T) {
	o, err := parseOffer(offerText(2))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(o.sdp, "candidate") {
		t.Error("candidates were kept")
	}
	if len(o.lines) != 6 || !o.lines[0].publishes() || !o.lines[1].publishes() || !o.lines[2].seat() || !o.lines[5].seat() {
		t.Fatalf("%+v", o.lines)
	}
	if l := o.lines[0]; l.payload != 111 || l.ids.mid != 1 || l.ids.audioLevel != 2 || len(l.ssrcs) != 1 || l.ssrcs[0] != 1234 {
		t.Errorf("%+v", l)
	}
	if l := o.lines[0]; l.red != 0 || l.nack {
		t.Errorf("%+v", l)
	}
	if l := o.lines[1]; l.payload != 96 || l.repair != 97 || fmt.Sprint(l.rids) != "[l h]" || l.ids.rid != 3 || l.ids.repairedRid != 4 {
		t.Errorf("%+v", l)
	}
}

// screenBehind makes the last line of an offer one to send on.
func screenBehind(text string) string {
	i := strings.LastIndex(text, "a=recvonly")
	return text[:i] + "a=sendonly" + text[i+len("a=recvonly"):]
}

// TestParseScreen: the second line of video may be one to send on, and that is the screen.
func TestParseScreen(t *testing.T) {
	o, err := parseOffer(strings.Replace(offerText(2), "a=recvonly\r\na=rtpmap:96", "a=sendonly\r\na=rtpmap:96", 1))
	if err != nil {
		t.Fatal(err)
	}
	l := newLayout(&Peer{}, o, nil)
	if l.camera() == nil || l.screen() == nil || l.camera().mid != "1" || l.screen().mid != "4" || l.microphone().mid != "0" {
		t.Errorf("%+v", l.published)
	}
	if again := newLayout(&Peer{}, o, l); again.screen() != l.screen() {
		t.Error("another screen after another offer")
	}
	if o, err = parseOffer(offerText(2)); err != nil || newLayout(&Peer{}, o, nil).screen() != nil {
		t.Error("a screen where none is offered", err)
	}
}

func TestParseOfferRefuses(t *testing.T) {
	good := offerText(1)
	for _, c := range []struct {
		name string
		text string
		want error
	}{
		{"empty", "", ErrMalformed},
		{"no lines", fmt.Sprintf(sessionText, ""), ErrMalformed},
		{"noise", strings.Repeat("\x00\xff", 100), ErrMalformed},
		{"too large", padded(good, maxOffer+1), ErrSDPTooLarge},
		{"too many lines", offerText(24), ErrTooManyLines},
		{"too many lines after carriage returns", strings.ReplaceAll(offerText(40), "\r\nm=", "\r\n\rm="), ErrTooManyLines},
		{"too many lines, carriage returns alone", strings.ReplaceAll(offerText(24), "\r\n", "\r"), ErrTooManyLines},
		{"candidate after white space", strings.Replace(good, "a=candidate:", " a=candidate:", 1), ErrMalformed},
		{"two microphones", strings.Replace(good, "a=recvonly\r\na=rtpmap:111", "a=sendonly\r\na=rtpmap:111", 1), ErrMalformed},
		{"two screens", strings.ReplaceAll(offerText(2), "a=recvonly\r\na=rtpmap:96", "a=sendonly\r\na=rtpmap:96"), ErrMalformed},
		{"a screen of two encodings", strings.Replace(good, "a=recvonly\r\na=rtpmap:96", simulcastText+"a=sendonly\r\na=rtpmap:96", 1), ErrMalformed},
		{"a screen behind a seat", screenBehind(offerText(2)), ErrMalformed},
		{"same mid twice", strings.Replace(good, "a=mid:3", "a=mid:2", 1), ErrMalformed},
		{"no mid", strings.Replace(good, "a=mid:2\r\n", "", 1), ErrMalformed},
		{"no credentials", strings.Replace(good, "a=ice-pwd:", "a=x:", 1), ErrMalformed},
		{"short password", strings.Replace(good, "VlrcbrxsYZeqdBcesBldRMYPwQsaKlYR", "short", 1), ErrMalformed},
		{"no fingerprint", strings.Replace(good, "a=fingerprint:", "a=x:", 1), ErrMalformed},
		{"client wants to be the dtls server", strings.Replace(good, "setup:actpass", "setup:passive", 1), ErrMalformed},
		{"lite too", strings.Replace(good, "a=setup", "a=ice-lite\r\na=setup", 1), ErrMalformed},
		{"inactive", strings.Replace(good, "a=recvonly", "a=inactive", 1), ErrMalformed},
		{"both ways", strings.Replace(good, "a=recvonly", "a=sendrecv", 1), ErrMalformed},
		{"no codec of ours", strings.Replace(good, "VP8", "H264", 1), ErrMalformed},
		{"data channel", good + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:9\r\n", ErrMalformed},
		{"rid without a name", strings.Replace(good, "rid:l send", "rid:", 1), ErrMalformed},
		{"four rids", strings.Replace(good, "a=rid:l send\r\n", "a=rid:a send\r\na=rid:b send\r\na=rid:c send\r\n", 1), ErrMalformed},
		{"ssrc of letters", strings.Replace(good, "ssrc:1234", "ssrc:abc", 1), ErrMalformed},
		{"extension 0", strings.Replace(good, "extmap:2", "extmap:0", 1), ErrMalformed},
	} {
		if _, err := parseOffer(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := parseOffer(offerText(23)); err != nil {
		t.Errorf("48 lines: %v", err)
	}
	if _, err := parseOffer(padded(good, maxOffer)); err != nil {
		t.Errorf("48 KiB: %v", err)
	}
}

// padded makes an offer that many bytes long.
func padded(text string, size int) string {
	return text + "a=" + strings.Repeat("x", size-len(text)-4) + "\r\n"
}

// TestCandidatesAreLeftOut, whatever stands between lines.
func TestCandidatesAreLeftOut(t *testing.T) {
	for _, between := range []string{"\r\n", "\n", "\r", "\r\n\r", "\n\r", "\n\r\r\n"} {
		o, err := parseOffer(strings.ReplaceAll(offerText(1), "\r\n", between))
		if err != nil {
			t.Errorf("%q: %v", between, err)
			continue
		}
		if strings.Contains(o.sdp, "candidate") || o.sdp != strings.ReplaceAll(o.sdp, "\r\r", "") || len(o.lines) != 4 {
			t.Errorf("%q: %d lines, %q", between, len(o.lines), o.sdp)
		}
	}
}

func TestContinues(t *testing.T) {
	two, err := parseOffer(offerText(2))
	if err != nil {
		t.Fatal(err)
	}
	one, err := parseOffer(offerText(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := continues(nil, one.lines); err != nil {
		t.Errorf("first offer: %v", err)
	}
	if err := continues(two.lines, two.lines); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := continues(two.lines, one.lines); !errors.Is(err, ErrMalformed) {
		t.Errorf("fewer lines: %v", err)
	}
	if err := continues(one.lines, two.lines); !errors.Is(err, ErrMalformed) { // line 3 was video and is audio
		t.Errorf("changed line: %v", err)
	}
}

// FuzzOffer: whatever comes, parsing ends in an offer or in one of the three errors.
func FuzzOffer(f *testing.F) {
	f.Add(offerText(1))
	f.Add(offerText(0))
	f.Add("")
	f.Add(strings.Replace(offerText(1), "a=mid:2\r\n", "a=mid:\r\n", 1))
	f.Add(strings.ReplaceAll(offerText(30), "\r\nm=", "\r\n\rm="))
	f.Add(strings.ReplaceAll(offerText(1), "\r\na=candidate:", "\n\ra=candidate:"))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseOffer(text)
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrSDPTooLarge) && !errors.Is(err, ErrTooManyLines) {
			t.Fatal(err)
		}
		if err == nil {
			if len(o.lines) > maxLines || strings.Contains(o.sdp, "\na=candidate:") {
				t.Fatalf("%d lines\n%q", len(o.lines), o.sdp)
			}
			_ = newLayout(nil, o, nil)
			_ = rewriteAnswer(o.sdp, o.microphone(), termsOf(LevelVoice))
		}
	})
}
