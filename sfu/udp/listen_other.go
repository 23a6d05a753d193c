//go:build !linux

package udp

import (
	"errors"
	"net"
	"net/netip"
)

const spreads = false

func listenShared(netip.AddrPort) (net.PacketConn, error) { return nil, errors.ErrUnsupported }
