// Package load is people made of Pion who come to a server by its own links, as many as an operator asks for, and what
// became of what they said and showed.
//
// It knows the wire of a server and nothing else of it: appointments are made and cancelled, and the server's own figures
// read, by funcs of Config, which the command jalsa load binds to the admin socket.
//
// A Crowd (crowd.go) has rooms (room.go), each an appointment with its guests. A guest (guest.go) goes the whole way that a
// browser goes: page, form, cookie, socket (gate.go), being let in by the host, offer and answer (description.go), ICE, DTLS
// and SRTP (transport.go). What it says and shows is performance.go; what it receives, and the feedback that a browser would
// give, reception.go, line by line in line.go. Each payload ends with a stamp (stamp.go), so that the receiver knows of whom
// it is, what is missing, and how long it took. tally.go counts for all; measure.go makes a Result of it (result.go,
// table.go); search.go looks for the largest load that holds.
//
// # What is measured
//
// Latency is from just before a packet is encrypted by its sender until the system has it for its receiver, on one clock;
// how long this program takes to look at it is not in it (on Linux). Loss is what a line that showed somebody was not sent
// or did not get, after repair. What a server withholds on
// purpose, since it takes a link for thin, counts as lost: here all links are good.
//
// Not measured: the way over a relay, browsers' decoders, and what people behind real links suffer.
//
// # Goroutines
//
//	guest.run          one per guest    ends with leave or a failure    waited for by guest.leave
//	guest.listen       socket           the socket                      guest.leave
//	guest.follow       guest            guest.run                       guest.leave
//	performance.run    guest            guest.run                       guest.leave
//	Crowd.fill         room that comes  each guest in or failed         Crowd.Grow
//	Crowd.tellUntil    growth           all have come                   Crowd.Grow
//
// The rest are Pion's, one to read the socket among them, on which all that a guest receives is decrypted and counted; they
// end with transport.close.
package load
