package lab

import (
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Sixteen people hold, book, move, cancel and read ten slots of one counter
// while the program is killed and started again. A request without an answer is
// sent again with the same key until there is one: it counts as one operation
// that took the whole time. The history must be one that a program doing one
// thing after another could have given.

// operation is what one person asked; slot is which it is about.
type operation struct {
	kind string // hold, book, move, cancel, read
	key  string
	slot string
}

// outcome is what they were told.
type outcome struct {
	ok   bool
	free string // of a read: the free slots, in order
}

// takenSlots is the state of the model: who has which slot.
type takenSlots map[string]string // slot → key

func (s takenSlots) of(key string) string {
	for slot, owner := range s {
		if owner == key {
			return slot
		}
	}
	return ""
}

// step is the whole meaning of booking: a slot has one owner.
func (s takenSlots) step(all []string, op operation, out outcome) (bool, takenSlots) {
	mine := s.of(op.key)
	switch op.kind {
	case "read":
		var free []string
		for _, slot := range all {
			if s[slot] == "" {
				free = append(free, slot)
			}
		}
		return out.free == strings.Join(free, " "), s
	case "book":
		return out.ok == (mine != ""), s
	case "cancel":
		next := maps.Clone(s)
		delete(next, mine)
		return out.ok, next
	}
	if owner := s[op.slot]; owner != "" && owner != op.key {
		return !out.ok, s
	}
	next := maps.Clone(s)
	delete(next, mine)
	next[op.slot] = op.key
	return out.ok, next
}

func slotModel(all []string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return takenSlots{} },
		Step: func(state, in, out any) (bool, any) {
			return state.(takenSlots).step(all, in.(operation), out.(outcome))
		},
		Equal: func(a, b any) bool { return maps.Equal(a.(takenSlots), b.(takenSlots)) },
		DescribeOperation: func(in, out any) string {
			return fmt.Sprintf("%+v → %+v", in, out)
		},
	}
}

// scribe writes down who asked for what when, and what they were told.
type scribe struct {
	began time.Time
	mu    sync.Mutex
	told  []porcupine.Operation
	wrong error
}

// ask repeats until the program has answered.
func (s *scribe) ask(client int, op operation, do func() (outcome, error)) (outcome, bool) {
	called := time.Since(s.began)
	for {
		out, err := do()
		if errors.Is(err, errAnswer) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.wrong = err
			return out, false
		}
		if err != nil {
			pass(10 * time.Millisecond) // the program is down
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, porcupine.Operation{
			ClientId: client, Input: op, Call: int64(called), Output: out, Return: int64(time.Since(s.began)),
		})
		return out, true
	}
}

// story is one booking of one person, from the slot to the cancellation.
func (s *scribe) story(client int, c *citizen, all []string) bool {
	key, slot := newSecret(), all[mathrand.IntN(len(all))]
	read := func() (outcome, error) {
		free, err := c.free(key)
		return outcome{ok: true, free: strings.Join(free, " ")}, err
	}
	if _, ok := s.ask(client, operation{kind: "read"}, read); !ok {
		return false
	}
	held, ok := s.ask(client, operation{"hold", key, slot}, func() (outcome, error) {
		ok, _, err := c.hold(key, slot)
		return outcome{ok: ok}, err
	})
	if !ok || !held.ok {
		return ok
	}
	for c.tell(key) != nil {
		pass(10 * time.Millisecond)
	}
	var b booked
	made, ok := s.ask(client, operation{"book", key, slot}, func() (out outcome, err error) {
		b, out.ok, err = c.request(key)
		return out, err
	})
	if !ok || !made.ok {
		return ok
	}
	other := all[mathrand.IntN(len(all))]
	if _, ok = s.ask(client, operation{"move", key, other}, func() (outcome, error) {
		ok, err := c.move(b, other)
		return outcome{ok: ok}, err
	}); !ok {
		return false
	}
	if _, ok := s.ask(client, operation{kind: "read"}, read); !ok {
		return false
	}
	_, ok = s.ask(client, operation{"cancel", key, ""}, func() (outcome, error) { return outcome{ok: true}, c.cancel(b) })
	return ok
}

func TestBookingIsLinearizable(t *testing.T) {
	alongside(t)
	p := programOn(t, t.TempDir())
	o := newOffice(t, p, 1, 10)
	p.start()
	var all []string
	for _, at := range o.slots {
		all = append(all, slotValue(at))
	}
	slices.Sort(all)
	var citizens []*citizen
	for n := range 16 {
		c := newCitizen(p.url(), o, net.IPv4(127, 2, byte(n), 1))
		t.Cleanup(c.close)
		citizens = append(citizens, c)
	}
	operations, slowest := 0, time.Duration(0)
	for round := range rounds(5, 60) {
		told := sit(t, p, citizens, all)
		asked := time.Now()
		result, _ := porcupine.CheckOperationsVerbose(slotModel(all), told, time.Minute)
		if result != porcupine.Ok {
			t.Fatalf("round %d, %d operations: %v", round, len(told), result)
		}
		operations, slowest = operations+len(told), max(slowest, time.Since(asked))
	}
	t.Logf("%d operations of 16 people over %d kills are linearizable, a round checked in %v at most", operations, rounds(5, 60), slowest.Round(time.Millisecond))
}

// sit is one round: everybody goes through a few stories while the program is
// killed once and started again. Each story gives its slot back, so a round
// begins and ends with all of them free, and can be checked by itself.
func sit(t *testing.T, p *program, citizens []*citizen, all []string) []porcupine.Operation {
	t.Helper()
	s := &scribe{began: time.Now()}
	var running sync.WaitGroup
	for client, c := range citizens {
		running.Go(func() {
			for range 3 {
				if !s.story(client, c.another(), all) {
					return
				}
			}
		})
	}
	pass(mathrand.N(300 * time.Millisecond))
	p.kill()
	p.start()
	running.Wait()
	if s.wrong != nil {
		t.Fatal(s.wrong)
	}
	return s.told
}
