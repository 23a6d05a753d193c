package booking

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Sixteen browsers want ten slots: they hold, request, move, cancel and look, while the store is closed under them and
// opened again. What each saw must be explained by one order of all operations (linearizability), in which no slot has two
// owners. An answer lost when the store went leaves open whether the operation was done. Each round begins with all slots
// free and is explained by itself.
func TestBookingIsLinearizable(t *testing.T) {
	const rounds, browsers, operations = 12, 16, 5
	r := newRush(t)
	for round := range rounds {
		var all sync.WaitGroup
		var done atomic.Int64
		r.history = nil
		for i := range browsers {
			all.Go(func() {
				b := &browser{rush: r, name: fmt.Sprintf("browser %d", i), random: rand.New(rand.NewPCG(uint64(i), uint64(round)))}
				b.renew()
				for range operations {
					b.act()
					if done.Add(1) == browsers*operations/2 {
						r.restart()
					}
				}
				b.giveUp()
			})
		}
		all.Wait()
		if result := porcupine.CheckOperationsTimeout(slotsModel, r.history, 20*time.Second); result != porcupine.Ok {
			t.Fatalf("round %d: %s, of %d operations: %+v", round, result, len(r.history), r.history)
		}
	}
	if err := verify(r.now.Load().store); err != nil {
		t.Error(err)
	}
}

const rushSlots = 10

// step is what a browser asks for; seen is what it was answered.
type step struct {
	do    string // take, keep, drop, look
	owner int    // one per key of a form
	slot  int
}

type seen struct {
	lost  bool // no answer
	taken bool
	free  [rushSlots]bool // of look
}

// slotsModel is ten slots with an owner each, 0 for nobody. Without an answer, an operation may have been done or not.
var slotsModel = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{[rushSlots]int{}} },
	Step: func(state, input, output any) []any {
		before, in, out := state.([rushSlots]int), input.(step), output.(seen)
		after, done := in.on(before, out)
		switch {
		case out.lost && done:
			return []any{before, after}
		case out.lost:
			return []any{before}
		case done:
			return []any{after}
		}
		return nil
	},
}).ToModel()

// on does the step to the slots, if that agrees with what was seen.
func (in step) on(slots [rushSlots]int, out seen) (after [rushSlots]int, agrees bool) {
	own := slices.Index(slots[:], in.owner)
	switch in.do {
	case "look":
		for i, owner := range slots {
			if out.free[i] != (owner == 0) {
				return slots, false
			}
		}
		return slots, true
	case "keep": // the request of what is held
		return slots, own >= 0
	case "take":
		free := slots[in.slot] == 0 || own == in.slot
		if out.taken || !free {
			return slots, out.taken && !free
		}
	}
	if own >= 0 {
		slots[own] = 0
	}
	if in.do == "take" {
		slots[in.slot] = in.owner
	}
	return slots, true
}

// rush is a store that goes and comes back, and what was asked of it.
type rush struct {
	t       *testing.T
	path    string
	began   time.Time
	service string
	now     atomic.Pointer[opened]
	owners  atomic.Int64
	mu      sync.Mutex
	history []porcupine.Operation
}

// opened is a store and its end.
type opened struct {
	store   *Store
	closing atomic.Bool
	gone    chan struct{} // closed once there is another
}

func newRush(t *testing.T) *rush {
	r := &rush{t: t, path: filepath.Join(t.TempDir(), "jalsa.db"), began: time.Now()}
	r.now.Store(r.open())
	o := &office{Store: r.now.Load().store}
	var err error
	if o.institution, err = o.PutInstitution(Institution{Name: Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "admin"); err != nil {
		t.Fatal(err)
	}
	o.service = o.serve(t, func(*Service) {})
	o.staff(t, "", hours("10:00", "15:00"))
	r.service = o.service.ID
	t.Cleanup(func() { r.now.Load().store.Close() })
	return r
}

func (r *rush) open() *opened {
	s, err := Open(r.path, Options{Now: func() time.Time { return start.Add(-72 * time.Hour) }, LinkKey: []byte("key of the links")})
	if err != nil {
		panic(err) // not on the goroutine of the test
	}
	s.db.NoSync = true // as openWith
	return &opened{store: s, gone: make(chan struct{})}
}

// restart ends the store; answers that were under way are lost.
func (r *rush) restart() {
	old := r.now.Load()
	if !old.closing.CompareAndSwap(false, true) {
		return
	}
	if err := old.store.Close(); err != nil {
		r.t.Error(err)
	}
	r.now.Store(r.open())
	close(old.gone)
}

func (r *rush) elapsed() int64 { return time.Since(r.began).Nanoseconds() }

func (r *rush) slot(i int) time.Time { return start.Add(time.Duration(i) * 30 * time.Minute) }

// browser is one client, with the key of the form it is in.
type browser struct {
	*rush
	name   string
	random *rand.Rand
	key    string
	owner  int
	has    string // "", hold, appointment
	ticket string
}

func (b *browser) renew() { b.key, b.owner, b.has = newSecret(), int(b.owners.Add(1)), "" }

func (b *browser) act() {
	slot := b.random.IntN(rushSlots)
	choices := map[string]string{"": "take take look", "hold": "keep keep take drop look", "appointment": "take take drop look"}[b.has]
	do := strings.Fields(choices)
	in := step{do: do[b.random.IntN(len(do))], owner: b.owner, slot: slot}
	epoch := b.now.Load()
	call := b.elapsed()
	out, err := b.ask(epoch.store, in)
	back := b.elapsed()
	gone := errors.Is(err, bolterrors.ErrDatabaseNotOpen)
	if gone && in.do != "drop" { // which is two transactions
		<-epoch.gone
		return // nothing was done
	}
	if err != nil && !gone {
		b.t.Errorf("%+v: %v", in, err)
	}
	if lost := gone || epoch.closing.Load() && b.owner%4 == 0; lost {
		<-epoch.gone // it was done before there was another store, or never
		out, back = seen{lost: true}, b.elapsed()
	}
	b.mu.Lock()
	b.history = append(b.history, porcupine.Operation{Input: in, Call: call, Output: out, Return: back})
	b.mu.Unlock()
	switch {
	case out.lost:
		b.giveUp()
	case in.do == "drop":
		b.renew()
	case in.do == "keep":
		b.has = "appointment"
	case in.do == "take" && !out.taken && b.has == "":
		b.has = "hold"
	}
}

// giveUp makes sure that nothing is left of a form whose state the browser does not know.
func (b *browser) giveUp() {
	in := step{do: "drop", owner: b.owner}
	call := b.elapsed()
	for {
		epoch := b.now.Load()
		_, err := b.ask(epoch.store, in)
		if err == nil {
			break
		}
		if !errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
			b.t.Error(err)
			break
		}
		<-epoch.gone
	}
	b.mu.Lock()
	b.history = append(b.history, porcupine.Operation{Input: in, Call: call, Output: seen{}, Return: b.elapsed()})
	b.mu.Unlock()
	b.renew()
}

func (b *browser) ask(s *Store, in step) (out seen, err error) {
	switch {
	case in.do == "look":
		slots, err := s.Free(b.service, b.slot(0), b.slot(rushSlots))
		for _, slot := range slots {
			out.free[slot.Start.Instant.Sub(start)/(30*time.Minute)] = true
		}
		return out, err
	case in.do == "keep":
		if _, err = s.Fill(b.key, b.name, typed("y@example.org")); err == nil {
			_, b.ticket, err = s.Request(b.key, b.name)
		}
	case in.do == "drop":
		return out, b.drop(s)
	case b.has == "appointment":
		_, err = s.MoveByTicket(b.ticket, b.slot(in.slot))
	default:
		_, err = s.Hold(b.key, b.name, b.name, b.service, b.slot(in.slot))
	}
	if errors.Is(err, ErrSlotTaken) {
		return seen{taken: true}, nil
	}
	return out, err
}

// drop gives back whatever the key has.
func (b *browser) drop(s *Store) error {
	if err := s.Release(b.key, b.name); err != nil {
		return err
	}
	h, err := s.Held(b.key, b.name)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.Cancel(h.Appointment, Why{Code: "given_up"}, "clerk")
	return err
}
