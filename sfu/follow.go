package sfu

import "time"

// followed is what a video line is told to show, by its receiver's allocator, and what it knows of the layers.
type followed struct {
	grant
	fresh  bool                 // the occupant or the wish is new to the allocator
	barred [maxLayers]time.Time // a layer gave no key frame; until when it is passed over
	needs  needs
	owed   bool // the receiver asked for a key frame, and was put off
	waits  bool // nothing is shown, or more than is granted, until target's key frame
	rushed bool // that one may come sooner than it is paid for
}

// nothing is what is granted before anything is decided.
var nothing = grant{layer: -1}

// heightLocked is the receiver's wish in lines.
func (u *subscription) heightLocked() int {
	if u.wish < 0 {
		return defaultHeight(u.occupied)
	}
	return u.wish
}

// demand tells what the line could use, and of which track; nil: nobody sits here, or they have no camera. The layers are
// appended to space.
func (u *subscription) demand(space []offering, now time.Time) (demand, *track) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.track == nil {
		return demand{}, nil
	}
	d := demand{seat: u.seat, class: u.classLocked(now), height: u.heightLocked(), fresh: u.follow.fresh}
	u.follow.fresh = false
	other := false // than what is passed over
	for i := range u.track.rids {
		space = append(space, u.track.offering(i, now))
		other = other || space[i].there && !now.Before(u.follow.barred[i])
	}
	d.layers = space
	for i := range d.layers {
		d.layers[i].there = d.layers[i].there && !(other && now.Before(u.follow.barred[i]))
	}
	return d, u.track
}

// classLocked is how much the receiver needs to see what is shown.
func (u *subscription) classLocked(now time.Time) class {
	if u.track.screen {
		return classDocument
	}
	return u.track.peer.class(!u.silent.Load(), now)
}

// obey takes what the allocator grants of a track. It tells whether the reason of a pause is another one, and returns a
// stream whose key frame is needed. A grant for somebody who has left the seat meanwhile is none for who sits there now,
// whose layers may be others.
func (u *subscription) obey(g grant, of *track, now time.Time) (changed bool, ask *stream) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.track != of {
		return false, nil
	}
	changed = u.follow.pause != g.pause
	u.follow.grant = g
	u.thinning.keep = g.temporal
	wants := uint32(g.wants)
	if g.pause != "" {
		wants |= wantsStill
	}
	u.wants.Store(wants)
	return changed, u.followLocked(now)
}

// paused is why nothing is sent.
func (u *subscription) paused() Pause {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.follow.pause
}

// followLocked chooses the stream to go over to, within what is granted. What is sent goes on until the other's key
// frame, unless nothing is granted: then it ends at once.
func (u *subscription) followLocked(now time.Time) *stream {
	f := &u.follow
	granted := max(f.layer, 0) // if none although nothing is paused their camera is off: its first key frame is taken
	if f.layer < 0 && (f.pause != "" || u.heightLocked() == 0) {
		u.target, u.current = nil, nil
		return nil
	}
	var layers [maxLayers]layer
	sent, enough := -1, patience
	if u.current == nil {
		enough = impatience
	}
	if !u.peer.live.Load() {
		u.since = now // nothing can come yet, so that nothing is late
	}
	rids := u.track.rids
	for i, rid := range rids {
		s := u.track.byRID(rid)
		if s == nil {
			continue
		}
		if s == u.target && s != u.current && u.track.comes(s, now) && now.Sub(u.since) > enough {
			f.barred[i] = now.Add(barred)
		}
		layers[i] = layer{alive: u.track.comes(s, now), stuck: now.Before(f.barred[i])}
		if s == u.current {
			sent = i
		}
	}
	s := u.track.byRID(rids[chooseLayer(granted, sent, layers[:len(rids)])])
	if s != u.target {
		u.target, u.since, f.waits = s, now, false
	}
	if sent > granted {
		u.thinning.keep = 1
	}
	if sent > granted && (f.hasty || now.Sub(u.since) > patience) {
		u.current = nil // more than the link carries, and what it does carry does not come
	}
	switch {
	case s == u.current:
		f.waits = false
		return u.owedLocked(now)
	case s == nil || !u.track.comes(s, now) || !u.peer.live.Load():
		return u.owedLocked(now) // nobody is there to need it, or to send it
	case !f.waits:
		f.waits, f.rushed = true, f.needs.allow(now) && (u.current == nil || sent > granted)
	}
	if f.rushed {
		s.hasten()
	}
	return s
}

// grantedLocked tells whether s is what is granted. It may begin before it was known to come.
func (u *subscription) grantedLocked(s *stream) bool {
	return s.video() && s.track == u.track && u.follow.layer >= 0 && u.track.rids[u.follow.layer] == s.rid
}

// owedLocked returns the stream shown if its receiver was put off and need wait no longer.
func (u *subscription) owedLocked(now time.Time) *stream {
	if u.current == nil || !u.follow.owed || !u.follow.needs.allow(now) {
		return nil
	}
	u.follow.owed = false
	return u.current
}

// pictureLost takes a receiver's PLI or FIR.
func (u *subscription) pictureLost(now time.Time) {
	if u.pageWaits() {
		return
	}
	if s := u.lostPicture(now); s != nil && s.video() {
		s.ask(now)
	}
}

// pageWaits tells that what the receiver asks for is on its way already: browsers ask five times a second, and a page
// takes seconds.
func (u *subscription) pageWaits() bool {
	u.mu.Lock()
	page := u.current != nil && u.current.track.screen
	u.mu.Unlock()
	c := u.peer.congestion.Load()
	return page && c != nil && c.waits(u.seat)
}

func (u *subscription) lostPicture(now time.Time) *stream {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current == nil {
		return u.target
	}
	u.follow.owed = true
	return u.owedLocked(now)
}
