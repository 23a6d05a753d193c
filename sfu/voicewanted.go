package sfu

import "github.com/pion/webrtc/v4"

const (
	sparseBelow = 45_000 // bit/s of target: a link for a voice of 12 kbit/s
	sparseUntil = 60_000
)

// sparse tells whether a receiver's link carries but one thin voice, slow to say that it is not.
func sparse(before bool, target int64) bool {
	return target > 0 && (target < sparseBelow || before && target < sparseUntil)
}

// opusRate is how much a speaker may send for a receiver, in bit/s of Opus.
func opusRate(thin, sparse bool) int {
	switch {
	case sparse:
		return 12_000
	case thin:
		return 16_000
	}
	return 24_000
}

// wantedVoice is what the peer's voice should be in bit/s: as much as its thinnest receiver carries, since all hear one
// encoding.
func (p *Peer) wantedVoice() (rate int) {
	rate = opusRate(false, false)
	if p.sfu.plain {
		return rate
	}
	l := p.layout.Load()
	if l == nil {
		return rate
	}
	for _, t := range l.published {
		if t.kind != webrtc.RTPCodecTypeAudio {
			continue
		}
		for _, u := range *t.subscribers.Load() {
			rate = min(rate, opusRate(u.peer.thin.Load(), u.peer.sparse.Load()))
		}
	}
	return rate
}
