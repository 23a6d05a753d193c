package sfu

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/ice/v4"

	"jalsa/sfu/udp"
)

// mux has one of Pion's muxes for each media socket, known by the addresses that clients are told. It implements
// ice.UDPMux; a candidate keeps to the socket that it was announced for.
type mux struct {
	hub       *udp.Hub
	each      []*ice.UDPMuxDefault
	at        map[netip.AddrPort]*ice.UDPMuxDefault
	addresses []net.Addr
}

// guarded is a socket as Pion's mux reads it.
type guarded struct {
	*udp.Socket
	guard *guard
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (s guarded) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := s.Socket.ReadFromAddrPort(b)
		if err != nil {
			return n, from, err
		}
		if answer := s.guard.answer(b[:n], from); answer != nil {
			_, _ = s.Socket.WriteToAddrPort(answer, from) // who hears nothing asks again
			continue
		}
		if s.guard.admits(b[:n], from) {
			return n, from, nil
		}
	}
}

func newMux(hub *udp.Hub, g *guard, log quiet) *mux {
	m := &mux{hub: hub, at: map[netip.AddrPort]*ice.UDPMuxDefault{}}
	for _, socket := range hub.Sockets() {
		one := ice.NewUDPMuxDefault(ice.UDPMuxParams{Logger: log.NewLogger("ice"), UDPConn: guarded{socket, g}})
		m.each = append(m.each, one)
		for _, a := range socket.Announced() {
			m.at[a] = one
			m.addresses = append(m.addresses, net.UDPAddrFromAddrPort(a))
		}
	}
	return m
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
