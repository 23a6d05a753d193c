package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// stream is one encoding of a track (RFC 7656: an RTP stream with its repair stream).
type stream struct {
	// Fixed after newStream.
	track *track
	rid   string
	ssrc  uint32
	clock uint32
	nack  bool // voice, and the publisher sends it again

	// Read by anybody.
	last   atomic.Int64              // arrival of the newest packet, Unix nanoseconds
	anew   atomic.Int64              // the same of the newest key frame that nobody had asked for
	height atomic.Int32              // of the newest key frame, 0: unknown
	source atomic.Pointer[mapping]   // nil: no sender report yet
	cost   [maxTemporal]atomic.Int32 // bit/s of datagrams to a receiver, by temporal layers and one; 0: not measured yet
	depth  atomic.Int32              // temporal layers seen

	mu        sync.Mutex // held for arithmetic and copies only; no other lock is taken under it
	arrivals  arrivals
	cache     cache
	reception reception
	keyframes keyframes
	rates     rates
	loudness  loudness
	hush      hush
	losses    losses // on the way from the publisher
	armour    armour // against them
	picture   uint16 // newest picture id, extended to 15 bits
	pictured  bool   // picture is known
	asking    []uint16
	retired   bool // replaced, or its peer is gone
}

func newStream(t *track, rid string, ssrc uint32) *stream {
	s := &stream{track: t, rid: rid, ssrc: ssrc, clock: 48000}
	if t.kind == webrtc.RTPCodecTypeVideo {
		s.clock = 90000
		s.cache = cacheOf(t, rid)
		s.rates.pages = t.screen
	}
	return s
}

// cacheOf has room for five seconds of an upper layer at 400 kbit/s.
func cacheOf(t *track, rid string) cache {
	bytes, keep := 256<<10, keptFor(farAway)
	if rid != t.rids[len(t.rids)-1] {
		bytes /= 2
	}
	if t.screen {
		keep = pageKept
	}
	return newCache(512, bytes, 8<<10, keep)
}

// How long a packet may be asked for again.
const (
	waitKept = time.Second      // in which it leaves the pacer, at most
	mostKept = 4 * time.Second  // older than that it is of no use
	pageKept = 12 * time.Second // a page leaves in ten
)

// keptFor is for receivers with that round trip: after one a loss is known, after the next it is asked for again.
func keptFor(rtt time.Duration) time.Duration { return min(waitKept+3*rtt, mostKept) }

func (s *stream) video() bool { return s.clock == 90000 }

// incoming is a packet on its way through the SFU. payload belongs to the caller of the packet path.
type incoming struct {
	head
	payload []byte
	at      time.Time
	out     *udp.Burst // for what comes of it
	fate    fate
	gaps    bool // something of its stream is missing

	// Of voice.
	level   uint8 // RFC 6464; above 127: unknown
	verdict verdict
}

// receive takes a packet of the stream, repaired or not, and tells whether to forward it.
func (s *stream) receive(p *incoming, repaired bool) (forward bool, why drop) {
	if s.video() && len(p.payload) > 0 {
		var err error
		if p.vp8, err = parseVP8(p.payload); err != nil {
			return false, dropMalformed
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return false, dropReplaced
	}
	s.last.Store(p.at.UnixNano())
	if !repaired {
		s.hearLocked(p.sequence, p.at)
		s.reception.note(p.sequence, p.stamp, s.clock, p.at)
	}
	p.fate = s.arrivals.note(p.sequence, p.at)
	p.gaps = len(s.arrivals.losses) > 0
	switch p.fate {
	case duplicate:
		return false, dropDuplicate
	case stale:
		return false, dropStale
	}
	if !s.video() {
		if p.level <= silent && !repaired {
			s.loudness.add(p.level)
		}
		p.verdict = s.hush.hear(len(p.payload), p.level, p.at)
	} else {
		s.extend(&p.vp8)
		if p.vp8.keyframe && s.keyframes.tries == 0 {
			s.anew.Store(p.at.UnixNano())
		}
		s.keyframes.take(p)
		s.rates.add(p)
		if p.vp8.height > 0 {
			s.height.Store(int32(p.vp8.height))
		}
		s.cache.put(entry{seq: p.sequence, stamp: p.stamp, marker: p.marker, vp8: p.vp8}, p.payload, p.at)
	}
	return true, ""
}

// retire ends the stream and frees its cache, which SSRCs and receivers that still know the stream would keep.
func (s *stream) retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired, s.cache, s.arrivals.losses = true, cache{}, nil
}

// extend gives a picture id of 7 bits the upper bits of its predecessors.
func (s *stream) extend(v *vp8) {
	if !v.hasPicture {
		return
	}
	if !v.wide && s.pictured {
		ahead := int16((v.picture-s.picture)<<9) >> 9 // signed distance in 7 bits
		v.picture = (s.picture + uint16(ahead)) & 0x7fff
	}
	if !s.pictured || (v.picture-s.picture)&0x7fff < 1<<14 {
		s.pictured, s.picture = true, v.picture
	}
}

// look tells, in a tick, whether something was lost, whether to request a key frame now, and whether one is wanted.
func (s *stream) look(now time.Time) (lost, request, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wanted = s.keyframes.wanted; wanted {
		request = s.keyframes.due(s.bits(), now)
	}
	return len(s.arrivals.losses) > 0, request, wanted
}

// ask wants a key frame; the room's goroutine sends the request when it is time.
func (s *stream) ask(now time.Time) {
	if s.want(now) {
		s.track.peer.room.hurry()
	} else {
		s.track.peer.room.stir()
	}
}

// want notes a wish for a key frame, and tells whether the publisher may be asked now.
func (s *stream) want(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keyframes.want(s.bits(), now)
}

// hasten has the next request for a key frame not wait for what it costs.
func (s *stream) hasten() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyframes.newcomer = true
}

// bits is what the whole stream costs, as far as it is known.
func (s *stream) bits() int { return int(s.cost[max(s.depth.Load(), 1)-1].Load()) }

// measure is done once in each window.
func (s *stream) measure(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	smooth, depth := s.rates.settle(now)
	for i := range depth {
		s.cost[i].Store(int32(smooth[i]))
	}
	s.depth.Store(int32(depth))
}

// keyframeDue tells whether to request a key frame now.
func (s *stream) keyframeDue(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keyframes.due(s.bits(), now)
}

// alive tells whether packets came lately.
func (s *stream) alive(now time.Time) bool {
	limit := silence
	if s.track.screen {
		limit = unturned
	}
	return now.UnixNano()-s.last.Load() < int64(limit)
}

// heard ends a window of audio levels.
func (s *stream) heard() loudness {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.loudness
	s.loudness = loudness{}
	return l
}

// overdue lists the packets to ask the publisher for now, once something was lost, and tells whether some are to be asked
// for later. Only what shows tells to be shown is worth repairing. The slice is valid until the next call.
func (s *stream) overdue(now time.Time, rtt time.Duration, shows func(*stream) bool) (lost []uint16, waits bool) {
	worth := (s.video() || s.nack && rtt < voiceRTT) && shows(s) // takes other locks
	s.mu.Lock()
	defer s.mu.Unlock()
	if worth {
		s.asking = s.arrivals.due(s.asking[:0], now, rtt, s.patience())
		lost = s.asking
	} else {
		s.arrivals.losses = s.arrivals.losses[:0]
	}
	return lost, len(s.arrivals.losses) > 0
}

// patience is how long what is lost is worth asking for. Voice is played after a fraction of a second.
func (s *stream) patience() persistence {
	if s.video() {
		return persistence{maxTries, giveUp}
	}
	return persistence{voiceResends, voiceRTT + reordered}
}

// keep has packets kept for as long as the receiver with the longest way may ask for them.
func (s *stream) keep(rtt time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache.pieces.keep = keptFor(rtt)
}

// cached copies the payload of a packet into b.
func (s *stream) cached(seq uint16, b []byte) (entry, int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache.get(seq, b)
}

// senderReport takes the publisher's report.
func (s *stream) senderReport(ntp uint64, stamp uint32, now time.Time) {
	s.source.Store(&mapping{ntp: ntpTime(ntp), stamp: stamp, clock: s.clock})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reception.lastSR, s.reception.lastSRAt = uint32(ntp>>16), now
}

// receptionReport is our block about the stream; false: nothing came yet.
func (s *stream) receptionReport(now time.Time) (rtcp.ReceptionReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.reception.started {
		return rtcp.ReceptionReport{}, false
	}
	return s.reception.report(s.ssrc, now), true
}
