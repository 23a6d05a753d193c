package signaling

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"jalsa/booking"
	"jalsa/strangers"
)

// ServeHTTP opens the socket of the participant in the path, whose session
// cookie it reads. A wrong or missing Origin is answered 403, too many sockets
// 503; everything else is said on the socket, where a browser can hear it. The
// books are asked before the socket is counted: strangers cost guests nothing.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.open(w, r, booking.PurposeHearing)
}

func (s *Server) open(w http.ResponseWriter, r *http.Request, purpose booking.Purpose) {
	if !s.fromOwnPages(r) {
		s.tally.count(s.tally.refused, "origin")
		http.Error(w, "wrong origin", http.StatusForbidden)
		return
	}
	if !s.awaits() {
		s.tally.count(s.tally.refused, "closed")
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	attended := false
	defer func() {
		if !attended { // also after a panic
			s.serving.Done()
		}
	}()
	c, refused := s.upgrade(w, r, purpose)
	if c == nil {
		return
	}
	attended = true
	go s.attend(c, refused) // net/http keeps buffers and the request for as long as its own goroutine runs
}

// upgrade makes a session of a request, and tells why all it hears is a goodbye; nil: the request is answered.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, purpose booking.Purpose) (*session, *Bye) {
	id := r.PathValue("participant")
	var secret string
	if cookie, err := r.Cookie(booking.SessionCookie); err == nil {
		secret = cookie.Value
	}
	a, p, refused := s.ask(id, secret, purpose)
	guest := refused == nil
	from := whence(r)
	crowded, full := s.door.enter(id, guest, from)
	if full {
		s.tally.count(s.tally.refused, "capacity")
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return nil, nil
	}
	if refused != nil {
		s.journalRefusal(a, p, purpose, refused.Code)
	} else if crowded {
		refused = &Bye{Code: string(booking.ReasonCapacity)}
	}
	opened := s.cfg.Now() // before the client can know of it
	conn, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil { // the library has answered
		s.door.leave(id, guest, from)
		s.tally.count(s.tally.refused, "handshake")
		return nil, nil
	}
	c := newSession(s, conn, id, secret, opened)
	c.purpose, c.network, c.guest, c.from = purpose, s.networkOf(r), guest, from
	s.add(c)
	return c, refused
}

// whence is where a request comes from; what is unreadable is one place.
func whence(r *http.Request) strangers.Place {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return strangers.At(from.Addr(), strangers.Block)
}

// attend runs a session that Close waits for.
func (s *Server) attend(c *session, refused *Bye) {
	defer s.serving.Done()
	defer s.drop(c)
	defer c.rescue() // nobody else would: net/http is not here any more
	c.serve(refused)
}

// fromOwnPages compares the Origin exactly; browsers always send one, so that
// a missing one is no browser with one of our pages (threat T23).
func (s *Server) fromOwnPages(r *http.Request) bool {
	origin := r.Header.Values("Origin")
	return len(origin) == 1 && slices.ContainsFunc(s.cfg.Origins, func(own string) bool {
		return origin[0] == strings.TrimSuffix(own, "/")
	})
}

// networkOf is what rehearsals from one place have in common.
func (s *Server) networkOf(r *http.Request) string {
	if s.cfg.Network == nil {
		return r.RemoteAddr
	}
	return s.cfg.Network(r)
}

// awaits counts one more handler for Close to wait for, unless it is too late.
func (s *Server) awaits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.serving.Add(1)
	}
	return !s.closed
}

// add makes a session known to Tick and Close; one that Close has missed ends
// at once.
func (s *Server) add(c *session) {
	s.tally.open()
	s.mu.Lock()
	s.sessions[c] = struct{}{}
	missed := s.closed
	s.mu.Unlock()
	if missed {
		c.conn.NetConn().Close() // over TLS it writes
	}
}

func (s *Server) drop(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
}
