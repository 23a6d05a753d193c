// Package udp is the media socket of the SFU: one real UDP socket and any number of in-memory relays that look, to
// ICE, like more of the same socket.
//
// Hub is what Pion's ICE mux reads from and writes to (it implements the mux's allocation-free AddrPort methods).
// Relay is what a TURN server gets instead of a socket: a net.PacketConn with a made-up address from Prefix or Prefix6, whose
// only reachable peer is the media address (IP and port, in both directions). Nothing else on the network can be
// reached through it, so there is no permission to check and no port range to open.
//
// A packet from the network goes straight from the socket to the mux. A packet from a relay is copied once into that
// relay's lane (queue.go), and the reader, if it waits in the socket, is woken by its read deadline. Lanes take turns, and
// relays alternate with the socket while both have packets (hub.go), so that who floods delays itself first. A packet to
// a relay is copied once into that relay's queue (relay.go). Lanes and queues are bounded rings; a full one drops the
// newest packet and counts it. Sending never blocks: a full socket buffer drops the packet and counts it
// (socket_linux.go), since a blocked write on a shared socket would stall everybody's media and ICE consent.
//
// The package starts no goroutine.
//
// Prefix is 198.18.0.0/15 (RFC 2544) and Prefix6 2001:2::/48 (RFC 5180), neither routed: packets that claim such a source
// on the real socket are dropped.
package udp
