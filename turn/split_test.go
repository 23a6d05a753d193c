package turn

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// closing closes both sides after the test, which goleak then checks.
func closing(t *testing.T, s *Splitter) {
	t.Cleanup(func() { s.Close() })
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dial(t *testing.T, l net.Listener, first string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patient))
	io.WriteString(conn, first)
	return conn
}

func TestHTTPAndSTUNOnOnePort(t *testing.T) {
	b := start(t)
	l := listen(t)
	b.addr = l.Addr().String()
	s := Split(l, nil)
	web, stun := s.Web, s.STUN
	pages := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })}
	ended := make(chan error, 2)
	go func() { ended <- pages.Serve(web) }()
	go func() { ended <- b.Serve(stun) }()
	defer func() {
		pages.Close()
		b.Close()
		<-ended
		<-ended
	}()

	dial(t, l, "") // says nothing, holds up nobody
	for range 3 {
		answer, err := http.Post("http://"+b.addr, "text/plain", strings.NewReader("echo"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if string(body) != "echo" {
			t.Errorf("body %q", body)
		}
		b.enter(t, "p1").conn.Close()
		until(t, "place free", func() bool { return b.Stats().Connections == 0 })
	}
	http.DefaultClient.CloseIdleConnections()
	for _, garbage := range []string{"\x16\x03\x01 a TLS hello in clear text\r\n\r\n", "\x40\x00\x00\x00 channel\r\n\r\n", "\xff\r\n\r\n"} {
		answer, err := http.ReadResponse(bufio.NewReader(dial(t, l, garbage)), nil)
		if err != nil || answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %v, %v", garbage, answer, err)
		}
	}
}

func TestFirstByteLimit(t *testing.T) {
	l := listen(t)
	s := newSplitter(l, nil, 20*time.Millisecond, 4)
	closing(t, s)
	slow := dial(t, l, "")
	if _, err := slow.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("silent connection: %v", err)
	}
	until(t, "counted", func() bool { return s.late.Load() == 1 })
	// Once it has spoken, the limit is gone.
	dial(t, l, "G")
	conn, err := s.web.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(3 * s.limit))
	conn.Read(make([]byte, 1))
	var late net.Error
	if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("sorted connection: %v", err)
	}
}

func TestOldestUndecidedGivesWay(t *testing.T) {
	l := listen(t)
	s := newSplitter(l, nil, time.Minute, 4)
	closing(t, s)
	oldest := dial(t, l, "")
	until(t, "noted", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.undecided) == 1 })
	for range 4 {
		dial(t, l, "")
	}
	if _, err := oldest.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("oldest: %v", err)
	}
	dial(t, l, "\x00")
	conn, err := s.stun.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if n := s.crowded.Load(); n < 1 || n > 2 {
		t.Errorf("counted %d", n)
	}
}

func TestIdleSideHoldsUpNobody(t *testing.T) {
	l := listen(t)
	s := newSplitter(l, nil, time.Minute, 1000)
	closing(t, s)
	for range backlog + 1 { // nobody accepts STUN
		dial(t, l, "\x00")
	}
	until(t, "counted", func() bool { return s.backlog.Load() == 1 })
	dial(t, l, "G")
	conn, err := s.web.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestSidesCloseAlone(t *testing.T) {
	l := listen(t)
	s := Split(l, nil)
	web, stun := s.Web, s.STUN
	accepted := make(chan error, 1)
	go func() { _, err := web.Accept(); accepted <- err }()
	web.Close()
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept on a closed side: %v", err)
	}
	if _, err := dial(t, l, "GET").Read(make([]byte, 1)); err == nil {
		t.Error("closed side still answers")
	}
	dial(t, l, "\x01")
	conn, err := stun.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	undecided := dial(t, l, "")
	from := stun.(*side).from
	until(t, "noted", func() bool { from.mu.Lock(); defer from.mu.Unlock(); return len(from.undecided) == 1 })
	if err := stun.Close(); err != nil {
		t.Error(err)
	}
	if err := stun.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := undecided.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("undecided connection: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("port is still open")
	}
}

// What a greeting knows needs no first byte; what it refuses is closed; what it takes long for holds up nobody.
func TestGreetingDecides(t *testing.T) {
	l := listen(t)
	release := make(chan struct{})
	greet := func(conn net.Conn) (net.Conn, Side, error) {
		var word [4]byte
		if _, err := io.ReadFull(conn, word[:]); err != nil {
			return nil, ByFirstByte, err
		}
		switch string(word[:]) {
		case "web:":
			return conn, Web, nil
		case "rel:":
			return conn, STUN, nil
		case "slow":
			<-release
		case "none":
			return nil, ByFirstByte, errors.New("refused")
		}
		return conn, ByFirstByte, nil
	}
	s := newSplitter(l, greet, time.Minute, 100)
	closing(t, s)
	slow := dial(t, l, "slow\x01")
	refused := dial(t, l, "none")
	if _, err := refused.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("refused connection: %v", err)
	}
	for _, c := range []struct {
		said string
		side net.Listener
		read string // first of what the side gets
	}{{"web:\x01", s.Web, "\x01"}, {"rel:GET", s.STUN, "GET"}, {"any:\x03x", s.STUN, "\x03x"}, {"any:GET", s.Web, "GET"}} {
		dial(t, l, c.said)
		conn, err := c.side.Accept()
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(c.read))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != c.read {
			t.Errorf("%q: read %q, %v", c.said, got, err)
		}
		conn.Close()
	}
	close(release)
	conn, err := s.STUN.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if conn.RemoteAddr().String() != slow.LocalAddr().String() {
		t.Error("another connection than the slow one")
	}
	conn.Close()
}

// Whoever is still being greeted gives way like all others, and is not waited for at the end.
func TestOldestGreetedGivesWay(t *testing.T) {
	l := listen(t)
	greet := func(conn net.Conn) (net.Conn, Side, error) {
		_, err := io.Copy(io.Discard, conn)
		return nil, ByFirstByte, errors.Join(err, io.EOF)
	}
	s := newSplitter(l, greet, time.Minute, 2)
	oldest := dial(t, l, "")
	until(t, "noted", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.undecided) == 1 })
	for range 2 {
		dial(t, l, "")
	}
	if _, err := oldest.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("oldest: %v", err)
	}
	if n := s.Refused()["crowded"]; n != 1 {
		t.Errorf("counted %d", n)
	}
	s.Close()
}

// failing fails like accept(2) does, then for good.
type failing struct {
	net.Listener
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	if len(f.errs) == 0 {
		return f.Listener.Accept()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

func TestAcceptErrors(t *testing.T) {
	passing := &net.OpError{Op: "accept", Err: syscall.EMFILE}
	l := &failing{listen(t), []error{passing, passing}}
	s := newSplitter(l, nil, time.Minute, 4)
	dial(t, l, "\x00")
	conn, err := s.stun.Accept()
	if err != nil {
		t.Fatalf("after errors that pass: %v", err)
	}
	conn.Close()
	closing(t, s)

	final := errors.New("final")
	l = &failing{listen(t), []error{passing, final}}
	s = newSplitter(l, nil, time.Minute, 4)
	closing(t, s)
	for _, d := range []*side{s.web, s.stun} {
		if _, err := d.Accept(); err != final {
			t.Errorf("Accept: %v", err)
		}
	}
}

// pipes returns a listener and a function that connects to it in memory.
func pipes() (*queue, func() net.Conn) {
	q := newQueue(mediaAddr)
	return q, func() net.Conn {
		near, far := net.Pipe()
		q.offer(far)
		return near
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"\x00\x01\x00\x00\x21\x12\xa4\x42", "\x03", "\x04", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "\x40\x00", "\xff", "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) == 0 {
			return
		}
		l, connect := pipes()
		s := Split(l, nil)
		web, stun := s.Web, s.STUN
		defer stun.Close()
		defer web.Close()
		go func() {
			conn := connect()
			conn.Write(sent)
			conn.Close()
		}()
		side := web
		if sent[0] <= 3 {
			side = stun
		}
		conn, err := side.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("read %q, %v; sent %q", got, err, sent)
		}
	})
}
