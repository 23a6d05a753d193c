package sfu

import (
	"slices"
	"time"
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
	told   *Wanted                  // nil: nothing yet; clients then send l and h, voice as on a good link, no stills and no screen
	since  [maxLayers + 1]time.Time // nobody wants the layer, or a still picture; zero: somebody does
	screen time.Time                // the same of the screen
	layers []string                 // memory
}

// want tells the peer what to send if that is new: more at once, less when nobody has used it for a while.
func (p *Peer) want(now time.Time) {
	l := p.layout.Load()
	if l == nil || p.sfu.plain || !p.live.Load() {
		return
	}
	w := Wanted{Layers: p.wanting.layers[:0], Voice: p.wantedVoice()}
	camera := l.camera()
	if camera != nil {
		p.wantVideo(&w, camera, now)
	}
	if screen := l.screen(); screen != nil {
		w.Screen = p.wantScreen(screen, now)
	}
	p.wanting.layers = w.Layers
	if told := p.wanting.told; told == nil && !w.Equal(untold(camera)) || told != nil && !w.Equal(*told) {
		w := w
		w.Layers = append([]string{}, w.Layers...)
		p.wanting.told = &w
		p.post(func(n *pending) { n.wanted = &w })
	}
}

// untold is what clients send before they are told anything. camera may be nil.
func untold(camera *track) Wanted {
	w := Wanted{Layers: []string{}, Voice: opusRate(false, false)}
	if camera != nil {
		w.Layers = slices.DeleteFunc(slices.Clone(camera.rids), func(rid string) bool { return !begins(rid) })
	}
	return w
}

// wantVideo adds the layers that receivers want of a camera, and whether some of them are to make do with stills.
func (p *Peer) wantVideo(w *Wanted, camera *track, now time.Time) {
	mask := camera.wants()
	w.Still = lingers(&p.wanting.since[maxLayers], mask&wantsStill != 0, p.wanting.told != nil && p.wanting.told.Still, now)
	for i, rid := range camera.rids {
		wanted := lingers(&p.wanting.since[i], mask&(1<<i) != 0, camera.told[i].Load() != 0, now)
		if wanted {
			w.Layers = append(w.Layers, rid)
		}
		camera.tell(i, wanted, now)
	}
}

// wantScreen tells whether receivers want a screen. It is sent whole or not at all.
func (p *Peer) wantScreen(screen *track, now time.Time) bool {
	wanted := lingers(&p.wanting.screen, screen.wants()&^wantsStill != 0, screen.told[0].Load() != 0, now)
	for i := range screen.rids {
		screen.tell(i, wanted, now)
	}
	return wanted
}

// wants are the layers that some receiver wants of the track, and wantsStill.
func (t *track) wants() (mask uint32) {
	for _, u := range *t.subscribers.Load() {
		mask |= u.wants.Load()
	}
	return mask
}

// tell notes whether a layer is to be sent, and since when.
func (t *track) tell(i int, on bool, now time.Time) {
	if told := t.told[i].Load() != 0; on == told {
		return
	}
	t.told[i].Store(0)
	if on {
		t.told[i].Store(now.UnixNano())
	}
	t.anew.Store(now.UnixNano())
}

// lingers tells whether something is wanted, or was a moment ago and was told to be sent; since is when that ended.
func lingers(since *time.Time, wanted, told bool, now time.Time) bool {
	switch {
	case wanted:
		*since = time.Time{}
		return true
	case !told:
		return false
	case since.IsZero():
		*since = now
	}
	return now.Sub(*since) < unwanted
}
