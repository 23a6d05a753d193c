package sfu

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/pacer"
)

// errCodec cannot happen for an offer that parseOffer took.
var errCodec = errors.New("codec not negotiated")

// subscription is one line of a seat: what a receiver gets on one m-line. It implements webrtc.TrackLocal. Which track
// feeds it changes without the receiver noticing, except by what it shows and by the CSRC.
type subscription struct {
	// What each packet needs comes first, since between two of them the processor forgets it. Fixed after newSubscription:
	peer *Peer // the receiver
	seat int
	kind webrtc.RTPCodecType
	wide uint8 // id of the extension for transport-wide numbers, 0: none

	// Set by Bind, from Pion.
	payload       uint8
	repairPayload uint8
	ssrc, repair  uint32
	exit          exit // nil: not bound

	mu       sync.Mutex    // of all but the atomics; never held while sending
	era      atomic.Uint32 // counts what the line came to show; changed under mu
	priority atomic.Int32  // of its video among the peer's, by the allocator; 0 goes first

	// What is shown, and what was sent.
	current  *stream  // what is sent; differs from target until target's next key frame
	voice    *voice   // nil: video, or Config.Plain
	repairs  *repairs // nil: audio, or not bound
	number   uint32   // of who sits there
	packets  uint32
	octets   uint32
	index    uint64 // newest number, and how often the numbers went around
	last     lastSent
	thin     thinning
	rewriter rewriter

	// What to show.
	target   *stream
	track    *track // nil: the seat is empty
	follow   followed
	since    time.Time // target was chosen
	wish     int       // lines; -1: nothing said
	occupied int       // seats of this receiver with somebody in

	repairIndex uint64    // as index, of the repair stream
	reported    time.Time // last sender report; zero: due

	wants  atomic.Uint32 // layers that the publisher should send for it, a bit for each, and wantsStill
	silent atomic.Bool   // of who sits there the receiver hears nothing
}

// lastSent is the newest packet sent, in its publisher's terms.
type lastSent struct {
	stream *stream
	stamp  uint32
	at     time.Time
}

const maxSwitchTime = time.Hour // larger steps in time could be taken for steps back; smaller ones must be kept, or sound and picture part

func newSubscription(p *Peer, seat int, kind webrtc.RTPCodecType) *subscription {
	return &subscription{peer: p, seat: seat, kind: kind, wish: -1, follow: followed{grant: nothing}}
}

// firstSequence is a random number to begin with, in the lower half, so that the receiver cannot take the first wrap for
// something else (RFC 3711, section 3.3.1).
func firstSequence() uint16 { return uint16(rand.N(1 << 15)) }

// ID implements webrtc.TrackLocal.
func (u *subscription) ID() string { return fmt.Sprintf("%s-%d", u.kind, u.seat) }

// StreamID implements webrtc.TrackLocal: audio and video of a seat share it, so the receiver keeps them in step.
func (u *subscription) StreamID() string { return fmt.Sprintf("seat-%d", u.seat) }

// RID implements webrtc.TrackLocal.
func (u *subscription) RID() string { return "" }

// Kind implements webrtc.TrackLocal.
func (u *subscription) Kind() webrtc.RTPCodecType { return u.kind }

// Bind implements webrtc.TrackLocal: Pion has negotiated the line.
func (u *subscription) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	mime := webrtc.MimeTypeOpus
	if u.kind == webrtc.RTPCodecTypeVideo {
		mime = webrtc.MimeTypeVP8
	}
	codecs := c.CodecParameters()
	for _, codec := range codecs {
		if !strings.EqualFold(codec.MimeType, mime) {
			continue
		}
		var repairPayload uint8
		for _, other := range codecs {
			if strings.EqualFold(other.MimeType, webrtc.MimeTypeRTX) && other.SDPFmtpLine == fmt.Sprintf("apt=%d", codec.PayloadType) {
				repairPayload = uint8(other.PayloadType)
			}
		}
		u.mu.Lock()
		if u.ssrc != uint32(c.SSRC()) { // whose receiver counts from the beginning
			u.index, u.repairIndex = 0, uint64(firstSequence())
		}
		u.exit, u.ssrc, u.payload = &u.peer.out, uint32(c.SSRC()), uint8(codec.PayloadType)
		u.repair, u.repairPayload = uint32(c.SSRCRetransmission()), repairPayload
		if u.kind == webrtc.RTPCodecTypeVideo {
			u.repairs = &repairs{}
		}
		u.mu.Unlock()
		u.peer.bound(u, uint32(c.SSRC()))
		return codec, nil
	}
	return webrtc.RTPCodecParameters{}, errCodec
}

// Unbind implements webrtc.TrackLocal.
func (u *subscription) Unbind(webrtc.TrackLocalContext) error {
	u.mu.Lock()
	u.exit = nil
	u.mu.Unlock()
	return nil
}

// occupy seats a participant; t is nil when there is nobody, or nothing to see of them. Video is sent once the receiver's
// allocator has looked at the line. The caller holds Room.mu.
func (u *subscription) occupy(t *track, number uint32, occupied int, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.number, u.occupied = number, occupied
	if u.track != t {
		u.track, u.current, u.target = t, nil, nil
		u.follow = followed{grant: nothing, fresh: true, needs: u.follow.needs}
		u.wants.Store(0)
		u.forgetLocked()
	}
	if u.kind == webrtc.RTPCodecTypeAudio {
		u.retargetLocked(now)
	}
}

// forgetLocked ends what is left of who sat there: nothing of theirs is sent any more, whoever asks.
func (u *subscription) forgetLocked() {
	u.era.Add(1)
	u.rewriter.abandon()
	if u.voice != nil {
		u.voice.forget()
	}
}

// follows tells whether s is sent, or is to be.
func (u *subscription) follows(s *stream) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.current == s || u.target == s
}

// prefer takes the receiver's wish, for the allocator.
func (u *subscription) prefer(height int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.follow.fresh = u.follow.fresh || height != u.wish
	u.wish = height
}

// retarget chooses the stream again: one began, fell silent, or time passed. It returns a stream whose key frame is
// needed.
func (u *subscription) retarget(now time.Time) *stream {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.retargetLocked(now)
}

func (u *subscription) retargetLocked(now time.Time) *stream {
	if u.track == nil {
		return nil
	}
	streams := *u.track.streams.Load()
	if u.kind == webrtc.RTPCodecTypeAudio {
		if len(streams) > 0 {
			u.target = streams[0]
		}
		return nil
	}
	return u.followLocked(now)
}

// egress is a packet on its way to a receiver. What is on the wire of it, header.go writes.
type egress struct {
	line   *subscription
	exit   exit
	stream *stream // it came on
	body   []byte  // of payload; the caller's own if it is audio

	index    uint64 // its number on the wire, and how often the numbers went around
	ssrc     uint32
	stamp    uint32
	number   uint32 // of the participant
	wide     uint16 // transport-wide number
	extended uint8  // id of the extension for that, 0: it has none
	format   uint8  // payload type
	padding  uint8  // bytes; 0: it is no packet of padding
	marker   bool
	key      bool   // begins a key frame
	anew     bool   // of another layer than the one before
	spare    bool   // no other frame needs its frame
	kept     bool   // of voice: it may be sent again
	era      uint32 // of the line, when it was made
	size     int    // bytes on the link

	payload [maxPayload + 3]byte // a picture id may grow by a byte, a repair packet has two more
}

const maxPayload = 1500 // what is longer does not fit a datagram

// forward sends a packet of s if this is what the seat shows.
func (u *subscription) forward(s *stream, p *incoming) {
	if !u.peer.live.Load() {
		return
	}
	if u.voice != nil {
		u.speak(s, p)
		return
	}
	e, o := u.prepare(s, p)
	if e == nil {
		return
	}
	e.body = p.payload
	if !s.video() {
		u.peer.pace(e, pacer.Audio, p.at, p.out)
		return
	}
	if len(p.payload) > 0 {
		e.body = e.payload[:rewriteVP8(e.payload[:], p.payload, p.vp8, o.picture, o.tl0)]
	}
	e.key, e.spare = p.vp8.keyframe, p.vp8.spare()
	u.peer.pace(e, pacer.Video, p.at, p.out)
}

// prepare gives p the receiver's numbers and makes its header; a nil egress means that it is not for this seat.
func (u *subscription) prepare(s *stream, p *incoming) (*egress, outgoing) {
	u.mu.Lock()
	defer u.mu.Unlock() // also in a panic: it ends the publisher, and this receiver goes on
	follows, begins := u.followsLocked(s, p)
	if u.exit == nil || !follows {
		return nil, outgoing{}
	}
	o, why := u.mapLocked(s, p)
	if why != "" {
		u.peer.drops.add(why)
		return nil, o
	}
	if u.repairs != nil {
		u.repairs.fresh(o.sequence)
	}
	marker := p.marker || begins && !s.video() // a talk spurt begins (RFC 3551, section 4.1)
	e := u.peer.sfu.egress.Get().(*egress)
	u.headerLocked(e, u.number, o, marker)
	e.stream, e.anew = s, begins
	u.packets++
	u.octets += uint32(len(p.payload))
	return e, o
}

// followsLocked tells whether p is to be sent, and begins a segment where the source changes.
func (u *subscription) followsLocked(s *stream, p *incoming) (follows, begins bool) {
	switch {
	case s == u.current && p.fate != restart:
		if p.vp8.keyframe {
			u.follow.owed = false
		}
		return true, false
	case s != u.target && s != u.current && !(p.vp8.keyframe && u.grantedLocked(s)):
		return false, false
	case s.video() && !p.vp8.keyframe:
		if s == u.current { // the publisher jumped; what follows cannot be decoded
			u.current, u.since = nil, p.at
		}
		return false, false
	}
	u.current, u.target = s, s
	u.thin, u.follow.owed = thinning{keep: u.thin.keep}, false
	u.peer.counts.switches.Add(1)
	u.peer.room.stir()
	seed := outgoing{sequence: firstSequence(), stamp: rand.Uint32(), picture: uint16(rand.Uint32()) & 0x7fff, tl0: uint8(rand.Uint32())}
	u.rewriter.begin(s, u.number, p.head, u.advanceLocked(s, p), seed)
	u.last = lastSent{s, p.stamp, p.at}
	u.reported = time.Time{}
	return true, true
}

// advanceLocked is the time from the newest packet sent to p, in clock units: by the sender reports of both layers when
// one publisher made both packets, else by arrival.
func (u *subscription) advanceLocked(s *stream, p *incoming) int64 {
	if u.last.stream == nil {
		return 1
	}
	elapsed := min(max(p.at.Sub(u.last.at), 0), maxSwitchTime)
	if old := u.last.stream; old.track == s.track {
		if from, to := old.source.Load(), s.source.Load(); from != nil && to != nil {
			if told := to.ntpOf(p.stamp) - from.ntpOf(u.last.stamp); told > -time.Second && told < elapsed+time.Second {
				elapsed = told
			}
		}
	}
	return int64(elapsed) * int64(s.clock) / int64(time.Second)
}

// mapLocked gives p the receiver's numbers. The first packet of a segment has been counted by begin.
func (u *subscription) mapLocked(s *stream, p *incoming) (outgoing, drop) {
	switch {
	case !s.video():
	case u.rewriter.newer(p.head) && u.thin.skips(&p.head):
		u.rewriter.skip(p.head)
		return outgoing{}, dropTemporal
	case u.rewriter.leftOut(p.head):
		return outgoing{}, dropTemporal
	}
	o, ok := u.rewriter.apply(p.head)
	if !ok {
		return o, dropBeforeSwitch
	}
	if o.sequence == u.rewriter.sequence {
		u.last = lastSent{s, p.stamp, p.at}
	}
	return o, ""
}

// headerLocked begins a packet in memory that may have been another's.
func (u *subscription) headerLocked(e *egress, number uint32, o outgoing, marker bool) {
	e.line, e.exit, e.era = u, u.exit, u.era.Load()
	e.index = nearest(u.index, o.sequence)
	u.index = max(u.index, e.index)
	e.ssrc, e.stamp, e.number, e.extended, e.format = u.ssrc, o.stamp, number, u.wide, u.payload
	e.padding, e.marker, e.key, e.anew, e.spare = 0, marker, false, false, false
}

// repairLocked has a packet be the next one on the repair stream.
func (u *subscription) repairLocked(e *egress) {
	u.repairIndex++
	e.ssrc, e.format, e.index = u.repair, u.repairPayload, u.repairIndex
}

// unsent takes back a packet of video that will not be sent. broken means that nothing after it can be decoded up to a
// key frame, which retarget then asks for.
func (u *subscription) unsent(e *egress, broken bool, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.repairs != nil {
		u.repairs.refuse(uint16(e.index))
	}
	if broken && u.current == e.stream {
		u.current, u.since = nil, now
	}
}

// look tells, in a tick, whether to send the words that were gathered, since no more come, whether a report is due, and
// whether either is to come soon.
func (u *subscription) look(now time.Time) (lull, report, waits bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.voice != nil && u.voice.gather.count > 0 {
		lull = now.Sub(u.voice.gather.since) >= gatherPatience
		waits = !lull
	}
	report = u.current != nil && u.packets > 0 && now.Sub(u.reported) >= reportedEvery && u.current.source.Load() != nil
	return lull, report, waits || report && u.reported.IsZero()
}

// report builds a sender report (RFC 3550, section 6.4.1) that ties the RTP time we send to our own clock by way of the
// publisher's, so that all of a seat's media are told in one clock. It is due after a switch and then now and again.
func (u *subscription) report(now time.Time, every time.Duration) (r rtcp.SenderReport, due bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current == nil || u.packets == 0 || now.Sub(u.reported) < every {
		return r, false
	}
	source := u.current.source.Load()
	if source == nil {
		return r, false
	}
	theirs, known := u.current.track.peer.clock.theirs(now)
	if !known {
		return r, false
	}
	u.reported = now
	return rtcp.SenderReport{
		SSRC:        u.ssrc,
		NTPTime:     ntpOf(since1900(now)),
		RTPTime:     source.stampOf(theirs) + u.rewriter.past[0].stamp,
		PacketCount: u.packets,
		OctetCount:  u.octets,
	}, true
}
