package signaling

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"slices"
	"time"

	"jalsa/sfu"
	"jalsa/signaling/conference"
)

const (
	// maxStill is in bytes of the picture: 0.8 s of a link of 64 kbit/s.
	maxStill = 6 << 10
	// maxStillSide is in pixels: a few bytes of one colour may say to be a picture
	// that takes gigabytes to show.
	maxStillSide = 640
	// stillEvery is the least time between two stills of one sender, and
	// between any two to one receiver, however many send.
	stillEvery = 4 * time.Second
)

// check refuses what is no picture that a client may send; "" is no error.
func (s Still) check() (code string) {
	if len(s.Image) > base64.StdEncoding.EncodedLen(maxStill) {
		return errTooLarge
	}
	data, err := base64.StdEncoding.Strict().DecodeString(s.Image)
	sound := err == nil && base64.StdEncoding.EncodedLen(len(data)) == len(s.Image) // no line breaks either
	switch {
	case !sound, !isWebP(data) && !isJPEG(data):
		return errBadMessage
	case len(data) > maxStill:
		return errTooLarge
	}
	return ""
}

// isWebP looks at the one frame of a lossy WebP file without extensions, all that
// clients send (RFC 9649, 2.5; RFC 6386, 9.1). The sizes that it tells must be right.
func isWebP(data []byte) bool {
	if len(data) <= 30 || string(data[:4]) != "RIFF" || string(data[8:16]) != "WEBPVP8 " {
		return false
	}
	file, chunk := int(binary.LittleEndian.Uint32(data[4:])), int(binary.LittleEndian.Uint32(data[16:]))
	if file != len(data)-8 || chunk+chunk%2 != len(data)-20 {
		return false
	}
	frame := data[20:]
	return frame[0]&1 == 0 && bytes.Equal(frame[3:6], []byte{0x9d, 0x01, 0x2a}) &&
		smallEnough(int(binary.LittleEndian.Uint16(frame[6:])&0x3fff), int(binary.LittleEndian.Uint16(frame[8:])&0x3fff))
}

// isJPEG looks at a JPEG file as far as its size in pixels, and at its end.
func isJPEG(data []byte) bool {
	if !bytes.HasSuffix(data, []byte{0xff, 0xd9}) {
		return false
	}
	of, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return err == nil && smallEnough(of.Width, of.Height)
}

func smallEnough(width, height int) bool {
	return width >= 1 && width <= maxStillSide && height >= 1 && height <= maxStillSide
}

// still passes a checked picture of a member on to those who are sent no video
// of them. It is written down nowhere.
func (h *hearing) still(m *member, s Still) {
	now := h.server.cfg.Now()
	switch {
	case !conference.May(h.roleOf(m), s.Type()):
		m.session.fail(conference.NotAllowed, s.Type())
		return
	case m.media == nil:
		m.session.fail(errNotAdmitted, s.Type())
		return
	case !m.media.shown():
		m.session.fail(errBadMessage, s.Type()) // nobody is shown with the camera closed
		return
	case now.Before(m.stilled.Add(stillEvery)):
		m.session.fail(errRate, s.Type())
		return
	}
	m.stilled = now
	number := m.media.number
	data, err := Encode(Picture{Number: number, Image: s.Image})
	if err != nil {
		h.server.log.Error("encode message", "participant", m.id, "reason", s.Type(), "err", err)
		return
	}
	films := m.media.films()
	for _, o := range h.members {
		if o != m && o.session != nil && o.media != nil && h.passes(o, m, conference.PassCamera) && o.media.lacks(number, films) {
			o.session.out.set(stillOf(number), rhythm{name: "still", least: stillEvery}, data)
		}
	}
}

// withdraw takes back what has not been sent yet of a member's pictures.
func (h *hearing) withdraw(number uint32) {
	for _, o := range h.members {
		if o.session != nil {
			o.session.out.drop(stillOf(number))
		}
	}
}

// stillOf is the kind of a sender's pictures: only their latest counts.
func stillOf(number uint32) string { return fmt.Sprintf("still %d", number) }

// shown tells whether the participant says that their camera is on.
func (m *media) shown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.devices.Camera
}

// films tells whether the participant's own link carries video, as their client
// says: otherwise nobody is sent any, however good their seats.
func (m *media) films() bool {
	return !slices.ContainsFunc(m.connected(), func(t *transport) bool {
		up := t.peer.Quality().Up
		return up == sfu.LevelVoice || up == sfu.LevelStills
	})
}

// connected returns the transports that carry media now.
func (m *media) connected() []*transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.transports), func(t *transport) bool { return !t.connected || t.over })
}

// lacks tells whether this participant, who has media, is sent no video of
// another, who films or does not, while their link and their own limit leave
// room for a still.
func (m *media) lacks(number uint32, films bool) bool {
	connected := m.connected()
	m.mu.Lock()
	limit := m.limit
	moving := films && slices.ContainsFunc(connected, func(t *transport) bool { return shows(t.seats, number) })
	m.mu.Unlock()
	if moving || limit == sfu.LevelVoice {
		return false
	}
	return slices.ContainsFunc(connected, func(t *transport) bool { return t.peer.Quality().Down != sfu.LevelVoice })
}

// shows tells whether video of a participant, not of their screen, goes to one of these seats.
func shows(seats []sfu.Seat, number uint32) bool {
	for _, s := range seats {
		if s.Number == number && !s.Screen && s.Paused == "" {
			return true
		}
	}
	return false
}
