//go:build !linux

package udp

import "net"

func systemCalls(c *net.UDPConn, _ bool) system { return &single{one: udpConn{c}} }
