package signaling

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"jalsa/booking"
)

const (
	// rehearsalsAtOnce and rehearsalsEach bound the rehearsals of all and of one
	// network: each costs what one party in a hearing costs, and hearings go first.
	rehearsalsAtOnce = 20
	rehearsalsEach   = 2
	// rehearsalFor is 20 s of media, and as much as a slow link may need to come up.
	rehearsalFor = 30 * time.Second
)

// rehearsal is one participant who tests devices and connection alone: an echo
// room, a relay credential and media of its own. It knows no hearing, and no
// hearing knows of it. The goroutine run ends it when the socket is gone, when its
// time is up, or when the gate would refuse it now.
type rehearsal struct {
	// fixed
	session     *session
	appointment string
	network     string
	user        string // of relay and room; never one of a hearing
	until       time.Time
	media       *media
	stop        chan struct{} // closed by the session
	done        chan struct{} // closed when run has ended
	broken      chan struct{} // holds one: the media worker panicked

	mailbox // of Watch; Tick nudges it
}

// rehearsals are those that run now, by participant: each has one at most.
type rehearsals struct {
	mu  sync.Mutex
	all map[string]*rehearsal
}

// enter takes a place for r, and that of an older rehearsal of the same
// participant, which it returns. False: there is none.
func (all *rehearsals) enter(r *rehearsal) (older *rehearsal, ok bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	older = all.all[r.session.participant]
	here := 0
	for _, o := range all.all {
		if o.network == r.network && o != older {
			here++
		}
	}
	if here >= rehearsalsEach || older == nil && len(all.all) >= rehearsalsAtOnce {
		return nil, false
	}
	all.all[r.session.participant] = r
	return older, true
}

func (all *rehearsals) leave(r *rehearsal) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.all[r.session.participant] == r {
		delete(all.all, r.session.participant)
	}
}

func (all *rehearsals) count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.all)
}

// of returns those of an appointment; "": all.
func (all *rehearsals) of(appointmentID string) (some []*rehearsal) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, r := range all.all {
		if appointmentID == "" || r.appointment == appointmentID {
			some = append(some, r)
		}
	}
	return some
}

// Rehearsal is the handler of the socket on which a participant rehearses. It is
// ServeHTTP with another purpose: the same Origin, session and messages, but no
// hearing.
func (s *Server) Rehearsal() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.open(w, r, booking.PurposeRehearsal) })
}

// rehearse begins a rehearsal on a session that has joined. False: there is no
// room for it now.
func (c *session) rehearse(a booking.Appointment, p booking.Participant) bool {
	r := &rehearsal{
		session: c, appointment: a.ID, network: c.network, user: "rehearsal-" + rand.Text(),
		until: c.server.cfg.Now().Add(rehearsalFor),
		stop:  make(chan struct{}), done: make(chan struct{}), mailbox: newMailbox(), broken: make(chan struct{}, 1),
	}
	r.media = newMedia(p.ID, p.Number, c.server.cfg.SFU.Echo(r.user), c.server.log, func(reason any) {
		c.server.panicked(c.participant, reason)
		select {
		case r.broken <- struct{}{}:
		default: // it ends already
		}
	})
	older, ok := c.server.rehearsals.enter(r)
	if !ok {
		c.end(Bye{Code: string(booking.ReasonCapacity)})
		return false
	}
	if older != nil {
		older.session.end(Bye{Code: byeReplaced})
		older.nudge()
	}
	c.rehearsal = r
	go r.run()
	return true
}

// leaveRehearsal ends the rehearsal, if there is one, and waits for it.
func (c *session) leaveRehearsal() {
	if r := c.rehearsal; r != nil {
		c.rehearsal = nil
		close(r.stop)
		<-r.done
	}
}

// follow answers what is not about media. Called by the session's reader.
func (r *rehearsal) follow(m ClientMessage) {
	if _, leaves := m.(Leave); leaves {
		r.session.end(Bye{Code: byeLeft})
		return
	}
	r.session.fail(errNotAdmitted, m.Type())
}

// run is the rehearsal's goroutine: it lets the participant in, and ends what
// that gave them.
func (r *rehearsal) run() {
	defer close(r.done)
	defer r.session.server.rehearsals.leave(r)
	var worker sync.WaitGroup
	worker.Go(r.media.run)
	defer worker.Wait()
	defer r.close()
	defer r.session.rescue()
	if bye := r.live(); bye != nil {
		r.session.end(*bye)
	}
}

// live lasts as long as the rehearsal may go on; it answers why it may not, or nil
// when the session is over anyway.
func (r *rehearsal) live() *Bye {
	a, err := r.session.server.cfg.Bookings.Appointment(r.appointment) // a change before changed knew of this rehearsal
	if err != nil {
		return &Bye{Code: byeRestart}
	}
	for admitted := false; r.session.out.ended() == nil; admitted = true {
		if bye := r.over(a, r.session.server.cfg.Now()); bye != nil {
			return bye
		}
		if !admitted {
			r.admit()
		}
		select {
		case <-r.wake:
			if newer, _ := r.read(); newer != nil && newer.Version > a.Version {
				a = *newer
			}
		case <-r.broken:
			return &Bye{Code: byeRestart}
		case <-r.stop:
			return nil
		}
	}
	return nil
}

// over tells why the rehearsal is not to go on, or nil.
func (r *rehearsal) over(a booking.Appointment, now time.Time) *Bye {
	p, _ := a.Participant(r.session.participant)
	d := booking.Admission(a, p.ID, booking.PurposeRehearsal, now)
	switch {
	case d.Verdict == booking.Refuse:
		return &Bye{Code: string(d.Reason), Until: d.Until}
	case p.Issue > r.session.issue:
		return &Bye{Code: string(booking.ReasonUnknownLink)}
	case !now.Before(r.until):
		return &Bye{Code: byeLeft}
	}
	return nil
}

// admit gives the participant media with one seat, their own, and a relay.
func (r *rehearsal) admit() {
	s := r.session.server
	s.present.Store(r.user, struct{}{})
	var relay []Relay
	if s.cfg.Relay != nil {
		relay = s.cfg.Relay(r.user)
	}
	r.session.send(Admitted{
		Number: r.media.number, Seats: SeatCount{Audio: 1, Video: 1}, Relay: relay, PCs: r.media.attach(r.session),
	})
	r.session.media.Store(r.media)
}

// close ends presence, relay and PeerConnections, in this order.
func (r *rehearsal) close() {
	s := r.session.server
	s.present.Delete(r.user)
	if s.cfg.Revoke != nil {
		s.cfg.Revoke(r.user)
	}
	r.session.media.Store(nil)
	r.media.stop()
}
