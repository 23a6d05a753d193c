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

// Roster is what one who is in the hearing may know of the others.
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
// they wait.
func (s State) WaitingView(id string) (WaitingView, bool) {
	p := s.find(id)
	if p == nil || p.place != Waiting {
		return WaitingView{}, false
	}
	v := WaitingView{HostPresent: s.hostInside(), Position: 1, Delay: s.appointment.Delay}
	for i := range s.people {
		q := &s.people[i]
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

// Roster returns what a participant may know of the hearing; false unless they
// are in it.
func (s State) Roster(id string) (*Roster, bool) {
	p := s.find(id)
	if p == nil || p.place != InHearing {
		return nil, false
	}
	return s.roster(p.Role.Hosts()), true
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

// roster lists those in the hearing; for hosts also who waits, who is expected and who is gone.
func (s State) roster(host bool) *Roster {
	r := &Roster{Phase: s.Phase(), Entries: []Entry{}}
	for i := range s.people {
		p := &s.people[i]
		if p.place == Removed || !host && !p.inside() {
			continue
		}
		place := p.place
		if place == Expected && p.gone {
			place = Gone
		}
		r.Entries = append(r.Entries, Entry{
			Number: p.Number, Name: p.Name, Role: p.Role, Link: p.Link, Place: place,
			Microphone: p.microphone && p.inside(), Camera: p.camera && p.inside(),
		})
	}
	slices.SortFunc(r.Entries, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	return r
}

// same returns old if it says what r says, so that pointers compare what was told.
func (r *Roster) same(old *Roster) *Roster {
	if old != nil && old.Phase == r.Phase && slices.Equal(old.Entries, r.Entries) {
		return old
	}
	return r
}
