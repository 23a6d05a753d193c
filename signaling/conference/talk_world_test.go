package conference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"jalsa/booking"
)

// fullCast: the bench (judge, assessor) and its clerk; a citizen who booked and
// brought a lawyer; an opponent who moves with counsel; an interpreter of the
// court; a witness who moves with a voice and must not meet the opponent; an
// expert and an observer.
func fullCast() booking.Appointment {
	a := cast()
	a.Participants, a.Screens = nil, [][2]string{{"witness", "opponent"}}
	for i, p := range []booking.Participant{
		{ID: "judge", Role: booking.RoleHost},
		{ID: "assessor", Role: booking.RolePanel},
		{ID: "clerk", Role: booking.RoleClerk},
		{ID: "citizen", Role: booking.RoleParty, Booker: true},
		{ID: "lawyer", Role: booking.RoleRepresentative, Brought: true},
		{ID: "opponent", Role: booking.RoleParty, Link: "o"},
		{ID: "counsel", Role: booking.RoleRepresentative, Link: "o"},
		{ID: "interpreter", Role: booking.RoleInterpreter},
		{ID: "witness", Role: booking.RoleWitness, Link: "w"},
		{ID: "voice", Role: booking.RoleInterpreter, Link: "w"},
		{ID: "expert", Role: booking.RoleExpert},
		{ID: "observer", Role: booking.RoleObserver},
	} {
		p.Number, p.Name, p.Issue = uint32(i+1), "Name of "+p.ID, 1
		a.Participants = append(a.Participants, p)
	}
	return a
}

// fullWorld is a conference in session with those of fullCast who are named.
func fullWorld(inside ...string) *world {
	a := fullCast()
	w := &world{books: a, now: tenOClock, state: New(a, tenOClock)}
	for _, id := range inside {
		w.mustTalk(id + " joins")
		if id != "judge" {
			w.mustTalk("judge admits " + id)
		}
	}
	return w
}

func (w *world) mustTalk(sentence string) {
	if err := w.act(sentence); err != nil {
		panic(err)
	}
}

// roomOf is where somebody writes who knows where they are.
func (w *world) roomOf(id string) string {
	if p := w.state.find(id); p != nil {
		return p.room
	}
	return ""
}

// talk follows one sentence of the talk, such as "judge mutes lawyer".
func (w *world) talk(sentence string) error {
	words := append(strings.Fields(sentence), "", "", "")
	by, verb, object := words[0], words[1], words[2]
	number := func(id string) uint32 {
		p, _ := w.books.Participant(id) // everybody: 0
		return p.Number
	}
	switch verb {
	case "raises":
		w.do(Hand{By: by, Up: true})
	case "rests":
		w.do(Hand{By: by})
	case "lowers":
		w.do(Lower{By: by, Number: number(object)})
	case "mutes":
		w.do(Mute{By: by, Number: number(object)})
	case "silences":
		w.do(Mute{By: by, Number: number(object), Lock: true})
	case "frees":
		w.do(Unlock{By: by, Number: number(object)})
	case "asks":
		w.do(Ask{By: by, Number: number(object), What: words[4]})
	case "lights":
		w.do(Spotlight{By: by, Number: number(object)})
	case "lays":
		w.do(Layout{By: by, Layout: words[3]})
	case "mumbles":
		w.do(Devices{ID: by})
	case "interprets":
		w.do(Channel{By: by, Language: words[3]})
	case "listens":
		w.do(Listen{By: by, Language: words[3]})
	case "shows":
		w.do(Share{By: by, On: true, Mode: object})
	case "hides":
		w.do(Share{By: by})
	case "opens":
		w.do(Sharing{By: by, Open: true})
	case "shuts":
		w.do(Sharing{By: by})
	case "calls": // for help
		w.do(Help{By: by, On: true})
	case "needs": // nobody
		w.do(Help{By: by})
	case "tells":
		to, text := strings.TrimSuffix(object, ":"), strings.TrimSpace(strings.Join(words[3:], " "))
		if n := number(to); n != 0 {
			w.do(Chat{By: by, Room: w.roomOf(by), To: "one", Number: n, Text: text})
		} else {
			w.do(Chat{By: by, Room: w.roomOf(by), To: to, Text: text})
		}
	case "consults":
		var numbers []uint32
		for id := range strings.SplitSeq(object, "+") {
			numbers = append(numbers, number(id))
		}
		w.opened++
		w.do(Consult{By: by, Numbers: numbers, Room: fmt.Sprintf("room%d", w.opened)})
	case "accepts":
		w.do(Accept{By: by, Room: object})
	case "declines":
		w.do(Decline{By: by, Room: object})
	case "returns":
		w.do(Return{By: by})
	case "knocks": // at
		w.do(Knock{By: by, Room: words[3]})
	case "screen": // books screen one other
		w.write("", func(a *booking.Appointment, _ *booking.Participant) {
			a.Screens = append(slices.Clone(a.Screens), [2]string{object, words[3]})
		})
		w.do(Changed{Appointment: w.books})
	default:
		return fmt.Errorf("no such act: %q", sentence)
	}
	return nil
}

// tellTalk puts an effect of the talk into words.
func (w *world) tellTalk(e Effect) {
	say := func(format string, args ...any) { w.said = append(w.said, fmt.Sprintf(format, args...)) }
	who := func(number uint32) string {
		for _, p := range w.books.Participants {
			if p.Number == number {
				return p.ID
			}
		}
		return "nobody"
	}
	switch m := e.(type) {
	case TellAsked:
		say("asked %s %s", m.ID, m.What)
	case TellChat:
		say("chat %s from %s: %s", m.ID, who(m.Line.From), m.Line.Text)
	case TellInvitation:
		say("rings %s in %s by %s", m.ID, m.Room, who(m.Number))
	case TellInvitationOver:
		say("rings no more %s in %s", m.ID, m.Room)
	case TellKnocked:
		say("knock %s by %s", m.ID, who(m.Number))
	case CloseRoom:
		say("closed %s", m.Room)
	case OpenTask:
		say("task for %s", m.ID)
	case CloseTask:
		say("done %s", m.Task)
	}
}

// performTalk does what the surroundings do for the talk.
func (w *world) performTalk(e Effect) Command {
	if m, ok := e.(OpenTask); ok && !w.failing {
		return TaskOpened{ID: m.ID, Task: "task of " + m.ID}
	}
	return nil
}

// sees answers a question about the state: "? places", "? floor", or what the
// roster of somebody says: "? queue of lawyer".
func (w *world) sees(question string) string {
	words := append(strings.Fields(question), "", "", "")
	var seen []string
	switch words[1] {
	case "places":
		for i := range w.state.people {
			if p := &w.state.people[i]; p.connected() || p.housed() {
				seen = append(seen, strings.TrimSpace(fmt.Sprintf("%s %s %s", p.ID, p.place, p.room)))
			}
		}
	case "floor":
		for i := range w.state.people {
			p := &w.state.people[i]
			part := slices.DeleteFunc([]string{p.muted, p.shares, p.channel, p.listens}, func(s string) bool { return s == "" })
			if len(part) > 0 && p.housed() {
				seen = append(seen, p.ID+" "+strings.Join(part, " "))
			}
		}
	case "queue", "room": // as somebody's roster has it
		r, _ := w.state.Roster(words[3])
		for _, e := range r.Entries {
			id := strings.TrimPrefix(e.Name, "Name of ")
			if words[1] == "room" {
				seen = append(seen, id+" "+string(e.Place))
			} else if e.Hand > 0 {
				seen = append(seen, fmt.Sprintf("%d %s", e.Hand, id))
			}
		}
		slices.Sort(seen)
	case "light":
		r, _ := w.state.Roster(words[3])
		for _, p := range w.books.Participants {
			if p.Number == r.Spotlight {
				seen = append(seen, p.ID)
			}
		}
	case "layout":
		r, _ := w.state.Roster(words[3])
		seen = append(seen, r.Layout)
	case "phase":
		seen = append(seen, strings.TrimSpace(string(w.state.Phase())+" "+w.state.Reason()))
	case "company":
		view, _ := w.state.WaitingView(words[3])
		for _, e := range view.Company {
			seen = append(seen, strings.TrimPrefix(e.Name, "Name of ")+" "+string(e.Place))
		}
	case "gets": // who gets what of somebody, in whatever room they are in
		from, _ := w.books.Participant(words[3])
		room := w.state.find(from.ID).room
		passes := w.state.passesIn(room)
		for _, to := range w.books.Participants {
			pass, what := passes.Between(to.Number, from.Number), ""
			for i, media := range []string{" voice", " camera", " screen"} {
				if pass&(1<<i) != 0 {
					what += media
				}
			}
			if what != "" {
				seen = append(seen, to.ID+what)
			}
		}
	default:
		return "no such question"
	}
	return strings.Join(seen, "; ")
}

// tellStories runs stories of lines "act > effects" and "? question > answer".
// A dash is no effect, or nothing to be seen.
func tellStories(t *testing.T, stories map[string]string, inside ...string) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			w := fullWorld(inside...)
			for line := range strings.Lines(strings.TrimSpace(story)) {
				act, want, _ := strings.Cut(strings.TrimSpace(line), ">")
				act, want = strings.TrimSpace(act), strings.TrimSpace(want)
				var got string
				if strings.HasPrefix(act, "?") {
					got = w.sees(act)
				} else {
					w.said = nil
					if err := w.act(act); err != nil {
						t.Fatal(err)
					}
					got = strings.Join(w.said, "; ")
				}
				if got = cmp.Or(got, "-"); got != want {
					t.Fatalf("%s\n got %s\nwant %s", act, got, want)
				}
			}
		})
	}
}
