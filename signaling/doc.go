// Package signaling is the door to the live hearings and the wire that leads
// through it: one WebSocket per participant, one goroutine per hearing.
//
// # The wire
//
// GET /h/{participant}/ws with the session cookie and an Origin of ours opens
// the socket. Frames are text, one JSON object each with a "type", at most
// 64 KiB; compression is never negotiated. An unknown type or field is an
// error. testdata/messages holds every message once; Go and TypeScript tests
// read the same files.
//
//	from the client                      answered by
//	join      first, within 10 s         waiting, admitted or bye
//	state     devices now on             roster, to all
//	offer     of PeerConnection pc       answer, then seats whenever they change
//	drop      pc                         -
//	prefer    heights per seat of pc     -
//	level     what the ladder sends      reoffer, if the answer would differ
//	report    measured, every 10 s       quality, to the hosts
//	still     every 4 s at most          still, to those who are sent no video of them
//	admit     number (host)              admitted, to them and whoever is linked
//	remove    number (host)              bye removed, to them and whoever is linked
//	end       (host)                     bye closed, to all
//	leave                                bye left
//	ping      every 5 s                  pong
//
//	from the server                      to
//	waiting   on each change             one who waits
//	admitted  with seats, relay, pcs     one who enters, and at each new socket
//	roster    whole, on each change      one who is in
//	seats     whole, on each change      one who is in, after the answer of that pc
//	send      whole, on each change      one who is in: what to send in that pc
//	reoffer   when an answer must change one who is in
//	still     latest of each sender      one who is in and is sent no video of them
//	quality   whole, on each change      a host who is in
//	unheard   on each change             one whose microphone is on
//	speaking  on each change             one who is in
//	error     code, re                   the sender of a message that cannot be followed
//	bye       code, until                anybody, last
//
// One who waits receives waiting, error, pong and bye, and nothing else: no
// name, no session description, no relay. roster, waiting and speaking are sent
// at most five times a second; only their latest counts.
//
// A device (one browser tab) that joins again replaces its own older socket
// without a word. Another device is told already_connected unless it asks to
// replace; then the older one is told replaced, and its media ends. A socket
// that is lost without leave keeps its place for two minutes, and media goes
// on; admitted.pcs lists the PeerConnections that are still held. A person may
// have two PeerConnections while one path races another. A pc that ended
// cannot begin again on the same socket: offer and prefer for one that the
// server does not hold are answered unknown_pc, and only another pc helps. A
// drop of one that is gone has what it wants, and no answer.
//
// A session description may travel as gzip, in offer and answer alike (pack.go);
// it is inflated to 48 KiB at most. What sfu wants of a client, send, reoffer
// and unheard, is told again to a socket that comes back (media_tell.go). A
// still passes once in 4 s from one sender, and once in 4 s to one receiver,
// whoever sends: only to those whose seat for its sender is paused or missing,
// and who want more than voice on a link that carries more. It is forgotten when
// its sender closes the camera or goes, and never written anywhere (still.go).
// Reports are kept, the last sixty of each, and make a word every 10 s with what
// sfu knows (connection.go).
//
// Before join the first mistake ends the socket; afterwards an error answers
// each of ten mistakes, while invalid UTF-8, a binary frame, 30 messages a
// second (burst 60) or 64 KiB end it at once. close.go is the one table of
// close codes, which testdata/close_codes.json holds the client to. Its passing
// codes, "restart", "slow" and "rate", ask the client to come back; so does any
// code of the network. After the others only a person does.
//
// # Rehearsals
//
// GET /h/{participant}/rehearsal/ws opens the same wire for one who tests devices
// and connection, days before even: the gate is asked for another purpose, admitted
// comes at once with one seat, their own, and room and relay are theirs alone
// (rehearsal.go). It ends after 30 s at most with bye left, with the gate's word as
// soon as that changes, and is refused with capacity when 20 run, or 2 from one
// network. No hearing, roster or journal knows of it.
//
// # Who owns what
//
//	state                              owner                   reached by
//	who waits, who is in, phase        hearing.run             tasks, mailbox
//	sockets and media by participant   hearing.run             tasks
//	what a socket still has to send    outbox.mu               push, set, drop, end
//	PeerConnections of a participant   media.run               jobs; lists under media.mu
//	sessions, hearings                 Server.mu               lookups only
//	rehearsals                         rehearsals.mu           lookups only
//	sockets without a place            door.mu                 enter, back, leave
//	presence for the relay             Server.present          written by hearing.run
//	places for the docket              hearing.places          a snapshot, by Server.Presence
//	reports, words of connections      hearing.run             a snapshot, by Server.Connections
//	people, admissions, start and end  booking                 Bookings
//
// Locks are leaves and never held across I/O or a call into sfu or booking; the
// one exception in order is media.mu before outbox.mu.
//
//	goroutine          one per                  ends with                  waited for by
//	session.serve      socket (HTTP handler)    the socket                 Server.Close
//	session.write      socket                   goodbye, error, serve      session.finish
//	hearing.run        live hearing             nothing left, Close        Server.Close
//	rehearsal.run      rehearsal                over, the socket           session.depart
//	media.run          participant in hearing   stop                       hearing.end
//	                   or who rehearses                                    rehearsal.run
//	Server.recordAll   server                   Close                      Server.Close
//
// Nothing has a timer: Tick, driven from outside, looks at every deadline.
// Whoever is slow waits alone: a reader waits for its hearing or its media
// worker, the hearing waits for nobody but the books, sfu's events and the
// books' watchers leave their news and go. A panic costs the participant in
// whose path it happens the connection, with "restart".
//
// # The path of an admission
//
// server.go checks the Origin, gate.go asks booking for the session and the
// gate, door.go counts, strangers apart from guests, session.go reads the join
// and asks again, hearing.go takes it to the conference (package conference,
// pure), perform.go does what follows: writes of booking, presence, relay,
// media.go and media_offer.go for the PeerConnections; record.go journals the
// rest; outbox.go and session_write.go send. The gate is asked again at every
// change of the appointment (Watch) and at every Tick.
//
// Restrictions take effect first and are written after; grants take effect only
// once written.
//
// Specifications: RFC 6455 (WebSocket), RFC 8259 (JSON), RFC 6454 (Origin).
package signaling
