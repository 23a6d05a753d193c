// Package turn relays media for those whose network lets no UDP through: TURN over TCP or TLS (RFC 8656) on the web's
// own port, into memory instead of into UDP sockets. It can do so over UDP too, on a port of its own.
//
// # Words
//
// A client is known by its 5-tuple (tuple.go): a connection over TCP or TLS (control.go), or an address at the UDP socket
// (datagrams.go). It makes an allocation, which has a relayed transport address. It installs permissions and binds channels for peers, and exchanges data with them in Send and Data
// indications or as ChannelData. Here the relayed address is an in-memory socket of the SFU, made up and reachable by
// nobody, and the only peers are the addresses that clients know the SFU by.
//
// A user is an opaque id of the caller's; a credential is a random username and password for one user's session.
//
// # What is allowed
//
// Credentials (credential.go) live in memory only, as long-term keys (RFC 8489 section 9.2; MD5, the one that browsers
// and Pion speak), at most one per user that can allocate. Integrity is compared by Pion in constant time. At every
// request the credential is looked up and [Config.Allowed] is asked, so that neither a leaked credential nor a kept
// connection outlives presence.
//
//	request                                  answer
//	Allocate, newest credential, UDP         granted, at most 2 per user; then 486, unless an allocation can give way that
//	                                         was made with a replaced credential, or relayed nothing for 15 s
//	Allocate while the user's rate is spent  486
//	Allocate when all together have too many 508
//	Allocate for TCP, EVEN-PORT, or a family that no media address has (440 in RFC 8656)  508
//	Refresh, CreatePermission, ChannelBind   only on the 5-tuple, and with the credential, of the allocation
//	Connect, ConnectionBind (RFC 6062)       401
//	unknown, replaced, revoked, absent       401
//	permission for another IP                403 (ChannelBind: 401, Pion's choice)
//	data to or from another port of that IP  dropped in relay.go, both directions
//	Binding                                  answered without credential, as STUN does
//	neither STUN nor ChannelData             over TCP the end of the connection, over UDP dropped
//	attributes that are not as they must be  dropped (sound.go), as RFC 8489 section 6.3 has it
//	Allocate for no time                     dropped
//
// Allocations are of IPv4 or IPv6, whichever the client asks for and the media has, and of IPv4 by default if the media
// has both, whatever the client itself comes by: all is in memory.
//
// [Server.Revoke] ends a user: relays are closed, then connections are reset, so that nothing queued here or in the
// kernel is delivered.
//
// # What a client may take
//
// What is relayed for one user, both ways and over all their allocations, comes out of one bucket (budget.go,
// [Config.Rate]). Only what is in fact relayed is paid for. When the bucket is half empty the SFU is told, by the same word
// as of a full queue, and holds pictures back, which it can do frame by frame; the last quarter is for packets as small as
// those of voice. Beyond that packets are dropped.
//
// Nobody makes more than 1000 requests a second on one 5-tuple: over TCP the rest waits, over UDP it is dropped.
//
// Who has not shown a credential is answered sparingly. Over UDP an address, or a /64 of IPv6, is told at most half as
// much again as it said, ten times a second, a /48 four times as much, and nothing is kept for it but a purse that it shares
// with whoever has the same hash (sources.go). A browser's first Allocate (28 bytes) is too short for the challenge (72), and is answered when
// it is repeated. Over TCP, where an address has proven itself, a connection ends after twenty such answers at once, and of
// 512 without an allocation one gives way to the next: the oldest from the network that has the most, for which a /48 counts as
// four (package strangers).
//
// # Lifetimes
//
// Allocation 10 minutes unless the client asks for another below an hour, permission 5, channel 10, nonce 1 hour: Pion's
// timers. A connection has 10 s to allocate, and ends after 1 minute without a byte from the client or 15 s without room
// for one towards it; over UDP the same, to within 5 s. [Split] waits 10 s for a first byte; what a [Greeting] does before
// has limits of its own.
//
// # Who owns what
//
//	goroutine                         owner          ends with
//	Server.Serve                      the caller     the listener, or Server.Close
//	Server.ServeUDP                   the caller     the socket, or Server.Close
//	Pion's read loop of the socket    pion.Server    the socket
//	courier.run, one per core         Server.group   Server.Close
//	control.drain, one per connection Server.group   control.abort
//	Pion's read loop, one per conn.   Server.group   control.abort; it then calls control.Close
//	Pion's accept loop                pion.Server    Server.Close
//	Pion's relay loop, per allocation Pion           relay.Close
//	Splitter.run                      Splitter.group both sides closed, or the listener fails
//	Splitter.sort, per undecided conn Splitter.group greeting and first byte, limit, or both sides closed
//
// Server.mu guards who holds what: credentials, tuples, the relay and place of each. control.mu guards one connection's
// queue, datagrams.mu who is known at the UDP socket (before Server.mu), courier.mu who is due, spares.mu the memory of batches
// that left, prompt.mu what the kernel had no room for, channels.mu which are bound, allowance.mu a bucket (spares.mu and this are last). Pion holds its own lock when it calls relay.Close or tells of a channel, which takes Server.mu; so nothing of Pion's is called under Server.mu. Nobody is called
// back under a lock, but the socket that is told how much waits.
//
// # Path of the data
//
// split.go: whose a connection is, by its greeting (ALPN) or its first byte, of which 0 to 3 is STUN. server.go: Serve
// admits, Pion asks authenticate, reserve and permit (tuple.go), whose decisions are in policy.go. control.go cuts the
// stream into frames of less than 1600 bytes. The data of a channel that Pion has bound takes the shortcut (channel.go):
// control.go hands it to the SFU's socket, and the socket hands back what the SFU sends in the call that sends it, without
// an allocation or a goroutine between. Everything else is Pion's, with relay.go for the socket.
//
// Towards the client control.go queues up to 32 KiB and drops what does not fit (pictures have 24 KiB of it, an answer to a
// request may use twice that). A courier (courier.go) goes round the connections for which something waits and writes all
// of it in one call, without waiting (prompt_linux.go); what the kernel has no room for is drain's, which may take its time.
// The kernel is allowed 2 KiB unsent (lowat_linux.go). So a client that stops reading loses its own media and delays nobody.
// The SFU's socket is told how much waits, if it wants to know, and then holds back all but voice; where pictures have to be
// dropped it is there, whole frames at a time. Over UDP datagrams.go stands for control.go, without a queue or a shortcut.
//
// A hearing of six who all come over TLS takes some 0.55 of the processor time, per packet that somebody receives, of the same
// SFU behind coturn 4.6 on the same machine, and as much as if all came over UDP: go test -run '^$' -bench RelayedByTLS ./lab.
// Nothing is allocated for a packet (alloc_test.go), but what crypto/tls takes for each read of a socket.
//
// Counters with a name for every refusal, drop and cut connection: stats.go. Pion's log at debug level: log.go.
//
// # Known limits
//
// What Pion's goroutines call of ours survives a panic (Server.survive), at the cost of one client; a panic in Pion's own
// code ends the process, which is why it sees only frames that are sound. Pion's nonce is bound to no address: a user with
// a credential who can forge sources could have an allocation made in another's name over UDP, as they could direct ICE
// there; TCP is not concerned. A UDP socket that is bound to no address may answer from another one than was asked: on a
// machine with several, bind it to one.
package turn
