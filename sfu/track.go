package sfu

import (
	"slices"
	"sync/atomic"

	"github.com/pion/webrtc/v4"
)

// track is what a peer publishes on one line: a microphone or a camera. It exists from the offer on, before any packet,
// so that whoever joins meanwhile is subscribed to it already.
type track struct {
	// Fixed after the offer.
	peer *Peer
	mid  string
	kind webrtc.RTPCodecType

	subscribers atomic.Pointer[[]*subscription] // replaced whole under Room.mu, read by the packet path
	streams     atomic.Pointer[[]*stream]       // replaced whole by the peer's packet path; lowest quality first
}

func newTrack(p *Peer, l line) *track {
	t := &track{peer: p, mid: l.mid, kind: l.kind}
	t.subscribers.Store(&[]*subscription{})
	t.streams.Store(&[]*stream{})
	return t
}

// qualities orders rids; a rid that is not here comes first.
var qualities = []string{"l", "m", "h"}

// publish adds a stream, instead of an earlier one with the same rid, which is for good: two SSRCs that took turns would
// cost a cache each time.
func (t *track) publish(s *stream) {
	if earlier := t.byRID(s.rid); earlier != nil {
		earlier.retire()
	}
	streams := slices.DeleteFunc(slices.Clone(*t.streams.Load()), func(o *stream) bool { return o.rid == s.rid })
	streams = append(streams, s)
	slices.SortStableFunc(streams, func(a, b *stream) int {
		return slices.Index(qualities, a.rid) - slices.Index(qualities, b.rid)
	})
	t.streams.Store(&streams)
}

func (t *track) bySSRC(ssrc uint32) *stream {
	for _, s := range *t.streams.Load() {
		if s.ssrc == ssrc {
			return s
		}
	}
	return nil
}

func (t *track) byRID(rid string) *stream {
	for _, s := range *t.streams.Load() {
		if s.rid == rid {
			return s
		}
	}
	return nil
}

// shows tells whether any receiver is sent s or is to be.
func (t *track) shows(s *stream) bool {
	for _, u := range *t.subscribers.Load() {
		if u.follows(s) {
			return true
		}
	}
	return false
}
