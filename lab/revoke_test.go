package lab

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/signaling"
)

// revokedWithin is the promise: no packet either way after it.
const revokedWithin = time.Second

// revocation is one way to end somebody's presence.
type revocation struct {
	name string
	act  func(h *hearing, victim *person)
	all  bool // it ends the presence of everybody
	word string
}

var revocations = []revocation{
	{"cancel", func(h *hearing, _ *person) { h.program.cancel(h.booked) }, true, "cancelled"},
	{"remove", func(h *hearing, victim *person) { h.host().send(signaling.Remove{Number: victim.number}) }, false, "removed"},
	{"end", func(h *hearing, _ *person) { h.host().send(signaling.End{}) }, true, "closed"},
}

// TestRevocation is P06. It ends the presence of people who refuse to go: they
// stay deaf to the DTLS goodbye and send on. It counts until the last packet in
// either direction, at the socket of the revoked and in the hands of the others,
// over every transport that media can take.
func TestRevocation(t *testing.T) {
	alongside(t)
	plain := newProgram(t, "--turn-udp", fmt.Sprintf("127.0.0.1:%d", freePort(t)))
	secure := newProgram(t, overTLS)
	for _, r := range revocations {
		for _, way := range []struct {
			path string
			over *program
			each int // rounds of go test
		}{
			{"direct", plain, 3}, {"relay-tcp", plain, 2}, {"relay-udp", plain, 2}, {"relay-tls", secure, 2},
		} {
			t.Run(r.name+"/"+way.path, func(t *testing.T) {
				t.Parallel()
				var times quantiles
				for range rounds(way.each, 100) {
					times = append(times, r.round(t, way.over, way.path))
				}
				t.Logf("%s over %s, act to last packet: %v", r.name, way.path, times)
			})
		}
	}
}

func (r revocation) round(t *testing.T, p *program, path string) time.Duration {
	t.Helper()
	h := newHearing(t, p, time.Hour, "host", "party/"+path, "representative")
	defer h.close()
	victim := h.people[1]
	revoked, staying := []*person{victim}, []*person{h.people[0], h.people[2]}
	if r.all {
		revoked, staying = h.people, nil
	}
	for _, v := range revoked {
		v.cable.deaf.Store(true)
	}
	kept := check(staying)
	acted := time.Now()
	if at := victim.cable.lastReceived(); at.Before(acted.Add(-time.Second)) {
		t.Fatal("no media is seen on its way; this round proves nothing")
	}
	if at := victim.winner().candidate(); at != path {
		t.Fatalf("media goes %s; this round proves nothing", at)
	}
	r.act(h, victim)
	talked := victim.cable.talk.Load()
	pass(time.Until(acted.Add(revokedWithin + 200*time.Millisecond)))
	if path == "direct" && victim.cable.talk.Load() < talked+30 {
		t.Errorf("the revoked sent only %d packets afterwards; this round proves nothing", victim.cable.talk.Load()-talked)
	}
	last := acted
	for _, v := range revoked {
		if at := v.cable.lastReceived(); at.After(last) {
			last = at
		}
		for _, other := range h.people {
			if at := other.inbox.at(v.number, voice, low, high); at.After(last) {
				last = at
			}
		}
	}
	if took := last.Sub(acted); took > revokedWithin {
		t.Errorf("%s over %s: a packet %v after the act", r.name, path, took)
	}
	if word := victim.dismissed(); word != r.word {
		t.Errorf("%s: the revoked was told %q", r.name, word)
	}
	kept.complete(t)
	return last.Sub(acted)
}

// close takes everybody out of the test.
func (h *hearing) close() {
	var all sync.WaitGroup
	for _, p := range h.people {
		all.Go(p.close)
	}
	all.Wait()
}

// TestRevokedHoldNothing tries everything that a revoked person still has:
// ticket, cookie, relay credential on a new and on a live connection, ICE
// credential. Each is tried before the act as well, where it must work.
func TestRevokedHoldNothing(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	for _, r := range revocations {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			h := newHearing(t, p, time.Hour, "host", "party", "representative")
			defer h.close()
			victim := h.people[1]
			ice, relay := victim.winner().credential(), victim.relay()
			live := newTurnProbe(t, relay)
			if live.allocate() != 0 || live.refresh() != 0 || !checkConnectivity(t, p.media, ice) {
				t.Fatal("the credentials do not work before the act; this test proves nothing")
			}
			victim.cable.deaf.Store(true)
			r.act(h, victim)
			until(t, "the revoked is told", func() bool { return victim.dismissed() != "" })

			if code := live.refresh(); code == 0 {
				t.Error("Refresh works on the live connection")
			}
			if code := newTurnProbe(t, relay).allocate(); code == 0 {
				t.Error("Allocate works")
			} else {
				t.Logf("Allocate: %d; live connection: %v", code, live.broken)
			}
			if checkConnectivity(t, p.media, ice) {
				t.Error("the media port answers the old ICE credential")
			}
			if status := victim.another().redeem(); status == http.StatusOK {
				t.Error("the old ticket gives a session")
			}
			if word, code := victim.knock(t); word == "" || code < 4400 {
				t.Errorf("the old cookie: %q, close code %d", word, code)
			}
		})
	}
}

// knock opens a socket with the old cookie, joins, and returns how it ends.
func (p *person) knock(t *testing.T) (word string, code int) {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(fmt.Sprintf("ws%s/h/%s/ws", p.url[len("http"):], p.id),
		http.Header{"Origin": {p.url}, "Cookie": {p.cookie()}})
	if err != nil {
		return response.Status, 4400 // not even a socket
	}
	defer conn.Close()
	join, err := signaling.Encode(signaling.Join{Version: 1, Device: "another", Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.WriteMessage(websocket.TextMessage, join)
	_ = conn.SetReadDeadline(time.Now().Add(within))
	for {
		_, data, err := conn.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok {
			return word, closed.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		m, err := signaling.DecodeServer(data)
		bye, ok := m.(signaling.Bye)
		if err != nil || !ok {
			t.Fatalf("the old cookie is told %s", data)
		}
		word = bye.Code
	}
}

// cookie is the session as the browser would send it to the socket.
func (p *person) cookie() string {
	p.t.Helper()
	request, err := http.NewRequest(http.MethodGet, p.url+"/h/"+p.id+"/ws", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.web.Jar.Cookies(request.URL) {
		request.AddCookie(c)
	}
	return request.Header.Get("Cookie")
}
