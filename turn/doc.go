// Package turn relays media for those whose network lets no UDP through: TURN over TCP or TLS (RFC 8656) on the web's
// own port, into memory instead of into UDP sockets.
//
// # Words
//
// A client connects (control connection, one per 5-tuple) and makes an allocation, which has a relayed transport
// address. It installs permissions and binds channels for peers, and exchanges data with them in Send and Data
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
//	Allocate, newest credential, UDP         granted, at most 2 per user; then 486, unless an allocation made with a
//	                                         replaced credential can give way
//	Refresh, CreatePermission, ChannelBind   only on the connection, and with the credential, of the allocation
//	Allocate for TCP, other family, EVEN-PORT  508
//	Connect, ConnectionBind (RFC 6062)       401
//	unknown, replaced, revoked, absent       401
//	permission for another IP                403 (ChannelBind: 401, Pion's choice)
//	data to or from another port of that IP  dropped in relay.go, both directions
//	Binding                                  answered without credential, as STUN does
//
// [Server.Revoke] ends a user: relays are closed, then connections are reset, so that nothing queued here or in the
// kernel is delivered.
//
// # Lifetimes
//
// Allocation 10 minutes unless the client asks for another below an hour, permission 5, channel 10, nonce 1 hour: Pion's
// timers. A connection has 10 s to allocate, and ends after 1 minute without a byte from the client or 15 s without room
// for one towards it. Without a first byte [Split] waits 10 s.
//
// # Who owns what
//
//	goroutine                         owner          ends with
//	Server.Serve                      the caller     the listener, or Server.Close
//	control.drain, one per connection Server.group   control.abort
//	Pion's read loop, one per conn.   Server.group   control.abort; it then calls control.Close
//	Pion's accept loop                pion.Server    Server.Close
//	Pion's relay loop, per allocation Pion           relay.Close
//	splitter.run                      splitter.group both sides closed, or the listener fails
//	splitter.sort, per undecided conn splitter.group first byte, limit, or both sides closed
//
// Server.mu guards who holds what: credentials, connections, the relay and place of each. control.mu guards one
// connection's queue. Pion holds its own lock when it calls relay.Close, which takes Server.mu; so nothing of Pion's is
// called under Server.mu. Nobody is called back under a lock.
//
// # Path of the data
//
// split.go: first byte, 0 to 3 is STUN. server.go: Serve admits, Pion asks authenticate, reserve and permit, whose
// decisions are in policy.go. control.go cuts the stream into frames of less than 1600 bytes for Pion; relay.go checks
// the peer and hands the datagram to the SFU. Back: relay.go, Pion, control.Write, which queues up to 32 KiB and drops
// what does not fit (an answer to a request may use twice that); drain writes all that waits in one call. The kernel is
// allowed 4 KiB unsent (lowat_linux.go). So a client that stops reading loses its own media and delays nobody. The SFU's
// socket is told how much waits, if it wants to know, and then holds back all but voice.
//
// Counters with a name for every refusal, drop and cut connection: stats.go. Pion's log at debug level: log.go.
//
// # Known limits
//
// A panic inside Pion's goroutines ends the process. There is no cap on the rate of one allocation here; the SFU's queue
// bounds it. A TLS listener given to [Split] must not negotiate h2, since net/http wants the bare *tls.Conn for that.
package turn
