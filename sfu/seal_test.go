package sfu

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"pgregory.net/rapid"

	"jalsa/sfu/udp"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	must(t, err)
	return b
}

// TestSealsAsTheSpecification: keys are derived, and packets sealed and opened, as RFC 3711 (appendix B.3) and RFC 7714
// (sections 16.1.1 and 17.1) do in their examples.
func TestSealsAsTheSpecification(t *testing.T) {
	for _, c := range []struct {
		label byte
		want  string
	}{
		{labelMedia, "c61e7a93744f39ee10734afe3ff7a087"},
		{labelMedia + labelSalt, "30cbbc08863d8c85d49db34a9ae1"},
	} {
		want := unhex(t, c.want)
		got, err := derived(unhex(t, "e1f97a0d3e018be0d64fa32c06de4139"), unhex(t, "0ec675ad498afeebb6960b3aabe6"), c.label, len(want))
		if must(t, err); !bytes.Equal(got, want) {
			t.Errorf("label %d: %x", c.label, got)
		}
	}

	block, err := aes.NewCipher(unhex(t, "000102030405060708090a0b0c0d0e0f"))
	must(t, err)
	aead, err := cipher.NewGCM(block)
	must(t, err)
	salt := unhex(t, "517569642070726f2071756f")
	g := gcm{aead: aead, high: binary.BigEndian.Uint32(salt), low: binary.BigEndian.Uint64(salt[4:])}
	for _, c := range []struct {
		plain, sealed string
		before        uint32 // packets of RTCP
	}{
		{"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
			"8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce", 0},
		{"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
			"81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4", 0x5d4 - 1},
	} {
		plain, want := unhex(t, c.plain), unhex(t, c.sealed)
		s := &sealer{ciphers: ciphers{media: g, control: g}, controls: c.before}
		sealed, err := s.end()(plain, controls(plain))
		if must(t, err); !bytes.Equal(sealed, want) {
			t.Errorf("sealed to %x", sealed)
		}
		opened, err := (&opener{ciphers{media: g, control: g}}).end()(want, controls(want))
		if must(t, err); !bytes.Equal(opened, plain) {
			t.Errorf("opened to %x", opened)
		}
	}
}

// TestSealsWhatPionSeals: numbers of several SSRCs that go on, go around, repeat, jump and come out of order are sealed to
// the same bytes, and opened and refused alike.
func TestSealsWhatPionSeals(t *testing.T) {
	keys := newTestKeys(t, srtp.ProtectionProfileAeadAes128Gcm, 5)
	rapid.Check(t, func(r *rapid.T) {
		ours, theirs := keys.sealer(t), keys.context(t)
		opens, theyOpen := keys.opener(t).end(), openingBy(keys.opening(t))
		newest := map[uint32]uint64{}
		numbers := map[uint32]uint16{}
		var past [][]byte
		for i := range rapid.IntRange(1, 200).Draw(r, "packets") {
			ssrc := rapid.Uint32Range(7, 9).Draw(r, "ssrc")
			step := rapid.SampledFrom([]uint16{1, 1, 1, 2, 200, 1000, 20_000, 1<<15 - 1, 1 << 15, 1<<15 + 1, 0, 1<<16 - 1, 1<<16 - 300}).Draw(r, "step")
			numbers[ssrc] += step
			index := nearest(newest[ssrc], numbers[ssrc])
			newest[ssrc] = max(newest[ssrc], index)
			e := &egress{index: index, ssrc: ssrc, stamp: uint32(i), number: 3, extended: 5, format: 96, body: bytes.Repeat([]byte{byte(i)}, i)}
			b := make([]byte, udp.MTU)
			plain := slices.Clone(b[:e.write(b)])
			want, err := theirs.EncryptRTP(nil, plain, nil)
			must(t, err)
			n, err := ours.seal(b, e.headerSize(), len(plain), ssrc, index)
			must(t, err)
			if !bytes.Equal(b[:n], want) {
				r.Fatalf("number %d, index %#x is sealed otherwise", numbers[ssrc], index)
			}
			past = append(past, slices.Clone(b[:n]))
			for _, sealed := range [][]byte{b[:n], past[rapid.IntRange(0, i).Draw(r, "again")]} {
				text, err := theyOpen(sealed, false)
				got, why := opens(sealed, false)
				if (err == nil) != (why == nil) || err == nil && !bytes.Equal(got, text) {
					r.Fatalf("opened %v, by Pion %v", why, err)
				}
			}
		}
	})
}

// TestReadsWhatPionReads: of any bytes, headers are read and refused alike, with their extensions and padding.
func TestReadsWhatPionReads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(r, "packet")
		if len(b) > 16 && rapid.Bool().Draw(r, "sound") {
			b[0] = 0x90 | b[0]&0x20
			binary.BigEndian.PutUint16(b[12:], rapid.SampledFrom([]uint16{oneByte, twoByte, 7}).Draw(r, "profile"))
			binary.BigEndian.PutUint16(b[14:], uint16(rapid.IntRange(0, len(b)/4).Draw(r, "words")))
		}
		var theirs rtp.Packet
		var ours header
		size, err := theirs.Header.Unmarshal(b)
		if ours.read(b) != (err == nil) {
			r.Fatalf("%x: Pion says %v", b, err)
		}
		if err != nil {
			return
		}
		h := theirs.Header
		if ours.size != size || ours.ssrc != h.SSRC || ours.stamp != h.Timestamp || ours.sequence != h.SequenceNumber || ours.format != h.PayloadType || ours.marker != h.Marker || ours.padded != h.Padding {
			r.Fatalf("%+v, Pion reads %+v", ours, h)
		}
		for id := 1; id < 256; id++ {
			if !bytes.Equal(ours.extension(uint8(id)), h.GetExtension(uint8(id))) {
				r.Fatalf("%x: extension %d is %x", b, id, ours.extension(uint8(id)))
			}
		}
		err = theirs.Unmarshal(b)
		if payload, ok := ours.withoutPadding(b); ok != (err == nil) || ok && !bytes.Equal(payload, theirs.Payload) {
			r.Fatalf("%x: payload %x, by Pion %x, %v", b, payload, theirs.Payload, err)
		}
	})
}

// twin seals what a line sends twice, by ours and by a context of Pion's, and remembers it.
type twin struct {
	exit
	ours     *sealer
	theirs   *srtp.Context
	sent     map[[2]uint64][]byte // by SSRC and index
	again    int
	laps     uint64 // most
	mistakes []string
}

func newTwin(t testing.TB, behind exit) *twin {
	keys := newTestKeys(t, srtp.ProtectionProfileAeadAes128Gcm, 5)
	return &twin{exit: behind, ours: keys.sealer(t), theirs: keys.context(t), sent: map[[2]uint64][]byte{}}
}

func (w *twin) send(e *egress, out *udp.Burst) error {
	b := make([]byte, udp.MTU)
	n := e.write(b)
	theirs, err := w.theirs.EncryptRTP(nil, b[:n], nil)
	if err != nil {
		return err
	}
	if n, err = w.ours.seal(b, e.headerSize(), n, e.ssrc, e.index); err != nil {
		return err
	}
	if !bytes.Equal(b[:n], theirs) {
		w.mistakes = append(w.mistakes, "not sealed as by Pion")
	}
	number := [2]uint64{uint64(e.ssrc), e.index}
	if before := w.sent[number]; before != nil {
		if w.again++; !bytes.Equal(before, b[:n]) {
			w.mistakes = append(w.mistakes, "one nonce for two packets")
		}
	}
	w.sent[number] = b[:n]
	w.laps = max(w.laps, e.index>>16)
	return w.exit.send(e, out)
}

func (w *twin) check(t testing.TB, again bool) {
	t.Helper()
	if len(w.mistakes) > 0 {
		t.Errorf("%d mistakes in %d packets, first: %s", len(w.mistakes), len(w.sent), w.mistakes[0])
	}
	if len(w.sent) < 500 || w.laps == 0 || (w.again > 0) != again {
		t.Errorf("%d packets, %d again, %d laps say little", len(w.sent), w.again, w.laps)
	}
}

// TestLinesSealAsPionWould: over all that a line sends, of video with repairs, padding and what a thin link drops, and
// of voice with second copies and what is asked for again, while numbers go around: each packet is sealed as Pion would
// in its place, and no SSRC and index are those of two packets that differ.
func TestLinesSealAsPionWould(t *testing.T) {
	p := newPaced(t, 200_000, true)
	w := newTwin(t, p.line.exit)
	p.line.exit = w
	p.line.rewriter.started, p.line.rewriter.sequence = true, 1<<16-200
	p.line.repairIndex = 1<<16 - 100
	p.run(20)
	w.check(t, false)

	for _, l := range []line{{}, {red: redFormat, nack: true, ids: extensions{transportCC: 5}}} {
		s := newStall(t, 1, l)
		v, u, silk, random := s.speakers[0], s.lines[0], spoken(t, "silk"), rand.New(rand.NewPCG(3, 4))
		w := newTwin(t, u.exit)
		u.exit = w
		u.rewriter.started, u.rewriter.sequence = true, 1<<16-200
		for i := range 3000 {
			v.say(silk[i%len(silk)], 30, random.IntN(10) == 0)
			s.pass(20 * time.Millisecond)
			u.mu.Lock()
			u.voice.twice = l.red == 0 && i/100%2 == 0
			newest := u.rewriter.sequence
			u.mu.Unlock()
			if i%3 == 0 {
				u.lostVoice([]rtcp.NackPair{{PacketID: newest - uint16(random.IntN(100)), LostPackets: rtcp.PacketBitmap(random.Uint32())}}, s.now(), 50*time.Millisecond, &udp.Burst{})
			}
		}
		w.check(t, true)
	}
}

// TestControlIsNumberedOnce: no two packets of RTCP are sealed under one number, and when there is none left nothing is.
func TestControlIsNumberedOnce(t *testing.T) {
	keys := newTestKeys(t, srtp.ProtectionProfileAeadAes128Gcm, 5)
	ours, theyOpen := keys.sealer(t), openingBy(keys.opening(t))
	ours.controls = encrypted - 4
	for i := range uint32(5) {
		plain, err := (&rtcp.PictureLossIndication{SenderSSRC: i % 2, MediaSSRC: i}).Marshal()
		must(t, err)
		sealed, err := ours.end()(plain, true)
		if i >= 3 {
			if err != errSpent {
				t.Errorf("packet %d: %v", i, err)
			}
			continue
		}
		must(t, err)
		if opened, err := theyOpen(sealed, true); err != nil || !bytes.Equal(opened, plain) {
			t.Errorf("packet %d: %v", i, err)
		}
	}
}
