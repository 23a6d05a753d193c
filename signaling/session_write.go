package signaling

import (
	"time"

	"github.com/gorilla/websocket"
)

// How a session sends: what is queued in its outbox, one writer puts on the
// socket.

// send queues a message that must arrive.
func (c *session) send(m Message) { c.sendBy(c.out.push, m) }

// sendTalk queues what somebody has written, behind all that must not wait.
func (c *session) sendTalk(m Message) { c.sendBy(c.out.say, m) }

func (c *session) sendBy(queue func([]byte) bool, m Message) {
	if data := c.encode(m); data != nil && !queue(data) {
		c.end(Bye{Code: byeSlow})
	}
}

// sendLatest queues a message that replaces an older one of its kind.
func (c *session) sendLatest(kind string, r rhythm, m Message) {
	if data := c.encode(m); data != nil {
		c.out.set(kind, r, data)
	}
}

// sendParting queues a message that a goodbye right behind it leaves in place.
func (c *session) sendParting(m Message) {
	if data := c.encode(m); data != nil {
		c.out.part(data)
	}
}

// encode returns nil for what cannot be said.
func (c *session) encode(m Message) []byte {
	data, err := Encode(m)
	if err != nil {
		c.server.log.Error("encode message", "participant", c.participant, "reason", m.Type(), "err", err)
		return nil
	}
	return data
}

func (c *session) fail(code, re string) {
	c.server.tally.count(c.server.tally.errors, code)
	c.send(Error{Code: code, Re: re})
}

// end says goodbye and closes. Only the first goodbye counts.
func (c *session) end(b Bye) {
	b.Until = b.Until.UTC().Truncate(time.Second)
	data, err := Encode(b)
	if err != nil {
		data = nil
	}
	c.out.end(ending{code: b.Code, bye: data, number: closeCodes[b.Code].number, at: c.server.cfg.Now()})
}

// endSilently closes without a word, for a socket whose tab has another.
func (c *session) endSilently(code string) {
	c.out.end(ending{code: code, number: closeCodes[code].number, at: c.server.cfg.Now()})
}

// write is the only goroutine that writes messages to the socket. It ends with
// the goodbye, with the first error, or with the session.
func (c *session) write() {
	defer close(c.written)
	defer c.rescue()
	for {
		if e := c.out.ended(); e != nil {
			c.writeEnd(e)
			return
		}
		ping, pong := c.out.controls()
		data, ok := c.out.next(c.server.cfg.Now())
		switch {
		case pong != nil && c.put(websocket.PongMessage, pong) != nil,
			ping && c.put(websocket.PingMessage, nil) != nil,
			ok && c.put(websocket.TextMessage, data) != nil:
			c.conn.NetConn().Close()
			return
		case ok:
			continue
		}
		select {
		case <-c.out.wake:
		case <-c.gone:
			return
		}
	}
}

func (c *session) put(kind int, data []byte) error {
	c.writing.Store(c.server.mark(c.server.cfg.Now()))
	defer c.writing.Store(0)
	return c.conn.WriteMessage(kind, data)
}

// writeEnd says the last word. Errors change nothing any more.
func (c *session) writeEnd(e *ending) {
	if e.before != nil {
		_ = c.put(websocket.TextMessage, e.before)
	}
	if e.bye != nil {
		_ = c.put(websocket.TextMessage, e.bye)
	}
	if e.number != 0 {
		_ = c.put(websocket.CloseMessage, websocket.FormatCloseMessage(e.number, e.code))
	}
}
