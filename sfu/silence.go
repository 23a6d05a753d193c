package sfu

import "time"

// How long nothing has come from a peer that was connected: media, reports, or checks of ICE. Of the latter alone, which a
// browser may send every six seconds (RFC 7675, section 5.1), nobody is heard all the time.
const (
	heard   int32 = iota
	quietly       // for quietAfter
	gone          // for goneAfter
)

const (
	quietAfter = 5 * time.Second
	goneAfter  = 35 * time.Second // a blackout shorter than that heals by itself
)

// silenceOf is what there is to say of somebody heard last at a time, in Unix nanoseconds.
func silenceOf(last int64, now time.Time) int32 {
	switch since := time.Duration(now.UnixNano() - last); {
	case last == 0 || since < quietAfter:
		return heard
	case since < goneAfter:
		return quietly
	}
	return gone
}

// attend notes whether the peer is heard, and has its state follow.
func (p *Peer) attend(now time.Time) {
	if s := silenceOf(p.heard.Load(), now); p.silence.Load() != s {
		p.silence.Store(s)
		p.post(func(n *pending) { n.observe = true })
	}
}
