package turn

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

const (
	unallocatedLimit = 512     // control connections without an allocation; one more makes another give way
	unsentLimit      = 2 << 10 // bytes that the kernel may hold unsent per connection
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
	accepted *queue     // from Serve to Pion
	couriers []*courier // one for each core
	spares   spares
	done     chan struct{}

	refused                       counters
	allocated, toMedia, fromMedia atomic.Uint64
	lastID                        atomic.Uint64  // of tuples
	group                         sync.WaitGroup // per control connection: drain, and Pion's read loop until it calls Close

	mu          sync.Mutex
	credentials credentials
	tuples      map[net.Addr]*tuple // by the pointer that is tuple.remote
	open        int                 // relays
	listeners   map[net.Listener]struct{}
	sockets     map[*datagrams]struct{}
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
		tuples:    make(map[net.Addr]*tuple),
		listeners: make(map[net.Listener]struct{}),
		sockets:   make(map[*datagrams]struct{}),
	}
	pionConfig := s.pionConfig(s.byRemote)
	pionConfig.ListenerConfigs = []pion.ListenerConfig{{Listener: s.accepted, RelayAddressGenerator: generator{s}, PermissionHandler: s.permit}}
	var err error
	if s.pion, err = pion.NewServer(pionConfig); err != nil {
		return nil, fmt.Errorf("start turn: %w", err)
	}
	for range runtime.GOMAXPROCS(0) {
		k := newCourier(s.done)
		s.couriers = append(s.couriers, k)
		s.group.Go(k.run)
	}
	return s, nil
}

// pionConfig is what Pion's servers for streams and for datagrams have in common; find is by whom a request was sent.
func (s *Server) pionConfig(find func(net.Addr) *tuple) pion.ServerConfig {
	return pion.ServerConfig{
		Realm:         s.config.Realm,
		LoggerFactory: quietLogger{s.config.Logger},
		AuthHandler: func(request *pion.RequestAttributes) (string, []byte, bool) {
			return s.authenticate(find(request.SrcAddr), request)
		},
		QuotaHandler: func(_, _ string, source net.Addr) bool { return s.reserve(find(source)) },
		EventHandler: pion.EventHandler{OnAuth: s.onAuth, OnChannelCreated: s.onChannelCreated, OnChannelDeleted: s.onChannelDeleted},
		InboundMTU:   inboundMTU,
		// Who asks for no family gets the one that the media has, IPv4 if both: it all is in memory (see also seenAs).
		StrictAddressFamily: s.media.serve(false),
	}
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

// Close closes the listeners and sockets that are being served, ends every allocation and
// waits for the goroutines of all control connections.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	tuples := slices.Collect(maps.Values(s.tuples))
	s.mu.Unlock()
	close(s.done)
	for l := range s.listeners { // Serve adds none once closed is set
		l.Close()
	}
	for d := range s.sockets {
		d.Close()
	}
	err := s.pion.Close()
	for _, t := range tuples {
		s.hangUp(t)
	}
	s.group.Wait()
	return err
}

// admit hands a connection to Pion, in place of another without an allocation if there are too many.
func (s *Server) admit(conn net.Conn) {
	remote, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		s.refused.count(refusedTransport)
		conn.Close()
		return
	}
	c := newControl(s, conn, *remote)
	now := s.config.Now()
	var waiting []*tuple
	s.mu.Lock()
	for _, other := range s.tuples {
		if other.relay == nil && !other.leaving {
			waiting = append(waiting, other)
		}
	}
	ok = !s.closed
	if ok {
		c.until = now.Add(allocateLimit)
		s.tuples[c.remote] = &c.tuple
		s.group.Add(1) // until forget
		s.group.Go(c.drain)
	}
	s.mu.Unlock()
	if !ok {
		conn.Close()
		return
	}
	if len(waiting) >= unallocatedLimit {
		s.giveWay(crowdedOut(waiting))
	}
	limitUnsent(conn, unsentLimit)
	s.accepted.put(c) // Pion accepts without delay
}

func (s *Server) onAuth(_, _ net.Addr, _, _, _, _ string, verdict bool) {
	if !verdict {
		s.refused.count(refusedPassword)
	}
}

// permit answers CreatePermission and ChannelBind for one peer IP.
func (s *Server) permit(_ net.Addr, ip net.IP) bool {
	if s.media.permit(ip) {
		return true
	}
	s.refused.count(refusedPeer)
	return false
}

// seenAs is the address of ours that Pion is shown: by its family it goes for allocations that ask for none, if the media
// has no IPv4. An IPv4 address is then written as one of IPv6 (RFC 6052, section 2.1).
func (s *Server) seenAs(local net.Addr) net.Addr {
	addr, ok := addrPort(local)
	if !ok || s.media.serve(false) || addr.Addr().Is6() && !addr.Addr().IsUnspecified() {
		return local
	}
	four, six := addr.Addr().AsSlice(), [16]byte{1: 0x64, 2: 0xff, 3: 0x9b}
	copy(six[12:], four)
	return &net.TCPAddr{IP: six[:], Port: int(addr.Port())}
}

// survive is deferred by what Pion's goroutines call of ours: what fails there ends one client, not the process.
func (s *Server) survive(t *tuple) {
	cause := recover()
	if cause == nil {
		return
	}
	s.refused.count(panicked)
	s.config.Logger.Error("relay panicked", "err", fmt.Sprintf("%v\n%s", cause, debug.Stack()))
	if t != nil {
		s.hangUp(t)
	}
}

// forget drops a connection that Pion reads no more.
func (s *Server) forget(c *control) {
	s.mu.Lock()
	delete(s.tuples, c.remote)
	s.mu.Unlock()
	s.group.Done()
}
