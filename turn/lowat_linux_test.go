package turn

import (
	"crypto/tls"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// noting keeps what it accepted.
type noting struct {
	net.Listener
	accepted chan *net.TCPConn
}

func (l noting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted <- conn.(*net.TCPConn)
	}
	return conn, err
}

// TestLateMediaWaitsHere and not in the system, where it could not be dropped.
func TestLateMediaWaitsHere(t *testing.T) {
	for _, transport := range []string{"tcp", "tls"} {
		b := start(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b.addr, b.transport = l.Addr().String(), transport
		noted := noting{l, make(chan *net.TCPConn, 1)}
		l = noted
		if transport == "tls" {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
		}
		b.serve(func() error { return b.Serve(l) })
		b.enter(t, "p1")
		raw, err := (<-noted.accepted).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var unsent int
		if failed := raw.Control(func(fd uintptr) { unsent, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT) }); failed != nil {
			t.Fatal(failed)
		}
		if err != nil || unsent != unsentLimit {
			t.Errorf("%s: the system may hold %d bytes unsent, %v", transport, unsent, err)
		}
	}
}
