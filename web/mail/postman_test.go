package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jalsa/booking"
)

// shelf is an outbox in memory that keeps to the contract of the books.
type shelf struct {
	mu       sync.Mutex
	now      func() time.Time
	messages []booking.Message
	posted   chan struct{}
	sent     chan string // ids, of Sent
	broken   error       // receipts cannot be written
}

func newShelf(now func() time.Time) *shelf {
	return &shelf{now: now, posted: make(chan struct{}, 1), sent: make(chan string, 100)}
}

func (s *shelf) post(to ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, address := range to {
		id := fmt.Sprintf("appointment/%d", len(s.messages)+1)
		s.messages = append(s.messages, booking.Message{ID: id, To: address, Kind: booking.MessageConfirmed, Due: s.now(), State: booking.MessageQueued})
	}
	select {
	case s.posted <- struct{}{}:
	default:
	}
}

func (s *shelf) Posted() <-chan struct{} { return s.posted }

func (s *shelf) Due(n int) (now []booking.Message, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		switch {
		case m.State != booking.MessageQueued:
		case !m.Due.After(s.now()) && len(now) < n:
			now = append(now, m)
		case next.IsZero() || m.Due.Before(next):
			next = m.Due
		}
	}
	return now, next, nil
}

func (s *shelf) change(id string, fn func(*booking.Message)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	i := slices.IndexFunc(s.messages, func(m booking.Message) bool { return m.ID == id })
	fn(&s.messages[i])
	return nil
}

func (s *shelf) Sent(id string) error {
	err := s.change(id, func(m *booking.Message) { m.State = booking.MessageSent })
	if err == nil {
		s.sent <- id
	}
	return err
}

func (s *shelf) Failed(id, why string, again time.Time) error {
	return s.change(id, func(m *booking.Message) {
		m.Attempts++
		m.Why, m.Due = why, again
		if again.IsZero() {
			m.State = booking.MessageFailed
		}
	})
}

func (s *shelf) Dropped(id, why string) error {
	return s.change(id, func(m *booking.Message) { m.State, m.Why = booking.MessageDropped, why })
}

func (s *shelf) message(number int) booking.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages[number-1]
}

// rig is a postman between a shelf and a mail server, at an hour that the test sets.
type rig struct {
	*Postman
	shelf  *shelf
	office *office
	hour   time.Time
	log    strings.Builder
}

func newRig(t *testing.T) *rig {
	r := &rig{office: &office{}, hour: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.hour }
	r.shelf = newShelf(now)
	r.Postman = &Postman{
		Outbox: r.shelf, Carrier: r.office.open(t, NoTLS, nil), Now: now,
		Logger: slog.New(slog.NewTextHandler(&r.log, nil)),
		Compose: func(m booking.Message) (Letter, error) {
			switch m.To {
			case "moot@example.org":
				return Letter{}, &Moot{"over"}
			case "broken@example.org":
				panic("cannot compose")
			}
			return Letter{ID: m.ID, To: m.To, Subject: "Bonjour", Text: "Bonjour", HTML: "<p>Bonjour</p>"}, nil
		},
	}
	return r
}

func TestBackOff(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	total := time.Duration(0)
	for attempts, want := range []time.Duration{0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 4 * time.Hour} {
		if got := again(attempts, now).Sub(now); got != want {
			t.Errorf("after %d failures: %v, want %v", attempts, got, want)
		}
	}
	attempts := 1
	for next := now; !next.IsZero(); attempts++ {
		total = next.Sub(now)
		next = again(attempts, next)
	}
	if total < 40*time.Hour || total > 48*time.Hour {
		t.Errorf("given up after %v", total)
	}
}

func TestEachLetterGetsItsReceipt(t *testing.T) {
	r := newRig(t)
	r.shelf.post("youssef@example.org", "nobody@example.org", "later@example.org", "moot@example.org", "broken@example.org", "salma@example.org")
	next := r.round(t.Context())
	if want := r.hour.Add(time.Minute); !next.Equal(want) {
		t.Errorf("looks again at %v, want %v", next, want)
	}
	for number, want := range []booking.Message{
		{State: booking.MessageSent},
		{State: booking.MessageFailed, Why: WhyRejectedAddress, Attempts: 1},
		{State: booking.MessageQueued, Why: WhyRefused, Attempts: 1, Due: r.hour.Add(time.Minute)},
		{State: booking.MessageDropped, Why: "over"},
		{State: booking.MessageQueued, Why: WhyOther, Attempts: 1, Due: r.hour.Add(time.Minute)},
		{State: booking.MessageSent},
	} {
		got := r.shelf.message(number + 1)
		if got.State != want.State || got.Why != want.Why || got.Attempts != want.Attempts || !want.Due.IsZero() && !got.Due.Equal(want.Due) {
			t.Errorf("%s: %s %s, %d attempts, due %v", got.To, got.State, got.Why, got.Attempts, got.Due)
		}
	}
	if letters := r.office.letters(); len(letters) != 2 || r.office.connections != 1 {
		t.Errorf("%d letters over %d connections", len(letters), r.office.connections)
	}
	if strings.Contains(r.log.String(), "@example.org") || strings.Contains(r.log.String(), "no such user") {
		t.Errorf("the log names people:\n%s", r.log.String())
	}
}

func TestServerThatIsDownIsLeftInPeaceAndThenGetsAll(t *testing.T) {
	r := newRig(t)
	carrier := r.Carrier.(*SMTP)
	address := carrier.Address
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	carrier.Address = gone.Addr().String()
	r.shelf.post("a@example.org", "b@example.org", "c@example.org")
	next := r.round(t.Context())
	if m := r.shelf.message(1); m.Attempts != 1 || m.Why != WhyUnreachable || m.State != booking.MessageQueued {
		t.Errorf("first letter %+v", m)
	}
	if m := r.shelf.message(2); m.Attempts != 0 {
		t.Errorf("the second letter was tried as well: %+v", m)
	}
	r.shelf.post("d@example.org")
	if again := r.round(t.Context()); !again.Equal(next) || r.shelf.message(2).Attempts != 0 {
		t.Errorf("a new letter disturbed the server: next %v", again)
	}
	carrier.Address = address
	r.hour = next
	r.round(t.Context())
	for number := range 4 {
		if m := r.shelf.message(number + 1); m.State != booking.MessageSent {
			t.Errorf("%+v", m)
		}
	}
	if got := strings.Count(r.log.String(), "level="); got != 2 {
		t.Errorf("%d lines about the server, want one when it went and one when it came:\n%s", got, r.log.String())
	}
}

// A server that accepts and never answers costs its patience once a minute, whatever is queued.
func TestServerThatHangsIsLeft(t *testing.T) {
	r := newRig(t)
	carrier := r.Carrier.(*SMTP)
	address := carrier.Address
	hung, stop := silence(t)
	carrier.Address, carrier.Patience = hung, 50*time.Millisecond
	r.shelf.post("a@example.org", "b@example.org")
	next := r.round(t.Context())
	if m := r.shelf.message(1); m.Why != WhyTimeout || m.Attempts != 1 || r.shelf.message(2).Attempts != 0 {
		t.Errorf("first letter %+v", m)
	}
	stop()
	carrier.Address, carrier.Patience = address, 0
	r.hour = next
	r.round(t.Context())
	if letters := r.office.letters(); len(letters) != 2 {
		t.Errorf("%d letters came in the end", len(letters))
	}
}

// silence is a mail server that accepts and never says a word.
func silence(t *testing.T) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				_, _ = io.Copy(io.Discard, conn)
				conn.Close()
			})
		}
	})
	stop = func() {
		listener.Close()
		running.Wait()
	}
	t.Cleanup(stop)
	return listener.Addr().String(), stop
}

func TestPostmanEndsAtOnceInTheMiddleOfAHungLetter(t *testing.T) {
	r := newRig(t)
	hung, _ := silence(t)
	r.Carrier.(*SMTP).Address = hung
	r.shelf.post("a@example.org")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	r.Run(ctx) // the patience is 45 s: the test would time out
	if m := r.shelf.message(1); m.State != booking.MessageQueued || m.Attempts != 0 {
		t.Errorf("a letter that we gave up ourselves counts as failed: %+v", m)
	}
}

func TestReceiptThatCannotBeWrittenSendsNothingTwice(t *testing.T) {
	r := newRig(t)
	r.shelf.post("a@example.org")
	r.shelf.broken = errors.New("disk full")
	if next := r.round(t.Context()); !next.Equal(r.hour.Add(time.Minute)) {
		t.Errorf("next %v", next)
	}
	r.round(t.Context())
	r.shelf.broken = nil
	r.round(t.Context())
	if letters := r.office.letters(); len(letters) != 1 || r.shelf.message(1).State != booking.MessageSent {
		t.Errorf("%d letters, %+v", len(letters), r.shelf.message(1))
	}
}

func TestLetterCarriedTwiceAfterACrashHasOneID(t *testing.T) {
	r := newRig(t)
	r.shelf.post("a@example.org")
	r.shelf.broken = errors.New("killed before the receipt")
	r.round(t.Context())
	r.shelf.broken = nil
	second := &Postman{Outbox: r.shelf, Compose: r.Compose, Carrier: r.Carrier, Now: r.Now, Logger: r.Logger}
	second.round(t.Context())
	var ids []string
	for _, text := range r.office.letters() {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
	}
	if len(ids) != 2 || ids[0] != ids[1] || ids[0] == "" {
		t.Errorf("ids %q", ids)
	}
}

func TestRunWakesWhenSomethingIsQueued(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	for range 3 {
		r.shelf.post("a@example.org")
		<-r.shelf.sent
	}
	cancel()
	running.Wait()
	if letters := r.office.letters(); len(letters) != 3 {
		t.Errorf("%d letters", len(letters))
	}
}
