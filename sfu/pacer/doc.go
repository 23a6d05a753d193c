// Package pacer decides when a packet towards one receiver leaves, so that the receiver's link keeps a short queue and
// voice finds it so.
//
// Audio leaves at once and is charged to the budget; then retransmissions, then video by priority, and padding of a
// probe last. Where the budget allows and nothing waits, a packet passes straight through. What waits is bounded in
// packets, bytes and time; beyond that the least important video is cut: whole frames, up to one that can be decoded
// without them. A page that somebody shows waits longer than a face: it comes late, but whole.
//
//	pacer.go   what enters, what leaves next, what is dropped
//	budget.go  how much may leave, from the target
//	probe.go   bursts of padding that find out more
//
// A Queue is pure: packets and time in, packets to send out. It allocates nothing for a packet.
package pacer
