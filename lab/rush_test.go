package lab

import (
	"errors"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	rushClients  = 5000
	rushCounters = 50
	rushSlots    = 10 // at each counter
)

// BenchmarkReleaseRush is the morning on which a month is released: five
// thousand people from many networks want five hundred slots, over real HTTP
// and with all limits on. Every slot finds one person. Times are printed beside
// those of the disk, since each booking waits for it.
func BenchmarkReleaseRush(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		p := programOn(b, b.TempDir())
		o := newOffice(b, p, rushCounters, rushSlots)
		p.start()
		disk := syncTimes(b, p.data)
		r := &rush{base: p.url(), office: o}
		b.StartTimer()
		r.run()
		b.StopTimer()
		p.kill()
		found, wrong := audit(p.data)
		for _, w := range wrong {
			b.Error(w)
		}
		live := 0
		for _, a := range found {
			if a.State.Live() {
				live++
			}
		}
		if live != rushCounters*rushSlots || int(r.booked.Load()) != live {
			b.Errorf("%d appointments, %d people were told of one, want %d; other answers: %v", live, r.booked.Load(), rushCounters*rushSlots, r.wrong)
		}
		b.ReportMetric(float64(live), "appointments")
		b.ReportMetric(float64(len(wrong)), "doubles")
		b.ReportMetric(float64(r.again.Load()), "retries")
		b.ReportMetric(milliseconds(r.hold.at(.5)), "hold-p50-ms")
		b.ReportMetric(milliseconds(r.hold.at(.99)), "hold-p99-ms")
		b.ReportMetric(milliseconds(r.book.at(.5)), "book-p50-ms")
		b.ReportMetric(milliseconds(r.book.at(.99)), "book-p99-ms")
		b.ReportMetric(milliseconds(disk.at(.5)), "fsync-p50-ms")
		b.ReportMetric(milliseconds(disk.at(.99)), "fsync-p99-ms")
		b.StartTimer()
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// syncTimes measures what the disk takes to keep two pages, as a transaction does.
func syncTimes(t testing.TB, folder string) (times quantiles) {
	t.Helper()
	f, err := os.Create(filepath.Join(folder, "sync-times"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 200 {
		began := time.Now()
		if _, err := f.WriteAt(make([]byte, 8192), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	return times
}

// rush is everybody at once.
type rush struct {
	base   string
	office office
	booked atomic.Int64 // were told of an appointment
	again  atomic.Int64 // requests that were sent again for want of an answer

	mu         sync.Mutex
	hold, book quantiles
	wrong      error
}

func (r *rush) run() {
	var all sync.WaitGroup
	for n := range rushClients {
		all.Go(func() {
			c := newCitizen(r.base, r.office, net.IPv4(127, 3, byte(n/20), byte(1+n%20)))
			defer c.close()
			if err := r.client(c); err != nil {
				r.mu.Lock()
				r.wrong = errors.Join(r.wrong, err)
				r.mu.Unlock()
			}
		})
	}
	all.Wait()
}

// client looks at the day, tries one time after the other until one is theirs
// or none is left, and fills in the form.
func (r *rush) client(c *citizen) (err error) {
	key := newSecret()
	var free []string
	r.patiently(&err, func() error {
		free, err = c.free(key)
		return err
	})
	held := false
	for err == nil && !held && len(free) > 0 {
		start := free[mathrand.IntN(len(free))]
		began := time.Now()
		r.patiently(&err, func() error {
			held, free, err = c.hold(key, start)
			return err
		})
		r.note(&r.hold, time.Since(began))
	}
	if err != nil || !held {
		return err
	}
	r.patiently(&err, func() error { return c.tell(key) })
	if err != nil {
		return err
	}
	began, ok := time.Now(), false
	r.patiently(&err, func() error {
		_, ok, err = c.request(key)
		return err
	})
	r.note(&r.book, time.Since(began))
	if ok {
		r.booked.Add(1)
	}
	return err
}

// patiently sends again what was not answered, a few times, as people do.
func (r *rush) patiently(err *error, do func() error) {
	for range 5 {
		if *err = do(); *err == nil || errors.Is(*err, errAnswer) {
			return
		}
		r.again.Add(1)
	}
}

func (r *rush) note(times *quantiles, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*times = append(*times, d)
}
