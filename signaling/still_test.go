package signaling

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"jalsa/booking"
	"jalsa/sfu"
)

// webpFile is as much of a picture as the server looks at, of 160×90 and so many bytes.
func webpFile(size int) []byte {
	data := append(append([]byte("RIFF0000WEBPVP8 "), binary.LittleEndian.AppendUint32(nil, uint32(size-20))...), make([]byte, size-20)...)
	binary.LittleEndian.PutUint32(data[4:], uint32(size-8))
	copy(data[23:], "\x9d\x01\x2a\xa0\x00\x5a\x00")
	return data
}

// jpegFile is the same of a JPEG.
func jpegFile(size int) []byte {
	head := "\xff\xd8\xff\xc0\x00\x0b\x08\x00\x5a\x00\xa0\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
	return append(append([]byte(head), make([]byte, size-len(head)-2)...), 0xff, 0xd9)
}

// with is a picture with other bytes at a place.
func with(data []byte, at int, other string) Still {
	copy(data[at:], other)
	return picture(data)
}

func picture(data []byte) Still { return Still{Image: base64.StdEncoding.EncodeToString(data)} }

func TestOnlyPicturesPass(t *testing.T) {
	good := picture(webpFile(40)).Image
	for name, c := range map[string]struct {
		still Still
		want  string
	}{
		"webp":             {picture(webpFile(40)), ""},
		"jpeg":             {picture(jpegFile(40)), ""},
		"largest webp":     {picture(webpFile(maxStill)), ""},
		"largest jpeg":     {picture(jpegFile(maxStill)), ""},
		"too large":        {picture(jpegFile(maxStill + 1)), errTooLarge},
		"far too large":    {picture(webpFile(40 << 10)), errTooLarge},
		"nothing":          {Still{}, errBadMessage},
		"text":             {picture([]byte("<svg onload=alert(1)>")), errBadMessage},
		"png":              {picture([]byte("\x89PNG\r\n\x1a\n0000000000")), errBadMessage},
		"huge webp":        {with(webpFile(40), 26, "\xff\x3f\xff\x3f"), errBadMessage},
		"high webp":        {with(webpFile(40), 28, "\x81\x02"), errBadMessage},
		"empty webp":       {with(webpFile(40), 26, "\x00\x00"), errBadMessage},
		"huge jpeg":        {with(jpegFile(40), 7, "\xff\xff\xff\xff"), errBadMessage},
		"webp of no frame": {with(webpFile(40), 23, "\x00"), errBadMessage},
		"lossless webp":    {with(webpFile(40), 15, "L"), errBadMessage},
		"moving webp":      {with(webpFile(40), 15, "X"), errBadMessage},
		"webp cut":         {picture(webpFile(50)[:40]), errBadMessage},
		"webp and more":    {picture(append(webpFile(40), "<script>"...)), errBadMessage},
		"wave":             {picture(bytes.Replace(webpFile(40), []byte("WEBP"), []byte("WAVE"), 1)), errBadMessage},
		"jpeg without end": {picture(jpegFile(40)[:20]), errBadMessage},
		"only the magic":   {picture([]byte{0xff, 0xd8, 0xff}), errBadMessage},
		"line breaks":      {Still{Image: good[:8] + "\r\n" + good[8:]}, errBadMessage},
		"stray bits":       {Still{Image: strings.TrimRight(picture(webpFile(41)).Image, "A=") + "B="}, errBadMessage},
	} {
		if got := c.still.check(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// stills counts what a client received of each sender.
func (c *client) stills() map[uint32]int {
	c.sync()
	out := map[uint32]int{}
	for _, frame := range c.received() {
		if m, _ := DecodeServer(frame); m != nil {
			if s, ok := m.(Picture); ok {
				out[s.Number]++
			}
		}
	}
	return out
}

// everybody returns the host (1), the party (2), the interpreter (3) and the lawyer (4) in session, all with media but the
// interpreter, and the witness waiting.
func (r *rig) everybody() (host, party, interpreter, lawyer, witness *client) {
	r.t.Helper()
	host, lawyer = r.hearing()
	party, interpreter, witness = r.join("party"), r.join("interpreter"), r.join("witness")
	expect[Waiting](party)
	expect[Waiting](interpreter)
	expect[Waiting](witness)
	host.send(Admit{Number: 2})
	expect[Admitted](party)
	expect[Admitted](interpreter)
	for _, c := range []*client{host, lawyer, party} {
		caller := c.prepare(1, 4)
		caller.offerAt("large") // a link on which nothing is held back
		caller.connected()
	}
	for _, c := range []*client{host, lawyer, party} {
		expect(c, func(s Seats) bool { return len(s.Seats) == 2 })
		m, _ := r.mediaOf(c.name)
		r.until(c.name+" is connected", func() bool { return len(m.connected()) == 1 })
	}
	return host, party, interpreter, lawyer, witness
}

// pause holds the video of a number back from a role.
func (r *rig) pause(role string, number uint32, why sfu.Pause) {
	m, transport := r.mediaOf(role)
	m.mu.Lock()
	seats := slices.Clone(transport.seats)
	m.mu.Unlock()
	for i := range seats {
		if seats[i].Number == number {
			seats[i].Paused = why
		}
	}
	m.seats(transport, seats)
}

func TestStillsReachThoseWithoutVideoOnly(t *testing.T) {
	r := newRig(t)
	host, party, interpreter, lawyer, witness := r.everybody()
	r.pause("host", 4, sfu.PauseLink)
	lawyer.send(Devices{Camera: true})
	first := picture(webpFile(300))
	lawyer.send(first)
	if s := expect[Picture](host); s.Number != 4 || s.Image != first.Image {
		t.Errorf("%+v", s)
	}
	lawyer.send(first)
	if e := expect[Error](lawyer); e.Code != "rate" || e.Re != "still" {
		t.Errorf("%+v", e)
	}
	r.pause("party", 4, sfu.PauseSaver)
	r.pause("host", 4, "")
	r.later(stillEvery)
	lawyer.send(picture(jpegFile(400)))
	expect(party, func(s Picture) bool { return s.Number == 4 && s.Image == picture(jpegFile(400)).Image })
	party.send(Levels{Up: "voice", Limit: "voice"}) // wants to hear, not to see
	m, _ := r.mediaOf("party")
	r.until("a limit", func() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.limit == sfu.LevelVoice })
	r.later(stillEvery)
	lawyer.send(picture(jpegFile(500)))
	r.followed(lawyer)
	for c, want := range map[*client]int{host: 1, party: 1, interpreter: 0, lawyer: 0, witness: 0} {
		if got := c.stills(); got[4] != want || len(got) > want {
			t.Errorf("%s received %v stills, want %d", c.name, got, want)
		}
	}

	// Nothing of it is kept.
	if log := r.log.String(); strings.Contains(log, first.Image[:40]) {
		t.Error("the log holds a picture")
	}
	must(t, r.store.Journal(func(e booking.Entry) error {
		if strings.Contains(e.Kind+e.Code, "still") {
			t.Errorf("the journal holds %+v", e)
		}
		return nil
	}))
}

func TestStillsOfOneWhoSendsNoVideoReachAll(t *testing.T) {
	r := newRig(t)
	host, party, _, lawyer, _ := r.everybody()
	lawyer.send(Devices{Camera: true})
	lawyer.send(Levels{Up: "stills"})
	m, _ := r.mediaOf("representative")
	r.until("a level", func() bool { return !m.films() })
	lawyer.send(picture(webpFile(300)))
	for _, c := range []*client{host, party} {
		expect(c, func(s Picture) bool { return s.Number == 4 })
	}
}

func TestStillsTakeTurnsAndAreWithdrawn(t *testing.T) {
	r := newRig(t)
	host, party, _, lawyer, _ := r.everybody()
	r.pause("host", 2, sfu.PauseLink)
	r.pause("host", 4, sfu.PauseLink)
	party.send(Devices{Camera: true})
	lawyer.send(Devices{Camera: true})
	party.send(picture(webpFile(300)))
	expect(host, func(s Picture) bool { return s.Number == 2 })
	lawyer.send(picture(webpFile(300)))
	r.followed(lawyer)
	if got := host.stills(); got[4] != 0 {
		t.Error("two stills at once")
	}
	r.later(stillEvery)
	expect(host, func(s Picture) bool { return s.Number == 4 })

	// What waits for its turn goes with the camera, and with its sender.
	party.send(picture(webpFile(300)))
	r.followed(party)
	party.send(Devices{})
	r.followed(party)
	r.later(stillEvery)
	if got := host.stills(); got[2] != 1 {
		t.Errorf("%v after the camera was closed", got)
	}
	lawyer.send(picture(webpFile(300)))
	expect(host, func(s Picture) bool { return s.Number == 4 })
	party.send(Devices{Camera: true})
	party.send(picture(webpFile(300)))
	r.followed(party)
	party.send(Leave{})
	party.expectEnd(1000, "left")
	expect(host, has(2, "gone"))
	r.later(stillEvery)
	if got := host.stills(); got[2] != 1 || got[4] != 2 {
		t.Errorf("%v after the sender left", got)
	}
}

func TestNobodyIsShownWithTheCameraClosed(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	host.call(1, 4)
	lawyer.call(1, 4)
	expect(host, sits(4))
	r.pause("host", 4, sfu.PauseLink)
	lawyer.send(picture(webpFile(300)))
	if e := expect[Error](lawyer); e.Code != "bad_message" || e.Re != "still" {
		t.Errorf("%+v", e)
	}
	if got := host.stills(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
