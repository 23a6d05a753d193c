package sfu

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Config of New.
type Config struct {
	Conn      net.PacketConn // nil: New opens Addr
	Addr      string         // "ip:port", UDP
	Advertise []netip.Addr   // addresses put into candidates; none: the bound one
	Now       func() time.Time
	Logger    *slog.Logger
}

// SFU forwards the media of any number of rooms over one UDP socket.
type SFU struct{ cfg Config }

// New opens the socket.
func New(c Config) (*SFU, error) { return nil, errors.ErrUnsupported }

// LocalAddr is the address of the socket.
func (s *SFU) LocalAddr() *net.UDPAddr { return nil }

// Room gets or makes the room.
func (s *SFU) Room(id string) *Room { return nil }

// Close ends every peer and then the socket.
func (s *SFU) Close() error { return nil }

// Stats returns the counters.
func (s *SFU) Stats() Stats { return Stats{} }

// Relay returns an in-memory socket whose only reachable peer is our media address.
func (s *SFU) Relay() (net.PacketConn, error) { return nil, errors.ErrUnsupported }

// Stats are counters since the start.
type Stats struct{ Rooms, Peers int }
