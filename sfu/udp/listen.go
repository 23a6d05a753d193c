package udp

import (
	"errors"
	"net"
	"net/netip"
)

// Listen binds an address of UDP, for so many readers if the system can spread what comes among them by where it comes
// from. An address that anybody listens at already is an error.
func Listen(at netip.AddrPort, readers int) (Binding, error) {
	first, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return Binding{}, err
	}
	if readers <= 1 || !spreads {
		return Binding{Conn: first}, nil
	}
	// It was bound alone, which fails beside sockets that share. Now the address is known, and free but for a moment.
	at = first.LocalAddr().(*net.UDPAddr).AddrPort()
	if err := first.Close(); err != nil {
		return Binding{}, err
	}
	var all []net.PacketConn
	for range readers {
		c, err := listenShared(at)
		if err != nil {
			for _, c := range all {
				err = errors.Join(err, c.Close())
			}
			return Binding{}, err
		}
		all = append(all, c)
	}
	return Binding{Conn: all[0], More: all[1:]}, nil
}
