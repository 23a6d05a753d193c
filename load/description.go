package load

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// What we call things in offers, as browsers do.
const (
	opusPayload = 111
	vp8Payload  = 96
	rtxPayload  = 97

	levelExtension = 1
	midExtension   = 2
	ridExtension   = 3
	wideExtension  = 4

	wideURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// Mids of the lines that one sends on.
const (
	microphoneMid = "0"
	cameraMid     = "1"
)

// ssrcs are those that a guest sends under.
type ssrcs struct{ voice, low, high uint32 }

// offerOf lays out the lines in the order of the wire: microphone, camera with two layers, audio seats, video seats.
func offerOf(t *transport, of ssrcs, audioSeats, videoSeats int) (string, error) {
	print, err := t.fingerprint()
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	var mids []string
	line := func(audio bool, attributes string) {
		mid := strconv.Itoa(len(mids))
		mids = append(mids, mid)
		kind, codec := "video", videoLine
		if audio {
			kind, codec = "audio", audioLine
		}
		fmt.Fprintf(&lines, "m=%s\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:actpass\r\na=mid:%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n%s%s",
			codec.media(kind), t.ufrag, t.pwd, print, mid, codec.attributes, attributes)
	}
	line(true, fmt.Sprintf("a=sendonly\r\na=msid:me voice\r\na=ssrc:%d cname:me\r\n", of.voice))
	line(false, "a=sendonly\r\na=msid:me face\r\na=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n")
	for range audioSeats {
		line(true, "a=recvonly\r\n")
	}
	for range videoSeats {
		line(false, "a=recvonly\r\n")
	}
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE " + strings.Join(mids, " ") + "\r\na=msid-semantic: WMS *\r\n" + lines.String(), nil
}

// lineCodec is what a line speaks.
type lineCodec struct{ payloads, attributes string }

func (c lineCodec) media(kind string) string { return kind + " 9 UDP/TLS/RTP/SAVPF " + c.payloads }

var (
	audioLine = lineCodec{strconv.Itoa(opusPayload), attributes(
		"rtpmap:111 opus/48000/2", "fmtp:111 minptime=10;useinbandfec=1", "rtcp-fb:111 transport-cc",
		"extmap:1 "+sdp.AudioLevelURI, "extmap:2 "+sdp.SDESMidURI, "extmap:4 "+wideURI)}
	videoLine = lineCodec{fmt.Sprintf("%d %d", vp8Payload, rtxPayload), attributes(
		"rtpmap:96 VP8/90000", "rtcp-fb:96 nack", "rtcp-fb:96 nack pli", "rtcp-fb:96 ccm fir", "rtcp-fb:96 transport-cc",
		"rtpmap:97 rtx/90000", "fmtp:97 apt=96",
		"extmap:2 "+sdp.SDESMidURI, "extmap:3 "+sdp.SDESRTPStreamIDURI, "extmap:4 "+wideURI)}
)

func attributes(all ...string) string { return "a=" + strings.Join(all, "\r\na=") + "\r\n" }

// answer is what we need of the server's.
type answer struct {
	ufrag, pwd, fingerprint string
	candidates              []string
	repairs                 map[uint32]uint32 // SSRC of repairs to the SSRC that they repair
	wide                    map[string]bool   // mids of ours whose packets get transport-wide numbers
}

// parseAnswer reads an answer.
func parseAnswer(text string) (a answer, err error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return a, fmt.Errorf("read answer: %w", err)
	}
	a.repairs, a.wide = map[uint32]uint32{}, map[string]bool{}
	all := [][]sdp.Attribute{d.Attributes}
	for _, m := range d.MediaDescriptions {
		all = append(all, m.Attributes)
		if mid, _ := m.Attribute("mid"); mid != "" {
			a.wide[mid] = strings.Contains(attributeText(m), wideURI)
		}
	}
	for _, section := range all {
		for _, attribute := range section {
			a.read(attribute)
		}
	}
	if a.ufrag == "" || a.pwd == "" || a.fingerprint == "" || len(a.candidates) == 0 {
		return a, errors.New("read answer: it does not say where the media is")
	}
	return a, nil
}

func attributeText(m *sdp.MediaDescription) string {
	var b strings.Builder
	for _, a := range m.Attributes {
		b.WriteString(a.Value)
		b.WriteByte('\n')
	}
	return b.String()
}

func (a *answer) read(attribute sdp.Attribute) {
	switch attribute.Key {
	case "ice-ufrag":
		a.ufrag = attribute.Value
	case "ice-pwd":
		a.pwd = attribute.Value
	case "fingerprint":
		a.fingerprint = attribute.Value
	case "candidate":
		a.candidates = append(a.candidates, attribute.Value)
	case "ssrc-group":
		var media, repair uint32
		if n, _ := fmt.Sscanf(attribute.Value, "FID %d %d", &media, &repair); n == 2 {
			a.repairs[repair] = media
		}
	}
}
