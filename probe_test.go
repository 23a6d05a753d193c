package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// A probe goes through every door of a server that is well, and is told so by the server itself.
func TestProbe(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data, "--tls", "self-signed", "--turn-udp", "127.0.0.1:0")
	var running condition
	if err := ask(t.Context(), data, "/condition", struct{}{}, &running); err != nil {
		t.Fatal(err)
	}
	var s sounding
	if err := ask(t.Context(), data, "/sounding", struct{}{}, &s); err != nil {
		t.Fatal(err)
	}
	args := []string{"probe", running.Public, "--json", "--ca-root", filepath.Join(data, selfSignedFile), "--code", s.Code, "--media", s.Media[0].String(), "--turn-udp", running.TurnUDP}
	out, err := command(t, "", args...)
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	var told struct{ Findings []finding }
	if err := json.Unmarshal([]byte(out), &told); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range told.Findings {
		seen[f.Check]++
		if f.Verdict != fine {
			t.Errorf("%+v", f)
		}
	}
	for check, want := range map[string]int{"name": 1, "pages": 1, "socket": 1, "relay": 2, "certificate": 1, "media": 1} {
		if seen[check] != want {
			t.Errorf("%s: %d findings, want %d", check, seen[check], want)
		}
	}
}

// What is not Jalsa, or not TURN, or nothing at all, is not taken for it.
func TestProbeIsNotFooled(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
	s.Config.ReadHeaderTimeout = 100 * time.Millisecond // it waits for the rest of what is no HTTP
	s.StartTLS()
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "https://")
	probe := func() []finding {
		out, _ := command(t, "", "probe", s.URL, "--json")
		var told struct{ Findings []finding }
		if err := json.Unmarshal([]byte(out), &told); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return told.Findings
	}
	web := probe()
	diagnosis{"only HTTP", web, problem, address + "/tcp: no WebSocket: the answer is 200 OK"}.check(t)
	diagnosis{"only HTTP", web, problem, address + "/tcp: no relay"}.check(t)
	status = http.StatusNotFound
	diagnosis{"another program", probe(), problem, "it is no Jalsa that answers: status 404"}.check(t)
	s.Close()
	diagnosis{"gone", probe(), problem, "nothing listens there"}.check(t)

	if out, err := command(t, "", "probe", s.URL, "--media", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "--code") {
		t.Errorf("media without a code: %v, %s", err, out)
	}
	if _, err := command(t, "", "probe", "hearings.example"); err == nil {
		t.Error("a name is no URL")
	}
}

func TestProbeOfUDP(t *testing.T) {
	at := netip.MustParseAddrPort("203.0.113.7:443")
	answer := func(parts ...stun.Setter) heard {
		return heard{raw: stun.MustBuild(append([]stun.Setter{stun.TransactionID}, parts...)...).Raw}
	}
	here := &stun.XORMappedAddress{IP: net.IPv4(198, 51, 100, 1), Port: 5}
	signed := stun.NewShortTermIntegrity("word")
	media := func(h heard) []finding { return []finding{judgeMedia(at, "word", h)} }
	turn := func(h heard) []finding { return []finding{judgeTurnUDP(at.String(), h)} }
	allocate := func(c stun.MessageClass) stun.Setter { return stun.NewType(stun.MethodAllocate, c) }
	checkAll(t,
		diagnosis{"media", media(answer(stun.BindingSuccess, here, signed)), fine, "sees this machine as 198.51.100.1"},
		diagnosis{"media of another", media(answer(stun.BindingSuccess, here, stun.NewShortTermIntegrity("other"))), problem, "something else answers"},
		diagnosis{"media, refused", media(answer(stun.BindingError, stun.CodeUnauthorized, signed)), problem, "something else answers"},
		diagnosis{"no media", media(heard{err: os.ErrDeadlineExceeded}), problem, "closes UDP"},
		diagnosis{"media, shut", media(heard{err: syscall.ECONNREFUSED}), problem, "nothing listens there"},
		diagnosis{"media, no IPv6", []finding{judgeMedia(netip.MustParseAddrPort("[2001:db8::1]:443"), "word", heard{err: syscall.ENETUNREACH})}, unseen, "no IPv6"},
		diagnosis{"media, no network", media(heard{err: syscall.ENETUNREACH}), problem, "unreachable"},
		diagnosis{"relay", turn(answer(allocate(stun.ClassErrorResponse), stun.CodeUnauthorized)), fine, "the relay answers"},
		diagnosis{"open relay", turn(answer(allocate(stun.ClassSuccessResponse))), problem, "no relay"},
		diagnosis{"no relay", turn(heard{err: os.ErrDeadlineExceeded}), problem, "closes UDP"},
	)
}

func TestProbeOfPages(t *testing.T) {
	well := knocked{at: netip.MustParseAddrPort("203.0.113.7:443"), secure: true, tls: tls.VersionTLS13, health: http.StatusOK, took: 12 * time.Millisecond}
	with := func(change func(*knocked)) []finding {
		k := well
		change(&k)
		return judgeKnock(k)
	}
	v6 := netip.MustParseAddrPort("[2001:db8::1]:443")
	checkAll(t,
		diagnosis{"well", with(func(*knocked) {}), fine, "is reached in 12ms (TLS 1.3)"},
		diagnosis{"refused", with(func(k *knocked) { k.err = syscall.ECONNREFUSED }), problem, "nothing listens there"},
		diagnosis{"no answer", with(func(k *knocked) { k.err = context.DeadlineExceeded }), problem, "a firewall on the way"},
		diagnosis{"no IPv6 here", with(func(k *knocked) { k.at, k.err = v6, syscall.ENETUNREACH }), unseen, "no IPv6"},
		diagnosis{"no TLS there", with(func(k *knocked) { k.err = errors.New("first record does not look like a TLS handshake") }), problem, "TLS handshake"},
		diagnosis{"deaf", with(func(k *knocked) { k.deaf = os.ErrDeadlineExceeded }), problem, "answers no request"},
		diagnosis{"ending", with(func(k *knocked) { k.health = http.StatusServiceUnavailable }), warning, "about to end"},
		diagnosis{"no relay", with(func(k *knocked) { k.relay = os.ErrDeadlineExceeded }), problem, "people without UDP have no sound"},
		diagnosis{"name", []finding{judgeResolved("a.example", addrs("203.0.113.7"), nil)}, fine, "a.example is 203.0.113.7"},
		diagnosis{"no name", []finding{judgeResolved("a.example", nil, errors.New("no such host"))}, problem, "has no address from here"},
	)
}

func TestDoctorOnTheOutside(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	where := location{url: "https://a.example", host: "a.example"}
	s := &sounding{Code: "N.P", Media: []netip.AddrPort{netip.MustParseAddrPort("203.0.113.7:443"), netip.MustParseAddrPort("[2001:db8::1]:443")}, Until: now.Add(10 * time.Minute)}
	checkAll(t,
		diagnosis{"server", judgeOutside(outside{where, s, "3478"}, now), unseen,
			"within 10 minutes: jalsa probe https://a.example --code N.P --media 203.0.113.7:443 --media [2001:db8::1]:443 --turn-udp a.example:3478"},
		diagnosis{"no server", judgeOutside(outside{location: where}, now), unseen, "once the server runs"},
		diagnosis{"no name", judgeOutside(outside{location: location{host: "localhost"}}, now), unseen, "first see name"},
	)
}
