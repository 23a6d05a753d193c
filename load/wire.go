package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/signaling"
)

// The room client's own times (web/client/core/signal.ts).
const (
	pingEvery = 5 * time.Second
	silence   = 12 * time.Second
)

var errSilent = errors.New("the server said nothing for too long")

// said is what the socket tells run.
type said struct {
	message signaling.Message
	err     error
}

// expect waits for a message of one type. Whoever waits at the door asks to be let in.
func expect[M signaling.Message](ctx context.Context, g *guest, heard <-chan said, tooLate error) (m M, err error) {
	limit := time.NewTimer(stepTime)
	defer limit.Stop()
	for {
		select {
		case one := <-heard:
			if one.err != nil {
				return m, one.err
			}
			switch got := one.message.(type) {
			case M:
				return got, nil
			case signaling.Waiting:
				g.room.asks(ctx, g.link.Number)
				limit.Reset(stepTime) // the host lets in one after another
			case signaling.Send:
				if g.performance != nil {
					g.performance.allow(got.Layers, got.Voice)
				}
			}
		case <-limit.C:
			return m, tooLate
		case <-ctx.Done():
			return m, context.Cause(ctx)
		}
	}
}

// listen reads the socket until it ends.
func (g *guest) listen(ctx context.Context, conn *websocket.Conn, heard chan<- said) {
	closing := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer closing()
	tell := func(s said) bool {
		select {
		case heard <- s:
			return s.err == nil
		case <-ctx.Done():
			return false
		}
	}
	for {
		_ = conn.SetReadDeadline(time.Now().Add(silence)) // else a read would say so
		_, data, err := conn.ReadMessage()
		if err != nil {
			tell(said{err: fmt.Errorf("socket: %w", plainEnd(err))})
			return
		}
		m, err := signaling.DecodeServer(data)
		if err != nil {
			tell(said{err: fmt.Errorf("socket: %w", err)})
			return
		}
		switch m := m.(type) {
		case signaling.Bye:
			tell(said{err: fmt.Errorf("server: %s", m.Code)})
			return
		case signaling.Error:
			g.crowd.tally.refuses(m.Re + ": " + m.Code)
		case signaling.Waiting, signaling.Admitted, signaling.Answer, signaling.Send, signaling.Reoffer:
			if !tell(said{message: m}) {
				return
			}
		}
	}
}

func plainEnd(err error) error {
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		return fmt.Errorf("closed with %d", closed.Code)
	}
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && timeout.Timeout() {
		return errSilent
	}
	return errors.New("lost")
}

// send writes a message; that the socket is gone shows elsewhere.
func (g *guest) send(m signaling.Message) {
	data, err := signaling.Encode(m)
	if err != nil {
		g.stop(err)
		return
	}
	g.writing.Lock()
	defer g.writing.Unlock()
	if g.conn != nil {
		_ = g.conn.WriteMessage(websocket.TextMessage, data)
	}
}
