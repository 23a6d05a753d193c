package signaling

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/booking"
)

// client is one WebSocket of a participant, with everything it ever received.
type client struct {
	r    *rig
	name string
	conn *websocket.Conn

	mu     sync.Mutex
	frames [][]byte
	code   int // close code; 0 while open
	more   chan struct{}
	at     int // frames that expect has passed
	done   chan struct{}
}

// dial opens a role's socket without a word.
func (r *rig) dial(role string) *client {
	r.t.Helper()
	c, response, err := r.tryDial(role, http.Header{"Origin": {origin}, "Cookie": {booking.SessionCookie + "=" + r.cookies[role]}})
	if err != nil {
		r.t.Fatalf("dial as %s: %v %v", role, err, response)
	}
	return c
}

func (r *rig) url(role string) string {
	return "ws" + strings.TrimPrefix(r.web.URL, "http") + "/h/" + r.people[role].ID + "/ws"
}

func (r *rig) tryDial(role string, header http.Header) (*client, *http.Response, error) {
	return r.dialAt(r.url(role), role, header)
}

func (r *rig) dialAt(url, role string, header http.Header) (*client, *http.Response, error) {
	conn, response, err := websocket.DefaultDialer.Dial(url, header)
	if err != nil {
		return nil, response, err
	}
	c := &client{r: r, name: role, conn: conn, more: make(chan struct{}, 1), done: make(chan struct{})}
	go c.read()
	r.t.Cleanup(func() { conn.Close(); <-c.done })
	return c, response, nil
}

func (c *client) read() {
	defer close(c.done)
	for {
		_, data, err := c.conn.ReadMessage()
		c.mu.Lock()
		if err == nil {
			c.frames = append(c.frames, data)
		} else if e, ok := err.(*websocket.CloseError); ok {
			c.code = e.Code
		} else {
			c.code = -1
		}
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// received is a copy of every frame so far.
func (c *client) received() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// join dials and joins with a device named like the role.
func (r *rig) join(role string) *client { return r.joinFrom(role, "device-of-"+role, false) }

func (r *rig) joinFrom(role, device string, replace bool) *client {
	r.t.Helper()
	c := r.dial(role)
	c.send(Join{Version: 1, Device: device, Replace: replace})
	return c
}

func (c *client) send(m Message) {
	c.r.t.Helper()
	data, err := Encode(m)
	if err != nil {
		c.r.t.Fatal(err)
	}
	c.sendRaw(string(data))
}

func (c *client) sendRaw(text string) {
	c.r.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.r.t.Logf("%s: send: %v", c.name, err)
	}
}

// next waits for the next frame; false once the socket is closed.
func (c *client) next(deadline <-chan time.Time) ([]byte, bool) {
	c.r.t.Helper()
	for {
		c.mu.Lock()
		if c.at < len(c.frames) {
			c.at++
			defer c.mu.Unlock()
			return c.frames[c.at-1], true
		}
		code := c.code
		c.mu.Unlock()
		if code != 0 {
			return nil, false
		}
		select {
		case <-c.more:
		case <-deadline:
			c.r.t.Fatalf("%s heard nothing more in time; so far:\n%s", c.name, c.heard())
		}
	}
}

// expect passes frames until one of type M that satisfies every condition.
func expect[M Message](c *client, conditions ...func(M) bool) M {
	c.r.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		data, ok := c.next(deadline.C)
		if !ok {
			c.r.t.Fatalf("%s was closed with %d before a %T:\n%s", c.name, c.code, *new(M), c.heard())
		}
		m, err := DecodeServer(data)
		if err != nil {
			c.r.t.Fatalf("%s received %s: %v", c.name, data, err)
		}
		if found, ok := m.(M); ok {
			fits := true
			for _, condition := range conditions {
				fits = fits && condition(found)
			}
			if fits {
				return found
			}
		}
	}
}

// expectEnd waits for the close code, and for a Bye unless bye is "".
func (c *client) expectEnd(code int, bye string) Bye {
	c.r.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	var last Bye
	for {
		data, ok := c.next(deadline.C)
		if !ok {
			break
		}
		if m, _ := DecodeServer(data); m != nil {
			if b, ok := m.(Bye); ok {
				last = b
			}
		}
	}
	if c.code != code || last.Code != bye {
		c.r.t.Fatalf("%s closed with %d and bye %q, want %d %q:\n%s", c.name, c.code, last.Code, code, bye, c.heard())
	}
	return last
}

func (c *client) heard() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(bytes.Join(c.frames, []byte("\n")))
}

// sync waits until everything sent so far has been read and answered.
func (c *client) sync() {
	c.r.t.Helper()
	n := time.Now().UnixNano() % 1e12
	c.send(Ping{N: n})
	expect(c, func(p Pong) bool { return p.N == n })
}

func has(number uint32, place string) func(Roster) bool {
	return func(r Roster) bool {
		for _, p := range r.Participants {
			if p.Number == number && p.Place == place {
				return true
			}
		}
		return false
	}
}

func hasNot(number uint32) func(Roster) bool {
	return func(r Roster) bool {
		for _, p := range r.Participants {
			if p.Number == number {
				return false
			}
		}
		return true
	}
}

func inState(state string) func(Roster) bool {
	return func(r Roster) bool { return r.State == state }
}

// hearing returns a host and a lawyer who are in session.
func (r *rig) hearing() (host, lawyer *client) {
	r.t.Helper()
	host = r.join("host")
	expect[Admitted](host)
	lawyer = r.join("representative")
	expect[Waiting](lawyer)
	host.send(Admit{Number: r.people["representative"].Number})
	expect[Admitted](lawyer)
	expect(host, inState("in_session"), has(4, "in_hearing"))
	return host, lawyer
}

// fields lists the names in a JSON object, nested ones with a dot.
func fields(t *testing.T, data []byte) map[string]bool {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for k := range v {
		out[k] = true
	}
	return out
}
