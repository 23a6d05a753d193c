package signaling

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"jalsa/sfu"
)

const (
	// maxStill is in bytes of the picture: 0.8 s of a link of 64 kbit/s.
	maxStill = 6 << 10
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
	case s.Number != 0, !sound, !isWebP(data) && !isJPEG(data):
		return errBadMessage
	case len(data) > maxStill:
		return errTooLarge
	}
	return ""
}

// isWebP looks at the container of a WebP file, whose size must be right.
func isWebP(data []byte) bool {
	return len(data) > 16 && string(data[:4]) == "RIFF" && string(data[8:15]) == "WEBPVP8" &&
		int(binary.LittleEndian.Uint32(data[4:])) == len(data)-8
}

// isJPEG looks at the markers that begin and end a JPEG file.
func isJPEG(data []byte) bool {
	return len(data) > 4 && bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}) && bytes.HasSuffix(data, []byte{0xff, 0xd9})
}

// still passes a checked picture of a member on to those who are sent no video
// of them. It is written down nowhere.
func (h *hearing) still(m *member, s Still) {
	now := h.server.cfg.Now()
	switch {
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
	s.Number = m.media.number
	data, err := Encode(s)
	if err != nil {
		h.server.log.Error("encode message", "participant", m.id, "reason", s.Type(), "err", err)
		return
	}
	films := m.media.films()
	for _, o := range h.members {
		if o != m && o.session != nil && o.media != nil && o.media.lacks(s.Number, films) {
			o.session.out.set(stillOf(s.Number), rhythm{"still", stillEvery}, data)
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
	m.mu.Lock()
	defer m.mu.Unlock()
	return !slices.ContainsFunc(m.transports, func(t *transport) bool {
		up := t.peer.Quality().Up
		return t.connected && !t.over && (up == sfu.LevelVoice || up == sfu.LevelStills)
	})
}

// lacks tells whether this participant, who has media, is sent no video of
// another, who films or does not, while their link and their own limit leave
// room for a still.
func (m *media) lacks(number uint32, films bool) bool {
	m.mu.Lock()
	limit := m.limit
	var connected []*transport
	moving := false
	for _, t := range m.transports {
		if t.connected && !t.over {
			connected = append(connected, t)
			moving = moving || films && shows(t.seats, number)
		}
	}
	m.mu.Unlock()
	if moving || limit == sfu.LevelVoice {
		return false
	}
	for _, t := range connected {
		if t.peer.Quality().Down != sfu.LevelVoice {
			return true
		}
	}
	return false
}

// shows tells whether video of a participant goes to one of these seats.
func shows(seats []sfu.Seat, number uint32) bool {
	for _, s := range seats {
		if s.Number == number && s.Paused == "" {
			return true
		}
	}
	return false
}
