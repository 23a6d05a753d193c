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
//	report    measured, every 10 s       quality, to hosts and clerks
//	still     every 4 s at most          still, to those who are sent no video of them
//	leave                                bye left
//	ping      every 5 s                  pong
//
//	start                                roster with until, and in session 10 s later
//	pause, suspend, deliberate, resume   roster, to all; waiting or admitted, to whom it moves
//	end                                  bye closed, to all
//	extend    minutes, by fives          -; those it delays see it while they wait
//	next      close or pause             next
//
//	admit     number                     admitted, to them and whoever is linked
//	admit_all                            admitted, to all who would return straight in
//	dismiss   number                     waiting, to them and whoever is linked
//	remove    number                     bye removed, to them and whoever is linked
//	lock      on                         roster
//	clear                                waiting, to all but bench and clerks
//	notice    text                       notice, to those who wait
//
//	hand, lower, mute, unlock            roster
//	ask       number, what               asked, to them
//	spotlight, layout, share, sharing    roster
//
//	chat      room, to, number, text     chat, to them and to oneself, if it is one's room still
//	consult   numbers                    admitted with room; invitation, to those who are called
//	accept, decline   room               admitted with room; roster in it; invitation_over
//	return                               admitted or waiting
//	knock     room                       knocked, to those in it
//	channel, listen   language           roster
//	help      on                         roster or waiting; a task of the desk
//
//	from the server                      to
//	waiting   on each change             one who waits
//	admitted  with room, seats, relay    one who enters a room, and at each new socket
//	roster    whole, on each change      one who is in a room
//	seats     whole, on each change      one who is in, after the answer of that pc
//	send      whole, on each change      one who is in: what to send in that pc
//	reoffer   when an answer must change one who is in
//	still     latest of each sender      one who is in and is sent no video of them
//	quality   whole, on each change      a host or clerk who is in
//	unheard   on each change             one whose microphone is on
//	speaking  on each change             one who is in
//	notice    from hosts or desk         one who waits; from the desk, anybody
//	chat      and again on coming back   those to whom it was written, and who wrote it
//	asked     by a host or clerk         one who is in
//	invitation, invitation_over          one who is called into a consultation
//	knocked                              one who is in a consultation room
//	next      before a bye               the host who asked
//	error     code, re                   the sender of a message that cannot be followed
//	bye       code, until                anybody, last
//
// conference.May is the one table of which role may send what; permission_test.go
// holds the live server to it, message by message. Who may not, where it does not
// fit, or whom it does not concern, is a coded error to the sender alone, and changes
// nothing. What is out of bounds by itself (message_bounds.go) is refused before
// anybody looks at it.
//
// One who waits receives waiting, notice, invitation and its end, error, pong and
// bye, and nothing else: no session description, no relay, and no name but of those
// whom they may call and who call them. roster, waiting and speaking are sent at most
// five times a second, and take no more than 3 KiB of it for long; only their latest
// counts. What one makes others hear of, one by one, is bounded to two a second, a
// long line counting as several; calls to people, to the desk and of languages to
// less, since each leaves something behind. What is beyond is answered rate.
//
// # Rooms
//
// The hearing and each of its consultation rooms are rooms of sfu with a policy, which
// is the conference's latest Passes (room.go): what the conference says may not pass is
// over before anything else that it says is done. A room of which it has said nothing
// passes nothing. Whoever moves has their media in one room closed, with the relay's
// credential, before admitted opens the other; a client begins there with a
// PeerConnection of a new number. Stills, who speaks and how links do follow the same
// rules.
//
// A device (one browser tab) that joins again replaces its own older socket
// without a word. Another device is told already_connected unless it asks to
// replace; then the older one is told replaced, and its media ends. A socket
// that is lost without leave keeps its place for two minutes, and media goes
// on; admitted.pcs lists the PeerConnections that are still held. A person may
// have two PeerConnections while one path races another, and begin twenty at once, then
// one a second. A pc that ended
// cannot begin again on the same socket: offer and prefer for one that the
// server does not hold are answered unknown_pc, and only another pc helps. A
// drop of one that is gone has what it wants, and no answer.
//
// A session description may travel as gzip, in offer and answer alike (pack.go); it
// is inflated to 48 KiB at most. What sfu wants of a client, send, reoffer and
// unheard, is told again to a socket that comes back (media_tell.go). A still
// passes once in 4 s from one sender, and once in 4 s to one receiver, whoever
// sends: only to those whose seat for its sender is paused or missing, and who want
// more than voice on a link that carries more. It is forgotten when its sender
// closes the camera or goes, and never written anywhere (still.go). Who is given
// the floor goes before others where a link does not carry all pictures (room.go,
// giveFloor). Reports are kept, the last sixty of each, and make a word every 10 s
// with what sfu knows; those of the latest hearings that are over are kept on
// (connection.go).
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
//	newest appointment and time        mailbox.mu              changedTo, tick, nudge, read
//	what a socket still has to send    outbox.mu               push, set, drop, end
//	PeerConnections of a participant   media.run               jobs; lists under media.mu
//	sessions, hearings, what ended     Server.mu               lookups only
//	rehearsals                         rehearsals.mu           lookups only
//	sockets without a place            door.mu                 enter, back, leave
//	presence for the relay             Server.present          written by hearing.run
//	rooms of sfu, what may pass        hearing.run             tasks
//	places, phase for the docket       hearing.run             snapshots, by Server.Presence, Phase
//	reports, words of connections      hearing.run             a snapshot, by Server.Connections
//	people, admissions, start and end  booking                 Bookings
//
// Locks are leaves and never held across I/O or a call into sfu or booking; the
// one exception in order is media.mu before outbox.mu.
//
//	goroutine          one per                  ends with                  waited for by
//	Server.attend      socket                   the socket                 Server.Close
//	session.write      socket                   goodbye, error, attend     session.finish
//	hearing.run        live hearing             nothing left, Close        Server.Close
//	rehearsal.run      rehearsal                over, the socket           session.depart
//	media.run          participant in hearing   stop                       hearing.end
//	                   or who rehearses                                    rehearsal.run
//	sfu.Room.Close     consultation that ended  itself                     hearing.end
//	Server.recordAll   server                   Close                      Server.Close
//
// Nothing has a timer: Tick, driven from outside, looks at every deadline. Whoever
// is slow waits alone: a reader waits for its hearing or its media worker, the
// hearing waits for nobody but the books, and for sfu as long as a packet takes;
// sfu's events and the books' watchers leave their news and go. A panic costs the
// participant in whose path it happens the connection, with "restart".
//
// # The path of an admission
//
// entrance.go checks the Origin, gate.go asks booking for the session and the
// gate, door.go counts, strangers apart from guests, session.go reads the join
// and asks again, hearing.go takes it to the conference (package conference,
// pure), perform.go does what follows: perform_write.go asks the books, room.go lets
// into a room with presence, relay and media.go and media_offer.go for the
// PeerConnections, perform_tell.go tells; record.go journals the rest; outbox.go and
// session_write.go send. The gate is asked again at every
// change of the appointment (Watch) and at every Tick.
//
// message.go and message_*.go hold the messages by subject, those that ask the
// conference for something with the command that they become; message_catalogue.go
// lists them all. server.go keeps sessions and hearings; mailbox.go is how books and
// clock reach a hearing. desk.go answers the clerks' desk, stats.go the operator.
//
// Restrictions take effect first and are written after; grants take effect only
// once written.
//
// Specifications: RFC 6455 (WebSocket), RFC 8259 (JSON), RFC 6454 (Origin).
package signaling
