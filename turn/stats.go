package turn

import "sync/atomic"

// Stats is a snapshot for metrics. Connections, Allocations and Credentials are
// what exists now, the rest counts since New.
type Stats struct {
	Connections int               `json:"connections"` // control connections, allocated or not
	Allocations int               `json:"allocations"`
	Credentials int               `json:"credentials"`
	Allocated   uint64            `json:"allocations_made"`
	ToMedia     uint64            `json:"packets_to_media"`   // of clients for the SFU, whether or not it had room
	FromMedia   uint64            `json:"packets_from_media"` // of the SFU for clients; some of them were dropped then
	Refused     map[string]uint64 `json:"refused"`            // requests, packets and connections, by reason; every reason is present
}

// reason says why a request was refused, a packet dropped or a connection closed.
type reason int

const (
	refusedCredential reason = iota // request: unknown, replaced or revoked username, or a method not open to it
	refusedAbsent                   // request: Allowed said no
	refusedPassword                 // request: wrong message integrity
	refusedQuota                    // request: too many allocations of the user
	refusedFull                     // request: too many allocations of all users
	refusedSpent                    // request: Allocate while the user's rate is spent
	refusedTransport                // request: relay transport or address family that is not served
	refusedPeer                     // request: permission or channel for a foreign IP
	droppedToPeer                   // packet: from a client to a foreign address
	droppedFromPeer                 // packet: from a foreign address to a client
	droppedRate                     // packet: the user's rate is spent
	droppedSlow                     // packet: the client's queue was full
	droppedUnsound                  // packet: over TCP, whole but not as STUN or ChannelData are
	droppedStranger                 // packet: over UDP, neither sound nor a request nor of an allocation
	heldRequest                     // packet: a request more than a client may make; it waits, over UDP it is dropped
	droppedAnswer                   // packet: over UDP, an answer without credential that its source has not earned
	droppedUnsent                   // packet: over UDP, refused by the system
	closedStuck                     // connection: client took no byte for stallLimit, or had too much said meanwhile
	closedIdle                      // connection: client sent nothing, or did not allocate in time
	closedFrame                     // connection: bytes are not STUN or ChannelData, or a frame is too long
	closedEvicted                   // connection: gave way to an allocation with a newer credential
	closedAsking                    // connection: too many answers without credential
	closedCrowded                   // connection: one without an allocation gave way to a new one
	panicked                        // a client was given up
	reasons
)

var reasonNames = [reasons]string{
	"credential", "absent", "password", "quota", "full", "spent", "transport", "peer", "to_peer", "from_peer", "rate", "slow", "unsound", "stranger", "request", "answer", "unsent",
	"stuck", "idle", "frame", "evicted", "asking", "crowded", "panicked",
}

type counters [reasons]atomic.Uint64

func (c *counters) count(r reason) { c[r].Add(1) }

// Stats returns counters and what exists now.
func (s *Server) Stats() Stats {
	stats := Stats{
		Allocated: s.allocated.Load(),
		ToMedia:   s.toMedia.Load(),
		FromMedia: s.fromMedia.Load(),
		Refused:   make(map[string]uint64, reasons),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stats.Connections = len(s.tuples)
	stats.Credentials = len(s.credentials.byUser)
	stats.Allocations = s.open
	for r, name := range reasonNames {
		stats.Refused[name] = s.refused[r].Load()
	}
	return stats
}
