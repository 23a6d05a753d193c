package main

import "net"

// layer is a connection around another, which whoever sets options of sockets still finds.
type layer struct{ net.Conn }

// NetConn is the connection below, as of a tls.Conn.
func (l layer) NetConn() net.Conn { return l.Conn }

// CloseWrite lets net/http end a refused request so that the client still reads the answer.
func (l layer) CloseWrite() error {
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}
