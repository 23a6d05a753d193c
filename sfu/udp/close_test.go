package udp

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestCloseWhileAllIsBusy: readers end, also those that wait; who sends is not disturbed.
func TestCloseWhileAllIsBusy(t *testing.T) {
	b, err := Listen(netip.MustParseAddrPort("127.0.0.1:0"), 3)
	if err != nil {
		t.Fatal(err)
	}
	b.Announced = []netip.AddrPort{addressOf(b.Conn)}
	h := hubOf(t, b)
	s, media, r := h.sockets[0], b.Announced[0], relayOf(t, h, false)
	var taken atomic.Int64
	var reading, sending sync.WaitGroup
	for _, in := range s.Readers() {
		out := h.NewBurst()
		reading.Go(func() {
			err := in.Run(lone(func(b []byte, from netip.AddrPort) {
				taken.Add(1)
				out.Add(s, from, copy(out.Space(), b))
			}), func() bool { out.Flush(); return true })
			if !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	}
	stop := make(chan struct{})
	more := func() bool {
		select {
		case <-stop:
			return false
		default:
			runtime.Gosched()
			return true
		}
	}
	for range 4 {
		e, out := newEar(t), h.NewBurst()
		sending.Go(func() {
			for more() {
				e.say(t, "network", media)
				_, _ = r.Send([]byte("relay"), media)
				for range 5 {
					add(out, s, e.at, "burst")
				}
				out.Flush()
			}
		})
	}
	for taken.Load() < 1000 {
		runtime.Gosched()
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	reading.Wait()
	close(stop)
	sending.Wait()
	if st := h.Stats(); st.SendFailed != 0 {
		t.Errorf("%+v", st)
	}
}
