package sfu

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

const (
	windowEvery   = 100 * time.Millisecond // speakers, layers, congestion feedback, and all else that is not urgent
	reportEvery   = time.Second            // receiver reports
	reportedEvery = 3 * time.Second        // sender reports, after the first one of a segment
	beatEvery     = 5 * time.Millisecond   // what waits in pacers
)

// run is the room's goroutine: everything that happens because time passes. before is the end of an earlier one, if any.
func (r *Room) run(before, stop, stopped chan struct{}) {
	defer r.sfu.running.Done()
	defer close(stopped)
	if before != nil {
		<-before
	}
	c := newClockwork()
	tick := time.NewTimer(r.wind(c, tickEvery))
	defer tick.Stop()
	beat := time.NewTimer(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-r.called:
			if r.ripe(c, r.sfu.now()) {
				r.turn(c, tick)
			}
		case <-tick.C:
			r.turn(c, tick)
		case <-r.stirred:
			tick.Reset(r.wind(c, tickEvery))
		case <-r.pacing:
			beat.Reset(beatEvery)
		case <-beat.C:
			if r.drain(r.sfu.now()) {
				beat.Reset(beatEvery)
			}
		case <-r.urgent:
			out := r.begin()
			for _, p := range *r.peers.Load() {
				p.requestKeyframes(r.sfu.now(), out)
			}
			r.done(out)
			r.stir() // they may have to be asked for again
		case <-stop:
			return
		}
	}
}

// ripe tells whether the tick that packets brought is due still; if not, the timer was quicker.
func (r *Room) ripe(c *clockwork, now time.Time) bool {
	if now.Before(c.due) {
		r.due.Store(c.due.UnixNano())
		return false
	}
	return true
}

// turn ticks, and winds the clockwork.
func (r *Room) turn(c *clockwork, tick *time.Timer) {
	r.stirring.Store(false) // whoever stirs from now on is heard, or sees to it that the next tick is wound anew
	out := r.begin()
	restless := r.tick(c, r.sfu.now(), out)
	r.done(out)
	if restless {
		r.stirring.Store(true)
	}
	every := windowEvery
	if r.stirring.Load() {
		every = tickEvery
	}
	tick.Reset(r.wind(c, every))
}

// wind winds the room's clockwork, and has packets bring the next tick.
func (r *Room) wind(c *clockwork, every time.Duration) time.Duration {
	patience := c.wind(every, r.sfu.now())
	r.due.Store(c.due.UnixNano())
	return patience
}

// stir has the next tick come soon. It never waits.
func (r *Room) stir() {
	if !r.stirring.Load() && r.stirring.CompareAndSwap(false, true) {
		select {
		case r.stirred <- struct{}{}:
		default:
		}
	}
}

// begin has the room's goroutine take packets in hand. A burst is large, and rooms are many: it has one only meanwhile.
func (r *Room) begin() *udp.Burst {
	r.sending.enter()
	return r.sfu.bursts.Get().(*udp.Burst)
}

// done sends what gathered.
func (r *Room) done(out *udp.Burst) {
	out.Flush()
	r.sfu.bursts.Put(out)
	r.sending.leave()
}

// tick tells whether the next one should come soon.
func (r *Room) tick(c *clockwork, now time.Time, out *udp.Burst) (restless bool) {
	peers := *r.peers.Load()
	window, reports := turns(&c.window, windowEvery, now), turns(&c.reports, reportEvery, now)
	if window {
		r.listen(c, peers, now)
	}
	for _, p := range peers {
		restless = p.tick(now, out, window, reports) || restless
	}
	return restless
}

// beat has the room's goroutine drain the pacers of its peers soon. It never waits.
func (r *Room) beat() {
	if r.beating.CompareAndSwap(false, true) {
		select {
		case r.pacing <- struct{}{}:
		default:
		}
	}
}

// drain lets all pacers send what is due, and tells whether to come again. Between two beats nothing is looked at that
// holds nothing.
func (r *Room) drain(now time.Time) (again bool) {
	peers := *r.peers.Load()
	out := r.begin()
	for _, p := range peers {
		p.drain(now, out)
	}
	r.done(out)
	for _, p := range peers {
		again = p.drained() || again
	}
	if again {
		return true
	}
	r.beating.Store(false)
	for _, p := range *r.peers.Load() { // who entered something while we still seemed to come
		if c := p.congestion.Load(); c != nil && p.live.Load() && c.pending() {
			r.beat()
		}
	}
	return false
}

// listen finds out who speaks. What fails here is of no one peer: the room begins to listen anew.
func (r *Room) listen(c *clockwork, peers []*Peer, now time.Time) {
	defer func() {
		if cause := recover(); cause != nil {
			r.sfu.counts.roomsPanicked.Add(1)
			r.sfu.log.Error("room panicked", "appointment", r.id, "err", fmt.Sprintf("%v\n%s", cause, debug.Stack()))
			c.speakers = newSpeakers()
		}
	}()
	clear(c.windows)
	for _, p := range peers {
		p.listen(c.windows)
	}
	r.heard(c.speakers.hear(c.windows, now), now)
}

// listen adds what was heard of the peer. A panic here ends the peer alone.
func (p *Peer) listen(windows map[uint32]loudness) {
	defer p.survive()
	for s := range p.streams() {
		if !s.video() {
			w, l := windows[p.number], s.heard()
			windows[p.number] = loudness{w.packets + l.packets, w.loud + l.loud, w.sum + l.sum}
		}
	}
}

// tick does a peer's share, and tells whether something of the peer's waits for the next one. A panic here ends the peer
// alone.
func (p *Peer) tick(now time.Time, out *udp.Burst, window, reports bool) (restless bool) {
	defer p.survive()
	if p.ended.Load() {
		return false
	}
	if p.State() == StateConnecting && now.Sub(p.joined) > connectWithin {
		p.counts.peersNeverUp.Add(1)
		p.fail("never_connected")
		return false
	}
	restless = p.tend(now, out)
	p.attend(now)
	p.process(now, out)
	p.measure(now)
	if window && p.paced.feedback(p.spare(), now) {
		p.tellArrivals(out)
	}
	if window {
		p.retarget(now)
		p.reallocate(now)
		p.want(now)
	}
	if reports && !p.sfu.plain {
		p.microphones(now)
		p.arm(now)
	}
	if reports {
		p.remember()
	}
	if reports && p.paced.report(p.spare(), now) {
		p.reportReception(now, out)
	}
	return restless
}

// tend looks after what the peer sends and is sent: packets and key frames are asked for, gathered words are sent, reports
// are made. It tells whether some of that is to be done soon.
func (p *Peer) tend(now time.Time, out *udp.Burst) (restless bool) {
	for s := range p.streams() {
		lost, request, waits := s.look(now)
		if request {
			p.requestKeyframe(s, out)
		}
		if lost {
			waits = p.requestLost(s, now, out) || waits
		}
		restless = restless || waits
	}
	reports := false
	for _, u := range p.received() {
		lull, report, waits := u.look(now)
		if lull {
			u.lull(now, out)
		}
		restless, reports = restless || waits, reports || report
	}
	if reports {
		p.reportSent(now, out)
	}
	return restless
}

// cadence is when a peer was last told how its packets arrive. Each telling is a packet on its link; a thin one is spared
// two of three.
type cadence struct{ fed, reported time.Time }

const (
	thinFeedbackEvery = 300 * time.Millisecond
	thinReportEvery   = 3 * time.Second
)

// spare tells whether every packet to or from the peer counts.
func (p *Peer) spare() bool { return p.thin.Load() || Level(p.up.Load()).Thin() }

func (c *cadence) feedback(thin bool, now time.Time) bool {
	return !thin || turns(&c.fed, thinFeedbackEvery, now)
}

func (c *cadence) report(thin bool, now time.Time) bool {
	return !thin || turns(&c.reported, thinReportEvery, now)
}

// requestLost asks the publisher for what was lost, and tells whether some of it is worth asking for again.
func (p *Peer) requestLost(s *stream, now time.Time, out *udp.Burst) (waits bool) {
	lost, waits := s.overdue(now, p.roundTrip(), s.track.shows)
	if len(lost) > 0 {
		p.counts.nacksSent.Add(uint64(len(lost)))
		if b := p.space(out); b != nil {
			p.sendRTCP(appendNack(b, p.ssrc, s.ssrc, lost), out)
		}
	}
	return waits
}

// requestKeyframes asks the publisher for the key frames that receivers want (RFC 4585, section 6.3.1).
func (p *Peer) requestKeyframes(now time.Time, out *udp.Burst) {
	defer p.survive()
	for s := range p.streams() {
		if s.keyframeDue(now) {
			p.requestKeyframe(s, out)
		}
	}
}

func (p *Peer) requestKeyframe(s *stream, out *udp.Burst) {
	p.counts.keyframesAsked.Add(1)
	if b := p.space(out); b != nil {
		p.sendRTCP(appendPictureLoss(b, p.ssrc, s.ssrc), out)
	}
}

// hurry has the room's goroutine look for wanted key frames before the next tick. It never waits.
func (r *Room) hurry() {
	select {
	case r.urgent <- struct{}{}:
	default:
	}
}

// retarget finds the streams of all voices that this peer receives, and measures its own video.
func (p *Peer) retarget(now time.Time) {
	for _, u := range p.received() {
		if u.kind == webrtc.RTPCodecTypeAudio {
			u.retarget(now)
		}
	}
	for s := range p.streams() {
		if s.video() {
			s.measure(now)
		}
	}
}

// remember has the peer's pictures kept for as long as somebody may ask for them again.
func (p *Peer) remember() {
	for s := range p.streams() {
		if s.video() && !s.track.screen {
			s.keep(s.track.farthest())
		}
	}
}

// tellArrivals tells the publisher which of its packets came.
func (p *Peer) tellArrivals(out *udp.Burst) {
	for more := true; more; {
		b := p.space(out)
		if b == nil {
			return
		}
		b, more = p.feedback.write(b)
		p.sendRTCP(b, out)
	}
}

// reportReception tells the publisher how its streams arrive.
func (p *Peer) reportReception(now time.Time, out *udp.Burst) {
	b := p.space(out)
	if b == nil {
		return
	}
	var blocks [mostBlocks]rtcp.ReceptionReport
	if all := p.receptions(blocks[:0], now); len(all) > 0 {
		p.sendRTCP(appendReceiverReport(b, p.ssrc, all), out)
	}
}

// receptions appends a block for each stream of the peer, up to mostBlocks.
func (p *Peer) receptions(blocks []rtcp.ReceptionReport, now time.Time) []rtcp.ReceptionReport {
	for s := range p.streams() {
		if b, ok := s.receptionReport(now); ok && len(blocks) < mostBlocks {
			if !s.video() && !p.sfu.plain {
				s.worst(&b, now)
			}
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// reportSent reports what the peer is sent, where that is due. Sender reports come with a source description each, in one
// compound packet (RFC 3550, section 6.1).
func (p *Peer) reportSent(now time.Time, out *udp.Burst) {
	for lines := p.received(); len(lines) > 0; {
		b := p.space(out)
		if b == nil {
			return
		}
		var space [mostNamed]named
		names := space[:0]
		for ; len(lines) > 0 && len(names) < mostNamed; lines = lines[1:] {
			if r, due := lines[0].report(now, reportedEvery); due {
				b, names = appendSenderReport(b, r), append(names, named{r.SSRC, lines[0].seat})
			}
		}
		if len(names) > 0 {
			p.sendRTCP(appendNames(b, names), out)
		}
	}
}
