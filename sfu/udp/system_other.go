//go:build !linux

package udp

import "net"

func systemCalls(c *net.UDPConn) system { return udpConn{c} }
