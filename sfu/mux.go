package sfu

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/pion/ice/v4"

	"jalsa/sfu/udp"
)

// mux has one of Pion's muxes for each media socket, known by the addresses that clients are told. It implements
// ice.UDPMux; a candidate keeps to the socket that it was announced for.
type mux struct {
	hub       *udp.Hub
	each      []*ice.UDPMuxDefault
	asides    []*aside
	at        map[netip.AddrPort]*ice.UDPMuxDefault
	sockets   map[netip.AddrPort]*udp.Socket
	addresses []net.Addr
}

func newMux(hub *udp.Hub, log quiet) *mux {
	m := &mux{hub: hub, at: map[netip.AddrPort]*ice.UDPMuxDefault{}, sockets: map[netip.AddrPort]*udp.Socket{}}
	for _, socket := range hub.Sockets() {
		a := newAside(socket)
		one := ice.NewUDPMuxDefault(ice.UDPMuxParams{Logger: log.NewLogger("ice"), UDPConn: a})
		m.each, m.asides = append(m.each, one), append(m.asides, a)
		for _, a := range socket.Announced() {
			m.at[a], m.sockets[a] = one, socket
			m.addresses = append(m.addresses, net.UDPAddrFromAddrPort(a))
		}
	}
	return m
}

// aside is a socket as Pion's mux knows it: it sends by it, and reads what its reader left for Pion, which are checks of
// ICE and handshakes. Each key has a share of it, so that who is let in and floods is in their own way; eight together fill
// it, and then delay others' checks by as much as Pion takes for a hundred packets.
type aside struct {
	*udp.Socket
	left chan *leftover
	pool sync.Pool // of *leftover
	done chan struct{}
	once sync.Once
}

const (
	asides     = 128 // datagrams
	asideShare = 16  // of one key: the checks of all paths at once, or a flight of a handshake with certificates
)

// leftover is a packet that was copied.
type leftover struct {
	n    int
	from netip.AddrPort
	key  *iceKey // whose share it is of
	data [udp.MTU]byte
}

func newAside(s *udp.Socket) *aside {
	a := &aside{Socket: s, left: make(chan *leftover, asides), done: make(chan struct{})}
	a.pool.New = func() any { return new(leftover) }
	return a
}

// leave copies a packet for Pion; false: there is no room for k's.
func (a *aside) leave(b []byte, from netip.AddrPort, k *iceKey) bool {
	if k.aside.Add(1) > asideShare {
		k.aside.Add(-1)
		return false
	}
	d := a.pool.Get().(*leftover)
	d.n, d.from, d.key = copy(d.data[:], b), from, k
	select {
	case a.left <- d:
		return true
	default:
		a.free(d)
		return false
	}
}

func (a *aside) free(d *leftover) {
	d.key.aside.Add(-1)
	d.key = nil
	a.pool.Put(d)
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (a *aside) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case d := <-a.left:
		n, from := copy(b, d.data[:d.n]), d.from
		a.free(d)
		return n, from, nil
	case <-a.done:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

// ReadFrom implements net.PacketConn, for a mux that does not know better.
func (a *aside) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := a.ReadFromAddrPort(b)
	return n, net.UDPAddrFromAddrPort(from), err
}

// Close ends the mux's reading, and the socket.
func (a *aside) Close() error {
	a.once.Do(func() { close(a.done) })
	return a.Socket.Close()
}

// networks are the families of what is announced.
func (m *mux) networks() (four, six bool) {
	for a := range m.at {
		four, six = four || a.Addr().Is4(), six || a.Addr().Is6()
	}
	return four, six
}

// GetListenAddresses implements ice.UDPMux.
func (m *mux) GetListenAddresses() []net.Addr { return m.addresses }

// GetConn implements ice.UDPMux.
func (m *mux) GetConn(ufrag string, addr net.Addr) (net.PacketConn, error) {
	a, ok := addr.(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("mux for %T, want UDP address", addr)
	}
	ap := a.AddrPort()
	one := m.at[netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())]
	if one == nil {
		return nil, fmt.Errorf("no media socket is announced as %v", addr)
	}
	return one.GetConn(ufrag, one.LocalAddr())
}

// RemoveConnByUfrag implements ice.UDPMux.
func (m *mux) RemoveConnByUfrag(ufrag string) {
	for _, one := range m.each {
		one.RemoveConnByUfrag(ufrag)
	}
}

// Close implements ice.UDPMux; the hub ends with it.
func (m *mux) Close() error {
	var errs []error
	for _, one := range m.each {
		errs = append(errs, one.Close())
	}
	return errors.Join(append(errs, m.hub.Close())...)
}
