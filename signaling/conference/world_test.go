package conference

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jalsa/booking"
)

// world is the smallest surroundings in which a conference can live: the books
// as a value, and a clock that moves only when told to.
type world struct {
	books   booking.Appointment
	now     time.Time
	state   State
	failing bool       // nothing can be written
	said    []string   // effects of the latest command, told as words
	all     []Effect   // effects of the latest command
	batches [][]Effect // the same, by the Apply that they came of
	opened  int        // consultation rooms so far
}

var tenOClock = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// cast: a judge, a colleague who may also host, a citizen with an interpreter,
// a lawyer, and a witness with an interpreter of their own.
func cast() booking.Appointment {
	a := booking.Appointment{
		ID: "a", State: booking.StateConfirmed, Version: 1,
		Start:    booking.Civil{Instant: tenOClock},
		Duration: time.Hour, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute,
	}
	for i, p := range []booking.Participant{
		{ID: "judge", Role: booking.RoleHost},
		{ID: "colleague", Role: booking.RoleHost},
		{ID: "citizen", Role: booking.RoleParty, Link: "x"},
		{ID: "interpreter", Role: booking.RoleInterpreter, Link: "x"},
		{ID: "lawyer", Role: booking.RoleRepresentative},
		{ID: "witness", Role: booking.RoleWitness, Link: "y"},
		{ID: "voice", Role: booking.RoleInterpreter, Link: "y"},
	} {
		p.Number, p.Name, p.Issue = uint32(i+1), "Name of "+p.ID, 1
		a.Participants = append(a.Participants, p)
	}
	return a
}

func newWorld(now time.Time) *world {
	a := cast()
	return &world{books: a, now: now, state: New(a, now)}
}

// write changes one participant, or the appointment if id is empty.
func (w *world) write(id string, change func(*booking.Appointment, *booking.Participant)) {
	w.books.Participants = slices.Clone(w.books.Participants)
	i := slices.IndexFunc(w.books.Participants, func(p booking.Participant) bool { return p.ID == id })
	var p *booking.Participant
	if i >= 0 {
		p = &w.books.Participants[i]
	}
	change(&w.books, p)
	w.books.Version++
}

// do applies a command and performs what follows, in order.
func (w *world) do(c Command) {
	w.said, w.all, w.batches = nil, nil, nil
	for queue := []Command{c}; len(queue) > 0; queue = queue[1:] {
		var effects []Effect
		w.state, effects = w.state.Apply(queue[0], w.now)
		w.all, w.batches = append(w.all, effects...), append(w.batches, effects)
		for _, e := range effects {
			w.tell(e)
			if next := w.perform(e); next != nil {
				queue = append(queue, next)
			}
		}
	}
}

func (w *world) perform(e Effect) Command {
	if admit, ok := e.(WriteAdmit); ok {
		if w.failing {
			return Denied{By: admit.By, IDs: admit.IDs}
		}
		refused := 0
		for _, id := range admit.IDs {
			if booking.Admission(w.books, id, booking.PurposeHearing, w.now).Verdict == booking.Refuse {
				refused++
				continue
			}
			w.write(id, func(_ *booking.Appointment, p *booking.Participant) { p.Admitted = w.now })
		}
		if refused == len(admit.IDs) {
			return Denied{By: admit.By, IDs: admit.IDs}
		}
		return Granted{IDs: admit.IDs, Appointment: w.books}
	}
	if w.failing || w.refused(e) {
		switch m := e.(type) {
		case WriteSitting:
			return Unwritten{By: m.By, Re: m.Kind}
		case WriteExtend:
			return Unwritten{By: m.By, Re: "extend"}
		}
		return nil
	}
	switch m := e.(type) {
	case WriteStart:
		w.write("", func(a *booking.Appointment, _ *booking.Participant) { a.Started = w.now })
	case WriteEnd:
		w.write("", func(a *booking.Appointment, _ *booking.Participant) { a.Closed = w.now })
	case WriteSitting:
		w.write("", func(a *booking.Appointment, _ *booking.Participant) { a.Sitting = m.Sitting })
		return Sat{Kind: m.Kind, Appointment: w.books}
	case WriteExtend:
		w.write("", func(a *booking.Appointment, _ *booking.Participant) { a.Duration += m.For })
	case WriteDismiss:
		w.write(m.ID, func(_ *booking.Appointment, p *booking.Participant) { p.Admitted = time.Time{} })
	case WriteRemove:
		w.write(m.ID, func(_ *booking.Appointment, p *booking.Participant) { p.Removed, p.Admitted = w.now, time.Time{} })
	default:
		return w.performTalk(e)
	}
	return Changed{Appointment: w.books}
}

// refused reports whether the real books would refuse a start or an end.
func (w *world) refused(e Effect) bool {
	switch e.(type) {
	case WriteStart:
		a := w.books
		a.Participants = []booking.Participant{{ID: "host", Role: booking.RoleHost}}
		return booking.Admission(a, "host", booking.PurposeHearing, w.now).Verdict != booking.Enter
	case WriteEnd:
		return w.books.State != booking.StateConfirmed
	case WriteSitting, WriteExtend:
		return w.books.State != booking.StateConfirmed || !w.books.Closed.IsZero()
	}
	return false
}

// tell puts an effect into words; rosters and journal entries have tests of
// their own.
func (w *world) tell(e Effect) {
	say := func(format string, args ...any) { w.said = append(w.said, fmt.Sprintf(format, args...)) }
	switch m := e.(type) {
	case WriteAdmit:
		say("write admit %s", strings.Join(m.IDs, "+"))
	case WriteStart:
		say("write start")
	case WriteDismiss:
		say("write dismiss %s", m.ID)
	case WriteRemove:
		say("write remove %s", m.ID)
	case WriteEnd:
		say("write end")
	case WriteSitting:
		say("write %s", m.Kind)
	case WriteExtend:
		say("write extend %s", m.For)
	case TellNotice:
		say("notice %s", m.ID)
	case TellNext:
		say("next %s", m.ID)
	case CloseMedia:
		say("media off %s", m.ID)
	case SayBye:
		say("bye %s %s", m.ID, m.Code)
	case TellAdmitted:
		say("%s", strings.TrimSpace("admitted "+m.ID+" "+m.Room))
	case TellWaiting:
		host := "no host"
		if m.View.HostPresent {
			host = "host"
		}
		say("waiting %s %d/%d %s", m.ID, m.View.Position, m.View.Waiting, host)
	case TellError:
		say("error %s %s", m.ID, m.Code)
	default:
		w.tellTalk(e)
	}
}

// act follows one sentence, such as "judge admits witness" or "2m0s pass".
func (w *world) act(sentence string) error {
	words := strings.Fields(sentence)
	number := func(id string) uint32 {
		p, _ := w.books.Participant(id)
		return p.Number
	}
	books := func(id string, change func(*booking.Appointment, *booking.Participant)) {
		w.write(id, change)
		w.do(Changed{Appointment: w.books})
	}
	switch verb := words[1]; {
	case verb == "joins":
		p, _ := w.books.Participant(words[0])
		if strings.HasSuffix(sentence, "with the old link") {
			p.Issue--
		}
		w.do(Join{ID: words[0], Issue: p.Issue})
	case verb == "drops":
		w.do(Lost{ID: words[0]})
	case verb == "leaves":
		w.do(Leave{ID: words[0]})
	case verb == "admits":
		w.do(Admit{By: words[0], Number: number(words[2])})
	case verb == "removes":
		w.do(Remove{By: words[0], Number: number(words[2])})
	case verb == "ends":
		w.do(End{By: words[0]})
	case verb == "starts":
		w.do(Start{By: words[0]})
	case verb == "pauses":
		w.do(Pause{By: words[0]})
	case verb == "suspends":
		w.do(Suspend{By: words[0], Reason: "technical"})
	case verb == "deliberates":
		w.do(Deliberate{By: words[0]})
	case verb == "resumes":
		w.do(Resume{By: words[0]})
	case verb == "extends":
		w.do(Extend{By: words[0], Minutes: 15})
	case verb == "closes-for-next":
		w.do(Next{By: words[0], Close: true})
	case verb == "pauses-for-next":
		w.do(Next{By: words[0]})
	case verb == "admits-all":
		w.do(AdmitAll{By: words[0]})
	case verb == "dismisses":
		w.do(Dismiss{By: words[0], Number: number(words[2])})
	case verb == "locks", verb == "unlocks":
		w.do(Lock{By: words[0], On: verb == "locks"})
	case verb == "clears":
		w.do(Clear{By: words[0]})
	case verb == "notifies":
		w.do(Notice{By: words[0], Text: "We begin in ten minutes."})
	case verb == "speaks":
		w.do(Devices{ID: words[0], Microphone: true})
	case verb == "passes":
		d, err := time.ParseDuration(words[0])
		if err != nil {
			return err
		}
		w.now = w.now.Add(d)
		w.do(Tick{})
	case sentence == "server crashes":
		w.state, w.said = New(w.books, w.now), nil
	case sentence == "disk fills":
		w.failing, w.said = true, nil
	case sentence == "disk heals":
		w.failing, w.said = false, nil
	case sentence == "books cancel":
		books("", func(a *booking.Appointment, _ *booking.Participant) { a.State = booking.StateCancelled })
	case sentence == "books close":
		books("", func(a *booking.Appointment, _ *booking.Participant) { a.Closed = w.now })
	case words[0] == "books" && verb == "admit":
		books(words[2], func(_ *booking.Appointment, p *booking.Participant) { p.Admitted = w.now })
	case words[0] == "books" && verb == "unadmit":
		books(words[2], func(_ *booking.Appointment, p *booking.Participant) { p.Admitted = time.Time{} })
	case sentence == "books arrive late":
		w.do(Changed{Appointment: cast()})
	case words[0] == "books" && verb == "remove":
		books(words[2], func(_ *booking.Appointment, p *booking.Participant) { p.Removed, p.Admitted = w.now, time.Time{} })
	case words[0] == "books" && verb == "reissue":
		books(words[2], func(_ *booking.Appointment, p *booking.Participant) { p.Removed, p.Issue = time.Time{}, p.Issue+1 })
	case words[0] == "unheard": // a write that the conference has not heard of
		w.write(words[2], func(_ *booking.Appointment, p *booking.Participant) { p.Issue++ })
		w.said = nil
	default:
		return w.talk(sentence)
	}
	return nil
}
