package booking

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestABookingIsReadBackAsItWasMade(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	if a.State != StateConfirmed || a.Version != 1 || len(a.Participants) != 4 || len(a.Reference) != 9 {
		t.Errorf("booked %+v", a)
	}
	for i, p := range a.Participants {
		if p.Number != uint32(i+1) || len(p.ID) != 16 || !p.Admitted.IsZero() || !p.Removed.IsZero() {
			t.Errorf("participant %d is %+v", i, p)
		}
		got, q, err := s.Lookup(tickets[i])
		if err != nil || q != p || !reflect.DeepEqual(got, a) {
			t.Errorf("ticket %d: %+v %+v, %v", i, got, q, err)
		}
	}
	if got, err := s.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("read %+v, %v", got, err)
	}
	if _, err := s.Appointment("nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown id: %v", err)
	}
}

func TestAppointmentsComeByTheirStart(t *testing.T) {
	s, _ := newStore(t)
	for _, local := range []string{"2026-11-25T10:00", "2026-11-23T10:00", "2026-11-24T10:00"} {
		d := draft(t)
		d.Start, _ = NewCivil(local, "Africa/Casablanca")
		if _, _, err := s.Book(d, "clerk"); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Appointments(time.Time{})
	var got []string
	for _, a := range all {
		got = append(got, a.Start.Local[8:10])
	}
	if fmt.Sprint(got) != "[23 24 25]" || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// A process that dies has closed nothing: what was acknowledged must be in the file as it lies there.
func TestAnAcknowledgedWriteIsInTheFile(t *testing.T) {
	c := &clock{start}
	folder := t.TempDir()
	path := filepath.Join(folder, "jalsa.db")
	s := openStore(t, path, c)
	a, tickets := book(t, s)
	secret, _, p, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	steps := []func() Appointment{
		func() Appointment { return must(t)(s.Admit(a.ID, []string{p.ID}, "host")) },
		func() Appointment { return delay(t, s, a, time.Hour) },
		func() Appointment { return must(t)(s.Start(a.ID, "host")) },
		func() Appointment { return must(t)(s.Remove(a.ID, a.Participants[3].ID, "host")) },
		func() Appointment { return must(t)(s.End(a.ID, "host")) },
	}
	for i, step := range steps {
		want := step()
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		left := filepath.Join(folder, fmt.Sprintf("crash-%d.db", i))
		if err := os.WriteFile(left, image, 0o600); err != nil {
			t.Fatal(err)
		}
		after := openStore(t, left, c)
		if got, err := after.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("step %d: found %+v, %v; want %+v", i, got, err, want)
		}
		if _, _, err := after.Session(p.ID, secret); err != nil {
			t.Errorf("step %d: session: %v", i, err)
		}
		if _, _, err := after.Lookup(tickets[2]); err != nil {
			t.Errorf("step %d: ticket: %v", i, err)
		}
		if err := verify(after); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	broken := errors.New("broken on purpose")
	_, err := s.change(a.ID, "clerk", func(t *tx, a *Appointment) error {
		a.Closed = start
		t.putAppointment(a)
		t.log(Entry{Kind: "closed", Appointment: a.ID})
		return broken
	})
	if err != broken {
		t.Fatal(err)
	}
	if got, err := s.Appointment(a.ID); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("found %+v, %v", got, err)
	}
	if err := verify(s); err != nil {
		t.Error(err)
	}
}

func TestAStoreHasOneOpener(t *testing.T) {
	t.Parallel() // it waits for a lock
	c := &clock{start}
	path := filepath.Join(t.TempDir(), "jalsa.db")
	first := openStore(t, path, c)
	if _, err := Open(path, Options{Now: c.Now}); !errors.Is(err, ErrLocked) {
		t.Errorf("second opener: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, path, c)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("not a store "), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want error // nil: any
	}{
		{filepath.Join(folder, "missing", "jalsa.db"), fs.ErrNotExist},
		{folder, nil},
		{filepath.Join(garbage, "jalsa.db"), nil},
		{garbage, ErrDamaged},
	} {
		_, err := Open(c.path, Options{Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n") || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	if _, err := Open(filepath.Join(folder, "jalsa.db"), Options{}); err == nil {
		t.Error("a store without a clock")
	}
}

// Wherever a full file was cut, Open says that it is damaged, and nothing else happens.
func TestOpenTellsAFileCutShort(t *testing.T) {
	s, _ := newStore(t)
	for range 40 {
		book(t, s)
	}
	path, used := s.db.Path(), 0
	if err := s.db.View(func(b *bbolt.Tx) error { used = int(b.Size()); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 2048; size < used; size += 6144 {
		cut := filepath.Join(t.TempDir(), "jalsa.db")
		if err := os.WriteFile(cut, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(cut, Options{Now: time.Now}); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d of %d bytes: %v", size, used, err)
		}
	}
}

func TestOpenInAFolderWithoutPermission(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		folder = "/sys" // the one place where Linux lets not even root make a file
	}
	if _, err := Open(filepath.Join(folder, "jalsa.db"), Options{Now: time.Now}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unwritable folder: %v", err)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	s, _ := newStore(t)
	info, err := os.Stat(s.db.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAStoreOfAnotherFormatIsRefused(t *testing.T) {
	s, c := newStore(t)
	corrupt(t, s, func(t *tx) { t.put(meta, "format", []byte("99")) })
	path := s.db.Path()
	s.Close()
	if _, err := Open(path, Options{Now: c.Now}); err == nil || !strings.Contains(err.Error(), `"99"`) {
		t.Errorf("format 99: %v", err)
	}
}

func TestTheLogTellsIdsAndNeverSecrets(t *testing.T) {
	var out bytes.Buffer
	c := &clock{start}
	s, err := Open(filepath.Join(t.TempDir(), "jalsa.db"), Options{Now: c.Now, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, tickets := book(t, s)
	secret, _, p, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	invite, err := s.Reissue(p.ID, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "msg=redeemed appointment="+a.ID+" participant="+p.ID) {
		t.Errorf("log %s", out.String())
	}
	image, err := os.ReadFile(s.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(tickets, secret, invite.Ticket) {
		if strings.Contains(out.String(), word) || bytes.Contains(image, []byte(word)) {
			t.Errorf("a secret is in the log or in the file")
		}
	}
	if strings.Contains(out.String(), "Bennani") {
		t.Error("a name is in the log")
	}
}

// Writers that wait for one another are timed when their turn comes: what is decided and what the journal says go by the
// same clock, and it never goes back.
func TestTheJournalIsInTheOrderOfTime(t *testing.T) {
	var mu sync.Mutex
	now := start
	s := openWith(t, filepath.Join(t.TempDir(), "jalsa.db"), Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}})
	waiting := make(chan struct{})
	var late sync.WaitGroup
	err := s.update("", func(tx *tx) error {
		late.Go(func() {
			close(waiting)
			if err := s.Record(Entry{Kind: "second"}); err != nil {
				t.Error(err)
			}
		})
		<-waiting
		for range 100 {
			s.now() // time passes while the other waits
		}
		tx.log(Entry{Kind: "first"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	late.Wait()
	var times []time.Time
	if err := s.Journal(func(e Entry) error { times = append(times, e.Time); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(times) != 2 || times[1].Sub(times[0]) < 100*time.Second {
		t.Errorf("entries at %v, the second had to wait", times)
	}
}
