package sfu

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// errSpent: as many packets of RTCP were sealed as there are numbers for them (RFC 3711, section 9.2).
var errSpent = errors.New("numbers of RTCP used up")

const (
	controlHeader = 8       // bytes of a packet of RTCP that are not encrypted
	controlIndex  = 4       // bytes of its number, at its end
	encrypted     = 1 << 31 // beside that number (RFC 3711, section 3.4)
)

// sealer seals what goes to a peer. AES-GCM it does itself (RFC 7714): the index of each packet comes from its line, which
// a context of Pion's would look up and count anew. What else may be agreed on is left to such a context. Guarded by
// transport.mu.
//
// A nonce is made of the packet's SSRC and index, so that no two packets may have both the same unless they are the same
// to the bit: AES-GCM would give away both (RFC 7714, section 9.1).
type sealer struct {
	ciphers
	controls uint32 // packets of RTCP sealed, of all SSRCs
}

// opener opens what comes from a peer, as sealer seals. What came of an SSRC is kept with the SSRC (replays). Guarded by
// ingress.mu.
type opener struct{ ciphers }

// ciphers are those of one direction.
type ciphers struct {
	media   gcm
	control gcm
	beside  beside
	pion    *pion // nil: AES-GCM
}

func newCiphers(key, salt []byte, profile srtp.ProtectionProfile) (c ciphers, err error) {
	if profile != srtp.ProtectionProfileAeadAes128Gcm {
		c.pion, err = newPion(key, salt, profile)
	} else if c.media, err = newGCM(key, salt, labelMedia); err == nil {
		c.control, err = newGCM(key, salt, labelControl)
	}
	if err != nil {
		return ciphers{}, fmt.Errorf("media keys: %w", err)
	}
	return c, nil
}

// pion is a context of Pion's, for all but AES-GCM, and what it reads anew of the packet in hand.
type pion struct {
	*srtp.Context
	media   rtp.Header
	control rtcp.Header
}

func newPion(key, salt []byte, profile srtp.ProtectionProfile) (*pion, error) {
	c, err := srtp.CreateContext(key, salt, profile, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	return &pion{Context: c}, err
}

func newSealer(key, salt []byte, profile srtp.ProtectionProfile) (*sealer, error) {
	c, err := newCiphers(key, salt, profile)
	return &sealer{ciphers: c}, err
}

func newOpener(key, salt []byte, profile srtp.ProtectionProfile) (*opener, error) {
	c, err := newCiphers(key, salt, profile)
	return &opener{c}, err
}

// seal seals the first n bytes of b, a packet of RTP, in place, from the end of its header on, and returns how many it is
// then. index is its number with how often the numbers went around (RFC 3711, section 3.3.1).
func (s *sealer) seal(b []byte, from, n int, ssrc uint32, index uint64) (int, error) {
	if s.pion != nil {
		sealed, err := s.pion.EncryptRTP(b, b[:n], &s.pion.media)
		return len(sealed), err
	}
	s.media.aead.Seal(b[from:from], s.media.of(ssrc, index), b[from:n], b[:from])
	return n + tag, nil
}

// sealControl seals the first n bytes of b, a compound packet of RTCP. One row of numbers serves all SSRCs: those of each
// rise, as they have to (RFC 3711, section 3.4).
func (s *sealer) sealControl(b []byte, n int) (int, error) {
	if s.pion != nil {
		sealed, err := s.pion.EncryptRTCP(b, b[:n], &s.pion.control)
		return len(sealed), err
	}
	if s.controls == encrypted-1 {
		return 0, errSpent
	}
	s.controls++
	g, index := &s.control, s.controls|encrypted
	g.aead.Seal(b[controlHeader:controlHeader], g.of(binary.BigEndian.Uint32(b[4:]), uint64(s.controls)), b[controlHeader:n], s.beside.of(b, index))
	binary.BigEndian.PutUint32(b[n+tag:], index)
	return n + tag + controlIndex, nil
}

// open opens a packet of RTP in place whose header was read; false: it is forged or came before. came is what came of its
// SSRC, and index what seal was told.
func (o *opener) open(b []byte, h *header, came *replays) (opened []byte, index uint64, ok bool) {
	if o.pion != nil {
		b, err := o.pion.DecryptRTP(b, b, &o.pion.media)
		return b, 0, err == nil
	}
	if index = nearest(came.newest, h.sequence); !came.fresh(index) {
		return nil, 0, false
	}
	text, err := o.media.aead.Open(b[h.size:h.size], o.media.of(h.ssrc, index), b[h.size:], b[:h.size])
	return b[:h.size+len(text)], index, err == nil
}

// openControl is open for a compound packet of RTCP with its SSRC and index. One that is not encrypted is refused, though
// SRTP would allow it: no browser sends any.
func (o *opener) openControl(b []byte, ssrc uint32, index uint32, came *replays) ([]byte, bool) {
	if o.pion != nil {
		b, err := o.pion.DecryptRTCP(b, b, &o.pion.control)
		return b, err == nil
	}
	if index&encrypted == 0 || !came.fresh(uint64(index&^encrypted)) {
		return nil, false
	}
	g, end := &o.control, len(b)-controlIndex
	text, err := g.aead.Open(b[controlHeader:controlHeader], g.of(ssrc, uint64(index&^encrypted)), b[controlHeader:end], o.beside.of(b, index))
	return b[:controlHeader+len(text)], err == nil
}

// gcm seals and opens RTP, or RTCP, one way.
type gcm struct {
	aead cipher.AEAD
	high uint32 // of the salt
	low  uint64

	nonce [12]byte // of the packet in hand
}

// Labels of the keys that are derived from a master key (RFC 3711, section 4.3.2): that of encryption; the salt's is two
// more.
const (
	labelMedia   = 0
	labelControl = 3
	labelSalt    = 2
)

func newGCM(key, salt []byte, label byte) (gcm, error) {
	own, err := derived(key, salt, label, len(key))
	if err != nil {
		return gcm{}, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return gcm{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return gcm{}, err
	}
	own, err = derived(key, salt, label+labelSalt, len(gcm{}.nonce))
	if err != nil {
		return gcm{}, err
	}
	return gcm{aead: aead, high: binary.BigEndian.Uint32(own), low: binary.BigEndian.Uint64(own[4:])}, nil
}

// derived is a key of n bytes made of a master key and its salt, by AES in counter mode, once for good (RFC 3711, sections
// 4.3.1 and 4.3.3; RFC 7714, section 11).
func derived(key, salt []byte, label byte, n int) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	var begin [aes.BlockSize]byte
	copy(begin[:], salt)
	begin[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, begin[:]).XORKeyStream(out, out)
	return out, nil
}

// of is the nonce of a packet (RFC 7714, sections 8.1 and 9.1).
func (g *gcm) of(ssrc uint32, index uint64) []byte {
	binary.BigEndian.PutUint32(g.nonce[:], g.high^ssrc>>16)
	binary.BigEndian.PutUint64(g.nonce[4:], g.low^uint64(ssrc)<<48^index)
	return g.nonce[:]
}

// beside is what is sealed of a packet of RTCP without being encrypted (RFC 7714, section 17).
type beside [controlHeader + controlIndex]byte

func (t *beside) of(b []byte, index uint32) []byte {
	copy(t[:], b[:controlHeader])
	binary.BigEndian.PutUint32(t[controlHeader:], index)
	return t[:]
}

// nearest is the index of a number of 16 bits that is nearest to the newest index (RFC 3711, appendix A); a first one is in
// the first lap.
func nearest(newest uint64, sequence uint16) uint64 {
	lap, last := newest>>16, uint16(newest)
	switch {
	case last < 1<<15 && sequence > last && sequence-last > 1<<15 && lap > 0:
		lap--
	case last >= 1<<15 && sequence < last-1<<15:
		lap++
	}
	return lap<<16 | uint64(sequence)
}

// replays knows which of the newest packets of an SSRC came (RFC 3711, section 3.3.2). The zero value is ready.
type replays struct {
	newest uint64                    // index
	seen   [replayWindow / 64]uint64 // by index
}

// fresh tells whether a packet did not come before, as far as that can be known.
func (r *replays) fresh(index uint64) bool {
	if index > r.newest {
		return true
	}
	return r.newest-index < replayWindow && r.seen[index%replayWindow/64]&(1<<(index%64)) == 0
}

// note takes a packet that was fresh, and proved to be no forgery.
func (r *replays) note(index uint64) {
	if index > r.newest+replayWindow {
		r.newest = index - replayWindow // nothing of before counts any more
	}
	for r.newest < index {
		r.newest++
		r.seen[r.newest%replayWindow/64] &^= 1 << (r.newest % 64)
	}
	r.seen[index%replayWindow/64] |= 1 << (index % 64)
}
