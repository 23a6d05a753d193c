package signaling

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"jalsa/booking"
	"jalsa/strangers"
)

const (
	joinWithin   = 10 * time.Second // from the socket to its first message
	pingAfter    = 10 * time.Second // of silence
	deadAfter    = 30 * time.Second // of silence
	stuckAfter   = 10 * time.Second // in one write
	lingerFor    = 2 * time.Second  // from our goodbye to closing the connection
	messageRate  = 30               // messages a second
	messageBurst = 60
	mostStrikes  = 10 // messages that do not decode
)

// session is one WebSocket. Its reader is the goroutine of the HTTP handler,
// its writer is write; both end before the handler returns. It has no timer of
// its own: Server.Tick looks at every deadline.
type session struct {
	// fixed
	server      *Server
	conn        *websocket.Conn
	participant string
	secret      string // of the cookie
	purpose     booking.Purpose
	network     string // that it comes from, see Config.Network
	from        strangers.Place
	guest       bool // the session was known and not refused when the socket opened
	opened      time.Time
	out         *outbox
	gone        chan struct{} // closed when the handler leaves
	written     chan struct{} // closed when write has ended

	// owned by the reader
	limit     *rate.Limiter
	strikes   int
	failed    error      // of reading; permanent
	hearing   *hearing   // after a successful join
	rehearsal *rehearsal // the same, of a session for that purpose
	atDoor    bool
	issue     uint32 // of the link that the cookie came from, as the books said at join
	release   func() // the cookie's session is kept in the books until then

	// shared
	joined  atomic.Bool           // a first message came
	heard   atomic.Int64          // latest sign of life, by Server.mark
	reading atomic.Int64          // since when the first fragment of a message is there and not the last; 0: not
	pinged  atomic.Int64          // latest ping of ours
	writing atomic.Int64          // begin of the write under way; 0: none
	media   atomic.Pointer[media] // nil unless in the hearing; set by the hearing
	begun   sync.Map              // PCs of this socket, in whatever room: none begins twice
}

func newSession(s *Server, conn *websocket.Conn, participant, secret string, opened time.Time) *session {
	c := &session{
		server: s, conn: conn, participant: participant, secret: secret, opened: opened,
		out: newOutbox(), gone: make(chan struct{}), written: make(chan struct{}),
		limit: rate.NewLimiter(messageRate, messageBurst), atDoor: true, release: func() {},
	}
	c.heard.Store(s.mark(opened))
	conn.SetReadLimit(MaxMessage)
	conn.SetPongHandler(func(string) error { c.alive(); return c.spend() })
	conn.SetPingHandler(func(payload string) error {
		c.out.control(append([]byte{}, payload...))
		return c.spend()
	})
	conn.SetCloseHandler(func(int, string) error { return nil }) // write answers, if it still can
	return c
}

// serve runs the socket until it is over. If refused is not nil, that is all
// the client hears.
func (c *session) serve(refused *Bye) {
	go c.write()
	defer c.finish()
	defer c.rescue()
	if refused != nil {
		c.end(*refused)
	} else if c.join() {
		for c.out.ended() == nil {
			m, ok := c.receive()
			if !ok {
				break
			}
			c.follow(m)
		}
	}
	c.depart()
	c.linger()
}

// depart leaves the hearing, or ends the rehearsal. Until the goodbye of a hearing
// is said, its socket counts at the door again.
func (c *session) depart() {
	c.leaveRehearsal()
	h := c.hearing
	if h == nil {
		return
	}
	c.hearing, c.atDoor = nil, true
	c.server.door.back(c.participant)
	h.post(c.participant, func() { h.lost(c) })
	c.server.release(h)
}

// finish leaves whatever the session is in and waits for its writer.
func (c *session) finish() {
	c.depart()
	c.release()
	if c.atDoor {
		c.server.door.leave(c.participant, c.guest, c.from)
	}
	c.conn.Close()
	close(c.gone)
	<-c.written
	reason := "lost"
	if e := c.out.ended(); e != nil {
		reason = e.code
	}
	c.server.tally.count(c.server.tally.ended, reason)
	c.server.log.Debug("socket closed", "participant", c.participant, "reason", reason)
}

// rescue keeps a panic in one participant's path from everybody else.
func (c *session) rescue() {
	if r := recover(); r != nil {
		c.server.panicked(c.participant, r)
		c.end(Bye{Code: byeRestart})
	}
}

// join waits for the first message and takes the participant to their hearing.
func (c *session) join() bool {
	m, ok := c.receive()
	if !ok {
		return false
	}
	join, ok := m.(Join)
	if !ok || join.Version != 1 || join.Device == "" || len(join.Device) > 64 {
		c.end(Bye{Code: byeBadMessage})
		return false
	}
	c.release = c.server.cfg.Bookings.Keep(c.participant, c.secret) // before it is asked for, so that it cannot go meanwhile
	a, p, refused := c.server.ask(c.participant, c.secret, c.purpose)
	c.issue = p.Issue
	if refused != nil {
		c.server.journalRefusal(a, p, c.purpose, refused.Code)
		c.end(*refused)
		return false
	}
	if c.purpose == booking.PurposeRehearsal {
		return c.rehearse(a, p)
	}
	if c.hearing = c.server.enter(a); c.hearing == nil {
		c.end(Bye{Code: byeRestart})
		return false
	}
	c.atDoor = false
	c.server.door.leave(c.participant, c.guest, c.from)
	h := c.hearing
	return h.post(c.participant, func() { h.join(c, join) })
}

// receive reads the next message. False means that the session is over; what
// does not decode is answered here.
func (c *session) receive() (ClientMessage, bool) {
	for {
		kind, data, err := c.message()
		if err != nil {
			c.broken(err)
			return nil, false
		}
		if c.out.ended() != nil || c.spend() != nil {
			return nil, false
		}
		c.alive()
		if kind != websocket.TextMessage || !utf8.Valid(data) {
			c.end(Bye{Code: byeBadMessage})
			return nil, false
		}
		m, err := Decode(data)
		if err == nil {
			c.joined.Store(true)
			return m, true
		}
		if c.strikes++; !c.joined.Load() || c.strikes > mostStrikes {
			c.end(Bye{Code: byeBadMessage})
			return nil, false
		}
		code := errBadMessage
		if errors.Is(err, ErrUnknownType) {
			code = errUnknownType
		}
		c.fail(code, typeOf(data))
	}
}

// message reads one message of any number of fragments; tick ends a session
// that takes for ever over one.
func (c *session) message() (kind int, data []byte, err error) {
	kind, r, err := c.conn.NextReader()
	if err != nil {
		return 0, nil, err
	}
	c.reading.Store(c.server.mark(c.server.cfg.Now()))
	defer c.reading.Store(0)
	data, err = io.ReadAll(r)
	return kind, data, err
}

// broken notes why nothing more can be read.
func (c *session) broken(err error) {
	c.failed = err
	if errors.Is(err, websocket.ErrReadLimit) {
		c.out.end(ending{code: "oversize", at: c.server.cfg.Now()}) // the library has said 1009
	} else if _, closed := errors.AsType[*websocket.CloseError](err); closed {
		c.out.end(ending{code: "lost", number: websocket.CloseNormalClosure, at: c.server.cfg.Now()})
	}
}

// typeOf names the type of a message that did not decode, if it is one of ours.
func typeOf(data []byte) string {
	fields, err := split(data)
	if err != nil {
		return ""
	}
	var name string
	if err := strictly(fields["type"], &name); err != nil || !knows(name) {
		return ""
	}
	return name
}

// spend takes one message from the client's allowance.
func (c *session) spend() error {
	if c.limit.AllowN(c.server.cfg.Now(), 1) {
		return nil
	}
	c.end(Bye{Code: byeRate})
	return errors.New("message rate")
}

// follow hands a message to whoever owns what it is about.
func (c *session) follow(m ClientMessage) {
	media := c.media.Load()
	switch m.(type) {
	case Offer, Drop, Prefer, Levels, Report, Still:
		if media == nil {
			c.fail(errNotAdmitted, m.Type())
			return
		}
	}
	if b, ok := m.(bounded); ok {
		if code := b.check(); code != "" {
			c.fail(code, m.Type())
			return
		}
	}
	switch m := m.(type) {
	case Ping:
		c.send(Pong{N: m.N, At: c.server.cfg.Now().UnixMilli()})
	case Join:
		c.fail(errBadMessage, m.Type())
	case Offer, Drop, Prefer, Levels:
		if !media.post(c, m) {
			c.fail(errNotAdmitted, m.Type())
		}
	default:
		if c.rehearsal != nil {
			c.rehearsal.follow(m)
			return
		}
		h := c.hearing
		h.post(c.participant, func() { h.follow(c, m) })
	}
}

// linger lets a goodbye reach the client: closing at once with unread bytes
// would reset the connection and lose it. It ends with the client's own close
// frame, or when Tick closes the connection.
func (c *session) linger() {
	if c.out.ended() == nil {
		return
	}
	for c.failed == nil {
		_, _, c.failed = c.conn.NextReader()
	}
	if _, closed := errors.AsType[*websocket.CloseError](c.failed); !closed {
		_, _ = io.Copy(io.Discard, c.conn.NetConn())
	}
	<-c.written
}

func (c *session) alive() { c.heard.Store(c.server.mark(c.server.cfg.Now())) }

// tick looks at every deadline of the session.
func (c *session) tick(now time.Time) {
	since := func(mark int64) time.Duration { return time.Duration(c.server.mark(now) - mark) }
	silent := since(c.heard.Load())
	if e := c.out.ended(); e != nil {
		if now.Sub(e.at) >= lingerFor {
			c.conn.NetConn().Close()
		}
		return
	}
	if began := c.reading.Load(); began != 0 && since(began) >= deadAfter {
		c.end(Bye{Code: byeBadMessage})
	}
	if began := c.writing.Load(); began != 0 && since(began) >= stuckAfter {
		c.end(Bye{Code: byeSlow})
	}
	switch {
	case !c.joined.Load() && now.Sub(c.opened) >= joinWithin:
		c.end(Bye{Code: byeBadMessage})
	case silent >= deadAfter:
		c.conn.NetConn().Close()
	case silent >= pingAfter && since(c.pinged.Load()) >= pingAfter:
		c.pinged.Store(c.server.mark(now))
		c.out.control(nil)
	}
	if c.out.held() {
		c.out.nudge()
	}
}
