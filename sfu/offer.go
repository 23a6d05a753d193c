package sfu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const (
	// maxOffer is in bytes. A signaling message holds 64 KiB, of which JSON takes some: an offer above this limit still
	// arrives, and is told what is wrong with it.
	maxOffer  = 48 << 10
	maxLines  = 48 // m-lines
	maxLayers = 3  // rids of a line
)

// offer is what the SFU itself needs from a client's offer; Pion parses the same text for its own purposes.
type offer struct {
	sdp   string // normalised and without candidates: a lite agent never dials
	lines []line
}

// line is one m-line as the client offers it.
type line struct {
	mid       string
	kind      webrtc.RTPCodecType
	direction webrtc.RTPTransceiverDirection
	rids      []string
	ssrcs     []uint32          // declared, without repair streams
	repairs   map[uint32]uint32 // repair SSRC to the SSRC that it repairs (ssrc-group FID)
	payload   uint8             // the one codec we speak, as numbered by the client; 0: not offered
	repair    uint8             // its RTX (RFC 4588), 0: not offered
	red       uint8             // audio/red of Opus (RFC 2198), 0: not offered
	nack      bool              // lost packets may be asked for (RFC 4585)
	ids       extensions
}

// extensions are the RFC 8285 ids that the client gave to what we read; 0: not offered.
type extensions struct{ mid, rid, repairedRid, transportCC, audioLevel uint8 }

// wide is the id for transport-wide numbers if it fits the one-byte form (RFC 8285, section 4.2), which is all that we
// write; 0: it does not, or none was offered.
func (x extensions) wide() uint8 {
	if x.transportCC > 14 {
		return 0
	}
	return x.transportCC
}

// publishes tells whether the client sends on the line.
func (l line) publishes() bool { return l.direction == webrtc.RTPTransceiverDirectionSendonly }

// seat tells whether the line is a seat to be filled by us.
func (l line) seat() bool { return l.direction == webrtc.RTPTransceiverDirectionRecvonly }

// microphone is the mid of the line that the client sends voice on; "": there is none.
func (o offer) microphone() string {
	for _, l := range o.lines {
		if l.publishes() && l.kind == webrtc.RTPCodecTypeAudio {
			return l.mid
		}
	}
	return ""
}

// parseOffer checks the limits before it parses anything. Its errors are ErrSDPTooLarge, ErrTooManyLines and wrapped
// ErrMalformed.
func parseOffer(text string) (offer, error) {
	if len(text) > maxOffer {
		return offer{}, ErrSDPTooLarge
	}
	text, lines := normalise(text)
	if lines > maxLines {
		return offer{}, ErrTooManyLines
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return offer{}, fmt.Errorf("%w: parse sdp: %v", ErrMalformed, err)
	}
	// The same again, as the parser saw it.
	if len(d.MediaDescriptions) > maxLines {
		return offer{}, ErrTooManyLines
	}
	if attribute(&d, "candidate") != "" {
		return offer{}, fmt.Errorf("%w: hidden candidate", ErrMalformed)
	}
	if err := checkSession(&d); err != nil {
		return offer{}, err
	}
	o := offer{sdp: text}
	for _, m := range d.MediaDescriptions {
		l, err := parseLine(m, &d)
		if err != nil {
			return offer{}, err
		}
		if slices.ContainsFunc(o.lines, func(other line) bool { return other.mid == l.mid }) {
			return offer{}, fmt.Errorf("%w: mid %q twice", ErrMalformed, l.mid)
		}
		if l.publishes() && !o.mayPublish(l) {
			return offer{}, fmt.Errorf("%w: another %s line to send on", ErrMalformed, l.kind)
		}
		o.lines = append(o.lines, l)
	}
	return o, nil
}

// mayPublish tells whether the next line may be one to send on: a microphone, a camera, and a screen of one encoding if
// it is the second line of video.
func (o offer) mayPublish(next line) bool {
	sends, seats := 0, 0
	for _, l := range o.lines {
		switch {
		case l.kind != next.kind:
		case l.publishes():
			sends++
		default:
			seats++
		}
	}
	return sends == 0 || sends == 1 && seats == 0 && next.kind == webrtc.RTPCodecTypeVideo && len(next.rids) <= 1
}

// normalise leaves out candidates, and ends each line with CR LF: Pion's parser takes any run of CR and LF for the end
// of a line, so that only text where there is one way to end a line means the same to it and to us. lines counts the
// m-lines.
func normalise(text string) (normal string, lines int) {
	var b strings.Builder
	b.Grow(len(text))
	for l := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if strings.HasPrefix(l, "a=candidate:") || strings.HasPrefix(l, "a=end-of-candidates") {
			continue
		}
		if strings.HasPrefix(l, "m=") {
			lines++
		}
		b.WriteString(l)
		b.WriteString("\r\n")
	}
	return b.String(), lines
}

// checkSession rejects what Pion would accept halfway, and so leave a PeerConnection between two states.
func checkSession(d *sdp.SessionDescription) error {
	if len(d.MediaDescriptions) == 0 {
		return fmt.Errorf("%w: no media", ErrMalformed)
	}
	ufrag, pwd := attribute(d, "ice-ufrag"), attribute(d, "ice-pwd")
	// RFC 8839, section 5.4: 4 to 256 and 22 to 256 characters.
	if len(ufrag) < 4 || len(ufrag) > 256 || len(pwd) < 22 || len(pwd) > 256 {
		return fmt.Errorf("%w: no ice credentials", ErrMalformed)
	}
	algorithm, value, ok := strings.Cut(attribute(d, "fingerprint"), " ")
	if !ok || !strings.HasPrefix(strings.ToLower(algorithm), "sha-") || len(value) < 59 {
		return fmt.Errorf("%w: no fingerprint", ErrMalformed)
	}
	// We are the DTLS server, so the client must be able to be the client (RFC 8842).
	if setup := attribute(d, "setup"); setup != "actpass" && setup != "active" {
		return fmt.Errorf("%w: setup %q", ErrMalformed, setup)
	}
	if _, lite := d.Attribute("ice-lite"); lite {
		return fmt.Errorf("%w: both sides ice-lite", ErrMalformed)
	}
	return nil
}

// attribute looks at the session and then at the first media section that has it.
func attribute(d *sdp.SessionDescription, key string) string {
	if v, ok := d.Attribute(key); ok {
		return v
	}
	for _, m := range d.MediaDescriptions {
		if v, ok := m.Attribute(key); ok {
			return v
		}
	}
	return ""
}

func parseLine(m *sdp.MediaDescription, d *sdp.SessionDescription) (line, error) {
	l := line{kind: webrtc.NewRTPCodecType(m.MediaName.Media)}
	l.mid, _ = m.Attribute("mid")
	if l.mid == "" || len(l.mid) > 16 {
		return l, fmt.Errorf("%w: mid %q", ErrMalformed, l.mid)
	}
	l.mid = strings.Clone(l.mid) // a line outlives the text
	if l.kind == 0 {
		return l, fmt.Errorf("%w: media %q", ErrMalformed, m.MediaName.Media)
	}
	l.direction = lineDirection(m, d)
	switch l.direction {
	case webrtc.RTPTransceiverDirectionSendonly, webrtc.RTPTransceiverDirectionRecvonly:
	default:
		// Pion stops an inactive line for good, and a line both ways has no place among seats.
		return l, fmt.Errorf("%w: direction %s", ErrMalformed, l.direction)
	}
	mime := map[webrtc.RTPCodecType]string{webrtc.RTPCodecTypeAudio: "opus/48000/2", webrtc.RTPCodecTypeVideo: "vp8/90000"}[l.kind]
	l.payload, l.repair = payloads(m, mime)
	if l.payload == 0 {
		return l, fmt.Errorf("%w: no %s", ErrMalformed, mime)
	}
	l.red = redPayload(m, l.payload)
	for _, a := range m.Attributes {
		if err := l.read(a); err != nil {
			return l, err
		}
	}
	l.ssrcs = slices.DeleteFunc(l.ssrcs, func(ssrc uint32) bool { _, is := l.repairs[ssrc]; return is })
	return l, nil
}

func lineDirection(m *sdp.MediaDescription, d *sdp.SessionDescription) webrtc.RTPTransceiverDirection {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			if direction := webrtc.NewRTPTransceiverDirection(a.Key); direction != webrtc.RTPTransceiverDirectionUnknown {
				return direction
			}
		}
	}
	return webrtc.RTPTransceiverDirectionSendrecv
}

// payloads finds the first payload type of the codec and its repair format.
func payloads(m *sdp.MediaDescription, mime string) (payload, repair uint8) {
	for _, a := range m.Attributes {
		number, codec, _ := strings.Cut(a.Value, " ")
		if a.Key == "rtpmap" && payload == 0 && strings.EqualFold(codec, mime) {
			payload = payloadType(number)
		}
	}
	if payload == 0 {
		return 0, 0
	}
	for _, a := range m.Attributes {
		number, parameters, _ := strings.Cut(a.Value, " ")
		if a.Key == "fmtp" && strings.HasPrefix(parameters, "apt=") && payloadType(parameters[len("apt="):]) == payload {
			repair = payloadType(number)
		}
	}
	return payload, repair
}

// redPayload finds the payload type of redundant audio whose parts are all of payload.
func redPayload(m *sdp.MediaDescription, payload uint8) uint8 {
	for _, a := range m.Attributes {
		number, codec, _ := strings.Cut(a.Value, " ")
		if a.Key != "rtpmap" || !strings.EqualFold(codec, "red/48000/2") {
			continue
		}
		for _, f := range m.Attributes {
			of, parts, _ := strings.Cut(f.Value, " ")
			if f.Key == "fmtp" && of == number && !slices.ContainsFunc(strings.Split(parts, "/"), func(part string) bool { return payloadType(part) != payload }) {
				return payloadType(number)
			}
		}
	}
	return 0
}

// payloadType is 0, which is no dynamic type, for anything that is not a number of 7 bits.
func payloadType(text string) uint8 {
	n, err := strconv.ParseUint(text, 10, 7)
	if err != nil {
		return 0
	}
	return uint8(n)
}

func (l *line) read(a sdp.Attribute) error {
	switch a.Key {
	case "rid":
		id, _, _ := strings.Cut(a.Value, " ")
		if id == "" || len(id) > 16 || len(l.rids) >= maxLayers && !slices.Contains(l.rids, id) {
			return fmt.Errorf("%w: rid %q", ErrMalformed, a.Value)
		}
		if !slices.Contains(l.rids, id) { // Pion's own re-offers name each in both directions
			l.rids = append(l.rids, strings.Clone(id))
		}
	case "ssrc":
		number, _, _ := strings.Cut(a.Value, " ")
		ssrc, err := parseSSRC(number)
		if err != nil {
			return err
		}
		if !slices.Contains(l.ssrcs, ssrc) {
			l.ssrcs = append(l.ssrcs, ssrc)
		}
		if len(l.ssrcs) > 16 {
			return fmt.Errorf("%w: too many ssrcs", ErrMalformed)
		}
	case "ssrc-group":
		if fields := strings.Fields(a.Value); len(fields) == 3 && fields[0] == "FID" {
			media, err := parseSSRC(fields[1])
			if err != nil {
				return err
			}
			repair, err := parseSSRC(fields[2])
			if err != nil {
				return err
			}
			if l.repairs == nil {
				l.repairs = map[uint32]uint32{}
			}
			l.repairs[repair] = media
		}
	case "rtcp-fb":
		number, what, _ := strings.Cut(a.Value, " ")
		l.nack = l.nack || what == "nack" && (number == "*" || payloadType(number) == l.payload)
	case "extmap":
		return l.readExtension(a.Value)
	}
	return nil
}

func parseSSRC(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: ssrc %q", ErrMalformed, text)
	}
	return uint32(n), nil
}

func (l *line) readExtension(value string) error {
	number, uri, _ := strings.Cut(value, " ")
	number, _, _ = strings.Cut(number, "/")
	uri, _, _ = strings.Cut(uri, " ")
	id, err := strconv.ParseUint(number, 10, 8)
	if err != nil || id == 0 {
		return fmt.Errorf("%w: extmap %q", ErrMalformed, value)
	}
	switch uri {
	case sdp.SDESMidURI:
		l.ids.mid = uint8(id)
	case sdp.SDESRTPStreamIDURI:
		l.ids.rid = uint8(id)
	case sdp.SDESRepairRTPStreamIDURI:
		l.ids.repairedRid = uint8(id)
	case sdp.TransportCCURI:
		l.ids.transportCC = uint8(id)
	case sdp.AudioLevelURI:
		l.ids.audioLevel = uint8(id)
	}
	return nil
}
