// Package strangers counts people who have proven nothing yet, by the network that they come from, for whoever limits what
// they take: connections, handshakes, guesses, answers.
//
// A network is what one subscriber has: an IPv4 address, or a /64 of IPv6 (RFC 6177, RFC 7934). A limit on it alone stops
// nobody who rents a machine, with which comes a /48 of 65,536 such networks. So each limit holds a second time, several
// times as wide, for the /48 around (place.go). Counted are those who are here (tally.go) or how often somebody comes (pace.go).
//
// It does no I/O, has no goroutines and does not read the clock, and it imports nothing of ours, so that every package may
// import it.
package strangers
