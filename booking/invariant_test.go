package booking

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever citizens, staff and time do in whatever order: no counter is taken twice, the index of what is taken says what
// the records say, and nobody has two live appointments with a service. What a hearing takes longer than it should is on
// top: those it reaches into are told that they begin later.
func TestBooksStayConsistent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newScene(t)
		defer w.Close()
		r.Repeat(map[string]func(*rapid.T){
			"hold":    w.hold,
			"request": w.request,
			"release": w.release,
			"citizen": w.byCitizen,
			"staff":   w.byStaff,
			"help":    w.help,
			"time": func(r *rapid.T) {
				later := w.clock.now.Add(time.Duration(rapid.SampledFrom([]int{5, 20, 125, 24 * 60}).Draw(r, "minutes")) * time.Minute)
				if later.Before(at(t, monday+"14:00").Instant) {
					w.clock.now = later
				}
			},
			"sweep": func(r *rapid.T) { w.went(r, w.Sweep()) },
			"":      w.check,
		})
	})
}

// scene is a bureau with two counters and two services of different length, which overlap.
type scene struct {
	*bureau
	services []string
	counters []string
	tests    *testing.T
}

func newScene(t *testing.T) *scene {
	b := newBureau(t, true)
	long := b.serve(t, func(v *Service) { v.Duration, v.Accepted = 45*time.Minute, true })
	w := &scene{bureau: b, services: []string{b.service.ID, long.ID}, tests: t}
	for _, hours := range []Opening{hours("10:00", "12:00"), hours("10:30", "13:00")} {
		c, _, _, err := b.PutCounter(Counter{Institution: b.institution.ID, Name: "Guichet", Services: w.services, Openings: []Opening{hours}}, Treatment{}, "admin")
		if err != nil {
			t.Fatal(err)
		}
		w.counters = append(w.counters, c.ID)
	}
	return w
}

// went fails the test for an error that no caller could expect.
func (w *scene) went(r *rapid.T, err error) {
	for _, expected := range []error{ErrNotFound, ErrSlotTaken, ErrTooMany, ErrCutoff, ErrUnknownLink, ErrWrongCode, ErrStale} {
		if errors.Is(err, expected) {
			return
		}
	}
	if err != nil && !errors.As(err, new(*Refused)) && !errors.As(err, new(*AlreadyBooked)) && !errors.As(err, new(FieldErrors)) {
		r.Fatal(err)
	}
}

func letter(r *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(r, "key")
}

func (w *scene) start(r *rapid.T) Civil {
	clock := rapid.SampledFrom([]string{"10:00", "10:30", "10:45", "11:00", "11:15", "11:30", "12:00"}).Draw(r, "start")
	return at(w.tests, monday+clock)
}

func (w *scene) hold(r *rapid.T) {
	l := letter(r)
	_, err := w.Hold(key(l), "browser "+l, "net", rapid.SampledFrom(w.services).Draw(r, "service"), w.start(r).Instant)
	w.went(r, err)
}

func (w *scene) request(r *rapid.T) {
	l := letter(r)
	_, err := w.Fill(key(l), "browser "+l, typed(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "person")+"@example.org"))
	w.went(r, err)
	_, _, err = w.Request(key(l), "browser "+l)
	w.went(r, err)
}

func (w *scene) release(r *rapid.T) {
	l := letter(r)
	w.went(r, w.Release(key(l), "browser "+l))
}

// any is an appointment of the scene.
func (w *scene) any(r *rapid.T) Appointment {
	all, err := w.Appointments(time.Time{})
	if err != nil {
		r.Fatal(err)
	}
	if len(all) == 0 {
		r.Skip("no appointment yet")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(r, "appointment")]
}

func (w *scene) byCitizen(r *rapid.T) {
	a := w.any(r)
	p, _ := a.booker()
	ticket, _, err := w.Ticket(p.ID)
	w.went(r, err)
	switch rapid.SampledFrom([]string{"prove", "replace", "move", "cancel"}).Draw(r, "do") {
	case "prove":
		_, err = w.ProveByTicket(ticket, false)
	case "replace":
		_, err = w.ProveByTicket(ticket, true)
	case "move":
		_, err = w.MoveByTicket(ticket, w.start(r).Instant)
	case "cancel":
		_, err = w.CancelByTicket(ticket, "")
	}
	w.went(r, err)
}

func (w *scene) byStaff(r *rapid.T) {
	a := w.any(r)
	place := Place{w.start(r), rapid.SampledFrom(append(w.counters, "")).Draw(r, "counter")}
	var err error
	switch rapid.SampledFrom([]string{"accept", "reject", "move", "adjourn", "cancel", "end", "start", "extend", "sit"}).Draw(r, "do") {
	case "accept":
		_, err = w.Accept(a.ID, "clerk")
	case "reject":
		_, err = w.Reject(a.ID, postponed, "clerk")
	case "move":
		_, err = w.Move(a.ID, place, postponed, "clerk")
	case "adjourn":
		_, _, err = w.Adjourn(a.ID, place, postponed, "clerk")
	case "cancel":
		_, err = w.Cancel(a.ID, postponed, "clerk")
	case "end":
		_, err = w.End(a.ID, "clerk")
	case "start":
		_, err = w.Start(a.ID, "clerk")
	case "sit":
		order := rapid.SampledFrom([]string{"", OrderPaused, OrderSuspended, OrderDeliberation}).Draw(r, "order")
		_, err = w.Sit(a.ID, Sitting{Order: order, Locked: rapid.Bool().Draw(r, "locked")}, "resumed", "judge")
	case "extend":
		_, _, err = w.Extend(a.ID, time.Duration(rapid.IntRange(1, 9).Draw(r, "steps"))*extensionStep, "clerk")
	}
	w.went(r, err)
}

// help opens a task for who booked, or closes one.
func (w *scene) help(r *rapid.T) {
	a := w.any(r)
	p, _ := a.booker()
	k, err := w.OpenTask(a.ID, p.ID, rapid.SampledFrom([]string{TaskHelp, "other"}).Draw(r, "kind"), p.ID)
	w.went(r, err)
	if err == nil && rapid.Bool().Draw(r, "done") {
		w.went(r, w.CloseTask(k.ID, "clerk"))
	}
}

// checkTasks compares the tasks with what they are found by: everybody has one of a kind at most.
func (w *scene) checkTasks(t *tx) error {
	found := map[string]string{}
	for key, id := range t.list(tasked, "") {
		found[string(id)] = key
	}
	for id, data := range t.list(tasks, "") {
		var k Task
		if err := json.Unmarshal(data, &k); err != nil {
			return err
		}
		if k.ID != id || found[id] != k.key() || !k.Done.IsZero() && k.Done.Before(k.Opened) {
			return fmt.Errorf("task %+v is found by %q", k, found[id])
		}
		delete(found, id)
	}
	if len(found) > 0 {
		return fmt.Errorf("no task is what %q lead to", found)
	}
	return nil
}

// check compares the books with what their records imply.
func (w *scene) check(r *rapid.T) {
	err := w.view(func(t *tx) error {
		var taken []occupant
		persons := map[string]string{}
		implied := map[string]string{}
		all, err := records(t, appointments, func(Appointment) bool { return true }, func(a Appointment) string { return a.ID })
		if err != nil {
			return err
		}
		for _, a := range all {
			for k, value := range indexOf(a) {
				if k.bucket != occupied {
					if got := t.get(k.bucket, k.key); got == nil {
						return fmt.Errorf("%s %q of %s is missing", k.bucket, k.key, a.ID)
					}
					continue
				}
				implied[k.key] = value
				taken = append(taken, occupant{a.ID, a.CounterID, a.Start.Instant, a.Start.Instant.Add(a.Duration - a.Extended)})
			}
			if a.isLiveBooking() && t.now.Before(a.entryEnds(true)) && !a.Offered(t.now) {
				person := personKey(a.ServiceID, a.Contact.Email)
				if other := persons[person]; other != "" {
					return fmt.Errorf("%s and %s are of one person", other, a.ID)
				}
				persons[person] = a.ID
			}
		}
		stale := map[string]string{}
		for _, data := range t.list(holds, "") {
			var h Hold
			if err := json.Unmarshal(data, &h); err != nil {
				return err
			}
			for k, value := range indexOfHold(h) {
				switch {
				case k.bucket != occupied:
				case h.holds(t.now):
					implied[k.key] = value
					taken = append(taken, occupant{h.Key, h.Counter, h.Start.Instant, h.End})
				default:
					stale[k.key+value] = h.Key
				}
			}
		}
		for key, value := range t.list(occupied, "") {
			if implied[key] != string(value) && stale[key+string(value)] == "" {
				return fmt.Errorf("the index holds what no record implies: %q", value)
			}
			delete(implied, key)
		}
		if len(implied) > 0 {
			return fmt.Errorf("the index lacks %q", implied)
		}
		if err := w.checkTasks(t); err != nil {
			return err
		}
		return disjoint(taken)
	})
	if err != nil {
		r.Fatal(err)
	}
}

// occupant is who has a counter from a time to a time.
type occupant struct {
	id, counter string
	from, to    time.Time
}

func disjoint(taken []occupant) error {
	for i, a := range taken {
		for _, b := range taken[:i] {
			if a.counter == b.counter && a.from.Before(b.to) && b.from.Before(a.to) {
				return fmt.Errorf("%s and %s have the same counter at %s and %s", a.id, b.id, a.from, b.from)
			}
		}
	}
	return nil
}
