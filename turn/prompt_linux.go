package turn

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Prompt wraps the connections of l, which are to be those of the system, so that control connections can be written to
// by a goroutine that serves many (courier.go): it must not wait, and TLS above a connection of Go's would. All other
// connections wait as Go's do, but read and write by raw calls (raw_linux.go).
func Prompt(l net.Listener) net.Listener { return promptListener{l} }

type promptListener struct{ net.Listener }

func (l promptListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			return newPrompt(tcp, raw), nil
		}
	}
	return conn, nil
}

// keptLimit is bytes: of whoever waits for finish before the next batch, none is more. What TLS itself says comes besides,
// and a client that reads nothing can have it say something as often as it likes (key updates, RFC 8446 section 4.6.3).
const keptLimit = 2 * replyLimit

// prompt is a connection whose Write, after hurry, never waits: what the kernel has no room for is kept, up to keptLimit.
type prompt struct {
	*net.TCPConn
	raw syscall.RawConn

	in, out transfer // that wait

	mu      sync.Mutex
	hurried bool
	left    []byte // what the kernel had no room for
	busy    bool   // finish is about it
	failed  error  // for good

	// of one attempt, guarded by mu
	data []byte
	n    int
	err  error
	call func(fd uintptr) bool // attempt, made once
}

func newPrompt(tcp *net.TCPConn, raw syscall.RawConn) *prompt {
	c := &prompt{TCPConn: tcp, raw: raw}
	c.call = c.attempt
	c.in.step, c.out.step = c.in.read, c.out.write
	return c
}

// NetConn is the connection of the system.
func (c *prompt) NetConn() net.Conn { return c.TCPConn }

// hurry has Write wait no more.
func (c *prompt) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hurried = true
}

func (c *prompt) attempt(fd uintptr) bool {
	c.n, c.err = rawWrite(fd, c.data)
	return true
}

// Write implements net.Conn.
func (c *prompt) Write(b []byte) (int, error) {
	c.mu.Lock()
	if !c.hurried {
		c.mu.Unlock()
		return c.writeAll(b)
	}
	defer c.mu.Unlock()
	if c.failed != nil {
		return 0, c.failed
	}
	n := 0
	if !c.busy && len(c.left) == 0 {
		var err error
		if n, err = c.tryLocked(b); err != nil {
			return n, err
		}
	}
	if len(c.left)+len(b)-n > keptLimit {
		c.left, c.failed = nil, errKept
		return n, errKept
	}
	c.left = append(c.left, b[n:]...)
	return len(b), nil
}

// tryLocked writes what the kernel takes now.
func (c *prompt) tryLocked(b []byte) (int, error) {
	c.data = b
	err := c.raw.Write(c.call)
	c.data = nil
	switch {
	case err == nil && c.err == nil:
		return c.n, nil
	case errors.Is(c.err, unix.EAGAIN), errors.Is(c.err, unix.EINTR):
		return 0, nil
	case err == nil:
		err = c.err
	}
	return 0, fmt.Errorf("write to client: %w", err)
}

// rests tells whether something is kept.
func (c *prompt) rests() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.left) > 0
}

// finish waits until the kernel has all that is kept, or the deadline of the connection passes.
func (c *prompt) finish() error {
	var going []byte
	for {
		c.mu.Lock()
		going, c.left = c.left, going[:0]
		c.busy = len(going) > 0
		c.mu.Unlock()
		if len(going) == 0 {
			return nil
		}
		if _, err := c.writeAll(going); err != nil {
			c.mu.Lock()
			c.left, c.failed = nil, err
			c.mu.Unlock()
			return err
		}
	}
}
