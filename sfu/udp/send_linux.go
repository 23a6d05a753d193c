package udp

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	messagesMost = 64    // of one sendmmsg
	partsMost    = burst // packets in them
)

// sending is the messages of one sendmmsg after the other.
type sending struct {
	socket *linuxSocket
	call   func(fd uintptr) // all, made once

	// What is to be sent.
	of      *Socket
	packets []outgoing
	runs    []run
	sent    tally

	// The next call.
	fd         uintptr
	heads      [messagesMost]mmsghdr
	names      [messagesMost]name
	segments   [messagesMost]segment
	parts      [partsMost]unix.Iovec
	headed, in int // how many of heads and of parts are used
	alone      [1]mmsghdr
}

// segment is the control message that has the system cut a message into packets of that size.
type segment struct {
	unix.Cmsghdr
	size uint16
}

func newSending(s *linuxSocket) *sending {
	m := &sending{socket: s}
	m.call = m.all
	for i := range m.heads {
		m.heads[i].Name = (*byte)(unsafe.Pointer(&m.names[i]))
		c := &m.segments[i].Cmsghdr
		c.Level, c.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
		c.SetLen(unix.CmsgLen(int(unsafe.Sizeof(m.segments[i].size))))
	}
	return m
}

func (s *linuxSocket) sendRuns(of *Socket, packets []outgoing, runs []run) tally {
	m := s.sendings.Get().(*sending)
	m.of, m.packets, m.runs = of, packets, runs
	return s.finish(m)
}

func (s *linuxSocket) send(b []byte, to netip.AddrPort) tally {
	m := s.sendings.Get().(*sending)
	if m.head(to, 1, 0) {
		m.part(b)
	}
	return s.finish(m)
}

// finish sends what m was given. A socket that is closed sends nothing.
func (s *linuxSocket) finish(m *sending) tally {
	_ = s.raw.Control(m.call)
	sent := m.sent
	m.of, m.packets, m.runs, m.sent = nil, nil, nil, tally{}
	m.headed, m.in = 0, 0
	s.sendings.Put(m)
	return sent
}

func (m *sending) all(fd uintptr) {
	m.fd = fd
	for i := range m.runs {
		r := &m.runs[i]
		if r.socket != m.of {
			continue
		}
		whole := r.count > 1 && m.socket.whole.Load()
		if whole && !m.head(r.to, r.count, r.size) {
			continue
		}
		for at := r.first; at >= 0; at = m.packets[at].next {
			if whole || m.head(r.to, 1, 0) {
				m.part(m.packets[at].data)
			}
		}
	}
	m.flush()
}

// head begins a message of so many parts, which are segments of that size if there are several.
func (m *sending) head(to netip.AddrPort, parts, size int) bool {
	if m.headed == messagesMost || m.in+parts > partsMost {
		m.flush()
	}
	i := m.headed
	h := &m.heads[i]
	h.Namelen = m.names[i].set(to, m.socket.six)
	if h.Namelen == 0 {
		m.sent.failed += uint64(parts)
		return false
	}
	h.Iov = &m.parts[m.in]
	h.SetIovlen(parts)
	h.Control = nil
	h.SetControllen(0)
	if parts > 1 {
		m.segments[i].size = uint16(size)
		h.Control = (*byte)(unsafe.Pointer(&m.segments[i]))
		h.SetControllen(int(unsafe.Sizeof(m.segments[i])))
	}
	m.headed++
	return true
}

func (m *sending) part(data []byte) {
	m.parts[m.in].Base = unsafe.SliceData(data)
	m.parts[m.in].SetLen(len(data))
	m.in++
}

func (m *sending) flush() {
	m.give(m.heads[:m.headed])
	m.headed, m.in = 0, 0
}

// give sends messages. One that fails does not keep back the others.
func (m *sending) give(heads []mmsghdr) {
	for again := true; len(heads) > 0; {
		n, errno := m.socket.sendmmsg(m.fd, heads)
		m.sent.calls++
		switch {
		case n > 0 && errno == 0:
			m.gave(heads[:n])
		case errno == unix.EINTR, errno == unix.ECONNREFUSED && again:
			again = false // what the network said of an earlier packet is told once, and then forgotten
			continue
		default:
			n = 1
			m.refused(&heads[0], errno)
		}
		heads, again = heads[n:], true
	}
}

func (m *sending) gave(heads []mmsghdr) {
	m.sent.messages += uint64(len(heads))
	for i := range heads {
		m.sent.packets += uint64(heads[i].Iovlen)
		if heads[i].Control != nil && m.socket.refusals.Load() != 0 {
			m.socket.refusals.Store(0)
		}
	}
}

// refused is a message that the system did not take.
func (m *sending) refused(h *mmsghdr, errno syscall.Errno) {
	packets := uint64(h.Iovlen)
	switch errno {
	case unix.EAGAIN, unix.ENOBUFS:
		m.sent.full += packets
		return
	case unix.EIO, unix.EINVAL, unix.EMSGSIZE: // no checksums by the device; as a segment too large for the path
		if h.Control != nil {
			m.split(h)
			return
		}
	}
	m.sent.failed += packets
}

// split sends a run's packets singly.
func (m *sending) split(h *mmsghdr) {
	m.sent.split++
	if m.socket.refusals.Add(1) == refusalsMost {
		m.socket.whole.Store(false)
	}
	lone := &m.alone[0]
	*lone = *h
	lone.Control = nil
	lone.SetControllen(0)
	lone.SetIovlen(1)
	parts := unsafe.Slice(h.Iov, int(h.Iovlen))
	for i := range parts {
		lone.Iov = &parts[i]
		m.give(m.alone[:])
	}
}
