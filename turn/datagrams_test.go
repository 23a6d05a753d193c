package turn

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"

	"jalsa/strangers"
)

// wire is a UDP socket whose datagrams the test makes and takes.
type wire struct {
	net.PacketConn // for the methods that nobody calls
	in             chan letter
	sent           map[netip.AddrPort][][]byte // by the server; owned by whoever handed in the last datagram
	done           chan struct{}
}

type letter struct {
	from netip.AddrPort
	data []byte
}

func newWire() *wire {
	return &wire{in: make(chan letter), sent: map[netip.AddrPort][][]byte{}, done: make(chan struct{})}
}

// hand gives the server datagrams and returns when it has dealt with them: it reads on.
func (w *wire) hand(from netip.AddrPort, datagrams ...[]byte) {
	for _, d := range append(datagrams, []byte{0xff}) {
		w.in <- letter{from, d}
	}
}

func (w *wire) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case l := <-w.in:
		return copy(b, l.data), l.from, nil
	case <-w.done:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (w *wire) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	w.sent[to] = append(w.sent[to], bytes.Clone(b))
	return len(b), nil
}

func (w *wire) LocalAddr() net.Addr { return &net.UDPAddr{Port: 3478} }

func (w *wire) Close() error {
	close(w.done)
	return nil
}

func (b *bench) onWire() *wire {
	w := newWire()
	b.serve(func() error { return b.serveDatagrams(w) })
	return w
}

func message(t testing.TB, setters ...stun.Setter) []byte {
	t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, setters...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// questions are what anybody can send without a credential.
func questions(t testing.TB) map[string][]byte {
	request := func(m stun.Method, more ...stun.Setter) []byte {
		return message(t, append([]stun.Setter{stun.NewType(m, stun.ClassRequest)}, more...)...)
	}
	forged := []stun.Setter{stun.NewUsername("u"), stun.NewRealm("hearings"), stun.NewNonce("n"), stun.MessageIntegrity("k")}
	unknown := stun.RawAttribute{Type: 0x7fff}
	return map[string][]byte{
		"binding":               request(stun.MethodBinding),
		"binding, signed":       request(stun.MethodBinding, stun.MessageIntegrity("k")),
		"binding, odd":          request(stun.MethodBinding, unknown, unknown, unknown),
		"allocate":              request(stun.MethodAllocate),
		"allocate of a browser": request(stun.MethodAllocate, overUDP),
		"allocate, odd":         request(stun.MethodAllocate, unknown),
		"allocate, forged":      request(stun.MethodAllocate, forged...),
		"allocate, only signed": request(stun.MethodAllocate, stun.MessageIntegrity("k")),
		"refresh":               request(stun.MethodRefresh),
		"refresh, forged":       request(stun.MethodRefresh, forged...),
		"permission":            request(stun.MethodCreatePermission),
		"channel":               request(stun.MethodChannelBind),
		"connect":               request(stun.MethodConnect),
		"connection":            request(stun.MethodConnectionBind),
		"no method":             request(0x00f),
		"indication":            message(t, stun.NewType(stun.MethodSend, stun.ClassIndication)),
		"response":              message(t, stun.NewType(stun.MethodAllocate, stun.ClassSuccessResponse)),
		"channel data":          []byte("\x40\x01\x00\x04abcd"),
		"one byte":              {0},
		"empty":                 {},
	}
}

// TestStrangersEarnTheirAnswers: what is said to a source never is more than half as much again as came from it, and not
// often; nor does it tell which software this is.
func TestStrangersEarnTheirAnswers(t *testing.T) {
	b := start(t)
	b.stop()
	w := b.onWire()
	n := 0
	for what, question := range questions(t) {
		n++ // a source that has asked before may have saved something
		for _, source := range []string{fmt.Sprintf("192.0.2.%d:1234", n), fmt.Sprintf("[2001:db8:%d::1]:1234", n)} {
			from := netip.MustParseAddrPort(source)
			in, out, answers := 0, 0, 0
			for range 10 * answersAtOnce {
				w.hand(from, question)
				in += len(question) + 1 // hand's own
				for _, answer := range w.sent[from] {
					out, answers = out+len(answer), answers+1
					for kind := range attributes(answer) {
						if kind == uint16(stun.AttrSoftware) {
							t.Errorf("%s: answered with SOFTWARE: %q", what, answer)
						}
					}
				}
				delete(w.sent, from)
				if float64(out) > 1.5*float64(in) {
					t.Fatalf("%s from %s: %d bytes for %d", what, source, out, in)
				}
			}
			if answers > answersAtOnce {
				t.Errorf("%s from %s: answered %d times at once", what, source, answers)
			}
		}
	}
	if len(w.sent) != 0 || b.Stats().Connections != 0 {
		t.Errorf("said %v, kept %d", w.sent, b.Stats().Connections)
	}
	if b.count("answer") == 0 || b.count("stranger") == 0 {
		t.Error("not counted")
	}
}

// TestABrowserIsAnsweredWhenItAsksAgain: its first request is 28 bytes, of which no challenge can be made.
func TestABrowserIsAnsweredWhenItAsksAgain(t *testing.T) {
	b := start(t)
	w := b.onWire()
	from := netip.MustParseAddrPort("192.0.2.1:1234")
	first := questions(t)["allocate of a browser"]
	w.hand(from, first)
	if len(first) != 28 || len(w.sent[from]) != 0 {
		t.Fatalf("%d bytes were answered by %q", len(first), w.sent[from])
	}
	w.hand(from, first)
	if len(w.sent[from]) != 1 || !strings.HasPrefix(string(w.sent[from][0]), "\x01\x13") {
		t.Fatalf("the second time: %q", w.sent[from])
	}
}

// TestOthersAreAnsweredInAFlood of requests in a million names.
func TestOthersAreAnsweredInAFlood(t *testing.T) {
	b := start(t)
	b.stop()
	w := b.onWire()
	flood, challenge := questions(t)["allocate, forged"], questions(t)["allocate of a browser"]
	refused := 0
	for second := range 3 {
		b.pass(time.Second)
		for i := range 10_000 {
			w.in <- letter{netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(second), byte(i >> 8), byte(i), 1}), 1234), flood}
		}
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(second)}), 1234)
		w.hand(from, challenge, challenge)
		if len(w.sent[from]) == 0 {
			refused++
		}
		clear(w.sent)
	}
	if refused > 0 {
		t.Errorf("%d of 3 were not answered", refused)
	}
}

func TestPurse(t *testing.T) {
	now := time.Unix(0, 0)
	var p purse
	if p.affords(0) {
		t.Error("answers who never asked")
	}
	p.earn(40, now)
	if p.affords(61) || !p.spend(60) || p.affords(1) {
		t.Error("not half as much again")
	}
	for range 100 {
		p.earn(1000, now)
	}
	if p.affords(savings+1) || !p.affords(savings) {
		t.Error("saves up more, or less")
	}
	spent := 0
	for p.spend(1) {
		spent++
	}
	if spent != answersAtOnce-1 {
		t.Errorf("%d answers at once", spent)
	}
	p.earn(1000, now.Add(time.Second))
	for spent = 0; p.spend(1); spent++ {
	}
	if spent != answersASec {
		t.Errorf("%d answers in a second", spent)
	}
}

func TestSourcesArePrefixes(t *testing.T) {
	s := newSources()
	of := func(a string) *purse { return s.of(netip.MustParseAddr(a)) }
	if of("2001:db8::1") != of("2001:db8::ffff:1") || of("2001:db8::1") != of("2001:db8::1%eth0") {
		t.Error("one network has two purses")
	}
	if of("2001:db8::1") == of("2001:db8:0:1::1") && of("2001:db8::1") == of("2001:db8:0:2::1") || of("192.0.2.1") == of("192.0.2.2") && of("192.0.2.1") == of("192.0.2.3") {
		t.Error("networks share one")
	}
}

// Who writes as sender the addresses of a whole /48 makes us answer there no more than to four networks, and takes no answer from
// others.
func TestSourcesOfAWalk(t *testing.T) {
	s, now := newSources(), time.Unix(1, 0)
	ask := func(a netip.Addr) bool {
		s.of(a).earn(100, now)
		return s.spend(a, 100, now)
	}
	walk := func() (answered int) {
		for i := range 1000 {
			if ask(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, byte(i >> 8), byte(i), 15: 1})) {
				answered++
			}
		}
		return answered
	}
	if n := walk(); n != strangers.Wide*answersAtOnce {
		t.Errorf("%d answers at once", n)
	}
	if !ask(netip.MustParseAddr("2001:db8:2::1")) && !ask(netip.MustParseAddr("2001:db8:3::1")) || !ask(netip.MustParseAddr("192.0.2.1")) {
		t.Error("others are not answered")
	}
	now = now.Add(time.Second)
	if n := walk(); n != strangers.Wide*answersASec {
		t.Errorf("%d answers in a second", n)
	}
}

// TestSilentCallersAreForgotten: nobody tells when a client over UDP is gone.
func TestSilentCallersAreForgotten(t *testing.T) {
	b := start(t).over(t, "udp")
	var d *datagrams
	until(t, "socket served", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		for d = range b.sockets {
		}
		return d != nil
	})
	b.stop()
	gone, there := b.enter(t, "p1"), b.enter(t, "p2")
	failed := b.dial(t, gone.username, gone.password)
	if code := failed.allocate(requestedFamily(2)); code != 508 {
		t.Fatalf("allocation of a family that is not served: %d", code)
	}
	if n := b.Stats().Connections; n != 3 {
		t.Fatalf("%d known", n)
	}
	b.pass(allocateLimit + time.Second)
	d.sweep(b.now())
	if n := b.Stats().Connections; n != 2 {
		t.Errorf("%d known after the time for an allocation", n)
	}
	b.pass(idleLimit - allocateLimit - 2*time.Second)
	there.ask(stun.MethodRefresh)
	b.pass(2 * time.Second)
	d.sweep(b.now())
	until(t, "the silent one is gone", func() bool { s := b.Stats(); return s.Connections == 1 && s.Allocations == 1 })
	if code, _ := there.ask(stun.MethodRefresh); code != 0 {
		t.Errorf("who speaks: %d", code)
	}
	if code, _ := gone.ask(stun.MethodRefresh); code != 401 {
		t.Errorf("who was gone: %d", code)
	}
}

// FuzzRequests hands the server what a stranger, and what somebody with a credential could send: nothing of it may reach
// anything, take a place without right, or be the end of the process.
func FuzzRequests(f *testing.F) {
	for _, question := range questions(f) {
		f.Add(question, "", "")
	}
	media := newMedia()
	var clock atomic.Int64 // goes on with each look, so that nobody asks too often
	server, err := New(Config{
		Realm: "hearings", Relay: media.open, Media: []netip.AddrPort{mediaAddr.AddrPort()}, Allowed: func(string) bool { return true },
		Now: func() time.Time { return time.Unix(0, clock.Add(int64(10*time.Millisecond))) },
	})
	if err != nil {
		f.Fatal(err)
	}
	w, ended := newWire(), make(chan error)
	go func() { ended <- server.serveDatagrams(w) }()
	f.Cleanup(func() {
		server.Close()
		<-ended
	})
	from, stranger := netip.MustParseAddrPort("192.0.2.1:1234"), netip.MustParseAddrPort("192.0.2.2:1234")
	name, password := server.Issue("user")
	key := pion.GenerateAuthKey(name, "hearings", password)
	nonce := nonceFrom(f, w, from)
	f.Add(message(f, stun.NewType(stun.MethodAllocate, stun.ClassRequest), overUDP), name, password)
	f.Add(message(f, stun.NewType(stun.MethodCreatePermission, stun.ClassRequest), peerAttr(mediaAddr)), name, password)
	f.Fuzz(func(t *testing.T, datagram []byte, username, secret string) {
		w.hand(stranger, datagram)
		w.hand(from, datagram)
		// The same with a signature, right and wrong.
		signed := func(username string, key []byte) []byte {
			m := &stun.Message{Raw: bytes.Clone(datagram)}
			if m.Decode() != nil {
				return nil
			}
			for _, s := range []stun.Setter{stun.NewUsername(username), stun.NewRealm("hearings"), nonce, stun.MessageIntegrity(key)} {
				if s.AddTo(m) != nil {
					return nil
				}
			}
			return m.Raw
		}
		before := server.Stats().Allocated
		w.hand(stranger, signed(username, pion.GenerateAuthKey(username, "hearings", secret)))
		if s := server.Stats(); s.Allocated > before && (username != name || secret != password) {
			t.Fatalf("allocated for %q with %q", username, secret)
		}
		w.hand(from, signed(name, key))
		for len(media.got) > 0 {
			if d := <-media.got; d.addr.String() != mediaAddr.String() {
				t.Fatalf("reached %v", d.addr)
			}
		}
		if s := server.Stats(); s.Allocations > allocationsPerUser || s.Refused["panicked"] > 0 {
			t.Fatalf("%+v", s)
		}
		clear(w.sent)
	})
}

// nonceFrom has the server challenge whoever asks from there.
func nonceFrom(t testing.TB, w *wire, from netip.AddrPort) (nonce stun.Nonce) {
	t.Helper()
	w.hand(from, message(t, stun.NewType(stun.MethodAllocate, stun.ClassRequest), stun.NewSoftware(strings.Repeat("x", 100))))
	if len(w.sent[from]) != 1 {
		t.Fatal("no challenge")
	}
	m := &stun.Message{Raw: w.sent[from][0]}
	if err := m.Decode(); err != nil {
		t.Fatal(err)
	}
	if err := nonce.GetFrom(m); err != nil {
		t.Fatal(err)
	}
	return nonce
}
