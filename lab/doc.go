// Package lab proves on the running program what no package can prove alone:
// revocation, crash and restart, blackout, churn, slow and hostile clients, and
// bookings that are neither lost nor doubled whatever dies.
// It holds tests only; nothing of it is in the product.
//
// # Who takes part
//
// A program (program_test.go) is the real binary in a process of its own, on
// ports that it keeps over kill and restart; appointments are made with
// "jalsa book", as an operator would. A person (person_test.go) is a
// participant with Pion instead of a browser who goes the whole way: opens the
// link, sends the form, keeps the cookie, opens the socket, joins, waits, is
// let in, offers, and comes back after a loss by the rules of the room client
// (web/client/core/signal.ts, media.ts). What a person sends is numbered
// (payload_test.go), so that every packet that somebody receives names its
// sender, layer and count; inbox_test.go keeps the tally. All packets of a
// person pass their cable (cable_test.go), which can be pulled, and which
// notes what the socket receives, whether or not Pion can decrypt it; it can
// lead over an emulated thin link (lab/link). A hearing (hearing_test.go) is a booked appointment with its people.
//
// An office (office_test.go) is a calendar written into the books before the
// program runs; audit reads them when it is dead. A citizen (citizen_test.go)
// books over the pages, as a browser without script does. A ledger
// (ledger_test.go) is what citizens asked for and were told, kept outside the
// program. A disk (disk_test.go) can lose its power.
//
// # Thin links
//
// thin_rows_test.go is the table: each link, and what must hold for whoever is behind it. thin_net_test.go lays a network
// namespace and an emulated link (lab/linkem, by the rules of lab/link) for each person; lab/thin drives their browsers
// as people go and notes what each page received; thin_record_test.go reads that, thin_plot_test.go draws it.
// thin_capture_test.go is what the people say and show. Each row also runs against a server that does nothing for thin
// links (jalsa serve --plain), so that the gain is seen.
//
// # Networks
//
// net_rows_test.go is the table of networks that must work, each with what is taken away so that it must not: net_world_test.go
// lays namespaces with routers that translate and filter, net_proxy_test.go is the only way out of some offices. A person's
// cable then opens its sockets in their namespace, and a person with the path "any" tries what the room client tries.
// net_browser_test.go has the room client itself in the hardest of them, by lab/thin's driver.
//
// # Prices
//
// What a packet costs is processor time of the server's process alone, by the kernel's clock of that process, for each packet
// of media that reached somebody: so a loss shows. Two servers carry the same call, one after another in each round, and what counts is
// the ratio: machines differ, and this one is busy. A server has one processor unless told otherwise (-pair-cores), and who calls (pair_caller_test.go) has
// the rest. Ours is the whole program, through its gate, with all that it does besides: pacing, feedback, allocation, signalling.
// Sleeps are the times that a thread gave up the processor because there was nothing to do, and had to be woken for the next packet, and
// runs the times that a goroutine got it. The runtime's own watchman (sysmon) is one of those threads: it wakes with the first
// system call after each idle moment, unless the call is made past the scheduler.
//
// What is sent over the loopback, the system receives within the call that sends: half of that call is the receivers' work. apart.sh, as root, runs
// a benchmark where another processor does it: go test -exec $PWD/lab/apart.sh -run '^$' -bench Hearing ./lab.
//
// # What is proven
//
//	revoke_test.go   cancel, remove and end on packets over each transport, and that what the revoked still hold is
//	                 useless: P06
//	crash_test.go    kill -9 and restart, also in overtime
//	drain_test.go    SIGTERM
//	blackout_test.go five seconds without network
//	instant_test.go  joining around another's start of publishing
//	waiting_test.go  what one who waits receives
//	gate_test.go     the time of an appointment at every door, over changes of clocks: P05; to the second in
//	                 gate_long_test.go (make lab only)
//	abuse_test.go    hostile sockets
//	flood_test.go    what strangers send to media and relay (lab/flood, lab/forge), and a call beside it: P09
//	race_test.go     calls that are set up while ClientHellos of strangers come: P10
//	forged_test.go   media that is forged or replayed, and what somebody sends who was let in: P11
//	slow_test.go     clients that stop reading
//	reach_test.go    the relay leads to nothing but the media, by lab/walk and by coturn's client (make lab only, as root)
//	narrow_test.go   a client of the relay that reads slowly: voice comes, pictures come whole or not at all
//	churn_test.go    a thousand joins and leaves, seen from outside and, with the
//	                 server in the test's own process (inprocess_test.go), inside
//	ledger_test.go   kill -9 while people book, move and cancel
//	linear_test.go   the history of bookings over kills, checked by porcupine
//	power_test.go    power cuts while people book, and that they would be seen
//	                 (make lab only, as root: loop devices)
//	net_test.go      the networks that people and servers are in (make lab only, as root: namespaces)
//	speech_test.go   speech over an emulated thin link, between people with Pion
//	thin_test.go     hearings with real browsers, one of them behind a thin link (make lab and
//	                 make thin only, as root: namespaces)
//	rush_test.go     five thousand people and five hundred slots (make bench)
//	price_test.go    what a packet costs the server when everybody comes over
//	                 TLS, beside the usual arrangement with coturn (make bench)
//	pair_test.go     what a packet costs the server in a hearing, a broadcast and
//	                 ten rooms, beside a plain SFU of Pion's (lab/plain; make bench)
//
// "go test ./lab" runs a few rounds of each; "make lab" (build tag lab) runs
// all rounds and prints the figures. Deadlines are generous, figures are for
// reading: the machine may be busy. Times are those of the real clock, since
// the program under test runs by it.
//
// # Goroutines
//
//	goroutine       one per            ends with
//	person.run      person             person.close, or a final bye
//	person.ping     socket             the socket
//	link.send       PeerConnection     link.close
//	link.receive    received track     link.close
//	link.listen     sent stream        link.close
//
// person.close waits for all of them; TestMain looks for leaks.
package lab
