package lab

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/signaling"
)

// The room client's own times (web/client/core/signal.ts).
const (
	pingEvery    = 5 * time.Second
	silence      = 12 * time.Second
	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second
)

// person is one participant at one device.
type person struct {
	// fixed
	t          testing.TB
	url        string // of the program
	link       string
	number     uint32
	role       string
	path       string // "direct", "relay", or "any": as the room client, what works
	device     string
	cable      *cable
	web        *http.Client
	cancel     context.CancelFunc
	over       string                  // "tcp", "tls", "udp": how they reach the relay; "": by whatever they are told
	otherRelay []signaling.Relay       // instead of what the server hands out; set before open
	heed       func(signaling.Message) // told of each message; nil: nobody is; set before open
	ctx        context.Context

	id      string // from the address of the room page; fixed after open
	running sync.WaitGroup
	inbox   inbox
	sent    map[layer]*atomic.Uint32
	silent  atomic.Bool // joins without ever sending an offer
	mute    atomic.Bool // sends no media, though connected
	unseen  atomic.Bool // sends no video

	// guarded by mu
	mu       sync.Mutex
	conn     *websocket.Conn
	frames   [][]byte // every message that came, as it came
	waiting  *signaling.Waiting
	admitted *signaling.Admitted
	admits   int
	roster   signaling.Roster
	errors   []signaling.Error
	pongs    map[int64]time.Time
	bye      string // word of the goodbye that ended it all
	byes     []string
	code     int // latest close code
	sockets  int // opened so far
	links    []*link
	current  *link
	nextID   int
}

// newPerson prepares somebody with their link; open and start bring them in.
func newPerson(t testing.TB, url, linkURL string, number uint32, role, path string) *person {
	t.Helper()
	p := newPasserBy(t, url, linkURL, number, role, path)
	t.Cleanup(p.close)
	return p
}

// newPasserBy is a person whom the test itself closes and then forgets.
func newPasserBy(t testing.TB, url, linkURL string, number uint32, role, path string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{
		t: t, url: url, link: linkURL, number: number, role: role, path: path, device: rand.Text(), cable: newCable(),
		sent:  map[layer]*atomic.Uint32{voice: {}, low: {}, high: {}},
		pongs: map[int64]time.Time{}, nextID: 1,
	}
	p.web = &http.Client{Jar: jar, Timeout: within, Transport: &http.Transport{DialContext: p.cable.dialContext, TLSClientConfig: trusting}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// another is the same person at a second device: same link, new everything.
func (p *person) another() *person { return newPerson(p.t, p.url, p.link, p.number, p.role, p.path) }

// open reads the page of the link and sends its form, which ends on the room
// page with a cookie. It returns the status of the last page.
func (p *person) open() int {
	p.t.Helper()
	page, err := p.web.Get(p.link)
	if err != nil {
		p.t.Fatal(err)
	}
	page.Body.Close()
	return p.redeem()
}

func (p *person) redeem() int {
	p.t.Helper()
	form, err := http.NewRequest(http.MethodPost, p.link, strings.NewReader(""))
	if err != nil {
		p.t.Fatal(err)
	}
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form.Header.Set("Origin", p.url)
	page, err := p.web.Do(form)
	if err != nil {
		p.t.Fatal(err)
	}
	page.Body.Close()
	if id, ok := strings.CutPrefix(page.Request.URL.Path, "/h/"); ok {
		p.id = strings.TrimSuffix(id, "/")
	}
	return page.StatusCode
}

// start opens the socket and keeps it open, as the room page does.
func (p *person) start() { p.running.Go(p.run) }

// enter is open and start, for somebody whose link must work.
func (p *person) enter() {
	p.t.Helper()
	if status := p.open(); status != http.StatusOK || p.id == "" {
		p.t.Fatalf("%s: link ends with %d", p.role, status)
	}
	p.start()
}

func (p *person) run() {
	defer p.hangUp()
	for attempt := 0; p.ctx.Err() == nil; attempt++ {
		if conn, err := p.dial(p.url); err == nil {
			joined := p.session(conn)
			if p.dismissed() != "" {
				return
			}
			if joined {
				attempt = 0
			}
		}
		select {
		case <-time.After(pause(attempt)):
		case <-p.ctx.Done():
		}
	}
}

// pause is signal.ts's.
func pause(attempt int) time.Duration {
	full := min(longestPause, firstPause<<min(attempt, 10))
	return full/2 + mathrand.N(full/2)
}

// dial opens a socket with the cookie, as a page of origin would.
func (p *person) dial(origin string) (*websocket.Conn, error) {
	address := "ws" + strings.TrimPrefix(p.url, "http") + "/h/" + p.id + "/ws"
	d := websocket.Dialer{NetDialContext: p.cable.dialContext, HandshakeTimeout: within, Jar: p.web.Jar, TLSClientConfig: trusting}
	conn, _, err := d.DialContext(p.ctx, address, http.Header{"Origin": {origin}})
	return conn, err
}

// session runs one socket until it is over, and reports whether it joined.
func (p *person) session(conn *websocket.Conn) (joined bool) {
	stop := context.AfterFunc(p.ctx, func() { conn.Close() })
	defer stop()
	p.mu.Lock()
	p.conn = conn
	p.sockets++
	p.mu.Unlock()
	ended := make(chan struct{})
	p.send(signaling.Join{Version: 1, Device: p.device, Replace: p.sockets == 1})
	p.running.Go(func() { p.ping(ended) })
	defer close(ended)
	defer conn.Close()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(silence))
		_, data, err := conn.ReadMessage()
		if err != nil {
			p.lost(conn, err)
			return joined
		}
		m, err := signaling.DecodeServer(data)
		if err != nil {
			p.t.Errorf("%s received %q: %v", p.role, data, err)
			return joined
		}
		switch m.(type) {
		case signaling.Waiting, signaling.Admitted:
			joined = true
		}
		p.received(m, data)
		if p.dismissed() != "" {
			return joined
		}
	}
}

func (p *person) lost(conn *websocket.Conn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == conn {
		p.conn = nil
	}
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		p.code = closed.Code
	}
}

func (p *person) ping(ended chan struct{}) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case now := <-tick.C:
			p.send(signaling.Ping{N: -now.UnixNano() % 1e12})
		}
	}
}

// send writes a message if there is a socket; a lost one is no error here.
func (p *person) send(m signaling.Message) {
	data, err := signaling.Encode(m)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		_ = p.conn.WriteMessage(websocket.TextMessage, data)
	}
}

func (p *person) received(m signaling.Message, data []byte) {
	p.mu.Lock()
	p.frames = append(p.frames, data)
	switch m := m.(type) {
	case signaling.Waiting:
		p.waiting = &m
	case signaling.Admitted:
		p.admitted, p.waiting = &m, nil
		p.admits++
	case signaling.Roster:
		p.roster = m
	case signaling.Error:
		p.errors = append(p.errors, m)
	case signaling.Pong:
		p.pongs[m.N] = time.Now()
	case signaling.Bye:
		p.byes = append(p.byes, m.Code)
		if !slices.Contains([]string{"restart", "slow", "rate"}, m.Code) {
			p.bye = m.Code
		}
	}
	p.mu.Unlock()
	if p.heed != nil {
		p.heed(m)
	}
	switch m := m.(type) {
	case signaling.Admitted:
		p.welcome(m)
	case signaling.Answer:
		p.answered(m)
	}
}

func (p *person) dismissed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bye
}

// place reports what the person knows of their own place.
func (p *person) isAdmitted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.admitted != nil && p.bye == ""
}

func (p *person) isWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting != nil
}

func (p *person) relay() signaling.Relay {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.admitted == nil || len(p.admitted.Relay) == 0 {
		p.t.Fatalf("%s was handed no relay", p.role)
	}
	return p.admitted.Relay[0]
}

// placeOf is what the latest roster says about a number.
func (p *person) placeOf(number uint32) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.roster.Participants {
		if e.Number == number {
			return e.Place
		}
	}
	return ""
}

// close goes without a word.
func (p *person) close() {
	p.cancel()
	p.cable.plug()
	p.cable.release(true)
	p.cable.release(false)
	p.cable.reset()
	p.running.Wait()
	p.hangUp()
	p.running.Wait()
	p.web.CloseIdleConnections()
}
