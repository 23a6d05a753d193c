package turn

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// transfer is one direction of a prompt that waits as a connection of Go's does, for the system, a deadline or Close.
type transfer struct {
	mu   sync.Mutex // held while one waits: the others would wait for it in any case
	data []byte
	n    int
	err  error
	step func(fd uintptr) (done bool) // read or write, made once
}

func (t *transfer) read(fd uintptr) (done bool) {
	t.n, t.err = rawRead(fd, t.data)
	return t.err != unix.EAGAIN
}

func (t *transfer) write(fd uintptr) (done bool) {
	t.n, t.err = rawWrite(fd, t.data)
	return t.err != unix.EAGAIN
}

// outcome is what step came to, when the poller has ended it or not.
func (t *transfer) outcome(stopped error) (int, error) {
	n, err := t.n, t.err
	t.data, t.n, t.err = nil, 0, nil
	if stopped != nil {
		return 0, stopped
	}
	return n, err
}

// Read implements net.Conn.
func (c *prompt) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.data = b
	n, err := c.in.outcome(c.raw.Read(c.in.step))
	switch {
	case err != nil:
		return 0, c.failure("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// writeAll waits until the kernel has taken all.
func (c *prompt) writeAll(b []byte) (n int, err error) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	for n < len(b) {
		c.out.data = b[n:]
		some, err := c.out.outcome(c.raw.Write(c.out.step))
		if n += some; err != nil {
			return n, c.failure("write", err)
		}
	}
	return n, nil
}

// failure is the error as a connection of Go's has it, by which net/http knows what is ordinary.
func (c *prompt) failure(op string, err error) error {
	if raw, ok := errors.AsType[*net.OpError](err); ok {
		err = raw.Err
	} else {
		err = os.NewSyscallError(op, err)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
