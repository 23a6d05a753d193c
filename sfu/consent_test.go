package sfu

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"

	"jalsa/sfu/udp"
)

// TestConsentIsAnsweredAsPionDoes: to the bit, at no allocation.
func TestConsentIsAnsweredAsPionDoes(t *testing.T) {
	g := newGuard(time.Now, newDrops())
	g.expect(iceName, icePassword, nil)
	k := g.keys[iceName]
	for _, from := range []string{"192.0.2.77:43210", "[2001:db8::17:9]:1"} {
		from, check := netip.MustParseAddrPort(from), checkOf(t, iceName, icePassword)
		request := &stun.Message{Raw: bytes.Clone(check)}
		must(t, request.Decode())
		want, err := stun.Build(request, stun.BindingSuccess, &stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())},
			stun.NewShortTermIntegrity(icePassword), stun.Fingerprint)
		must(t, err)
		space := make([]byte, 0, udp.MTU)
		if got := k.success(space, check, from); !bytes.Equal(got, want.Raw) {
			t.Errorf("%x\nwant %x", got, want.Raw)
		}
		if n := testing.AllocsPerRun(100, func() { k.success(space, check, from) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// TestConsentOfThePath: checks of the path that is taken, with the key that it was shown with, are answered here; all
// others are for Pion.
func TestConsentOfThePath(t *testing.T) {
	s := newStraight(t, 2, srtp.ProtectionProfileAeadAes128Gcm)
	p, ear := s.receivers[0], s.ears[0]
	home := ear.LocalAddr().(*net.UDPAddr).AddrPort()
	elsewhere := localSocket(t).LocalAddr().(*net.UDPAddr).AddrPort()
	for _, name := range []string{"old", "new"} {
		s.sfu.engine.guard.expect(name, icePassword, p)
	}
	p.out.lead(way{s.reader.socket, home, "new"})
	for _, c := range []struct {
		name string
		from netip.AddrPort
		here bool
	}{{"new", home, true}, {"old", home, false}, {"new", elsewhere, false}, {"new", home, true}} {
		p.heard.Store(0)
		before := len(s.reader.aside.left)
		s.reader.take(checkOf(t, c.name, icePassword), c.from)
		s.reader.rest()
		if here := len(s.reader.aside.left) == before; here != c.here || p.heard.Load() == 0 {
			t.Errorf("%s from %v: answered here: %v", c.name, c.from, here)
		}
		if !c.here {
			continue
		}
		b := make([]byte, udp.MTU)
		must(t, ear.SetReadDeadline(time.Now().Add(testWithin)))
		n, err := ear.Read(b)
		must(t, err)
		m := &stun.Message{Raw: b[:n]}
		must(t, m.Decode())
		if must(t, stun.NewShortTermIntegrity(icePassword).Check(m)); m.Type != stun.BindingSuccess {
			t.Errorf("%v", m)
		}
	}
	s.reader.take(checkOf(t, "new", "another password of mine"), home)
	s.reader.rest()
	if s.sfu.dropped(dropForged) != 1 {
		t.Error("a forged check is answered")
	}
}
