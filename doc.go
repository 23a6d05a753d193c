// Jalsa is a server on which a citizen books an appointment with a public
// institution and holds it by video with magistrates and officials.
//
// This package reads the settings (main.go, settings.go), ties the five packages
// together (server.go, the only place that knows all of them), and acts for the
// operator: commands.go asks the running server through its admin socket
// (admin.go), since the books have one opener; staff.go and journal.go do so for
// accounts and for the journal. books.go opens the store and keeps the key of the
// links beside it, mailing.go says where letters go. clock.go does what time
// alone makes due.
//
// The one TCP port is door.go: how many may be inside (crowd.go) and how often
// one may come (package strangers), whom a proxy brings (proxy.go; forwarded.go for those that speak HTTP), TLS, and whose a
// connection is. gentle.go spreads out what leaves first to who is far away;
// layer.go is what all these wrappers have in common. A certificate
// (certificate.go) is from files, from an authority, or the program's own.
// signpost.go answers at --http.
//
// demo.go fills the books for a newcomer. doctor.go says what is wrong with a
// machine, each doctor_*.go about one thing, and probe.go what of it is reached
// from elsewhere. process.go tells whoever measures the program how it does; load.go
// puts the running server under load, with guests of package load. It is the only
// package that reads the clock.
//
// A server value owns everything that was opened, in this order, and closes it
// in reverse: books, door, certificate, SFU, relay, live hearings, pages. The
// packages are bound to one another by values and funcs: live hearings ask the books, forward
// through the SFU, and hand out relay credentials; the relay asks the live
// hearings who is present; the pages ask the books; the postman takes messages out
// of the books, has web write them, and carries them.
//
// Goroutines, all waited for by server.Close:
//
//	pages.Serve   HTTP at the door, as far as turn.Split hands it over
//	relay.Serve   TURN there
//	signs.Serve   at --http, if it is set: sends people on to https
//	relay.ServeUDP the same on a UDP port of its own (relay.go), if it has one
//	admin.Serve   the operator's socket
//	monitor.serve at --metrics, if it is set: figures (figures.go) for a monitoring system (metrics.go)
//	server.tick   four times a second: tells the live hearings the time
//	server.sweep  once a minute: lets the books do what time alone makes due
//	acmeCertificates.obtain
//	              until an authority has given a certificate; certmagic then renews
//	              it in goroutines of its own
//	postman.Run   while mail is on: sleeps until a message is queued or due
package main
