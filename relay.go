package main

import (
	"fmt"
	"net"
	"net/url"
	"strconv"

	"jalsa/signaling"
)

// relayBuffer is what the system may hold of datagrams that were not read yet: 50 ms of many people's pictures.
const relayBuffer = 4 << 20

// openTurnUDP opens the relay's own UDP port, if it is to have one.
func openTurnUDP(address string) (*net.UDPConn, error) {
	if address == "" {
		return nil, nil
	}
	addr, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("--turn-udp %q: %w", address, err)
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("open relay port: %w", elsewhere(err, "--turn-udp"))
	}
	_ = conn.SetReadBuffer(relayBuffer)  // the system may allow less,
	_ = conn.SetWriteBuffer(relayBuffer) // which doctor tells
	return conn, nil
}

// relayFor hands out the relay credential of one admitted participant, or of one rehearsal.
func (s *server) relayFor(user string) []signaling.Relay {
	u, _ := url.Parse(s.public)
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	scheme := map[string]string{"http": "turn", "https": "turns"}[u.Scheme]
	urls := []string{scheme + ":" + net.JoinHostPort(u.Hostname(), port) + "?transport=tcp"}
	if s.turnUDP != nil {
		port = strconv.Itoa(s.turnUDP.LocalAddr().(*net.UDPAddr).Port)
		urls = append(urls, "turn:"+net.JoinHostPort(u.Hostname(), port)+"?transport=udp")
	}
	name, password := s.relay.Issue(user)
	return []signaling.Relay{{URLs: urls, Username: name, Credential: password}}
}
