// Package udp is the media sockets of the SFU: real UDP sockets, one for each address, and any number of in-memory relays
// that look, to ICE, like more of the network.
//
// A Socket is bound to one address and not to all of the machine's: an answer leaves from where the question came, which is
// what NATs, firewalls and ICE itself go by; from an unbound socket it leaves from where the system's routes say. Relay is
// what a TURN server gets instead of a socket: a net.PacketConn with a made-up address (madeup.go), whose only reachable
// peers are the addresses by which clients know the sockets (IP and port, in both directions), of its own family. Nothing
// else on the network can be reached through it, so there is no permission to check and no port range to open. Hub is what
// joins the two.
//
// In: Socket.ReadBurst hands its reader all packets that the network has ready, up to 32, or some of relays. A packet from
// a relay is copied once into that relay's lane to that socket (queue.go), and the reader, if it waits in the system, is
// woken by its read deadline. Lanes take turns, and relays alternate with the network while both have packets (socket.go),
// so that who floods delays itself first.
//
// Out: a Burst keeps packets of any sockets to anywhere until its owner has no more for now, and sends them together
// (burst.go): those to one destination as runs of equal size (run.go), each of which is one message for the system, and all
// messages of a socket in few calls (send_linux.go). Nothing waits for more to come. What must go at once and alone goes by
// WriteToAddrPort. A packet to a relay is offered to whoever asked for that (Relay.Deliver), in the call that sends it, or
// else copied once into that relay's queue (relay.go).
//
// Lanes and queues are bounded rings; a full one drops the newest packet and counts it. Sending never blocks: a full socket
// buffer drops the packet and counts it, since a blocked write on a shared socket would stall everybody's media and ICE
// consent. One message that the system refuses costs the others nothing, and a refused run is sent packet by packet.
//
// This is Linux (4.18 or newer for runs). Other systems receive and send packet by packet, and may block where they do
// (system.go). The system's own merging of what comes in (UDP_GRO) is not used: publishers send few packets at a time, and
// it would want 64 KiB for each of the 32.
//
// The package starts no goroutine.
//
// Relays' addresses are of 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180), which are not routed: packets that claim
// such a source on a real socket are dropped.
package udp
