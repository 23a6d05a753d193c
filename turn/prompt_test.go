//go:build linux

package turn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// connected is both ends of a TCP connection, of which the server's is wrapped.
func connected(t *testing.T) (client net.Conn, server *prompt) {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Prompt(plain)
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		conn.Close()
	})
	return client, Below[*prompt](&peeked{Conn: conn})
}

// numbers are n bytes that tell their place.
func numbers(from, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = binary.BigEndian.AppendUint32(b, uint32(from+len(b)))
	}
	return b
}

func TestPromptNeverWaitsAndLosesNothing(t *testing.T) {
	client, server := connected(t)
	server.hurry()
	limitUnsent(server, unsentLimit)
	const piece = 8 << 10
	sent := 0
	write := func() {
		if n, err := server.Write(numbers(sent, piece)); n != piece || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
		sent += piece
	}
	for !server.rests() {
		write()
	}
	for range keptLimit/piece - 3 {
		write()
	}
	finished := make(chan error)
	go func() { finished <- server.finish() }()
	got := make([]byte, sent)
	if _, err := io.ReadFull(client, got[:len(got)/2]); err != nil {
		t.Fatal(err)
	}
	more := numbers(len(got), piece) // while finish is about it
	if _, err := server.Write(more); err != nil {
		t.Fatal(err)
	}
	got = append(got, more...)
	if _, err := io.ReadFull(client, got[sent/2:]); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, numbers(0, len(got))) {
		t.Error("not what was written")
	}
	if err := <-finished; err != nil || server.rests() {
		t.Errorf("finished: %v, something rests: %v", err, server.rests())
	}
	if _, err := server.Write([]byte("again")); err != nil || server.rests() {
		t.Errorf("again: %v", err)
	}
}

// TestPromptKeepsNoMore than it may, whatever has it write: TLS answers clients that read nothing.
func TestPromptKeepsNoMore(t *testing.T) {
	_, server := connected(t)
	server.hurry()
	answer := make([]byte, 1<<10)
	for !server.rests() {
		if _, err := server.Write(answer); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for n := 0; err == nil; n += len(answer) {
		if n > keptLimit {
			t.Fatalf("%d bytes are kept", n)
		}
		_, err = server.Write(answer)
	}
	if !errors.Is(err, errKept) || server.rests() {
		t.Errorf("%v, something rests: %v", err, server.rests())
	}
	if _, err := server.Write(answer); !errors.Is(err, errKept) {
		t.Errorf("and then: %v", err)
	}
}

func TestPromptHeedsDeadlineAndEnd(t *testing.T) {
	client, server := connected(t)
	server.hurry()
	for !server.rests() {
		if _, err := server.Write(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.SetWriteDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := server.finish(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("finish: %v", err)
	}
	if _, err := server.Write([]byte("late")); err == nil || server.rests() {
		t.Errorf("after the deadline: %v", err)
	}
	client, server = connected(t)
	server.hurry()
	client.(*net.TCPConn).SetLinger(0)
	client.Close()
	for wrote := error(nil); wrote == nil; _, wrote = server.Write([]byte("late")) {
	}
}

// TestPromptWaitsUntilHurried, as a web server expects.
func TestPromptWaitsUntilHurried(t *testing.T) {
	client, server := connected(t)
	wrote := make(chan error)
	data := numbers(0, 16<<20)
	go func() {
		_, err := server.Write(data)
		wrote <- err
	}()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, data) {
		t.Fatal(err)
	}
	if err := <-wrote; err != nil || server.rests() {
		t.Fatal(err)
	}
}
