package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/signaling"
)

// TestWrongOrigin knocks as pages that are not ours, with a good cookie.
func TestWrongOrigin(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host")
	address := "ws" + strings.TrimPrefix(p.url(), "http") + "/h/" + h.host().id + "/ws"
	for _, origin := range []string{
		"", "null", "https://evil.example", "http://localhost", strings.Replace(p.url(), "localhost", "sub.localhost", 1),
		strings.Replace(p.url(), "http:", "https:", 1), p.url() + ".evil.example", p.url() + "/", fmt.Sprintf("http://127.0.0.1:%d", p.web),
	} {
		header := http.Header{"Cookie": {h.host().cookie()}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, response, err := websocket.DefaultDialer.Dial(address, header)
		if err == nil {
			conn.Close()
			t.Errorf("Origin %q opens the socket", origin)
		} else if response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("Origin %q: %v", origin, err)
		}
	}
	compressing := websocket.Dialer{EnableCompression: true}
	conn, response, err := compressing.Dial(address, http.Header{"Cookie": {h.host().cookie()}, "Origin": {p.url()}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := response.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("offered compression is answered with %q", got)
	}
}

// frame is one masked WebSocket frame with a mask of zeros (RFC 6455 §5.2).
func frame(first byte, payload []byte) []byte {
	b := []byte{first, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		b = binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// attack is one way to hurt a server through one socket; it writes until the
// server has had enough.
type attack struct {
	name  string
	code  int // of the close; 0: whatever it is, but the server must not bear it for ever
	write func(w net.Conn) error
}

// repeat writes the same bytes n times, or at a rate if pace is not 0.
func repeat(b []byte, n int, pace time.Duration) func(net.Conn) error {
	return func(w net.Conn) error {
		for range n {
			if _, err := w.Write(b); err != nil {
				return err
			}
			if pace > 0 {
				pass(pace)
			}
		}
		return nil
	}
}

// many puts a hundred frames into one write.
func many(b []byte) []byte { return []byte(strings.Repeat(string(b), 100)) }

var attacks = []attack{
	{"oversized", 1009, repeat(frame(0x81, make([]byte, signaling.MaxMessage+1)), 1, 0)},
	{"endless empty fragments", rounds(0, 4400), func(w net.Conn) error {
		_, _ = w.Write(frame(0x01, nil))
		return repeat(many(frame(0x00, nil)), rounds(1000, 200_000), time.Millisecond)(w)
	}},
	{"endless small fragments", 1009, func(w net.Conn) error {
		_, _ = w.Write(frame(0x01, []byte(" ")))
		return repeat(many(frame(0x00, []byte(" "))), 10_000, 0)(w)
	}},
	{"invalid UTF-8", 4400, repeat(frame(0x81, []byte{'"', 0xff, 0xfe, '"'}), 1, 0)},
	{"binary", 4400, repeat(frame(0x82, []byte(`{"type":"ping","n":1}`)), 1, 0)},
	{"1,000 messages a second", 4429, repeat(frame(0x81, []byte(`{"type":"ping","n":1}`)), 5000, time.Millisecond)},
	{"1,000 ping frames a second", 4429, repeat(frame(0x89, nil), 5000, time.Millisecond)},
	{"messages of no type", 4400, repeat(frame(0x81, []byte(`{"type":"magic"}`)), 100, 0)},
}

// TestAbuse attacks through the socket of a waiting person with a good cookie.
// The attacker is closed with a code; two others in a hearing lose no packet,
// and their messages are answered as fast as before.
func TestAbuse(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party", "witness/absent")
	enemy := h.guest(3)
	if enemy.open(); enemy.id == "" {
		t.Fatal("no session")
	}
	before := h.host().pinging(rounds(40, 200), nil)
	rss := p.status("VmRSS")
	t.Logf("before: ping to pong %v, RSS %d MB", before, rss>>10)
	kept := check(h.people)
	for _, a := range attacks {
		for range rounds(1, 3) {
			done := make(chan struct{})
			var code int
			go func() {
				defer close(done)
				code = a.run(t, enemy)
			}()
			during := h.host().pinging(rounds(20, 100), done)
			<-done
			t.Logf("%s: closed with %d; others' ping to pong %v, p99 %.1f× of before", a.name, code, during, float64(during.at(.99))/float64(before.at(.99)))
			if a.code != 0 && code != a.code || a.code == 0 && inLab && code == borne {
				t.Errorf("%s: closed with %d, want %d", a.name, code, a.code)
			}
			if inLab && during.at(.99) > 100*time.Millisecond {
				t.Errorf("%s: others wait %v for a pong", a.name, during.at(.99))
			}
		}
	}
	half := p.halfHandshakes(t, rounds(200, 2000))
	t.Logf("half handshakes: others' ping to pong %v", h.host().pinging(rounds(20, 100), nil))
	half()
	t.Logf("%d packets arrived meanwhile; RSS %d MB", kept.complete(t), p.status("VmRSS")>>10)
	if grown := p.status("VmRSS") - rss; grown > 64<<10 {
		t.Errorf("RSS grew by %d KB", grown)
	}
}

// How a connection ended without a close frame.
const (
	cut   = -1
	borne = -2 // it did not: the server bore the attack
)

// run joins, attacks, and returns the code of the close.
func (a attack) run(t *testing.T, enemy *person) int {
	conn, err := enemy.dial(enemy.url)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	// The library's own pong would leave a deadline on the connection, and end the attack for us.
	conn.SetPingHandler(func(string) error { _, err := conn.NetConn().Write(frame(0x8a, nil)); return err })
	join, err := signaling.Encode(signaling.Join{Version: 1, Device: "enemy", Replace: true})
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = conn.WriteMessage(websocket.TextMessage, join)
	var reading sync.WaitGroup
	code := 0
	reading.Go(func() {
		for {
			_, _, err := conn.ReadMessage()
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				code = closed.Code
				return
			}
			if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
				code = borne
				return
			}
			if err != nil {
				code = cut
				return
			}
		}
	})
	_ = a.write(conn.NetConn()) // fails as soon as the server has had enough
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	reading.Wait()
	return code
}

// halfHandshakes opens connections that never finish their request, and
// returns what closes them.
func (p *program) halfHandshakes(t *testing.T, n int) (end func()) {
	t.Helper()
	var open []net.Conn
	for range n {
		conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", p.web))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(conn, "GET /h/x/ws HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n", p.web)
		open = append(open, conn)
	}
	return func() {
		for _, conn := range open {
			conn.Close()
		}
	}
}

// pinging measures ping to pong, 20 times a second: n times, and on until done.
func (p *person) pinging(n int, done <-chan struct{}) quantiles {
	var times quantiles
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		if i >= n {
			select {
			case <-done:
				return times
			default:
			}
			if done == nil {
				return times
			}
		}
		<-tick.C
		asked := time.Now()
		id := asked.UnixNano() % 1e15
		p.send(signaling.Ping{N: id})
		var came time.Time
		until(p.t, "a pong", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			came = p.pongs[id]
			return !came.IsZero()
		})
		times = append(times, came.Sub(asked))
	}
}
