package sfu

import (
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"
)

// broken gives no packets any more.
type broken struct {
	net.PacketConn
	err error
}

func (b *broken) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, b.err }

// TestDeadSocketIsTold: who runs the server has to know that no media comes any more; closing is no failure.
func TestDeadSocketIsTold(t *testing.T) {
	dead, told := errors.New("no such device"), make(chan error, 1)
	run := func(conn net.PacketConn) *SFU {
		s, err := New(Config{Conn: conn, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Failed: func(err error) { told <- err }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := run(&broken{localSocket(t), dead})
	if err := <-told; !errors.Is(err, dead) {
		t.Errorf("told of %v", err)
	}
	must(t, s.Close())
	must(t, run(localSocket(t)).Close())
	select {
	case err := <-told:
		t.Errorf("closing is told: %v", err)
	default:
	}
}
