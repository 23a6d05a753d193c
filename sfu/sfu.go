package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"jalsa/sfu/udp"
)

// SocketBuffer is what the media socket asks the system for, in bytes each way.
const SocketBuffer = udp.BufferSize

// Config of New. Now and Logger must be given.
type Config struct {
	Media  []string       // where to listen, HOST:PORT each; no host: all addresses of the machine
	Public []netip.Addr   // where clients reach that, if they do elsewhere (see places)
	Conn   net.PacketConn // a media socket that is open, instead of Media
	Now    func() time.Time
	Logger *slog.Logger

	// Failed is told of a media socket by which nothing more will come, though nobody closed it. It must not wait. Nil:
	// nobody is.
	Failed func(error)

	// Single keeps packets to one receiver from going to the system as one message, which it or the network card cuts
	// apart.
	Single bool

	// Plain forwards what comes to whoever wishes it, without estimate, pacer, allocation or care for voice: what the
	// measurements of lab compare with.
	Plain bool
}

// SFU forwards the media of any number of rooms over one UDP port.
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
	bursts sync.Pool // of *udp.Burst, for rooms

	readers []*reader

	pending atomic.Int64 // peers that were never connected yet

	running sync.WaitGroup // goroutines of rooms and peers

	mu     sync.Mutex
	rooms  map[string]*Room
	closed bool
}

// New opens the media sockets.
func New(c Config) (*SFU, error) {
	if c.Now == nil || c.Logger == nil {
		return nil, errors.New("start sfu: no clock or no logger")
	}
	bindings, err := bindingsOf(c)
	if err != nil {
		return nil, err
	}
	for i := range bindings {
		bindings[i].Single = c.Single
	}
	s, err := newSFU(c, bindings)
	if err != nil {
		return nil, fmt.Errorf("start sfu: %w", closing(bindings, err))
	}
	return s, nil
}

func bindingsOf(c Config) ([]udp.Binding, error) {
	m, err := thisMachine()
	if err != nil {
		return nil, err
	}
	if c.Conn != nil {
		all, err := places([]string{c.Conn.LocalAddr().String()}, c.Public, m)
		if err != nil {
			return nil, err
		}
		return []udp.Binding{{Conn: c.Conn, Announced: announcedOf(c.Conn, all[0].announced)}}, nil
	}
	all, err := places(c.Media, c.Public, m)
	if err != nil {
		return nil, err
	}
	return open(all, c.Logger)
}

func newSFU(c Config, bindings []udp.Binding) (*SFU, error) {
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	hub, err := udp.New(bindings...)
	if err != nil {
		return nil, err
	}
	s := &SFU{now: c.Now, log: c.Logger, hub: hub, plain: c.Plain, drops: newDrops(), rooms: map[string]*Room{}}
	for _, b := range bindings {
		s.media = append(s.media, b.Announced...)
	}
	s.egress.New = func() any { return new(egress) }
	s.bursts.New = func() any { return hub.NewBurst() }
	g, q := newGuard(c.Now, s.drops), newQuiet(c.Logger, c.Now)
	m := newMux(hub, q)
	if s.engine, err = newEngine(m, c.Plain, g, q); err != nil {
		return nil, errors.Join(err, hub.Close())
	}
	for _, a := range m.asides {
		for _, in := range a.Readers() {
			r := &reader{in: in, socket: a.Socket, aside: a, guard: g, now: c.Now, drops: s.drops, failed: c.Failed, out: hub.NewBurst()}
			s.readers = append(s.readers, r)
			s.running.Go(r.run)
		}
	}
	return s, nil
}

// Media are all addresses at which clients, and relays, reach our media.
func (s *SFU) Media() []netip.AddrPort { return slices.Clone(s.media) }

// Relay opens an in-memory socket whose only reachable peers are the media addresses of its family, for a TURN
// allocation. Its LocalAddr is made up, of IPv6 if six, unique among open relays.
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

// comes counts one more peer that has to connect; false: too many have.
func (s *SFU) comes() bool {
	if s.pending.Add(1) <= maxPending {
		return true
	}
	s.pending.Add(-1)
	s.counts.peersCrowded.Add(1)
	return false
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

// Close ends every peer, then the sockets and all relays, and waits for the goroutines.
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
