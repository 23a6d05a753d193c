package walk

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/pion/stun/v4"
)

// Server is a TURN server and a credential for it.
type Server struct {
	Network            string // tcp, tls or udp
	Addr               string
	Username, Password string
	Dial               func(network, address string) (net.Conn, error) // nil: net.Dial
}

const (
	protoUDP, protoTCP = 17, 6

	patience = 10 * time.Second       // for an answer
	again    = 250 * time.Millisecond // after which a datagram is sent again
	marker   = "from a walker on the relay"
)

// client is one control connection.
type client struct {
	net.Conn
	server   Server
	realm    stun.Realm
	nonce    stun.Nonce
	datagram bool
}

func dial(s Server) (*client, error) {
	c := &client{server: s, datagram: s.Network == "udp"}
	open, network := s.Dial, s.Network
	if open == nil {
		open = net.Dial
	}
	if s.Network == "tls" {
		network = "tcp"
	}
	conn, err := open(network, s.Addr)
	if err != nil {
		return nil, fmt.Errorf("reach turn server: %w", err)
	}
	if c.Conn = conn; s.Network == "tls" {
		c.Conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	return c, nil
}

// leave ends the allocation, which over UDP does not end with the socket.
func (c *client) leave() {
	if c.datagram {
		_, _ = c.ask(stun.MethodRefresh, raw(stun.AttrLifetime, 0, 0, 0, 0))
	}
	_ = c.Close()
}

func (c *client) allocate(family string, protocol byte) (int, error) {
	attributes := []stun.Setter{raw(stun.AttrRequestedTransport, protocol, 0, 0, 0)}
	if six, named := map[string]byte{"IPv4": 1, "IPv6": 2}[family]; named {
		attributes = append(attributes, raw(stun.AttrRequestedAddressFamily, six, 0, 0, 0))
	}
	return c.ask(stun.MethodAllocate, attributes...)
}

func (c *client) refresh() (int, error) { return c.ask(stun.MethodRefresh) }

func (c *client) permit(peer netip.AddrPort) (int, error) {
	return c.ask(stun.MethodCreatePermission, peerAddress(peer))
}

func (c *client) bind(channel uint16, peer netip.AddrPort) (int, error) {
	return c.ask(stun.MethodChannelBind, raw(stun.AttrChannelNumber, byte(channel>>8), byte(channel), 0, 0), peerAddress(peer))
}

func (c *client) connect(peer netip.AddrPort) (int, error) {
	return c.ask(stun.MethodConnect, peerAddress(peer))
}

// indicate sends a Send indication.
func (c *client) indicate(peer netip.AddrPort) error {
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAddress(peer), raw(stun.AttrData, []byte(marker)...))
	if err != nil {
		return err
	}
	_, err = c.Write(m.Raw)
	return err
}

func (c *client) sendChannel(channel uint16) error {
	frame := binary.BigEndian.AppendUint16(nil, channel)
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(marker)))
	frame = append(frame, marker...)
	_, err := c.Write(append(frame, make([]byte, -len(frame)&3)...))
	return err
}

// channel is the number for the ith target. There are 4096 (RFC 8656, section 12).
func channel(i int) uint16 { return 0x4000 + uint16(i&0xfff) }

// ask sends a request and returns the code of the answer: 0 of a success, -1 of none.
func (c *client) ask(method stun.Method, attributes ...stun.Setter) (int, error) {
	for {
		all := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
		proving := len(c.nonce) > 0
		if proving {
			key := stun.NewLongTermIntegrity(c.server.Username, c.realm.String(), c.server.Password)
			all = append(all, stun.NewUsername(c.server.Username), c.realm, c.nonce, key)
		}
		request, err := stun.Build(all...)
		if err != nil {
			return 0, err
		}
		answer, err := c.exchange(request)
		switch {
		case err != nil:
			return 0, err
		case answer == nil:
			return -1, nil
		case answer.Type.Class == stun.ClassSuccessResponse:
			return 0, nil
		}
		var code stun.ErrorCodeAttribute
		if err := code.GetFrom(answer); err != nil {
			return 0, err
		}
		if proving && code.Code != stun.CodeStaleNonce || c.realm.GetFrom(answer) != nil || c.nonce.GetFrom(answer) != nil {
			return int(code.Code), nil
		}
	}
}

// exchange sends a request, over UDP again and again, and waits for its answer. A server may stay silent to a request
// that it refuses.
func (c *client) exchange(request *stun.Message) (*stun.Message, error) {
	tries, wait := 1, patience
	if c.datagram {
		tries, wait = 8, again
	}
	for range tries {
		if _, err := c.Write(request.Raw); err != nil {
			return nil, err
		}
		if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return nil, err
		}
		for {
			m, err := c.read()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				return nil, err
			}
			if m != nil && m.TransactionID == request.TransactionID {
				return m, nil
			}
		}
	}
	return nil, nil
}

// read returns the next message; nil for data.
func (c *client) read() (*stun.Message, error) {
	b := make([]byte, 4096)
	if c.datagram {
		n, err := c.Read(b)
		if err != nil || !stun.IsMessage(b[:n]) {
			return nil, err
		}
		m := &stun.Message{Raw: b[:n]}
		return m, m.Decode()
	}
	if _, err := io.ReadFull(c.Conn, b[:4]); err != nil {
		return nil, err
	}
	length, head := int(binary.BigEndian.Uint16(b[2:])), 20
	if b[0] >= 0x40 {
		length, head = (length+3)&^3, 4
	}
	if head+length > len(b) {
		return nil, fmt.Errorf("a frame of %d bytes", head+length)
	}
	if _, err := io.ReadFull(c.Conn, b[4:head+length]); err != nil || head == 4 {
		return nil, err
	}
	m := &stun.Message{Raw: b[:head+length]}
	return m, m.Decode()
}

func raw(kind stun.AttrType, value ...byte) stun.RawAttribute {
	return stun.RawAttribute{Type: kind, Value: value}
}

// peer is XOR-PEER-ADDRESS in exactly the form given: a library would write a mapped address as IPv4.
type peer netip.AddrPort

func peerAddress(a netip.AddrPort) stun.Setter { return peer(a) }

// AddTo implements stun.Setter (RFC 8489, section 14.2).
func (p peer) AddTo(m *stun.Message) error {
	a := netip.AddrPort(p)
	value := []byte{0, 2, byte(a.Port()>>8) ^ m.Raw[4], byte(a.Port()) ^ m.Raw[5]}
	if a.Addr().Is4() {
		value[1] = 1
	}
	for i, b := range a.Addr().AsSlice() {
		value = append(value, b^m.Raw[4+i])
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}

func fields(addresses string) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for each := range strings.FieldsSeq(addresses) {
			if !yield(netip.MustParseAddr(each)) {
				return
			}
		}
	}
}
