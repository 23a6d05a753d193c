package udp

import (
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestNothingIsLeft: whatever comes between the reader's last look and its wait is taken. Each sender says one thing as
// soon as the last was taken, so that what is left lying would be left for good.
func TestNothingIsLeft(t *testing.T) {
	const senders, each = 3, 20_000
	h, s, media := newHub(t)
	var turn [senders]chan struct{}
	for i := range turn {
		turn[i] = make(chan struct{}, 1)
	}
	at := map[netip.AddrPort]int{}
	var ears []*ear
	for i := range senders {
		ears = append(ears, newEar(t))
		at[ears[i].at] = i
	}
	ended := make(chan error, 1)
	taken := 0
	go func() {
		ended <- s.readers[0].Run(func(_ []byte, from netip.AddrPort) (follows bool) {
			turn[at[from]] <- struct{}{}
			taken++
			return taken%3 == 0
		}, func() bool {
			if taken%2 == 0 {
				runtime.Gosched()
			}
			return taken < senders*each
		})
	}()
	for i, e := range ears {
		go func() {
			for range each {
				_, _ = e.conn.WriteToUDPAddrPort([]byte("one"), media)
				<-turn[i]
			}
		}()
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%+v", h.Stats())
	}
	if st := h.Stats(); st.Received != senders*each {
		t.Errorf("%+v", st)
	}
}

// TestCallsFindSomething: packets that come one by one are a call each, and one more each if another is said to follow.
func TestCallsFindSomething(t *testing.T) {
	const packets = 1000
	for _, follows := range []bool{false, true} {
		_, s, media := newHub(t)
		e, taken, calls := newEar(t), make(chan struct{}), 0
		system := s.readers[0].system.(*linuxSocket)
		system.recvmmsg = func(fd uintptr, heads []mmsghdr) (int, syscall.Errno) {
			calls++
			return recvmmsg(fd, heads)
		}
		ended := make(chan error, 1)
		n := 0
		go func() {
			ended <- s.readers[0].Run(func([]byte, netip.AddrPort) bool { n++; return follows },
				func() bool { taken <- struct{}{}; return n < packets })
		}()
		for range packets {
			e.say(t, "one", media)
			<-taken
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{false: packets, true: 2 * packets}[follows]; calls < want || calls > want+1 { // the first may come early
			t.Errorf("%d calls, want %d", calls, want)
		}
	}
}
