package sfu

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
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
	thinning thinning
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

func newSubscription(p *Peer, seat int, kind webrtc.RTPCodecType) *subscription {
	return &subscription{peer: p, seat: seat, kind: kind, wish: -1, follow: followed{grant: nothing}}
}

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
