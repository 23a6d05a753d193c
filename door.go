package main

import (
	"fmt"
	"net"
	"net/netip"

	"jalsa/turn"
)

// door is the one TCP port: pages, sockets and the relay come in here.
type door struct {
	net.Listener
	web, stun net.Listener
}

// openDoor opens the port. Nothing is accepted before split.
func openDoor(address string, proxies []netip.Addr) (*door, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("open web port: %w", elsewhere(err, "--listen"))
	}
	return &door{Listener: behind(l, proxies)}, nil
}

// split begins to accept.
func (d *door) split() {
	web, stun := turn.Split(d.Listener)
	d.web, d.stun = gentle(web), stun
}

// doorStats is what `jalsa stats` tells of the door.
type doorStats struct {
	Certificate *certificateState `json:"certificate,omitempty"` // nil: the door speaks no TLS
}

func (d *door) stats() doorStats { return doorStats{} }
