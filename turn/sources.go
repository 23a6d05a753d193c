package turn

import (
	"hash/maphash"
	"net/netip"
	"time"

	"jalsa/strangers"
)

const (
	earned        = 1.5 // bytes of answer for each byte of a question, so that nobody gains by asking in another's name
	savings       = 300 // bytes of answer that may be saved up
	leastAnswer   = 40  // bytes: Binding over IPv4
	answersASec   = 10  // to one source
	answersAtOnce = 20  // an office behind one address that comes in together
	purses        = 1 << 14
)

// purse is what may be answered to one source that has proven nothing. A browser's first request is so short (28 bytes)
// that the challenge (72) has to wait until it asks again, half a second later.
type purse struct {
	bytes   float64
	answers float64
	at      time.Time // zero: never heard of
}

// earn takes note of a question.
func (p *purse) earn(bytes int, now time.Time) {
	if p.at.IsZero() {
		p.answers, p.at = answersAtOnce, now
	}
	if passed := now.Sub(p.at); passed > 0 {
		p.answers, p.at = min(p.answers+answersASec*passed.Seconds(), answersAtOnce), now
	}
	p.bytes = min(p.bytes+earned*float64(bytes), savings)
}

// affords tells whether an answer of so many bytes may be given.
func (p *purse) affords(bytes int) bool { return p.answers >= 1 && p.bytes >= float64(bytes) }

// spend pays for one.
func (p *purse) spend(bytes int) bool {
	if !p.affords(bytes) {
		return false
	}
	p.answers--
	p.bytes -= float64(bytes)
	return true
}

// sources has a purse for each IPv4 address and each IPv6 /64, and lets no /48 have much more answers than one of them. Those
// of one hash share a purse: so there is nothing to forget and nothing to fill up, and a flood in many names leaves most others
// their answers.
type sources struct {
	seed   maphash.Seed
	purses [purses]purse
	around *strangers.Paces // of the answers to /48s
}

func newSources() *sources {
	return &sources{seed: maphash.MakeSeed(), around: strangers.NewPaces(answersAtOnce, answersASec)}
}

func (s *sources) of(a netip.Addr) *purse {
	return &s.purses[maphash.Comparable(s.seed, whence(a).Near)%purses]
}

// spend pays for an answer to an address.
func (s *sources) spend(a netip.Addr, bytes int, now time.Time) bool {
	p := s.of(a)
	return p.affords(bytes) && s.around.Take(strangers.Place{Far: whence(a).Far}, now) && p.spend(bytes)
}

func whence(a netip.Addr) strangers.Place { return strangers.At(a, strangers.Address) }
