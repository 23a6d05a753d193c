package sfu

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// stunOf is a STUN message of those parts.
func stunOf(t testing.TB, parts ...stun.Setter) []byte {
	t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, parts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// checkOf is the connectivity check of a client of ours.
func checkOf(t testing.TB, name, password string) []byte {
	t.Helper()
	return stunOf(t, stun.BindingRequest, stun.NewUsername(name+":theirs"), stun.NewShortTermIntegrity(password), stun.Fingerprint)
}

// record is a DTLS record.
func record(kind byte, epoch uint16, content ...byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{kind, 0xfe, 0xfd}, epoch)
	b = append(b, 0, 0, 0, 0, 0, 1)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(content))), content...)
}

const (
	iceName     = "ours"
	icePassword = "a password of twenty-two"
)

var (
	clientAddress = netip.MustParseAddrPort("192.0.2.1:1000")
	stranger      = netip.MustParseAddrPort("192.0.2.1:1001")
	rtpBytes      = append([]byte{0x80, 111}, make([]byte, 50)...)
)

// refuses tells why a packet is refused, if it is.
func (g *guard) refuses(b []byte, from netip.AddrPort) drop {
	_, why := g.consider(b, kindOf(b), from)
	return why
}

// lets tells whether a packet is let in.
func (g *guard) lets(b []byte, from netip.AddrPort) bool { return g.admits(b, kindOf(b), from) != nil }

// newTestGuard expects one client, which has shown its key, at a time that only the test moves.
func newTestGuard(t testing.TB) (*guard, *time.Time) {
	t.Helper()
	now := time.Unix(1e9, 0)
	g := newGuard(func() time.Time { return now }, newDrops())
	g.expect(iceName, icePassword, nil)
	if why := g.refuses(checkOf(t, iceName, icePassword), clientAddress); why != "" {
		t.Fatal(why)
	}
	return g, &now
}

// TestGuard: what comes from nobody who is expected is dropped by its name and without an allocation, and nothing is
// learned of it.
func TestGuard(t *testing.T) {
	g, now := newTestGuard(t)
	hello := record(recordHandshake, 0, make([]byte, 60)...)
	wrong := checkOf(t, iceName, icePassword+"!")
	changed := checkOf(t, iceName, icePassword)
	changed[9]++
	unsigned := stunOf(t, stun.BindingRequest, stun.NewUsername(iceName+":theirs"))
	for _, c := range []struct {
		name            string
		packet          []byte
		stranger, known drop
	}{
		{"nothing", nil, dropNoise, dropNoise},
		{"noise", []byte{7, 1, 2, 3}, dropNoise, dropNoise},
		{"channel data", []byte{0x40, 0, 0, 4, 1, 2, 3, 4}, dropNoise, dropNoise},
		{"hello", hello, dropStrangeDTLS, ""},
		{"half a record", hello[:20], dropStrangeDTLS, dropPlaintext},
		{"media", rtpBytes, dropStrangeMedia, ""},
		{"allocate", stunOf(t, stun.NewType(stun.MethodAllocate, stun.ClassRequest)), dropNoCheck, dropNoCheck},
		{"success", stunOf(t, stun.BindingSuccess, stun.NewUsername(iceName+":theirs"), stun.NewShortTermIntegrity(icePassword)), dropNoCheck, dropNoCheck},
		{"indication", stunOf(t, stun.NewType(stun.MethodBinding, stun.ClassIndication)), dropNoCheck, dropNoCheck},
		{"no username", stunOf(t, stun.BindingRequest, stun.NewShortTermIntegrity(icePassword)), dropNoCheck, dropNoCheck},
		{"no signature", unsigned, dropNoCheck, dropNoCheck},
		{"half a check", wrong[:40], dropNoCheck, dropNoCheck},
		{"media that looks like a check", append([]byte{0x80, 111, 0, 1, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 20)...), dropNoCheck, dropNoCheck},
		{"nobody's check", checkOf(t, "nobody", icePassword), dropUnknownKey, dropUnknownKey},
		{"wrong password", wrong, dropForged, dropForged},
		{"changed", changed, dropForged, dropForged},
	} {
		for from, want := range map[netip.AddrPort]drop{stranger: c.stranger, clientAddress: c.known} {
			if got := g.refuses(c.packet, from); got != want {
				t.Errorf("%s from %v: %q, want %q", c.name, from, got, want)
			}
			if n := testing.AllocsPerRun(100, func() { g.lets(c.packet, from) }); n > 0 && !raced {
				t.Errorf("%s from %v: %v allocations", c.name, from, n)
			}
			*now = now.Add(time.Minute)
		}
		if len(g.proven) != 1 || len(g.keys) != 1 || g.whose(stranger) != nil {
			t.Fatalf("%s: %d addresses of %d keys are known", c.name, len(g.proven), len(g.keys))
		}
	}
	for _, why := range []drop{dropNoise, dropNoCheck, dropUnknownKey, dropForged, dropStrangeDTLS, dropStrangeMedia, dropPlaintext} {
		if g.drops[why].Load() == 0 {
			t.Errorf("%s is not counted", why)
		}
	}
	if g.refuses(checkOf(t, iceName, icePassword), stranger) != "" || g.refuses(hello, stranger) != "" {
		t.Error("an address that shows the key is still strange")
	}
	g.forget(iceName)
	if g.whose(clientAddress) != nil || g.whose(stranger) != nil || g.refuses(checkOf(t, iceName, icePassword), clientAddress) != dropUnknownKey {
		t.Error("known for ever")
	}
}

// TestGuardBoundsChecks: also who knows a password makes Pion work, and remember, no more than a browser would.
func TestGuardBoundsChecks(t *testing.T) {
	g, now := newTestGuard(t)
	b := checkOf(t, iceName, icePassword)
	count := func(n int, from func(i int) netip.AddrPort) (passed int) {
		for i := range n {
			if g.lets(b, from(i)) {
				passed++
			}
		}
		return passed
	}
	home := func(int) netip.AddrPort { return clientAddress }
	away := func(i int) netip.AddrPort { return netip.AddrPortFrom(clientAddress.Addr(), uint16(2000+i)) }
	if n := count(1000, home); n != checkBurst-1 { // one was the first
		t.Errorf("%d checks at once", n)
	}
	*now = now.Add(time.Second)
	if n := count(1000, home); n != checkRate {
		t.Errorf("%d checks a second later", n)
	}
	*now = now.Add(2 * time.Second)
	if n := count(100, away); n != addressBurst-1 {
		t.Errorf("%d addresses", n)
	}
	*now = now.Add(addressEvery)
	if n := count(100, away); n != addressBurst { // those that it knows, and one more
		t.Errorf("%d addresses after %v", n, addressEvery)
	}
	if n := len(g.keys[iceName].from); n != len(g.proven) || n != addressBurst+1 {
		t.Errorf("%d and %d addresses are kept", n, len(g.proven))
	}
}

// TestGuardBoundsHandshakes: nor does a peer make Pion work, or whoever writes a peer's address on what they send, by DTLS;
// and another's handshake is not in their way.
func TestGuardBoundsHandshakes(t *testing.T) {
	g, now := newTestGuard(t)
	flight := record(recordHandshake, 0, make([]byte, 60)...)
	count := func(n int) (passed int) {
		for range n {
			if g.lets(flight, clientAddress) {
				passed++
			}
		}
		return passed
	}
	if n := count(1000); n != recordBurst {
		t.Errorf("%d datagrams at once", n)
	}
	g.expect("other", icePassword, nil)
	if !g.lets(checkOf(t, "other", icePassword), stranger) || !g.lets(flight, stranger) {
		t.Error("another's handshake is refused")
	}
	*now = now.Add(time.Second)
	if n := count(1000); n != recordRate || g.drops[dropRecords].Load() == 0 {
		t.Errorf("%d datagrams a second later", n)
	}
	if g.refuses(rtpBytes, clientAddress) != "" {
		t.Error("media suffers")
	}
}

// TestGuardKeepsTheNewest: an address belongs to who showed a key from there last, and outlives an older key.
func TestGuardKeepsTheNewest(t *testing.T) {
	g, _ := newTestGuard(t)
	g.expect("new", icePassword, nil)
	if !g.lets(checkOf(t, "new", icePassword), clientAddress) {
		t.Fatal("refused")
	}
	g.forget(iceName)
	g.forget("never")
	if g.whose(clientAddress) == nil {
		t.Error("forgotten with the older key")
	}
	g.forget("new")
	if len(g.proven)+len(g.keys) > 0 {
		t.Error("something is left")
	}
}

// TestGuardKeepsAnAddressForWhoIsThere: a check signed with another's key, that pretends to come from there, takes
// nothing away while they are heard; and to have an address again costs nothing.
func TestGuardKeepsAnAddressForWhoIsThere(t *testing.T) {
	g, now := newTestGuard(t)
	there, other := &Peer{}, &Peer{}
	g.expect("there", icePassword, there)
	g.expect("other", icePassword, other)
	home := netip.MustParseAddrPort("192.0.2.7:1000")
	if !g.lets(checkOf(t, "there", icePassword), home) {
		t.Fatal("refused")
	}
	there.heard.Store(now.UnixNano())
	*now = now.Add(addressHeld - time.Millisecond)
	if g.lets(checkOf(t, "other", icePassword), home) || g.whose(home).peer != there {
		t.Error("taken from who is there")
	}
	for range 2 * addressBurst {
		*now = now.Add(addressHeld)
		if !g.lets(checkOf(t, "other", icePassword), home) || g.whose(home).peer != other {
			t.Fatal("kept for who is gone")
		}
		if !g.lets(checkOf(t, "there", icePassword), home) || g.whose(home).peer != there {
			t.Fatal("not had again")
		}
	}
}

// TestPlaintextRecords: whatever Pion would answer with a fatal alert is no record of a client's.
func TestPlaintextRecords(t *testing.T) {
	flight := slices.Concat(record(recordHandshake, 0, make([]byte, 40)...), record(recordChangeCipher, 0, 1), record(recordHandshake, 1, make([]byte, 40)...))
	for _, c := range []struct {
		name   string
		packet []byte
		ok     bool
	}{
		{"a flight", flight, true},
		{"goodbye", record(recordAlert, 1, make([]byte, 26)...), true},
		{"alert", record(recordAlert, 0, 2, 40), true},
		{"sealed data", record(recordData, 1, 1, 2, 3), true},
		{"data", record(recordData, 0, 1, 2, 3), false},
		{"data behind a flight", append(slices.Clone(flight), record(recordData, 0, 1)...), false},
		{"a torn alert", record(recordAlert, 0, 2), false},
		{"another cipher", record(recordChangeCipher, 0, 2), false},
		{"two ciphers", record(recordChangeCipher, 0, 1, 1), false},
		{"heartbeat", record(24, 0, 1, 2, 3), false},
		{"connection id", record(25, 1, 1, 2, 3), false},
		{"DTLS 1.3", record(0x2f, 0, 1, 2, 3), false},
		{"longer than it is", record(recordHandshake, 0, make([]byte, 40)...)[:50], false},
		{"empty", record(recordHandshake, 0), false},
	} {
		if got := wellMeant(c.packet); got != c.ok {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// FuzzGuard: the guard is at least as strict as Pion: a check that it reads, Pion decodes, with the same name, and a
// signature that it takes for right Pion does too.
func FuzzGuard(f *testing.F) {
	f.Add(checkOf(f, iceName, icePassword), false)
	f.Add(checkOf(f, iceName, icePassword), true)
	f.Add(checkOf(f, "nobody", icePassword), true)
	f.Add(stunOf(f, stun.BindingRequest, stun.NewUsername("ours"), stun.NewUsername("ours:x"), stun.NewShortTermIntegrity(icePassword), stun.Fingerprint), true)
	f.Add(stunOf(f, stun.BindingRequest, stun.NewShortTermIntegrity(icePassword), stun.RawAttribute{Type: stun.AttrUsername, Value: []byte("ours:x")}), false)
	f.Add(record(recordData, 0, 1), false)
	f.Add(rtpBytes, false)
	g, now := newTestGuard(f)
	f.Fuzz(func(t *testing.T, b []byte, sign bool) {
		if sign && stun.IsMessage(b) { // what somebody who knows the password might have made of it
			m := &stun.Message{Raw: slices.Clone(b)}
			if m.Decode() == nil {
				_ = stun.NewShortTermIntegrity(icePassword).AddTo(m)
				b = m.Raw
			}
		}
		*now = now.Add(time.Second)
		why := g.refuses(b, clientAddress)
		if kindOf(b) != kindSTUN {
			return
		}
		c, read := readCheck(b)
		if !read {
			return
		}
		m := &stun.Message{Raw: slices.Clone(b)}
		if err := m.Decode(); err != nil {
			t.Fatalf("Pion cannot read it: %v", err)
		}
		var name stun.Username
		if err := name.GetFrom(m); err != nil || len(name) <= len(c.name) || string(name[:len(c.name)+1]) != string(c.name)+":" {
			t.Fatalf("Pion reads the name %q (%v), we %q", name, err, c.name)
		}
		if why == "" && stun.NewShortTermIntegrity(icePassword).Check(m) != nil {
			t.Fatal("Pion would refuse the signature")
		}
	})
}
