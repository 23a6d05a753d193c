package walk

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Canary is a UDP and a TCP socket at one port of every address of the machine, IPv4 and IPv6. It counts whatever comes.
type Canary struct {
	udp  *net.UDPConn
	tcp  *net.TCPListener
	port uint16

	Heard int // datagrams and connections so far
}

// NewCanary opens the sockets at a port that both have free.
func NewCanary() (*Canary, error) {
	var last error
	for range 20 {
		udp, err := net.ListenUDP("udp", nil)
		if err != nil {
			return nil, fmt.Errorf("open canary: %w", err)
		}
		port := udp.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		tcp, err := net.ListenTCP("tcp", &net.TCPAddr{Port: int(port)})
		if err == nil {
			return &Canary{udp: udp, tcp: tcp, port: port}, nil
		}
		last = errors.Join(err, udp.Close())
	}
	return nil, fmt.Errorf("open canary: %w", last)
}

// Port is where it listens.
func (c *Canary) Port() uint16 { return c.port }

// Close closes the sockets.
func (c *Canary) Close() error { return errors.Join(c.udp.Close(), c.tcp.Close()) }

// Datagrams tells whether any came since the last look. It sends one itself and reads up to that, so that it need not wait
// for what does not come.
func (c *Canary) Datagrams() bool {
	before := c.Heard
	last := []byte(fmt.Sprint("a canary looks ", time.Now().UnixNano()))
	if _, err := c.udp.WriteToUDPAddrPort(last, c.here()); err != nil {
		panic(err) // a canary that hears nothing proves nothing
	}
	b := make([]byte, 2048)
	for {
		n, _, err := c.udp.ReadFromUDPAddrPort(b)
		if err != nil {
			panic(err)
		}
		if bytes.Equal(b[:n], last) {
			return c.Heard > before
		}
		c.Heard++
	}
}

// Connections does the same for TCP.
func (c *Canary) Connections() bool {
	before := c.Heard
	own, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(c.here()))
	if err != nil {
		panic(err)
	}
	defer own.Close()
	for {
		conn, err := c.tcp.AcceptTCP()
		if err != nil {
			panic(err)
		}
		from := conn.RemoteAddr().String()
		conn.Close()
		if from == own.LocalAddr().String() {
			return c.Heard > before
		}
		c.Heard++
	}
}

func (c *Canary) here() netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), c.port)
}
