package turn

import "net"

// Below finds the layer of a kind in a connection that TLS, [Split] and others have wrapped; the zero value: there is none.
func Below[Kind net.Conn](conn net.Conn) (kind Kind) {
	for {
		if found, ok := conn.(Kind); ok {
			return found
		}
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return kind
		}
		conn = outer.NetConn()
	}
}
