package lab

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// ledger is kept outside the program by those who book: what they asked for,
// and what they were told. After a crash the books are held against it.
type ledger struct {
	mu    sync.Mutex
	lines []*line
}

// line is one booking: told is the last state that the program acknowledged,
// asked what was asked for after that and not answered.
type line struct {
	booked
	owner       *citizen
	start       string // of the slot that was chosen first
	told, asked claim
}

// claim is what somebody believes of a booking.
type claim struct {
	state string // "" nothing, held, requested, cancelled
	start string
}

func (l *ledger) open(c *citizen) *line {
	b := &line{owner: c}
	b.key = newSecret()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, b)
	return b
}

// work books, moves and cancels until the program is gone. Who finds a slot
// taken gives up that booking.
func (l *ledger) work(ctx context.Context, c *citizen) error {
	for ctx.Err() == nil {
		if err := l.bookOnce(c.another()); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) bookOnce(c *citizen) error {
	b := l.open(c)
	b.start = slotValue(c.office.slots[mathrand.IntN(len(c.office.slots))])
	ok, err := b.book()
	if err != nil || !ok {
		return err
	}
	if other := slotValue(c.office.slots[mathrand.IntN(len(c.office.slots))]); mathrand.IntN(2) == 0 {
		b.asked = claim{"requested", other}
		if ok, err = c.move(b.booked, other); err != nil {
			return err
		}
		if ok {
			b.told = b.asked
		}
		b.asked = claim{}
	}
	if mathrand.IntN(4) > 0 { // most give their slot back, so that the work goes on
		b.asked = claim{"cancelled", b.told.start}
		if err := c.cancel(b.booked); err != nil {
			return err
		}
		b.told, b.asked = b.asked, claim{}
	}
	return nil
}

// book goes from the slot to the confirmation; false means that the slot is
// taken. To do it again with the same key is the same booking.
func (b *line) book() (bool, error) {
	ok, _, err := b.owner.hold(b.key, b.start)
	if err != nil || !ok {
		return false, err
	}
	if err := b.owner.tell(b.key); err != nil {
		return false, err
	}
	b.asked = claim{"requested", b.start}
	got, ok, err := b.owner.request(b.key)
	if err != nil {
		return false, err
	}
	if b.asked = (claim{}); ok {
		got.key = b.key
		b.booked, b.told = got, claim{"requested", b.start}
	}
	return ok, nil
}

// check holds the books of a program that died against every line: what was
// told is there, once; what was asked is wholly there or wholly not. It returns
// what is wrong.
func (l *ledger) check(data string) []string {
	found, wrong := audit(data)
	for _, b := range l.lines {
		a, there := found[mailOf(b.key)]
		stored := claim{}
		if there {
			stored = claim{string(a.State), slotValue(a.Start.Instant)}
		}
		if stored != b.told && (b.asked == claim{} || stored != b.asked) {
			wrong = append(wrong, fmt.Sprintf("%s was told %+v and had asked for %+v; the books have %+v", b.key, b.told, b.asked, stored))
		}
		if there && b.reference != "" && a.Reference != b.reference {
			wrong = append(wrong, fmt.Sprintf("%s was told %s; the books have %s", b.key, b.reference, a.Reference))
		}
	}
	return wrong
}

// claims counts the bookings that somebody was told of.
func (l *ledger) claims() (n int) {
	for _, b := range l.lines {
		if b.told.state != "" {
			n++
		}
	}
	return n
}

// again goes on with what was not finished, as a person would: the same key is
// the same booking. What is settled is forgotten.
func (l *ledger) again(t testing.TB) {
	t.Helper()
	for _, b := range l.lines {
		if b.told.state == "" {
			ok, err := b.book()
			if err != nil {
				t.Fatalf("booking again: %v", err)
			}
			same, sure, err := b.owner.request(b.key)
			if ok && (err != nil || !sure || same.reference != b.reference) {
				t.Fatalf("asked twice: %+v, then %+v %v %v", b.booked, same, sure, err)
			}
		}
		if b.told.state == "requested" && mathrand.IntN(2) == 0 { // or all slots would be taken soon
			if err := b.owner.cancel(b.booked); err != nil {
				t.Fatalf("cancel: %v", err)
			}
			b.told, b.asked = claim{"cancelled", b.told.start}, claim{"cancelled", b.asked.start}
		}
	}
	l.lines = slices.DeleteFunc(l.lines, func(b *line) bool { return b.told.state != "requested" })
}

// bookers are citizens who work until the program is gone or told to stop.
type bookers struct {
	ledger
	citizens []*citizen
	running  sync.WaitGroup
	stop     context.CancelFunc
	wrong    chan error // answers that no story expects; one is enough
}

func newBookers(t testing.TB, p *program, o office, n int) *bookers {
	b := &bookers{wrong: make(chan error, n)}
	for i := range n {
		c := newCitizen(p.url(), o, net.IPv4(127, 1, byte(i), 1))
		t.Cleanup(c.close)
		b.citizens = append(b.citizens, c)
	}
	return b
}

func (b *bookers) start() {
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	for _, c := range b.citizens {
		b.running.Go(func() {
			if err := b.work(ctx, c); errors.Is(err, errAnswer) {
				b.wrong <- err
			}
		})
	}
}

// end waits for all; the program is dead, or goes on.
func (b *bookers) end(t testing.TB) {
	t.Helper()
	b.stop()
	b.running.Wait()
	select {
	case err := <-b.wrong:
		t.Fatal(err)
	default:
	}
}

// TestBookingsSurviveAKill kills the program with -9 while eight people book,
// move and cancel on forty slots: no booking that somebody was told of is lost
// or doubled, what was not answered is wholly there or wholly not, and asking
// again with the same key gives one booking.
func TestBookingsSurviveAKill(t *testing.T) {
	alongside(t)
	p := programOn(t, t.TempDir())
	o := newOffice(t, p, 4, 10)
	p.start()
	b := newBookers(t, p, o, 8)
	var ready quantiles
	told := 0
	for range rounds(50, 500) {
		b.start()
		pass(5*time.Millisecond + mathrand.N(395*time.Millisecond))
		p.kill()
		b.end(t)
		for _, wrong := range b.check(p.data) {
			t.Error(wrong)
		}
		told += b.claims()
		restarted := time.Now()
		p.start()
		ready = append(ready, time.Since(restarted))
		b.again(t)
		if t.Failed() {
			return
		}
	}
	if told == 0 {
		t.Error("nobody was told of a booking")
	}
	t.Logf("kill -9 while booking: %d bookings told, none lost or doubled; ready again: %v", told, ready)
}
