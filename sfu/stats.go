package sfu

import (
	"sync/atomic"

	"jalsa/sfu/udp"
)

// drop is the reason why a packet, or a peer, was dropped.
type drop string

const (
	dropMalformed    drop = "malformed"     // not RTP, not RTCP, or a truncated payload descriptor
	dropUnknown      drop = "unknown_ssrc"  // not yet attributable to a line of the offer
	dropRID          drop = "unknown_rid"   // not offered
	dropReplaced     drop = "replaced"      // its stream goes on under another SSRC
	dropPayload      drop = "payload_type"  // not negotiated
	dropOversize     drop = "oversize"      // larger than a datagram
	dropDuplicate    drop = "duplicate"     // came before
	dropStale        drop = "stale"         // too old to matter
	dropBeforeSwitch drop = "before_switch" // older than the packet with which a seat changed its source
	dropNotCached    drop = "not_cached"    // asked for again, but gone or never sent
	dropAskedAgain   drop = "asked_again"   // too soon after it was sent again, or too often
	dropBudget       drop = "repair_budget" // the receiver asks for more than it is sent
	dropNoRepair     drop = "no_repair"     // asked for again on a line without a repair stream
	dropUseless      drop = "useless"       // asked for again while the line waits for a key frame
	dropPaced        drop = "paced"         // video that the receiver's link does not carry in time
	dropRepairPaced  drop = "repair_paced"  // a repair that it does not carry in time
	dropTemporal     drop = "temporal"      // of a temporal layer that the receiver's link does not carry
	dropFeedback     drop = "feedback"      // more feedback than anybody needs, or more lost than was sent
	dropProbe        drop = "probe"         // padding only, on a repair stream
	dropSilence      drop = "silence"       // nothing is said
	dropQuieter      drop = "quieter"       // louder voices take what the receiver's link carries
	dropTooLate      drop = "too_late"      // asked for again over a link too slow for voice
	dropNotSent      drop = "not_sent"      // there is no path to its receiver, or it does not fit a datagram
	dropEcho         drop = "echo"          // more than one who rehearses may send
	dropVoiceRate    drop = "voice_rate"    // more voice than one can speak
	dropPanic        drop = "panic"         // the packet's handling failed; its peer is dropped with it

	// Of strangers, or of who was let in and is not who they seem (guard.go, reader.go).
	dropNoise        drop = "noise"          // neither STUN nor DTLS nor media
	dropNoCheck      drop = "stun_no_check"  // STUN, but no connectivity check, or none that can be read
	dropUnknownKey   drop = "stun_unknown"   // a check for nobody who is here
	dropForged       drop = "stun_forged"    // a check with a wrong signature
	dropChecks       drop = "stun_rate"      // more checks, or from more addresses, than one client needs
	dropStrangeDTLS  drop = "stranger_dtls"  // from an address that proved nothing
	dropStrangeMedia drop = "stranger_media" // the same
	dropPlaintext    drop = "dtls_plaintext" // what no client sends, with a client's address
	dropRecords      drop = "dtls_rate"      // more of a handshake than one client needs
	dropAside        drop = "pion_busy"      // a check or a handshake, of which more came than Pion takes, of all or of one
	dropEarly        drop = "early_media"    // before the handshake was complete
	dropUnsealed     drop = "srtp_refused"   // forged, replayed, or torn
)

var reasons = []drop{
	dropMalformed, dropUnknown, dropRID, dropReplaced, dropPayload, dropOversize, dropDuplicate, dropStale, dropBeforeSwitch,
	dropNotCached, dropAskedAgain, dropBudget, dropNoRepair, dropUseless, dropPaced, dropRepairPaced, dropFeedback, dropTemporal,
	dropProbe, dropSilence, dropQuieter, dropTooLate, dropNotSent, dropEcho, dropVoiceRate, dropPanic,
	dropNoise, dropNoCheck, dropUnknownKey, dropForged, dropChecks, dropStrangeDTLS, dropStrangeMedia, dropPlaintext, dropRecords, dropAside, dropEarly, dropUnsealed,
}

// drops counts by reason.
type drops map[drop]*atomic.Uint64

func newDrops() drops {
	d := drops{}
	for _, r := range reasons {
		d[r] = new(atomic.Uint64)
	}
	return d
}

func (d drops) add(r drop) { d[r].Add(1) }

// counts are shared by all peers of an SFU.
type counts struct {
	received, sent atomic.Uint64 // RTP packets
	repaired       atomic.Uint64 // sent again from a cache
	recovered      atomic.Uint64 // repair packets that filled a gap of ours
	nacksSent      atomic.Uint64 // packets asked for again
	keyframesAsked atomic.Uint64
	switches       atomic.Uint64
	peersPanicked  atomic.Uint64
	roomsPanicked  atomic.Uint64
	peersOverSSRCs atomic.Uint64
	peersNeverUp   atomic.Uint64
	peersCrowded   atomic.Uint64
}

// Stats are counters since the start, but for Rooms and Peers.
type Stats struct {
	Rooms          int               `json:"rooms"` // with somebody in
	Peers          int               `json:"peers"`
	Received       uint64            `json:"packets_received"`    // RTP
	Sent           uint64            `json:"packets_sent"`        // RTP
	Repaired       uint64            `json:"packets_repaired"`    // sent again to receivers
	Recovered      uint64            `json:"packets_recovered"`   // that publishers sent again and that filled a gap
	NACKed         uint64            `json:"packets_asked_again"` // from publishers
	Dropped        map[string]uint64 `json:"packets_dropped"`     // by reason; every reason is present
	KeyframesAsked uint64            `json:"keyframes_asked"`
	Switches       uint64            `json:"switches"`         // of a line of a seat to another source or layer
	PeersPanicked  uint64            `json:"peers_panicked"`   // ended by a fault in the handling of what they sent
	RoomsPanicked  uint64            `json:"rooms_panicked"`   // faults in finding out who speaks; nobody is ended
	PeersOverSSRCs uint64            `json:"peers_over_ssrcs"` // dropped for more than 64 SSRCs
	PeersNeverUp   uint64            `json:"peers_never_up"`   // not connected within 30 s
	PeersCrowded   uint64            `json:"peers_crowded"`    // not made: 1000 others were not connected yet
	Socket         udp.Stats         `json:"socket"`
}

// PeerLink is a peer with what its link is taken for.
type PeerLink struct {
	Room   string
	Number uint32
	Quality
}

// Links are those of all peers, for operators: nothing here decides anything.
func (s *SFU) Links() (all []PeerLink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.rooms {
		for _, p := range *r.peers.Load() {
			all = append(all, PeerLink{Room: id, Number: p.number, Quality: p.Quality()})
		}
	}
	return all
}

// Stats returns the counters.
func (s *SFU) Stats() Stats {
	c := &s.counts
	st := Stats{
		Received: c.received.Load(), Sent: c.sent.Load(), Repaired: c.repaired.Load(), Recovered: c.recovered.Load(),
		NACKed: c.nacksSent.Load(), KeyframesAsked: c.keyframesAsked.Load(), Switches: c.switches.Load(), PeersPanicked: c.peersPanicked.Load(), RoomsPanicked: c.roomsPanicked.Load(),
		PeersOverSSRCs: c.peersOverSSRCs.Load(), PeersNeverUp: c.peersNeverUp.Load(), PeersCrowded: c.peersCrowded.Load(),
		Dropped: map[string]uint64{}, Socket: s.hub.Stats(),
	}
	for reason, n := range s.drops {
		st.Dropped[string(reason)] = n.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		if n := len(*r.peers.Load()); n > 0 {
			st.Rooms++
			st.Peers += n
		}
	}
	return st
}
