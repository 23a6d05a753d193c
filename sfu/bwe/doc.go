// Package bwe finds out how much can be sent to one receiver: a send-side bandwidth estimator.
//
// # Concepts
//
// Every packet carries a number counted over all streams of a connection; the receiver reports which numbers came, and
// when by its clock (transport-wide feedback). From that alone an Estimator concludes a target in bit/s for all that is
// sent: the least of what delays and what losses allow. Rates and sizes count whole IP datagrams, headers included:
// on a thin link headers are half of voice.
//
//	estimator.go     the story: sent, feedback, time, target
//	history.go       packets on their way; numbers are 16 bits on the wire
//	groups.go        delay from one burst to the next
//	trendline.go     does the queue fill? slope of the delay against a threshold that follows the path's noise
//	acknowledged.go  the rate that arrives
//	through.go       the rate that arrives while a queue stands: that of the link
//	aimd.go          the rate that delays allow
//	loss.go          the rate that losses allow: congestion told from loss that a link has anyway
//	alr.go           do we send less than we might? then arrivals say nothing of capacity
//	probe.go         short bursts that ask whether there is more
//	passage.go       what became of such a burst
//	delay.go         round trip, length of the queue
//	standing.go      a queue that stays: ours, or of a flow that only loss stops
//	silence.go       feedback stays away
//
// The tests run whole calls over emulated links in virtual time (rig_test.go, scenario_test.go); their traces are drawn by
// go test ./sfu/bwe -args -plot DIR.
//
// The package is pure: packets and times in, a target and probes out. It has no clock, no goroutine and no lock; the
// caller serialises. Nothing is allocated after New.
//
// # Sources
//
// draft-ietf-rmcat-gcc-02; draft-holmer-rmcat-transport-wide-cc-extensions-01; the behaviour of libwebrtc's goog_cc as
// documented by str0m (docs/BWE.md). What differs is for thin links: windows are measured in packets as well as in
// time, nothing grows by steps that are large next to 32 kbit/s, and a probe is about 60 ms of what is proven to come
// through, longer where packets come irregularly.
package bwe
