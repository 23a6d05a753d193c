package udp

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// failingCall is sendmmsg of a system that does not take some messages.
type failingCall struct {
	refuses func(h *mmsghdr) syscall.Errno // 0: it takes it
	calls   int
	whole   int // messages of several packets that it took
}

func (f *failingCall) sendmmsg(fd uintptr, heads []mmsghdr) (int, syscall.Errno) {
	f.calls++
	for i := range heads {
		if errno := f.refuses(&heads[i]); errno != 0 {
			if i == 0 {
				return -1, errno
			}
			heads = heads[:i] // as the system does: what fails is told when it comes first
			break
		}
		if heads[i].Iovlen > 1 {
			f.whole++
		}
	}
	return mmsg(unix.SYS_SENDMMSG, fd, heads)
}

func failingHub(t *testing.T, refuses func(h *mmsghdr) syscall.Errno) (*Hub, *Socket, *failingCall) {
	h, s, _ := newHub(t)
	f := &failingCall{refuses: refuses}
	s.readers[0].system.(*linuxSocket).sendmmsg = f.sendmmsg
	return h, s, f
}

// isTo tells whether a message is for that port.
func isTo(h *mmsghdr, to netip.AddrPort) bool { return (*name)(unsafe.Pointer(h.Name)).get() == to }

// TestMessages: what a burst costs the system.
func TestMessages(t *testing.T) {
	h, s, _ := newHub(t)
	b := h.NewBurst()
	var ears []*ear
	for range 3 {
		ears = append(ears, newEar(t))
	}
	for i := range 8 {
		for _, e := range ears {
			add(b, s, e.at, fmt.Sprint(i))
		}
	}
	b.Flush()
	if st := h.Stats(); st.Sent != 24 || st.SendMessages != 3 || st.SendCalls != 1 {
		t.Errorf("%+v", st)
	}
	for range messagesMost + 1 {
		for n := range 2 { // of 2 bytes and then of 1, which cannot be followed by 2
			add(b, s, ears[0].at, "ab"[n:])
		}
	}
	b.Flush()
	if st := h.Stats(); st.SendMessages != 3+messagesMost+1 || st.SendCalls != 1+2 {
		t.Errorf("%+v", st)
	}
	for _, e := range ears {
		e.hear(t, 8)
	}
}

// TestRefusedRuns: what the system does not take as one message arrives all the same, in order; refused again and again,
// it is not tried any more.
func TestRefusedRuns(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EIO, unix.EINVAL, unix.EMSGSIZE} {
		good, bad := newEar(t), newEar(t)
		h, s, call := failingHub(t, func(h *mmsghdr) syscall.Errno {
			if h.Control != nil && isTo(h, bad.at) {
				return errno
			}
			return 0
		})
		b := h.NewBurst()
		sent := 0
		send := func(ears ...*ear) {
			for range 5 {
				for _, e := range ears {
					add(b, s, e.at, numbered(sent, 100))
				}
				sent++
			}
			for _, e := range ears { // a run of its own after the first
				add(b, s, e.at, numbered(sent, 200))
			}
			sent++
			b.Flush()
		}
		check := func(e *ear, from, count int) {
			for i, what := range e.hear(t, count) {
				if want := numbered(from+i, len(what)); what != want {
					t.Errorf("%v: number %d is another", errno, from+i)
				}
			}
		}
		for range 2 * refusalsMost { // never many in a row
			send(bad, good)
		}
		check(bad, 0, sent)
		check(good, 0, sent)
		if st := h.Stats(); st.SendSplit != 2*refusalsMost || call.whole != 2*refusalsMost || st.SendFailed+st.SocketFull != 0 {
			t.Errorf("%v: %+v, %d whole", errno, st, call.whole)
		}
		from := sent
		for range refusalsMost + 3 {
			send(bad)
		}
		check(bad, from, sent-from)
		if n := h.Stats().SendSplit; n != 3*refusalsMost {
			t.Errorf("%v: %d runs were refused", errno, n)
		}
		send(good)
		check(good, sent-6, 6)
		if call.whole != 2*refusalsMost {
			t.Errorf("%v: still tried", errno)
		}
	}
}

// TestOneMessageFails: the others are sent, and what is lost is counted by its reason.
func TestOneMessageFails(t *testing.T) {
	for errno, want := range map[syscall.Errno]Drops{
		unix.EAGAIN:       {SocketFull: 4},
		unix.ENOBUFS:      {SocketFull: 4},
		unix.EPERM:        {SendFailed: 4},
		unix.EHOSTUNREACH: {SendFailed: 4},
		unix.ECONNREFUSED: {SendFailed: 4},
	} {
		ears := []*ear{newEar(t), newEar(t), newEar(t)}
		h, s, _ := failingHub(t, func(h *mmsghdr) syscall.Errno {
			if isTo(h, ears[1].at) {
				return errno
			}
			return 0
		})
		b := h.NewBurst()
		for range 4 {
			for _, e := range ears {
				add(b, s, e.at, "media")
			}
		}
		b.Flush()
		ears[0].hear(t, 4)
		ears[2].hear(t, 4)
		if st := h.Stats(); st.Sent != 8 || st.SocketFull != want.SocketFull || st.SendFailed != want.SendFailed || st.SendSplit != 0 {
			t.Errorf("%v: %+v", errno, st)
		}
	}
}

// TestWhatTheNetworkSaidOfAnother: an error that is told once costs nobody a packet.
func TestWhatTheNetworkSaidOfAnother(t *testing.T) {
	told := false
	h, s, _ := failingHub(t, func(*mmsghdr) syscall.Errno {
		if told {
			return 0
		}
		told = true
		return unix.ECONNREFUSED
	})
	e, b := newEar(t), h.NewBurst()
	add(b, s, e.at, "media")
	b.Flush()
	if got := e.hear(t, 1); got[0] != "media" || h.Stats().SendFailed != 0 {
		t.Errorf("%q %+v", got, h.Stats())
	}
}

// TestTheSystemSplits: a run is taken whole by this system; its packets are what was sent.
func TestTheSystemSplits(t *testing.T) {
	h, s, _ := newHub(t)
	if !s.readers[0].system.(*linuxSocket).whole.Load() {
		t.Skip("SKIPPED: Linux before 4.18")
	}
	e, b := newEar(t), h.NewBurst()
	var want []string
	for i := range runPackets {
		want = append(want, numbered(i, 900))
		add(b, s, e.at, want[i])
	}
	want = append(want, numbered(99, 33))
	add(b, s, e.at, want[runPackets])
	b.Flush()
	if got := e.hear(t, len(want)); !slices.Equal(got, want) {
		t.Errorf("%d packets are not those that were sent", len(got))
	}
	if st := h.Stats(); st.SendMessages != 2 || st.SendSplit != 0 {
		t.Errorf("%+v", st)
	}
}

// TestSingle: an operator may have each packet sent by itself.
func TestSingle(t *testing.T) {
	binding := listen(t, "127.0.0.1:0")
	binding.Single = true
	h := hubOf(t, binding)
	e, b := newEar(t), h.NewBurst()
	for i := range 5 {
		add(b, h.sockets[0], e.at, fmt.Sprint(i))
	}
	b.Flush()
	if got := e.hear(t, 5); !slices.Equal(got, []string{"0", "1", "2", "3", "4"}) {
		t.Errorf("%q", got)
	}
	if st := h.Stats(); st.SendMessages != 5 || st.SendCalls != 1 || st.SendSplit != 0 {
		t.Errorf("%+v", st)
	}
}

// TestAnotherFamily: an IPv4 socket reaches no IPv6 address, and says so without asking.
func TestAnotherFamily(t *testing.T) {
	h, s, _ := newHub(t)
	e, six, b := newEar(t), earAt(t, "[::1]:0"), h.NewBurst()
	for range 2 {
		add(b, s, six.at, "media")
		add(b, s, e.at, "media")
	}
	b.Flush()
	_, _ = s.WriteToAddrPort([]byte("media"), six.at)
	e.hear(t, 2)
	if st := h.Stats(); st.SendFailed != 3 || st.Sent != 2 {
		t.Errorf("%+v", st)
	}
}
