// Package link emulates one direction of a network link: rate, delay, jitter, random and burst loss, a bounded queue.
//
// A Direction is pure: packets and time in, packets that are due out. So the same emulator serves tests in virtual time
// (sfu/bwe), sockets of Go clients (Conn), and browsers in network namespaces (lab/linkem, by way of TUN devices).
package link
