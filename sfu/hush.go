package sfu

import "time"

const (
	silent     = 127                    // RFC 6464: digital silence
	hushAfter  = 3                      // packets of silence that are forwarded whole; then one that says that nothing is said
	hushedOnce = 400 * time.Millisecond // then one in so long, that the line is not taken for dead
)

// hush cuts the silence out of a voice stream, which costs a receiver as much as speech. The zero value is ready.
type hush struct {
	row  int // packets of silence so far
	sent time.Time
}

// verdict says what to do with a packet of voice.
type verdict int

const (
	voiceSaid  verdict = iota // forward it
	voiceStill                // forward it as a packet that says that nothing is said
	voiceCut                  // do not
	voiceAgain                // forward it: speech begins anew after a cut
)

// hear takes the next packet with its audio level (RFC 6464; above 127: unknown).
func (h *hush) hear(size int, level uint8, now time.Time) verdict {
	if level != silent && size > dtxSize {
		resumed := h.row > hushAfter
		h.row = 0
		if resumed {
			return voiceAgain
		}
		return voiceSaid
	}
	h.row++
	if h.row <= hushAfter {
		h.sent = now
		return voiceSaid
	}
	if h.row == hushAfter+1 && size > dtxSize { // without it a receiver would make up speech for what is cut
		h.sent = now
		return voiceStill
	}
	if now.Sub(h.sent) < hushedOnce {
		return voiceCut
	}
	h.sent = now
	return voiceStill
}

// nothingSaid writes the packet that follows from packet in which its frame is not transmitted (RFC 6716, section
// 3.2.1): a receiver makes comfort noise until the next one, and counts nothing as lost.
func nothingSaid(b, packet []byte) int {
	if len(packet) == 0 || len(b) == 0 {
		return 0
	}
	b[0] = packet[0] &^ opusCode
	return 1
}
