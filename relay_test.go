package main

import (
	"bytes"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRelayOverUDP: off unless asked for; then told to people beside the one on the web's port, and answering.
func TestRelayOverUDP(t *testing.T) {
	for address, want := range map[string]int{"": 1, "127.0.0.1:0": 2} {
		s, err := newServer(filepath.Join(t.TempDir(), "data"), network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}, TurnUDP: address},
			mailing{}, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		told := s.relayFor("somebody")[0]
		if len(told.URLs) != want {
			t.Fatalf("--turn-udp=%q: told %v", address, told.URLs)
		}
		if want == 1 {
			continue
		}
		conn, err := net.Dial("udp", s.turnUDP.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, port, _ := net.SplitHostPort(conn.RemoteAddr().String()); told.URLs[1] != "turn:localhost:"+port+"?transport=udp" {
			t.Errorf("told %s of port %s", told.URLs[1], port)
		}
		allocate := []byte("\x00\x03\x00\x08\x21\x12\xa4\x42............\x00\x19\x00\x04\x11\x00\x00\x00") // RFC 8656, as browsers begin
		answer := make([]byte, 1500)
		for range 2 { // the second earns the answer
			if _, err := conn.Write(allocate); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(answer)
		if err != nil || !bytes.HasPrefix(answer, []byte{0x01, 0x13}) || !strings.Contains(string(answer[:n]), "jalsa") {
			t.Errorf("answered %q, %v", answer[:n], err)
		}
	}
}
