package turn

import (
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"testing"
	"time"
)

// TestPromptFailsAsGoDoes: net/http and the WebSocket know by the error what is ordinary.
func TestPromptFailsAsGoDoes(t *testing.T) {
	for _, c := range []struct {
		name  string
		doing func(client, server net.Conn) error
		want  error
	}{
		{"read after the deadline", func(_, server net.Conn) error {
			_ = server.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := server.Read(make([]byte, 1))
			return err
		}, os.ErrDeadlineExceeded},
		{"read past the end", func(client, server net.Conn) error {
			client.Close()
			_, err := server.Read(make([]byte, 1))
			return err
		}, io.EOF},
		{"read of a reset one", func(client, server net.Conn) error {
			_ = client.(*net.TCPConn).SetLinger(0)
			client.Close()
			_, err := server.Read(make([]byte, 1))
			return err
		}, nil},
		{"read of a closed one", func(_, server net.Conn) error {
			server.Close()
			_, err := server.Read(make([]byte, 1))
			return err
		}, net.ErrClosed},
		{"closed while it reads", func(_, server net.Conn) error {
			ended := make(chan error)
			go func() {
				_, err := server.Read(make([]byte, 1))
				ended <- err
			}()
			server.Close()
			return <-ended
		}, net.ErrClosed},
		{"write that nobody reads", func(_, server net.Conn) error {
			_ = server.SetWriteDeadline(time.Now().Add(time.Millisecond))
			_, err := server.Write(make([]byte, 64<<20))
			return err
		}, os.ErrDeadlineExceeded},
		{"write to a closed one", func(_, server net.Conn) error {
			server.Close()
			_, err := server.Write([]byte("late"))
			return err
		}, net.ErrClosed},
	} {
		failing := func(bare bool) error {
			client, wrapped := connected(t)
			if bare {
				return c.doing(client, wrapped.TCPConn)
			}
			return c.doing(client, wrapped)
		}
		ours, theirs := failing(false), failing(true)
		if c.want != nil && !errors.Is(ours, c.want) {
			t.Errorf("%s: %v, want %v", c.name, ours, c.want)
		}
		one, _ := errors.AsType[*net.OpError](ours)
		other, _ := errors.AsType[*net.OpError](theirs)
		if (one == nil) != (other == nil) || reflect.TypeOf(ours) != reflect.TypeOf(theirs) {
			t.Fatalf("%s: %#v, of Go's own %#v", c.name, ours, theirs)
		}
		if one != nil && (one.Op != other.Op || one.Timeout() != other.Timeout() || !errors.Is(one.Err, other.Err) && one.Err.Error() != other.Err.Error()) {
			t.Errorf("%s: %v, of Go's own %v", c.name, one, other)
		}
	}
}

// TestPromptReadsOn: after a deadline, too, and nothing when nothing is asked for.
func TestPromptReadsOn(t *testing.T) {
	client, server := connected(t)
	if n, err := server.Read(nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	_ = server.SetReadDeadline(time.Unix(1, 0))
	if _, err := server.Read(make([]byte, 4)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	_ = server.SetReadDeadline(time.Time{})
	b, here := make([]byte, 4), []byte("here")
	round := func() {
		if _, err := client.Write(here); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, b); err != nil || string(b) != "here" {
			t.Fatalf("%q, %v", b, err)
		}
		if n, err := server.Write(b); n != len(b) || err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, b); err != nil || string(b) != "here" {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
