package sfu

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// track is what a peer publishes on one line: a microphone, a camera or a screen. It exists from the offer on, before
// any packet, so that whoever joins meanwhile is subscribed to it already.
type track struct {
	// Fixed after the offer.
	peer   *Peer
	mid    string
	kind   webrtc.RTPCodecType
	screen bool
	rids   []string // lowest quality first; one empty one if the offer names none

	told [maxLayers]atomic.Int64 // by rid: since when its publisher is to send it, Unix nanoseconds; 0: it is not to
	anew atomic.Int64            // since when it was told to send just these, or its level is as it is, Unix nanoseconds
	step atomic.Int64            // when its publisher said that it sends at another level, Unix nanoseconds

	subscribers atomic.Pointer[[]*subscription] // replaced whole under Room.mu, read by the packet path
	streams     atomic.Pointer[[]*stream]       // replaced whole by the peer's packet path; lowest quality first
}

func newTrack(p *Peer, l line, second bool) *track {
	t := &track{peer: p, mid: l.mid, kind: l.kind, rids: sortedRIDs(l.rids)}
	t.screen = second && l.kind == webrtc.RTPCodecTypeVideo
	for i, rid := range t.rids {
		if !t.screen && begins(rid) {
			t.told[i].Store(1)
		}
	}
	t.subscribers.Store(&[]*subscription{})
	t.streams.Store(&[]*stream{})
	return t
}

// qualities orders rids; a rid that is not here comes first.
var qualities = []string{"l", "m", "h"}

// begins tells whether clients send a layer of the camera until they are told; the middle one, which few need, they do not.
func begins(rid string) bool { return rid != "m" }

func sortedRIDs(rids []string) []string {
	if len(rids) == 0 {
		return []string{""}
	}
	rids = slices.Clone(rids)
	slices.SortStableFunc(rids, func(a, b string) int { return slices.Index(qualities, a) - slices.Index(qualities, b) })
	return rids
}

// expect counts from now on what is to come and does not.
func (t *track) expect(now time.Time) {
	for i := range t.rids {
		if t.told[i].Load() != 0 {
			t.told[i].Store(now.UnixNano())
		}
	}
	t.anew.Store(now.UnixNano())
}

// young is how long an encoder takes to come from its first picture to the rate that it is set to. Chromium begins all
// layers anew, at a fraction of it, whenever one is switched on or off.
const young = 6 * time.Second

// offering tells what a receiver could be sent of a layer. What is on, and yet does not come, is not to be had.
func (t *track) offering(i int, now time.Time) offering {
	height, bits := t.nominal(i)
	o := offering{height: height, temporal: 1, bits: [maxTemporal]int{bits}}
	told := t.told[i].Load()
	o.there = t.sends(i) && (told == 0 || now.UnixNano()-max(told, t.step.Load(), t.peer.joined.UnixNano()) < int64(patience) || !t.peer.live.Load())
	s := t.byRID(t.rids[i])
	if s == nil {
		return o
	}
	if h := s.height.Load(); h > 0 {
		o.height = int(h)
	}
	if !t.comes(s, now) || t.ends(i, now) {
		return o
	}
	o.there = true
	if measured := s.bits(); measured > 0 {
		o.temporal = max(int(s.depth.Load()), 1)
		for k := range o.temporal {
			o.bits[k] = max(int(s.cost[k].Load()), t.least())
		}
		if whole := &o.bits[o.temporal-1]; now.UnixNano()-t.anew.Load() < int64(young) {
			*whole = max(*whole, bits)
		}
	}
	return o
}

// least is what any layer of the track costs.
func (t *track) least() int {
	if t.screen {
		return screenLeast
	}
	return 1
}

// ascend notes that the publisher sends at another level from now on: other layers, each begun anew.
func (t *track) ascend(now time.Time) {
	t.step.Store(now.UnixNano())
	t.anew.Store(now.UnixNano())
}

// ends tells whether a layer is about to: its publisher has just said so, and whoever is shown it goes over to another
// one at the key frame with which that begins. A publisher who sends it all the same is believed by what comes, a
// moment later.
func (t *track) ends(i int, now time.Time) bool {
	return !t.sends(i) && now.UnixNano()-t.step.Load() < int64(ending)
}

// sends tells whether our own client sends a layer of the track at the level its link up has
// (web/client/core/sending.ts): a page, few pictures of it, also where no face moves; of a camera at medium one layer
// alone.
func (t *track) sends(i int) bool {
	up := Level(t.peer.up.Load())
	switch {
	case t.screen:
		return up == LevelUnknown || up >= LevelStills
	case up == LevelMedium && t.rids[i] == "l":
		return !t.asks("m") && !t.asks("h")
	}
	return t.peer.sends(t.rids[i])
}

// asks tells whether the publisher was told to send a layer.
func (t *track) asks(rid string) bool {
	i := slices.Index(t.rids, rid)
	return i >= 0 && t.told[i].Load() != 0
}

// sends is that for the camera.
func (p *Peer) sends(rid string) bool {
	up := Level(p.up.Load())
	switch {
	case up == LevelUnknown:
		return true
	case rid == "m":
		return up >= LevelLarge
	case rid == "h":
		return up >= LevelMedium
	}
	return up >= LevelSmall
}

// ascend takes the level at which the peer sends from now on, and has all who are shown it be ready for what that
// begins with.
func (p *Peer) ascend(up Level) {
	if Level(p.up.Swap(int32(up))) == up {
		return
	}
	l := p.layout.Load()
	if l == nil || l.camera() == nil {
		return
	}
	now := p.sfu.now()
	l.camera().ascend(now)
	for _, u := range *l.camera().subscribers.Load() {
		u.peer.reallocate(now)
	}
}

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

// comes tells whether packets of s came lately. Where the sender's link falls the upper layers stop, while the lowest
// goes on; a browser begins those anew that stay.
func (t *track) comes(s *stream, now time.Time) bool {
	last := s.last.Load()
	late := now.UnixNano() - last
	if late < int64(ended) {
		return true
	}
	for _, o := range *t.streams.Load() {
		if o == s || now.UnixNano()-o.last.Load() >= int64(stopped)/2 {
			continue
		}
		if anew := o.anew.Load() - int64(abreast); late >= int64(stopped) || last < anew+2*int64(abreast) && s.anew.Load() < anew {
			return false
		}
	}
	return late < int64(stopped) || s.alive(now)
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

// farthest is the longest round trip of those who receive the track. Of whom it is not known yet it may be long.
func (t *track) farthest() (rtt time.Duration) {
	for _, u := range *t.subscribers.Load() {
		if known := time.Duration(u.peer.rtt.Load()); known > 0 {
			rtt = max(rtt, known)
		} else {
			rtt = max(rtt, farAway)
		}
	}
	return rtt
}

const farAway = time.Second

// shows tells whether any receiver is sent s or is to be.
func (t *track) shows(s *stream) bool {
	for _, u := range *t.subscribers.Load() {
		if u.follows(s) {
			return true
		}
	}
	return false
}
