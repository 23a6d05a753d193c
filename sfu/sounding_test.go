package sfu

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// soundingOf is a check of a sounding, as short as it can be.
func soundingOf(t *testing.T, name, password string) []byte {
	t.Helper()
	return stunOf(t, stun.BindingRequest, stun.NewUsername(name+":"), stun.NewShortTermIntegrity(password))
}

// TestSoundingAnswersItsOwnerOnly: what it says is true, signed, no longer than the question, and said a few times.
func TestSoundingAnswersItsOwnerOnly(t *testing.T) {
	now := time.Unix(1e9, 0)
	g := newGuard(func() time.Time { return now }, newDrops())
	s := &SFU{now: func() time.Time { return now }, engine: &engine{guard: g}}
	v6 := netip.MustParseAddrPort("[2001:db8::1]:1000")
	if g.answer(soundingOf(t, "", ""), clientAddress) != nil {
		t.Error("answered before anybody asked for it")
	}
	former, formerPassword, _ := s.Sound()
	now = now.Add(soundingTime/2 + 1)
	name, password, _ := s.Sound()
	if again, _, _ := s.Sound(); again != name || former == name {
		t.Errorf("given out: %s, then %s, then %s", former, name, again)
	}
	for _, c := range []struct {
		name   string
		packet []byte
		from   netip.AddrPort
		want   bool
	}{
		{"ours", soundingOf(t, name, password), clientAddress, true},
		{"ours, IPv6", soundingOf(t, name, password), v6, true},
		{"wrong password", soundingOf(t, name, password+"!"), clientAddress, false},
		{"wrong name", soundingOf(t, "x"+name, password), clientAddress, false},
		{"the one before", soundingOf(t, former, formerPassword), clientAddress, false},
		{"unsigned", stunOf(t, stun.BindingRequest, stun.NewUsername(name+":"+strings.Repeat("-", 60))), clientAddress, false},
		{"an answer", stunOf(t, stun.BindingSuccess, stun.NewUsername(name+":"+strings.Repeat("-", 24)), stun.NewShortTermIntegrity(password)), clientAddress, false},
		{"media", rtpBytes, clientAddress, false},
		{"nothing", nil, clientAddress, false},
	} {
		got := g.answer(c.packet, c.from)
		if got != nil != c.want {
			t.Errorf("%s: answer of %d bytes, want one: %v", c.name, len(got), c.want)
		}
		if got == nil {
			continue
		}
		m := &stun.Message{Raw: got}
		var seen stun.XORMappedAddress
		if err := m.Decode(); err != nil || seen.GetFrom(m) != nil || stun.NewShortTermIntegrity(password).Check(m) != nil {
			t.Errorf("%s: %v in %v", c.name, err, m)
		}
		if !seen.IP.Equal(net.IP(c.from.Addr().AsSlice())) || seen.Port != int(c.from.Port()) || len(got) >= len(c.packet) {
			t.Errorf("%s: %d bytes say %v to %v with %d", c.name, len(got), seen, c.from, len(c.packet))
		}
	}
	answered := 0
	for range 2 * soundingAnswers {
		if g.answer(soundingOf(t, name, password), clientAddress) != nil {
			answered++
		}
	}
	if answered+2 != soundingAnswers { // two were for the table
		t.Errorf("answered %d times", answered)
	}
	spent := name
	name, password, until := s.Sound()
	if name == spent {
		t.Error("a spent one is given out")
	}
	now = until.Add(time.Second)
	if g.answer(soundingOf(t, name, password), clientAddress) != nil {
		t.Error("answered when its time was over")
	}
}

// TestSoundingIsHeardOnTheSocket: the answer comes from the media socket, and hearings go on.
func TestSoundingIsHeardOnTheSocket(t *testing.T) {
	s := testSFU(t, nil)
	name, password, _ := s.Sound()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Media()[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(soundingOf(t, name, password)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1500)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	m := &stun.Message{Raw: b[:n]}
	var seen stun.XORMappedAddress
	if err := m.Decode(); err != nil || seen.GetFrom(m) != nil || seen.Port != conn.LocalAddr().(*net.UDPAddr).Port {
		t.Errorf("%v: %v", err, m)
	}
}
