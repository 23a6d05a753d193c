//go:build !linux

package turn

import "net"

// limitUnsent needs Linux; elsewhere the kernel queues more.
func limitUnsent(net.Conn, int) {}
