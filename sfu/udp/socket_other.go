//go:build !linux

package udp

import "net"

func systemSocket(c *net.UDPConn) socket { return udpConn{c} }
