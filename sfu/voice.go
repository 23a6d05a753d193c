package sfu

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/sfu/pacer"
	"jalsa/sfu/udp"
)

// voice is what an audio line of a seat keeps of the voice it sends. A wide link gets the packets of the speaker as they
// come. A thin one gets them three in one, of the loudest voices alone, since 50 packets a second cost more than what
// they say; and any link gets them with redundancy while it loses some. Guarded by subscription.mu.
type voice struct {
	red      uint8      // payload type of audio/red (RFC 2198); 0: the receiver does not know it
	nack     bool       // the receiver asks for what it lost
	twice    bool       // each is sent again a little later
	withheld bool       // something was not sent after the newest packet: the next one follows it without a gap
	marker   bool       // the next one begins a talk spurt
	still    [1]byte    // a packet that says that nothing is said
	depth    int        // copies of earlier packets in each, by audio/red
	sent     *sentVoice // nil: nothing is sent again
	reported reportedVoice
	held     held
	gather   gathering

	redundancy redundancy
	thrift     allowance // of a thin link, so that one voice leaves room for the others
	losses     losses    // by the receiver's reports, if the line has no transport-wide numbers
	armour     armour    // against losses
}

// maxUttered is how many packets leave at once at most: words that were held, what was gathered, and the packet itself.
const maxUttered = maxHeld + 2

// gatherPatience is how long the first of three packets waits: a little more than the others take to be spoken.
const gatherPatience = 80 * time.Millisecond

// redRoom bounds a packet with copies, in bytes: it is never to be cut into two on the way.
const redRoom = 1100

// choir are the voices that a peer receives, of which some are chosen when its link is thin.
type choir struct {
	mu      sync.Mutex
	loudest loudest
}

func (c *choir) hear(seat int, level uint8, n int, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loudest.hear(seat, level, n, now)
}

// speak sends a packet of voice of s if this is what the seat plays.
func (u *subscription) speak(s *stream, p *incoming) {
	thin, chosen := u.peer.thin.Load(), true
	if thin {
		chosen = u.peer.choir.hear(u.seat, p.level, fitting(u.peer.target.Load()), p.at)
	}
	var packets [maxUttered]*egress
	u.send(packets[:u.utter(packets[:], s, p, thin, chosen)], p.at, p.out)
}

// send gives packets of voice to the link, which never lets them wait, and keeps them for who asks again.
func (u *subscription) send(packets []*egress, now time.Time, out *udp.Burst) {
	defer u.peer.survive() // as in Peer.pace
	c := u.peer.congestion.Load()
	for _, e := range packets {
		if c != nil {
			c.enter(e, pacer.Audio, now)
		}
		var earlier *egress
		if e.kept {
			earlier = u.keep(e, now)
		}
		u.peer.write(e, out)
		if earlier != nil {
			u.peer.writeAgain(earlier, now, out)
		}
	}
}

// utter makes the packets to send now that p came, and returns how many.
func (u *subscription) utter(out []*egress, s *stream, p *incoming, thin, chosen bool) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock() // also in a panic: it ends the publisher, and this receiver goes on
	if u.exit == nil || !u.hearsLocked(s, p) {
		return 0
	}
	v, payload := u.voice, p.payload
	v.marker = v.marker || p.marker || p.verdict == voiceAgain
	switch p.verdict {
	case voiceCut:
		v.withheld = true
		u.peer.drops.add(dropSilence)
		return u.flushLocked(out)
	case voiceStill:
		payload = v.still[:nothingSaid(v.still[:], payload)]
	}
	if !chosen {
		v.withheld = true
		u.peer.drops.add(dropQuieter)
		v.held.keep(payload, p.head, p.at)
		return u.flushLocked(out)
	}
	for h := v.held.next(p.stamp); h != nil; h = v.held.next(p.stamp) {
		n += u.passLocked(out[n:], h.payload[:h.n], h.head, thin, p.at)
	}
	return n + u.passLocked(out[n:], payload, p.head, thin, p.at)
}

// hearsLocked tells whether p is of who sits here, and takes note of a new speaker, or of one who jumped.
func (u *subscription) hearsLocked(s *stream, p *incoming) bool {
	if s == u.current && p.fate != restart {
		return true
	}
	if s != u.target && s != u.current {
		return false
	}
	u.current, u.target = s, s
	u.peer.counts.switches.Add(1)
	u.peer.room.stir()
	seed := outgoing{sequence: firstSequence(), stamp: rand.Uint32()}
	u.rewriter.beginWithheld(s, u.number, p.head, u.advanceLocked(s, p), seed)
	u.reported = time.Time{}
	v := u.voice
	v.withheld, v.marker = true, true // a talk spurt begins (RFC 3551, section 4.1)
	v.gather.count, v.held.count = 0, 0
	return true
}

// passLocked sends a packet as it is, or gathers it for a thin link.
func (u *subscription) passLocked(out []*egress, payload []byte, h head, thin bool, now time.Time) (n int) {
	g := &u.voice.gather
	takes := thin && g.takes(payload, h)
	if g.count > 0 && !takes {
		n = u.flushLocked(out)
		takes = thin && g.takes(payload, h) // as the first of others
	}
	if !takes {
		return n + u.emitLocked(out[n:], payload, h, thin, now)
	}
	if g.add(payload, h, now) {
		n += u.flushLocked(out[n:])
	} else {
		u.peer.room.stir() // it does not wait for ever
	}
	return n
}

// flushLocked sends what was gathered.
func (u *subscription) flushLocked(out []*egress) int {
	g := &u.voice.gather
	if g.count == 0 {
		return 0
	}
	var b [maxPayload]byte
	h, since := g.head, g.since
	return u.emitLocked(out, b[:g.take(b[:])], h, true, since)
}

// emitLocked makes the packet. Numbers are the speaker's, shifted, where each of the speaker's packets is one of ours, so
// that a lost one may still come; else they have no gaps.
func (u *subscription) emitLocked(out []*egress, payload []byte, h head, gathered bool, now time.Time) int {
	v := u.voice
	if gathered && !v.thrift.take(overheadVoice+len(payload), now) {
		v.withheld = true
		u.peer.drops.add(dropVoiceRate)
		return 0
	}
	o, ok := outgoing{}, true
	if gathered || v.withheld {
		if o, ok = u.rewriter.resume(h); ok {
			v.withheld = gathered
		}
	} else {
		o, ok = u.rewriter.apply(h)
	}
	if !ok && gathered {
		u.peer.drops.add(dropStale)
		return 0
	}
	if !ok {
		u.peer.drops.add(dropBeforeSwitch)
		return 0
	}
	if o.sequence == u.rewriter.sequence {
		u.last = lastSent{u.current, h.stamp, now}
	}
	v.reported.sent(o.sequence)
	e := u.peer.sfu.egress.Get().(*egress)
	u.headerLocked(e, u.number, o, v.marker)
	v.marker = false
	size := 0
	if v.red != 0 && v.depth > 0 {
		if size = v.redundancy.encode(e.payload[:redRoom], payload, o.stamp, v.depth, u.payload); size > 0 {
			e.format = v.red
		}
	}
	if size == 0 {
		size = copy(e.payload[:], payload)
	}
	switch {
	case v.red == 0 || o.sequence != u.rewriter.sequence:
	case v.depth > 0:
		v.redundancy.add(payload, o.stamp)
	default:
		v.redundancy.count = 0 // copies have no holes
	}
	e.kept = v.sent != nil && (v.nack || v.twice)
	e.body = e.payload[:size]
	u.packets++
	u.octets += uint32(size)
	out[0] = e
	return 1
}

// forget drops all that is kept of a speaker: what was not sent yet, and copies of what was.
func (v *voice) forget() {
	v.gather.count, v.held.count, v.redundancy.count = 0, 0, 0
	if v.sent != nil {
		v.sent.forget()
	}
}

// lull sends what was gathered for the line's receiver and waits for packets that do not come.
func (u *subscription) lull(now time.Time, out *udp.Burst) {
	if u.voice == nil {
		return
	}
	var packets [1]*egress
	u.send(packets[:u.overdue(packets[:], now)], now, out)
}

func (u *subscription) overdue(out []*egress, now time.Time) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	if g := &u.voice.gather; u.exit == nil || g.count == 0 || now.Sub(g.since) < gatherPatience {
		return 0
	}
	return u.flushLocked(out)
}

// arm decides once a second how a peer's voices are armoured against loss.
func (p *Peer) arm(now time.Time) {
	target, thin := p.target.Load(), p.thin.Load()
	p.sparse.Store(sparse(p.sparse.Load(), target))
	rate, packet := 24_000, 20*time.Millisecond
	if thin {
		rate, packet = 16_000, 60*time.Millisecond
	}
	wide := 0
	if c := p.congestion.Load(); c != nil {
		wide = c.armed(now)
	}
	for _, u := range p.received() {
		u.arm(wide, rate, packet, target, now)
	}
}

func (u *subscription) arm(depth, rate int, packet time.Duration, target int64, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	v := u.voice
	if v == nil {
		return
	}
	if u.wide == 0 {
		depth = v.armour.decide(&v.losses, now)
	}
	depth = affordable(depth, rate, packet, target)
	v.depth, v.twice = 0, depth > 0 // also to who may ask again: not every browser that offers to does
	if v.red != 0 {
		v.depth, v.twice = depth, false
	}
}

// equip tells the line what its receiver takes, by the offer.
func (u *subscription) equip(l line) {
	if u.kind != webrtc.RTPCodecTypeAudio || u.peer.sfu.plain {
		return
	}
	u.voice = &voice{red: l.red, nack: l.nack, thrift: allowance{rate: thinMost, burst: voiceBurst}}
	if l.nack || l.red == 0 {
		u.voice.sent = &sentVoice{}
	}
}
