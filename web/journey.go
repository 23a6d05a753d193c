package web

import (
	"net/http"
	"sync"
	"time"
)

// step is how far somebody has come on the way into a hearing, before the live side knows of them. The desk shows it, so
// that who is stuck can be helped; nothing is decided by it, and it is forgotten with the program.
type step string

const (
	stepOpened      step = "opened"      // the page of their link was fetched: by them, or by a preview of the link
	stepCheck       step = "check"       // the room is loaded and checks their devices
	stepDenied      step = "denied"      // the browser does not give the microphone
	stepUnfit       step = "unfit"       // the browser cannot take part
	stepConnecting  step = "connecting"  // the connection is being made
	stepUnreachable step = "unreachable" // no path to the server works
)

// toldSteps are those of which the room client tells; the others are seen here.
var toldSteps = map[step]bool{stepCheck: true, stepDenied: true, stepUnfit: true, stepConnecting: true, stepUnreachable: true}

// stride is the latest step of somebody.
type stride struct {
	step step
	at   time.Time
}

const (
	journeyLife  = 2 * time.Hour    // how long a step tells anything
	journeyFresh = 10 * time.Minute // within which an opened page is not a step back: it may be open in another tab
	journeysKept = 8192
)

// journeys are the latest steps of all who are on the way, by participant id.
type journeys struct {
	mu   sync.Mutex
	each map[string]stride
}

func newJourneys() *journeys { return &journeys{each: map[string]stride{}} }

// note takes a step of a participant who is known to be one.
func (j *journeys) note(participantID string, to step, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	was, known := j.each[participantID]
	if to == stepOpened && known && was.step != stepOpened && now.Sub(was.at) < journeyFresh {
		return
	}
	if !known && len(j.each) >= journeysKept {
		j.makeRoom(now)
	}
	if !known || was.step != to {
		j.each[participantID] = stride{to, now}
	}
}

// makeRoom forgets steps that are too old to tell anything, or all if none is.
func (j *journeys) makeRoom(now time.Time) {
	for id, s := range j.each {
		if now.Sub(s.at) >= journeyLife {
			delete(j.each, id)
		}
	}
	if len(j.each) >= journeysKept {
		clear(j.each)
	}
}

// of returns the latest step of a participant, false if there is none that tells anything.
func (j *journeys) of(participantID string, now time.Time) (stride, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.each[participantID]
	return s, ok && now.Sub(s.at) < journeyLife
}

// takeStep serves POST /h/{participant}/step, which the room client sends at each step: a form with the field step.
func (s *site) takeStep(w http.ResponseWriter, r *http.Request) error {
	_, p, err := s.session(r)
	if err != nil {
		return err
	}
	now := s.Now()
	if !s.stepping.allow(p.ID, now) {
		s.stepping.wait(w)
		return errTooOften
	}
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	to := step(typed.Get("step"))
	if !toldSteps[to] {
		return errBadForm
	}
	s.journeys.note(p.ID, to, now)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
