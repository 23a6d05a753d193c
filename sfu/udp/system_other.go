//go:build !linux

package udp

import "net"

func systemCalls(c *net.UDPConn) system { return &single{one: udpConn{c}} }
