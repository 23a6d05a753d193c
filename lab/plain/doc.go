// Command plain is the selective forwarding unit that one writes with Pion in an afternoon: one PeerConnection for each
// person, default codecs and interceptors, one UDP port, a TrackLocalStaticRTP for each track, and a goroutine that reads
// what comes and writes it to that. It is what the price of a packet is compared with (lab/pair_test.go), and nothing else:
// it knows no gate, no layers, no pacing, and nobody leaves before it ends.
//
// It prints the address of its signalling, one line:
//
//	POST /join?room=R&speakers=N&number=K   an offer for an answer; of N speakers, numbered from 0, all have lines to all
//	POST /process                           what the runtime holds, as the program tells on its admin socket
//	GET  /profile?seconds=S                 a profile of the processor's time
package main
