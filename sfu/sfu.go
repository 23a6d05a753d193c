package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"jalsa/sfu/udp"
)

// SocketBuffer is what the media socket asks the system for, in bytes each way.
const SocketBuffer = udp.BufferSize

// Config of New. Now and Logger must be given.
type Config struct {
	Conn      net.PacketConn // the media socket; nil: New opens Addr
	Addr      string         // "ip:port", UDP, if Conn is nil
	Advertise []netip.Addr   // where clients reach the socket; none: its own address, or those of the interfaces
	Now       func() time.Time
	Logger    *slog.Logger

	// Plain forwards what comes to whoever wishes it, without estimate, pacer, allocation or care for voice: what the
	// measurements of lab compare with.
	Plain bool
}

// SFU forwards the media of any number of rooms over one UDP socket.
type SFU struct {
	// Fixed after New.
	now    func() time.Time
	log    *slog.Logger
	hub    *udp.Hub
	media  []netip.AddrPort
	engine *engine
	plain  bool // Config.Plain
	drops  drops
	counts counts
	egress sync.Pool // of *egress

	running sync.WaitGroup // goroutines of rooms and peers

	mu     sync.Mutex
	rooms  map[string]*Room
	closed bool
}

// New takes over the socket.
func New(c Config) (*SFU, error) {
	if c.Now == nil || c.Logger == nil {
		return nil, errors.New("start sfu: no clock or no logger")
	}
	conn := c.Conn
	if conn == nil {
		var err error
		if conn, err = net.ListenPacket("udp", c.Addr); err != nil {
			return nil, fmt.Errorf("listen for media: %w", err)
		}
	}
	s, err := newSFU(c, conn)
	if err != nil {
		return nil, fmt.Errorf("start sfu: %w", closing(conn, err))
	}
	return s, nil
}

// closing closes conn on the way out of a failed New; err matters more than what Close says.
func closing(conn net.PacketConn, err error) error {
	_ = conn.Close()
	return err
}

func newSFU(c Config, conn net.PacketConn) (*SFU, error) {
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("media socket has address %T, want UDP", conn.LocalAddr())
	}
	media, err := mediaAddresses(c.Advertise, local)
	if err != nil {
		return nil, err
	}
	hub, err := udp.New(conn, media)
	if err != nil {
		return nil, err
	}
	s := &SFU{now: c.Now, log: c.Logger, hub: hub, media: media, plain: c.Plain, drops: newDrops(), rooms: map[string]*Room{}}
	s.egress.New = func() any { return new(egress) }
	if s.engine, err = newEngine(hub, media, c.Plain, newGuard(c.Now, s.drops), newQuiet(c.Logger, c.Now, s.drops[dropUnsealed])); err != nil {
		return nil, err
	}
	return s, nil
}

// mediaAddresses is what clients are told: what the operator says, else the bound address, else what the interfaces
// have; loopback only if there is nothing else.
func mediaAddresses(advertise []netip.Addr, local *net.UDPAddr) ([]netip.AddrPort, error) {
	port := local.AddrPort().Port()
	var addrs []netip.Addr
	bound := local.AddrPort().Addr().Unmap()
	switch {
	case len(advertise) > 0:
		addrs = advertise
	case !bound.IsUnspecified():
		addrs = []netip.Addr{bound}
	default:
		var err error
		if addrs, err = interfaceAddresses(bound.Is4()); err != nil {
			return nil, err
		}
	}
	media := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		media[i] = netip.AddrPortFrom(a.Unmap(), port)
	}
	return media, nil
}

func interfaceAddresses(fourOnly bool) (public []netip.Addr, err error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list interface addresses: %w", err)
	}
	var loopback []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || fourOnly && !prefix.Addr().Is4() {
			continue
		}
		switch addr := prefix.Addr(); {
		case addr.IsLoopback():
			loopback = append(loopback, addr)
		case addr.IsGlobalUnicast():
			public = append(public, addr)
		}
	}
	if len(public) == 0 {
		return loopback, nil
	}
	return public, nil
}

// Media are all addresses at which clients, and relays, reach our media.
func (s *SFU) Media() []netip.AddrPort { return slices.Clone(s.media) }

// Relay opens an in-memory socket whose only reachable peer is the media address, for a TURN allocation. Its LocalAddr
// is made up, of IPv6 if six, unique among open relays.
func (s *SFU) Relay(six bool) (net.PacketConn, error) {
	r, err := s.hub.Relay(six)
	if err != nil {
		return nil, fmt.Errorf("open relay: %w", err)
	}
	return r, nil
}

// Room returns the room with that id: the one that has peers or a policy, or a new one, which is known from its first Join,
// or policy, on.
func (s *SFU) Room(id string) *Room { return s.room(id, false) }

// Echo is Room for one participant who rehearses: whoever joins hears and sees themselves. Its ids must not be those of
// other rooms.
func (s *SFU) Echo(id string) *Room { return s.room(id, true) }

func (s *SFU) room(id string, echo bool) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[id]; r != nil {
		return r
	}
	return newRoom(s, id, echo)
}

// register makes r known by its id; false: another one is. The caller holds r.mu; SFU.mu comes after Room.mu.
func (s *SFU) register(r *Room) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.id] == nil {
		s.rooms[r.id] = r
	}
	return s.rooms[r.id] == r
}

// forget drops a room that became empty. The caller holds r.mu; SFU.mu comes after Room.mu.
func (s *SFU) forget(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.id] == r {
		delete(s.rooms, r.id)
	}
}

// start runs a goroutine that Close waits for; false: closed.
func (s *SFU) start(run func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	go run()
	return true
}

// Close ends every peer, then the socket and all relays, and waits for the goroutines.
func (s *SFU) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	rooms := make([]*Room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock() // a Join that began before Close is done
		peers := *r.peers.Load()
		r.mu.Unlock()
		for _, p := range peers {
			p.Close()
		}
	}
	err := s.engine.close()
	s.running.Wait()
	return err
}

// Stats returns the counters.
func (s *SFU) Stats() Stats {
	c := &s.counts
	st := Stats{
		Received: c.received.Load(), Sent: c.sent.Load(), Repaired: c.repaired.Load(), Recovered: c.recovered.Load(),
		NACKed: c.nacksSent.Load(), KeyframesAsked: c.keyframesAsked.Load(), Switches: c.switches.Load(), PeersPanicked: c.peersPanicked.Load(), RoomsPanicked: c.roomsPanicked.Load(),
		PeersOverSSRCs: c.peersOverSSRCs.Load(), PeersNeverUp: c.peersNeverUp.Load(),
		Dropped: map[string]uint64{}, Socket: s.hub.Stats(),
	}
	for reason, n := range s.drops {
		st.Dropped[string(reason)] = n.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		if n := len(*r.peers.Load()); n > 0 {
			st.Rooms++
			st.Peers += n
		}
	}
	return st
}
