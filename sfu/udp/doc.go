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
// In: a Socket has one Reader, or several where the system spreads what comes to one address among sockets (Listen). Each
// has a goroutine of its owner's, which Reader.Run hands all packets that the network has ready, up to 64 at once, or some
// of relays. It looks again only where it must, or its owner says that more follows (a picture is not complete). A
// client's packets come by one of them, as long as its address stays, and so do a relay's. A packet from a relay is copied
// once into that relay's lane to that socket (queue.go), and the reader, if it waits in the system, is woken by its read
// deadline. Lanes take turns, and relays alternate with the network while both have packets (reader.go), so that who floods
// delays itself first.
//
// A reader waits by an epoll of its own, which Go's poller looks at (watch_linux.go). Left to the poller, a socket wakes
// its reader's processor for packets that have left the machine as well: with one in and five out on a link where each
// takes 130 µs that was ten waits for a round instead of three, and 1.5 times the processor's time. On the loopback packets
// leave within the call that sends them, and nothing is gained.
//
// Out: a Burst keeps packets of any sockets to anywhere until its owner has no more for now, and sends them together
// (burst.go): those to one destination as runs of equal size (run.go), each of which is one message for the system, and all
// messages of a socket in few calls (send_linux.go). Nothing waits for more to come. What must go at once and alone goes by
// WriteToAddrPort. A packet to a relay is offered to whoever asked for that (Relay.Deliver), in the call that sends it, or
// else copied once into that relay's queue (relay.go).
//
// Lanes and queues are bounded rings; a full one drops the newest packet and counts it. Sending never blocks: a full socket
// buffer drops the packet and counts it, since a blocked write on a shared socket would stall everybody's media and ICE
// consent. One message that the system refuses costs the others nothing, and a refused run is sent packet by packet, in the
// end all of them. Of a driver that takes runs and cuts them wrongly nobody here is told: for that there is Binding.Single.
//
// This is Linux (4.18 or newer for runs). Other systems receive and send packet by packet, and may block where they do
// (system.go). The system's own merging of what comes in (UDP_GRO) is not used: publishers send few packets at a time, and
// it would want 64 KiB for each of the 32.
//
// What it costs, as part of net.UDPConn's calls for as many packets (go test -run '^$' -bench . ./sfu/udp, the thread's
// time, two cores of a Zen 4, over the loopback, IPv4; of IPv6 1.15 where this says 1.06, the rest alike):
//
//	sent to            1     5    50 destinations
//	bursts of 1     1.06  0.96  0.95   by itself, a packet is what it was
//	bursts of 3     0.55  0.46  0.48
//	bursts of 8     0.29  0.27  0.27
//
//	received in bursts of    1     3     8    32
//	                      1.38  1.11  0.95  0.82   there already
//	                      0.99                     with the wait for it, and somebody to tell of it
//
// One reader for each processor, against one for both (BenchmarkReaders, which forwards each packet to five), let 1.0
// to 1.3 times as much pass in the same time while others used much of both, at 0.83 to 0.92 of the process's time for
// a packet.
//
// The package starts no goroutine.
//
// Relays' addresses are of 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180), which are not routed: packets that claim
// such a source on a real socket are dropped.
package udp
