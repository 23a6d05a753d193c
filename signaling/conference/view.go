package conference

import (
	"cmp"
	"slices"
	"time"

	"jalsa/booking"
)

// WaitingView is all that one who waits may know.
type WaitingView struct {
	HostPresent bool
	Position    int // from 1
	Waiting     int // how many wait
	Delay       time.Duration
	Phase       Phase
	Company     []Entry // whom one may call into a consultation: people who belong together
	Help        bool    // has asked for it
}

// Roster is what one who is in a room may know of it and of the others.
type Roster struct {
	Phase     Phase
	Reason    string    // of a suspension
	Until     time.Time // the end of the countdown; zero without one
	Room      string    // the consultation room that it tells of, or "" the hearing
	Locked    bool
	Layout    string
	Spotlight uint32
	Sharing   bool     // showing screens is open to all
	Observers int      // how many are here, if they are counted and not named
	Channels  []string // languages that somebody speaks into
	Listening string   // the receiver's own
	Company   []Entry  // whom the receiver may call into a consultation, as in WaitingView
	Entries   []Entry
}

// Entry is one participant in a Roster.
type Entry struct {
	Number             uint32
	Name               string
	Role               booking.Role
	Link               string
	Place              Place
	Microphone, Camera bool
	Hand               int    // place among the raised hands from 1, or 0
	Muted              string // "", muted or locked
	Channel            string // language that they speak into, or ""
	Sign               bool
	Screen             string // "", text or motion: what they show
	Help               bool   // has asked for it; told to hosts and clerks
	Room               string // their consultation room; told to hosts and clerks
}

// WaitingView returns what a participant may know while waiting; false unless
// they wait. It does not count those whom they must not meet.
func (s State) WaitingView(id string) (WaitingView, bool) {
	p := s.find(id)
	if p == nil || p.place != Waiting {
		return WaitingView{}, false
	}
	v := WaitingView{
		Position: 1, Delay: s.appointment.Delay, Phase: s.Phase(), Help: p.helpless, Company: s.company(p),
	}
	for i := range s.people {
		q := &s.people[i]
		if s.apart(p, q) {
			continue
		}
		v.HostPresent = v.HostPresent || q.place == InHearing && q.Role.Hosts()
		if q.place != Waiting || q.asked && q != p {
			continue // not there, or about to enter
		}
		v.Waiting++
		if c := q.since.Compare(p.since); c < 0 || c == 0 && q.Number < p.Number {
			v.Position++
		}
	}
	return v, true
}

func (v WaitingView) equal(w WaitingView) bool {
	return v.HostPresent == w.HostPresent && v.Position == w.Position && v.Waiting == w.Waiting && v.Delay == w.Delay &&
		v.Phase == w.Phase && v.Help == w.Help && slices.Equal(v.Company, w.Company)
}

// Roster returns what a participant may know of the room that they are in; false
// unless they are in one.
func (s State) Roster(id string) (*Roster, bool) {
	p := s.find(id)
	if p == nil || p.place != InHearing && p.place != InConsultation {
		return nil, false
	}
	return s.roster(s.viewer(p)), true
}

// Places says where everybody is who has come, by participant id, for those who
// run the day: not the removed, and Gone of one who was here and is not.
func (s State) Places() map[string]string {
	places := map[string]string{}
	for i := range s.people {
		switch p := &s.people[i]; {
		case p.connected() || p.housed():
			places[p.ID] = string(p.place)
		case p.place == Expected && p.gone:
			places[p.ID] = string(Gone)
		}
	}
	return places
}

// viewer is what the roster of a receiver depends on. Receivers of whom it says
// the same share one.
type viewer struct {
	room string
	full bool   // runs the hearing: is told of everybody, wherever they are
	self string // the receiver, if what they are told is theirs alone
}

func (s State) viewer(p *person) viewer {
	v := viewer{room: p.room, full: p.room == "" && (p.Role.Hosts() || p.Role == booking.RoleClerk)}
	apart := slices.ContainsFunc(s.appointment.Screens, func(pair [2]string) bool { return pair[0] == p.ID || pair[1] == p.ID })
	if apart || p.listens != "" || p.Role == booking.RoleObserver && s.countsObservers() || len(s.company(p)) > 0 {
		v.self = p.ID
	}
	return v
}

func (s State) countsObservers() bool { return s.appointment.Observers == booking.ObserversCount }

// roster lists those in the hearing, and for those who run it also who waits,
// who is expected, who is gone and who is in which consultation.
func (s State) roster(v viewer) *Roster {
	self := s.find(v.self)
	if v.room != "" {
		return s.roomRoster(v.room, self)
	}
	r := &Roster{
		Phase: s.Phase(), Reason: s.Reason(), Until: s.until, Locked: s.locked(),
		Layout: s.floor.layout, Sharing: s.floor.open, Entries: []Entry{},
	}
	if self != nil {
		r.Listening, r.Company = self.listens, s.company(self)
	}
	for i := range s.people {
		p := &s.people[i]
		if p.place == Removed || self != nil && s.apart(self, p) {
			continue
		}
		switch away := p.room != "" && p.granted; {
		case !v.full && !p.inside() && !away:
		case !v.full && p != self && p.Role == booking.RoleObserver && s.countsObservers():
			r.Observers++
		default:
			r.add(p, v.full)
			if s.floor.spotlight == p.Number {
				r.Spotlight = p.Number
			}
		}
	}
	slices.SortFunc(r.Entries, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	rankHands(r.Entries)
	slices.Sort(r.Channels)
	return r
}

// add tells of one person. What they do counts only in the hearing.
func (r *Roster) add(p *person, full bool) {
	e := Entry{Number: p.Number, Name: p.Name, Role: p.Role, Link: p.Link, Place: p.seen(), Sign: p.Sign}
	if full {
		e.Help, e.Room = p.helpless, p.room
	}
	if p.inside() {
		e.Microphone, e.Camera, e.Hand, e.Muted, e.Screen = p.microphone, p.camera, p.hand, p.muted, p.shares
		e.Channel = p.channel
		if e.Channel != "" && !slices.Contains(r.Channels, e.Channel) {
			r.Channels = append(r.Channels, e.Channel)
		}
	}
	r.Entries = append(r.Entries, e)
}

// same returns the roster among known that says what r says, or r, so that
// pointers compare what was told.
func (r *Roster) same(known []*Roster) *Roster {
	for _, k := range known {
		if k.equal(r) {
			return k
		}
	}
	return r
}

func (r *Roster) equal(q *Roster) bool {
	return r.Phase == q.Phase && r.Reason == q.Reason && r.Until.Equal(q.Until) && r.Room == q.Room && r.Locked == q.Locked &&
		r.Layout == q.Layout && r.Spotlight == q.Spotlight && r.Sharing == q.Sharing && r.Observers == q.Observers &&
		r.Listening == q.Listening && slices.Equal(r.Channels, q.Channels) && slices.Equal(r.Company, q.Company) && slices.Equal(r.Entries, q.Entries)
}
