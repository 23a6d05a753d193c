package sfu

import (
	"slices"
	"time"

	"github.com/pion/webrtc/v4"
)

// Wanted is what a peer should send now; nobody can use more.
type Wanted struct {
	Layers []string // rids of the camera that somebody is sent, or may be within half a second
	Screen bool     // somebody is sent the screen, or may be within half a second
	Voice  int      // bit/s of Opus at most
	Still  bool     // a still picture now and then, for those who are sent no video
}

// Equal tells whether a and b ask for the same.
func (a Wanted) Equal(b Wanted) bool {
	return slices.Equal(a.Layers, b.Layers) && a.Screen == b.Screen && a.Voice == b.Voice && a.Still == b.Still
}

const (
	wantsStill = 1 << maxLayers   // in subscription.wants: no video is sent, a still picture would be welcome
	unwanted   = 10 * time.Second // until a layer that nobody wants is switched off: Chromium begins all layers anew at each change
)

// wanting is what a peer was told to send.
type wanting struct {
	told  *Wanted                  // nil: nothing yet; clients then send l and h, voice as on a good link and no stills
	since [maxLayers + 1]time.Time // nobody wants the layer, or a still picture; zero: somebody does
}

// want tells the peer what to send if that is new: more at once, less when nobody has used it for a while.
func (p *Peer) want(now time.Time) {
	l := p.layout.Load()
	if l == nil || p.sfu.plain || !p.live.Load() {
		return
	}
	w, told := Wanted{Layers: []string{}}, Wanted{Layers: []string{}, Voice: opusRate(false, false)}
	w.Voice = p.wantedVoice()
	if camera := l.first(webrtc.RTPCodecTypeVideo); camera != nil {
		p.wantVideo(&w, camera, now)
		told.Layers = slices.DeleteFunc(slices.Clone(camera.rids), func(rid string) bool { return !begins(rid) })
	}
	if p.wanting.told != nil {
		told = *p.wanting.told
	}
	if !w.Equal(told) {
		p.wanting.told = &w
		p.post(func(n *pending) { n.wanted = &w })
	}
}

// wantVideo adds the layers that receivers want of a camera, and whether some of them are to make do with stills.
func (p *Peer) wantVideo(w *Wanted, camera *track, now time.Time) {
	mask := uint32(0)
	for _, u := range *camera.subscribers.Load() {
		mask |= u.wants.Load()
	}
	w.Still = p.wanting.wants(maxLayers, mask, p.wanting.told != nil && p.wanting.told.Still, now)
	for i, rid := range camera.rids {
		told := camera.told[i].Load() != 0
		if p.wanting.wants(i, mask, told, now) {
			w.Layers = append(w.Layers, rid)
			if !told {
				camera.told[i].Store(now.UnixNano())
				camera.anew.Store(now.UnixNano())
			}
		} else if told {
			camera.told[i].Store(0)
			camera.anew.Store(now.UnixNano())
		}
	}
}

// wants tells whether what bit i of mask stands for is wanted, or was a moment ago.
func (g *wanting) wants(i int, mask uint32, told bool, now time.Time) bool {
	switch {
	case mask&(1<<i) != 0:
		g.since[i] = time.Time{}
		return true
	case !told:
		return false
	case g.since[i].IsZero():
		g.since[i] = now
	}
	return now.Sub(g.since[i]) < unwanted
}

// Pause is why the video of a seat is held back; "": it is not.
type Pause string

const (
	PauseLink  Pause = "link"  // the receiver's link does not carry it
	PauseSaver Pause = "saver" // the receiver wants to save data
)

// Quality is a peer's link as the server sees it.
type Quality struct {
	Down, Up Level         // what the link carries towards the peer, and from it
	Target   int           // bit/s towards the peer: estimate
	Sent     int           // bit/s towards the peer: over the last second
	Received int           // bit/s from the peer: over the last second
	LossDown float64       // 0 to 1, of what we send
	LossUp   float64       // 0 to 1, of what the peer sends
	RTT      time.Duration // 0: not known yet
	Pauses   int           // seats whose video is held back
}
