package signaling

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"jalsa/booking"
)

func TestASlowReaderIsClosedAndNobodyWaits(t *testing.T) {
	r := newRig(t)
	host := r.join("host")
	expect[Admitted](host)
	lawyer := r.join("representative")
	expect[Waiting](lawyer)
	host.send(Admit{Number: 4})
	expect[Admitted](lawyer)

	// A client that reads nothing.
	slow := r.slowReader("witness")
	host.send(Admit{Number: 5})
	expect(host, has(5, "in_hearing"))
	id := r.people["witness"].ID
	c := r.sessionOf(id)
	big := Error{Code: strings.Repeat("x", 16<<10)}
	r.until("outbox full", func() bool {
		if c.out.ended() != nil {
			return true
		}
		c.send(big)
		return false
	})
	host.sync()
	lawyer.sync()
	expect(host, has(5, "reconnecting"))
	if code := slow.closeCode(t); code != 4414 && code != -1 {
		t.Errorf("closed with %d", code)
	}
	r.until("counted", func() bool { return r.live.Stats().Ended["slow"] == 1 })
}

func TestASlowReaderThatReadsInTimeSees4414(t *testing.T) {
	r := newRig(t)
	slow := r.slowReader("host")
	c := r.sessionOf(r.people["host"].ID)
	c.out.end(ending{code: byeSlow, number: closeCodes[byeSlow].number, at: r.now()})
	if code := slow.closeCode(t); code != 4414 {
		t.Errorf("closed with %d", code)
	}
}

// lazy is a joined socket that nobody reads from.
type lazy struct{ conn *websocket.Conn }

func (r *rig) slowReader(role string) lazy {
	r.t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial(r.url(role), http.Header{"Origin": {origin}, "Cookie": {booking.SessionCookie + "=" + r.cookies[role]}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"join","version":1,"device":"lazy","replace":false}`)); err != nil {
		r.t.Fatal(err)
	}
	r.until(role+" joined", func() bool { c := r.sessionOf(r.people[role].ID); return c != nil && c.joined.Load() })
	return lazy{conn}
}

// closeCode reads everything that was held back; -1 for a connection without a
// close frame.
func (l lazy) closeCode(t *testing.T) int {
	t.Helper()
	for {
		if _, _, err := l.conn.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok && e.Code != websocket.CloseAbnormalClosure {
				return e.Code
			}
			return -1
		}
	}
}

func (r *rig) sessionOf(participant string) *session {
	sessions, _ := r.live.all()
	for _, c := range sessions {
		if c.participant == participant {
			return c
		}
	}
	return nil
}
