package turn

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

const (
	unallocatedLimit = 512     // control connections without an allocation; one more makes the oldest give way
	unsentLimit      = 4 << 10 // bytes that the kernel may hold unsent per connection
)

// Config of a Server. All but Rate, Allocations and Logger are required.
type Config struct {
	Realm   string                                 // shown to clients, part of the long-term key
	Relay   func(six bool) (net.PacketConn, error) // an in-memory socket of IPv4 or IPv6 that reaches Media; called once per allocation
	Media   []netip.AddrPort                       // where clients reach the SFU: the only peers there are
	Allowed func(user string) bool                 // is the user admitted and present? Asked at each request, from many goroutines
	Now     func() time.Time                       // the real clock: it sets deadlines of sockets
	Logger  *slog.Logger

	Rate        int // bytes a second that are relayed for one user, all allocations and both directions together; 0: DefaultRate
	Allocations int // of all users together; 0: DefaultAllocations
}

// Server relays for users that hold a credential. Its methods may be called from
// any goroutine.
type Server struct {
	// fixed after New
	config   Config
	media    peers
	pion     *pion.Server
	accepted *queue // from Serve to Pion
	done     chan struct{}

	refused                       counters
	allocated, toMedia, fromMedia atomic.Uint64
	group                         sync.WaitGroup // per control connection: drain, and Pion's read loop until it calls Close

	mu          sync.Mutex
	credentials credentials
	controls    map[net.Addr]*control // by the pointer that is control.remote
	lastID      uint64
	listeners   map[net.Listener]struct{}
	closed      bool
}

// New checks the configuration; it opens nothing. [Server.Close] must be called.
func New(config Config) (*Server, error) {
	if config.Realm == "" || config.Relay == nil || config.Allowed == nil || config.Now == nil {
		return nil, errors.New("turn: realm, relay, allowed and now are required")
	}
	media := peersOf(config.Media)
	if len(media) == 0 {
		return nil, fmt.Errorf("turn: %v holds no address that clients could know the media by", config.Media)
	}
	config.Rate = cmp.Or(config.Rate, DefaultRate)
	config.Allocations = cmp.Or(config.Allocations, DefaultAllocations)
	if config.Rate < 0 || config.Allocations < 0 {
		return nil, fmt.Errorf("turn: a rate of %d bytes/s and %d allocations", config.Rate, config.Allocations)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		config:   config,
		media:    media,
		accepted: newQueue(net.TCPAddrFromAddrPort(media[0])),
		done:     make(chan struct{}),
		credentials: credentials{
			byUsername: make(map[string]*credential),
			byUser:     make(map[string]*credential),
		},
		controls:  make(map[net.Addr]*control),
		listeners: make(map[net.Listener]struct{}),
	}
	var err error
	s.pion, err = pion.NewServer(pion.ServerConfig{
		Realm:         config.Realm,
		LoggerFactory: quietLogger{config.Logger},
		AuthHandler:   s.authenticate,
		QuotaHandler:  s.reserve,
		EventHandler:  pion.EventHandler{OnAuth: s.onAuth},
		InboundMTU:    inboundMTU,
		// A client over IPv6 still gets the family of the media addresses when one is IPv4.
		StrictAddressFamily: media.network() == "udp4",
		ListenerConfigs: []pion.ListenerConfig{{
			Listener:              s.accepted,
			RelayAddressGenerator: generator{s},
			PermissionHandler:     s.permit,
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("start turn: %w", err)
	}
	return s, nil
}

// Serve accepts control connections from l, plain or TLS, until l fails or the
// server is closed, then with net.ErrClosed. It may run for several listeners.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.listeners[l] = struct{}{}
	}
	s.mu.Unlock()
	if closed {
		l.Close()
		return net.ErrClosed
	}
	for {
		conn, err := accept(l, s.done)
		if err != nil {
			return fmt.Errorf("accept control connection: %w", err)
		}
		s.admit(conn)
	}
}

// Close closes the listeners that are being served, ends every allocation and
// waits for the goroutines of all control connections.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	controls := slices.Collect(maps.Values(s.controls))
	s.mu.Unlock()
	close(s.done)
	for l := range s.listeners { // Serve adds none once closed is set
		l.Close()
	}
	err := s.pion.Close()
	for _, c := range controls {
		s.hangUp(c)
	}
	s.group.Wait()
	return err
}

// admit hands a connection to Pion, in place of the oldest without an allocation if
// there are too many.
func (s *Server) admit(conn net.Conn) {
	remote, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		s.refused.count(refusedTransport)
		conn.Close()
		return
	}
	c := newControl(s, conn, *remote)
	now := s.config.Now()
	var oldest *control
	s.mu.Lock()
	unallocated := 0
	for _, other := range s.controls {
		if other.relay == nil {
			unallocated++
			if oldest == nil || other.id < oldest.id {
				oldest = other
			}
		}
	}
	ok = !s.closed
	if ok {
		s.lastID++
		c.id, c.until = s.lastID, now.Add(allocateLimit)
		s.controls[c.remote] = c
		s.group.Add(1) // until forget
		s.group.Go(c.drain)
	}
	s.mu.Unlock()
	if !ok {
		conn.Close()
		return
	}
	if unallocated >= unallocatedLimit {
		s.refused.count(closedCrowded)
		oldest.abort()
	}
	limitUnsent(conn, unsentLimit)
	s.accepted.put(c) // Pion accepts without delay
}

// authenticate finds the key for a request. The credential must be the one that the
// connection's allocation was made with, or to allocate the user's newest; the user
// must be present. Pion then compares the integrity in constant time. The user id
// that Pion keeps with the allocation is the connection's id, so that an allocation
// belongs to the connection that made it.
func (s *Server) authenticate(request *pion.RequestAttributes) (string, []byte, bool) {
	s.mu.Lock()
	c := s.controls[request.SrcAddr]
	var found *credential
	held := false
	if c != nil {
		found = s.credentials.byUsername[request.Username]
		if c.credential != nil && c.credential.username == request.Username {
			found, held = c.credential, true
		}
	}
	s.mu.Unlock()
	if found == nil || request.Realm != s.config.Realm || !mayAsk(request.Method, held) {
		s.refused.count(refusedCredential)
		return "", nil, false
	}
	if !s.config.Allowed(found.user) {
		s.refused.count(refusedAbsent)
		return "", nil, false
	}
	c.asked = found
	return strconv.FormatUint(c.id, 10), found.key, true
}

func (s *Server) onAuth(_, _ net.Addr, _, _, _, _ string, verdict bool) {
	if !verdict {
		s.refused.count(refusedPassword)
	}
}

// reserve takes one of the user's places for an authenticated Allocate. The place
// is the connection's until its allocation or the connection ends.
func (s *Server) reserve(_, _ string, source net.Addr) bool {
	var evicted *control
	s.mu.Lock()
	c := s.controls[source]
	ok := c != nil && s.credentials.newest(c.asked)
	if ok && c.credential == nil {
		held := s.heldByLocked(c.asked.user)
		replaced := make([]bool, len(held))
		for i, other := range held {
			replaced[i] = !s.credentials.newest(other.credential)
		}
		var evict int
		if evict, ok = place(replaced); evict >= 0 {
			evicted, held[evict].credential = held[evict], nil
		}
	}
	if ok {
		c.credential = c.asked
	}
	s.mu.Unlock()
	if evicted != nil {
		s.refused.count(closedEvicted)
		s.hangUp(evicted)
	}
	if !ok {
		s.refused.count(refusedQuota)
	}
	return ok
}

// attach gives the relay to the connection with that id, unless it was revoked since.
func (s *Server) attach(r *relay, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.controls {
		if strconv.FormatUint(c.id, 10) == id && c.credential != nil && !s.closed {
			r.control, c.relay = c, r
			c.serving.Store(r)
			return true
		}
	}
	return false
}

// permit answers CreatePermission and ChannelBind for one peer IP.
func (s *Server) permit(_ net.Addr, ip net.IP) bool {
	if s.media.permit(ip) {
		return true
	}
	s.refused.count(refusedPeer)
	return false
}

// release frees the place of an allocation that ended. The connection may stay for
// another, but not long.
func (s *Server) release(r *relay) {
	now := s.config.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := r.control; c.relay == r {
		c.serving.Store(nil)
		c.relay, c.credential, c.until = nil, nil, now.Add(allocateLimit)
	}
}

// hangUp ends relaying for a connection, then the connection.
func (s *Server) hangUp(c *control) {
	s.mu.Lock()
	r := c.relay
	s.mu.Unlock()
	if r != nil {
		r.Close()
	}
	c.abort()
}

// forget drops a connection that Pion reads no more.
func (s *Server) forget(c *control) {
	s.mu.Lock()
	delete(s.controls, c.remote)
	s.mu.Unlock()
	s.group.Done()
}

// patience is until when the client may keep silent.
func (s *Server) patience(c *control) time.Time {
	idle := s.config.Now().Add(idleLimit)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.relay != nil {
		return idle
	}
	return c.until
}

// heldByLocked lists the connections that hold a place of the user, oldest first.
func (s *Server) heldByLocked(user string) []*control {
	var held []*control
	for _, c := range s.controls {
		if c.credential != nil && c.credential.user == user {
			held = append(held, c)
		}
	}
	slices.SortFunc(held, func(a, b *control) int { return cmp.Compare(a.id, b.id) })
	return held
}
