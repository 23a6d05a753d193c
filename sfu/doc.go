// Package sfu forwards the media of hearings: each participant sends microphone and camera once and receives everybody
// else's, unmixed and unchanged but for their RTP headers.
//
// # Concepts
//
// An SFU owns one UDP port, with a socket for each address of the machine by which clients reach it (sfu.go, address.go,
// machine.go; package udp). A Room (room.go) is a set of Peers that see and hear one another. A Peer (peer.go) is one
// PeerConnection of a participant, who is known by a number.
//
// A peer publishes tracks: microphone, camera, screen (track.go). A track has streams (stream.go), one for each encoding
// (RFC 7656), told apart by rid: l is 180 lines, h is 360, and m is 360 for fewer bits than h.
//
// A peer receives on seats: seat k is the k-th receive-only audio line and the k-th receive-only video line of its offer.
// Both show the same participant, or else the latter shows somebody's screen and the former nothing. A line of a seat is
// a subscription to a track (subscription.go). A Level (level.go) is what client and server call a link.
//
// The client is the only offerer, its lines in this order: microphone, camera, screen, audio seats, video seats; one that
// shares no screen may leave out that line. We only answer, ICE-lite and DTLS server (negotiate.go; engine.go has Pion's
// settings). Who sits in a seat, and which layer is shown, changes without negotiation and without a gap in what the
// receiver sees: sequence number, timestamp, picture id and TL0PICIDX go on (rewrite.go). The number of the participant
// rides as CSRC on every packet, so a name is never on the wrong face.
//
// An echo (echo.go) is a room for one who rehearses: its peers sit in their own seats.
//
// Decisions are pure functions of what they are told, the time included. Who sits where: seat.go. What a receiver's
// link is spent on: allocate.go, contender.go, filling.go. Which layer: layer.go. Who speaks: speaker.go. What to ask
// for again: nack.go. When to ask for a key frame: keyframe.go. What an offer means, and what our answer says:
// offer.go, answer.go. Which voices a thin link carries, which silence is cut, how voice is armoured against loss:
// loudest.go, hush.go, losses.go. Who has fallen silent: silence.go.
//
// # Path of a packet
//
//	socket or relay   udp.Reader          many packets at once, from the network and from relays; one for each processor
//	reader.go         reader.take         one for each of those
//	guard.go          guard.admits        whose the packet is; STUN and DTLS are left for Pion, so much of each (mux.go)
//	reader.go         Peer.take           reads its header (header.go), opens it with the peer's keys (keys.go, seal.go)
//	ingress.go        inlet.receive       notes when it came, for the publisher (feedback.go); which stream is this SSRC
//	stream.go         stream.receive      losses (nack.go), cache (cache.go), counts (report.go), VP8 (vp8.go)
//	egress.go         forward, per seat   layer and occupant, numbers (rewrite.go), VP8 ids; voice: voice.go
//	congestion.go     Peer.pace           numbers it on the receiver's link, at once or when it is its turn
//	transport.go      transport.send      writes it (header.go), seals it (seal.go), for where the receiver is (route.go)
//	udp.Burst         Flush               once the reader has taken what there was; a full socket drops and counts
//
// The reader of the publisher's socket runs all of this, and nothing is handed to another goroutine or allocated, unless
// the packet waits in a pacer: then the room's goroutine sends it. RTCP comes and goes the same way: control_read.go
// takes it, control_write.go writes it, transport.sendControl seals it. Of Pion there are ICE, DTLS and SDP: its SRTP
// sessions, though they are there, get nothing to open and are given nothing to seal, since two that seal with the same
// keys would repeat nonces.
//
// On one processor a packet to a receiver takes 0.42 of the time that it takes a plain SFU of Pion's in a hearing of six,
// 0.48 in a broadcast to fifty, 0.35 in ten rooms of three (go test -run '^$' -bench 'Hearing|Broadcast|Rooms' ./lab).
// Threads sleep 0.25 times as often for it, goroutines run 0.1 to 0.4 times, there 0.2 to 2, and 0.1 to 0.3 objects are
// allocated, none of them on its path. Some 40 % of what is left is the system's call that sends, half of it what the
// receivers' side of the loopback does within that call. With that left to another processor, as on a network, the ratios
// are 0.41, 0.30 and 0.39, and of bursts of 1, 3 and 8 packets to fifty 0.53, 0.24 and 0.20 (lab/apart.sh). Our own share
// is 0.4 to 0.6 µs with all at hand, twice that if nothing is (go test -run '^$' -bench Straight ./sfu).
//
// A room is not kept on one processor: whichever reader has the publisher's packet forwards it. Two readers that forward
// to the same people at once take 1.08 times as long for a packet as two with people of their own (go test -run '^$'
// -bench TwoReaders ./sfu). To hand the packet to another reader would wake that one first, which
// takes some microseconds.
//
// # Who gets what of whom
//
// A room has a policy (policy.go), which its owner replaces whole: voice, camera or screen of a source, for each
// receiver. It decides who sits with whom and which line has a track (seating.go). So the list of a track's subscribers,
// which is all that the path of a packet reads, follows from it; and from that follow allocation, key frames, wanted
// layers and who is told that somebody speaks. The room keeps its policy while nobody is in it, until Room.Close.
//
// A line that comes to show another, or nothing, forgets all that it keeps of who sat there: words gathered or held,
// copies for redundancy, what may be asked for again. Then whoever has packets in hand is waited for (passage.go), and
// what waits in pacers for such a line is dropped, before Room.SetPolicy returns.
//
// # What a receiver is sent
//
// Each receiver's link is divided among its video lines every 100 ms, and when somebody comes, goes or wishes otherwise:
// voice is kept off the top (allocation.go), the rest is granted in an order that suits a hearing (allocate.go). A line
// follows what it is granted (follow.go): it goes over to another layer at that layer's next key frame and shows the old
// one until then, unless the link has fallen far below it. Nothing granted is nothing sent, at once, and Seat.Paused says
// why. The lowest layer may go without its upper temporal layers (temporal.go), closed up so that nothing seems lost.
//
// What a layer costs is measured (meter.go), or taken as nominal while it is off or has just begun. What no receiver is
// granted, nor is likely to be within half a second, its publisher is told to switch off (wanted.go). A publisher that
// sends at another level says so (Peer.SetLevel): what it ends is left for what it begins before it has come.
//
// A screen goes before who speaks, and behind sign language. It has one encoding: measured under 300 kbit/s, Chromium
// keeps all lines of a page whose track is meant for text, sends 80 kB of it at once, then refines it for ten seconds,
// and is nearly silent while the page lies there; a second encoding would cost another such page, and no one can read
// half the lines. What is meant for motion loses its lines instead. So a page is reserved the mean of what it costs
// (meter.go), and may take its time: it waits in the pacer for ten seconds, behind faces, and nobody asks for it anew
// while it leaves.
//
// # The link towards a receiver
//
// Every packet to a seat is numbered over all streams as it leaves. The receiver reports which numbers came and when
// (transportcc.go), package bwe concludes what the link carries (Peer.target), and package pacer keeps to it, both of
// them for a peer in congestion.go: voice at once, then repairs, then video by the allocator's priority, then the padding
// of probes. Room.run drains what waits every 5 ms, and does nothing of the kind while nothing waits. Video that does not
// get through in half a second, or a second where a key frame is in the way, is dropped up to the next key frame; the
// line then waits for one, and a NACK of what was never sent is not answered.
//
// Probes are padding on a repair stream (padding.go), so that more can be found while only voice flows. A link is thin
// below 280 kbit/s, and until it has been above 350 for 10 s, or if the person wants no more (Peer.thin); thin ones are
// sent fewer reports. By way of a relay (route.go) the same holds, and pictures wait here while the relay has not got rid
// of what it has. Peer.Quality tells of both directions (quality.go).
//
// # What is sent again
//
// A receiver's NACK of video is answered from the publisher's cache, on the repair stream (RFC 4588) and on no other,
// with the receiver's numbers: nothing before the newest key frame, each packet four times at most, and half of what the
// link carries, up to 32 KiB for a line in 100 ms (repair.go). No SSRC sends two different packets under one number,
// since AES-GCM would give away both (RFC 7714, section 9.1): so voice, which has no repair stream, is the same to the
// bit when it is sent again.
//
// A PLI or FIR is passed on, three times in 10 s for a line, and no more often than the stream can pay for (keyframe.go).
// A stream exists only for a rid that was offered, one at a time for each, so that a participant costs about 1 MiB
// whatever it sends, and less than 320 KiB more with a screen.
//
// # Voice
//
// A wide link gets voice packet by packet. A thin one gets three frames of Opus (opus.go) gathered into one packet
// (gather.go), since 50 headers a second cost more than what is said, and only of the loudest; the last words of the
// others are held (held.go), so that no first syllable is lost. A sender behind a thin link is asked by the answer to do
// the same. Everybody hears one encoding, so the thinnest receiver decides what the speaker is asked for
// (voicewanted.go). voice.go is what one line does with all this.
//
// A receiver that loses packets gets copies of the earlier ones beside each (red.go, RFC 2198) or, if it does not know
// them, each packet twice, and may ask again (sentvoice.go). A publisher that loses some sends copies too, which are used
// up here (microphone.go).
//
// Nothing holds voice back, so a publisher's is bounded where it enters (allowance.go).
//
// # Strangers
//
// Of what comes to the socket Pion sees only connectivity checks that are signed with the password of an answer of ours,
// and what comes from an address that such a check came from (guard.go; demux.go tells one from another). So nobody who
// was not admitted can make Pion parse, remember, log or answer anything, and DTLS begins only with an address that ICE
// has proven. The one exception is of the operator's making: a sounding (sounding.go) answers a few checks of who has its
// password, so that somebody outside can tell whether the port is open.
//
// Somebody who was admitted sends 100 checks a second, from 32 addresses and one more every 30 s: Pion's queues and lists
// have no bounds of their own. Checks of the path that a peer is connected by, which go on for as long as it is, tell
// Pion nothing new and are answered by the reader (consent.go). Plaintext that Pion would answer with a fatal alert is
// dropped too, since it needs no more than a client's address to be forged. Candidates in an offer are left out before
// Pion reads it (offer.go), and a lite agent asks nothing: nobody is ever sent a packet who did not ask with a password.
// Of those who were let in and do not connect there are never more than a thousand (Room.Join), each for 30 s.
//
// What SRTP refuses, forged, replayed or torn, is dropped and ends nothing. Every drop has a name in stats.go, none has a
// line in the log, and of Pion's warnings a few are kept at debug level (logging.go).
//
// Not prevented: who hears a client's checks can send one again from elsewhere and be taken for the client's new path
// until its next check, two seconds later (RFC 8445, section 19.5); what is sent there is sealed. Who knows a client's
// address can disturb its DTLS handshake by forging plaintext of it, for the instant that it takes. And who was let in,
// and can forge source addresses, can have what they are sent go to somebody else: a lite agent does not ask for consent
// (RFC 7675).
//
// # Who owns what
//
//	peers of a room, seats, occupants      Room.mu; assignment is one step (seating.go), so who joins and who begins to
//	                                       publish at one instant always find each other
//	subscribers of a track                 atomic pointer, replaced whole under Room.mu, read by the packet path
//	streams of a track                     atomic pointer, replaced whole by the publisher's packet path
//	policy of a room, who speaks           Room.mu
//	rooms by their ids                     SFU.mu
//	keys of what came, SSRCs and replays   ingress.mu, held by the reader while it carries a packet of the peer's, also if
//	                                       that fills its burst, which then is sent
//	numbers and source of a seat line      subscription.mu, released before sending; the era of what it shows, an atomic
//	losses, cache, counts of a stream      stream.mu, held for arithmetic and copies
//	what a receiver's lines are granted    allocation.mu
//	what a publisher was told to send      the room's goroutine; since when, atomics of the track
//	what to tell the owner                 Peer.mu
//	negotiation                            a token in Peer.negotiation; no lock is held across a Pion call
//	estimate and queue towards a receiver  congestion.mu, released before sending
//	keys and address of what goes          transport.mu
//	voices chosen for a receiver           choir.mu
//	when a publisher's packets came        feedback.mu
//	a publisher's clock                    sourceClock.mu
//	who may knock, and from where          guard.mu; what a key signs, iceKey.mu
//
// Order of locks: ingress.mu, Room.mu, allocation.mu, SFU.mu or subscription.mu or Peer.mu, stream.mu. The rest are
// leaves: held for arithmetic, with no other lock of ours under them.
//
// # Goroutines
//
//	reader.run some for each media socket         takes and forwards packets; one for each processor, where the system
//	                                              spreads them
//	Room.run   one for each room that has peers   ticks every 100 ms: speakers, layers, reports; every 20 ms while packets
//	                                              are missing, and the like (Room.stir); every 5 ms, while some pacer
//	                                              holds something: what is due. Packets bring the tick, or else a timer
//	                                              (clockwork.go; tick.go is all that happens then)
//	Peer.run   one for each peer                  tells the owner (events.go), finds out where the peer is (state.go,
//	                                              route.go), ends it when it failed
//
// Pion runs 13 more for each peer: four wait for SRTP that never comes, four serve ICE, five DTLS and the data behind it.
// With the socket of signaling's three a participant has 17 goroutines, whose stacks are 60 to 80 KiB together, and 23
// over TLS by way of two allocations of TURN. What else a participant weighs is measured by
//
//	go test -run '^$' -bench Weight ./lab
//
// which says 930 KiB of resident memory in a hearing of six, and 360 KiB for each of fifty who listen to one; 650 and
// 300 of it are left when all that can be given back is.
//
// Readers and rooms send by a burst of their own, from the first packet that they take in hand until they have none any
// more (passage.go); Peer.Close and Room.SetPolicy wait for that. SFU.Close waits for all goroutines of ours; Pion's end
// with Peer.Close.
//
// A panic in the handling of a peer's packets, in its share of a tick, or in its own goroutine and so in what an owner
// does with an event, ends that peer alone and is counted; one in what is known of the link that a packet goes to ends
// the receiver, one in finding out who speaks ends nobody. Locks are released by defer, but for those around a few
// assignments.
//
// # Specifications
//
// RFC 2198 (redundant audio), 3550 (RTP, sender and receiver reports), 3711 and 7714 (SRTP, AES-GCM), 4585 and 5104
// (NACK, PLI, FIR), 4588 (retransmission), 5761 and 9143 (one port, bundle), 6386 and 7741 (VP8), 6464 (audio level),
// 6716 and 7587 (Opus), 7656 (words), 8285 (header extensions), 8445 (ICE), 8842 (DTLS in SDP), 8852 and 8853 (rid,
// simulcast), 9429 (offer and answer), draft-holmer-rmcat-transport-wide-cc-extensions-01, draft-ietf-rmcat-gcc-02.
package sfu
