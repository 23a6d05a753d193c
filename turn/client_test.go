package turn

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// client speaks TURN message by message.
type client struct {
	t      *testing.T
	conn   net.Conn
	frames interface {
		ReadFrom([]byte) (int, net.Addr, error)
	}
	username, password, realm string
	nonce                     string
	relayed                   *net.UDPAddr
}

func (b *bench) dial(t *testing.T, username, password string) *client {
	t.Helper()
	c := b.reach(t, username, password)
	t.Cleanup(func() { c.conn.Close() })
	return c
}

// reach is dial for who closes the connection itself.
func (b *bench) reach(t *testing.T, username, password string) *client {
	t.Helper()
	var conn net.Conn
	var err error
	switch b.transport {
	case "udp":
		conn, err = net.Dial("udp", b.addr)
	case "tls":
		conn, err = tls.Dial("tcp", b.addr, &tls.Config{InsecureSkipVerify: true})
	default:
		conn, err = net.Dial("tcp", b.addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return clientOn(t, conn, username, password)
}

func clientOn(t *testing.T, conn net.Conn, username, password string) *client {
	c := &client{t: t, conn: conn, username: username, password: password, realm: "hearings"}
	if udp, ok := conn.(*net.UDPConn); ok {
		c.frames = udp
	} else {
		c.frames = pion.NewSTUNConn(conn)
	}
	return c
}

// enter issues a credential for user and allocates with it.
func (b *bench) enter(t *testing.T, user string) *client {
	t.Helper()
	name, password := b.Issue(user)
	c := b.dial(t, name, password)
	if code := c.allocate(); code != 0 {
		t.Fatalf("allocate: %d", code)
	}
	return c
}

func (c *client) read() (*stun.Message, []byte, error) {
	buf := make([]byte, 4096)
	c.conn.SetReadDeadline(time.Now().Add(patient))
	n, _, err := c.frames.ReadFrom(buf)
	if err != nil {
		return nil, nil, err
	}
	if buf[0] >= 0x40 {
		return nil, buf[:n], nil
	}
	m := &stun.Message{Raw: buf[:n]}
	return m, m.Raw, m.Decode()
}

func (c *client) write(setters ...stun.Setter) *stun.Message {
	c.t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, setters...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn.Write(m.Raw)
	return m
}

// ask sends a request, with the long-term credential, and returns the error code or 0;
// -1 if the connection ended. It answers one challenge for a nonce.
func (c *client) ask(method stun.Method, setters ...stun.Setter) (int, *stun.Message) {
	c.t.Helper()
	for challenged := c.nonce != ""; ; challenged = true {
		all := append([]stun.Setter{stun.NewType(method, stun.ClassRequest)}, setters...)
		if !challenged {
			all = append(all, stun.NewSoftware("long enough for the challenge to be no longer")) // sources.go
		}
		if challenged {
			all = append(all, stun.NewUsername(c.username), stun.NewRealm(c.realm), stun.NewNonce(c.nonce),
				stun.MessageIntegrity(pion.GenerateAuthKey(c.username, c.realm, c.password)))
		}
		m, err := c.exchange(c.write(all...))
		if err != nil {
			return -1, nil
		}
		if m.Type.Class == stun.ClassSuccessResponse {
			return 0, m
		}
		var code stun.ErrorCodeAttribute
		if err := code.GetFrom(m); err != nil {
			c.t.Fatal(err)
		}
		var nonce stun.Nonce
		if nonce.GetFrom(m) == nil {
			c.nonce = nonce.String()
		}
		if challenged {
			return int(code.Code), m
		}
	}
}

// exchange waits for the answer, and over UDP sends the request again meanwhile.
func (c *client) exchange(sent *stun.Message) (*stun.Message, error) {
	if _, datagrams := c.conn.(*net.UDPConn); datagrams {
		answered := make(chan struct{})
		defer close(answered)
		go func() {
			for again := time.NewTicker(100 * time.Millisecond); ; {
				select {
				case <-again.C:
					c.conn.Write(sent.Raw)
				case <-answered:
					again.Stop()
					return
				}
			}
		}()
	}
	for {
		m, _, err := c.read()
		if err != nil || m != nil && m.TransactionID == sent.TransactionID {
			return m, err
		}
	}
}

var overUDP = stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}

func (c *client) allocate(more ...stun.Setter) int {
	c.t.Helper()
	code, m := c.ask(stun.MethodAllocate, append([]stun.Setter{overUDP}, more...)...)
	if code == 0 {
		var addr stun.XORMappedAddress
		if err := addr.GetFromAs(m, stun.AttrXORRelayedAddress); err != nil {
			c.t.Fatal(err)
		}
		c.relayed = &net.UDPAddr{IP: addr.IP, Port: addr.Port}
	}
	return code
}

// requestedFamily is REQUESTED-ADDRESS-FAMILY: 1 is IPv4, 2 is IPv6.
func requestedFamily(family byte) stun.RawAttribute {
	return stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{family, 0, 0, 0}}
}

func (c *client) permit(peers ...stun.Setter) int {
	c.t.Helper()
	code, _ := c.ask(stun.MethodCreatePermission, peers...)
	return code
}

func (c *client) bind(channel uint16, peer stun.Setter) int {
	c.t.Helper()
	number := stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{byte(channel >> 8), byte(channel), 0, 0}}
	code, _ := c.ask(stun.MethodChannelBind, number, peer)
	return code
}

// send is a Send indication.
func (c *client) send(peer stun.Setter, data string) {
	c.t.Helper()
	c.write(stun.NewType(stun.MethodSend, stun.ClassIndication), peer, stun.RawAttribute{Type: stun.AttrData, Value: []byte(data)})
}

func (c *client) sendChannel(channel uint16, data string) {
	frame := []byte{byte(channel >> 8), byte(channel), byte(len(data) >> 8), byte(len(data))}
	frame = append(frame, data...)
	for len(frame)%4 != 0 {
		frame = append(frame, 0)
	}
	c.conn.Write(frame)
}

// expect reads the next relayed datagram, in an indication or on a channel.
func (c *client) expect(want string) {
	c.t.Helper()
	m, raw, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	got := string(raw[4:min(len(raw), 4+len(want))])
	if m != nil {
		data, _ := m.Get(stun.AttrData)
		got = string(data)
	}
	if got != want {
		c.t.Fatalf("client got %q, want %q", got, want)
	}
}

// peerAttr is XOR-PEER-ADDRESS.
func peerAttr(addr *net.UDPAddr) stun.Setter {
	return setter(func(m *stun.Message) error {
		return stun.XORMappedAddress{IP: addr.IP, Port: addr.Port}.AddToAs(m, stun.AttrXORPeerAddress)
	})
}

// mappedPeer is XOR-PEER-ADDRESS of the IPv6 family with an IPv4-mapped address.
func mappedPeer(addr netip.AddrPort) stun.Setter {
	return setter(func(m *stun.Message) error {
		ip := netip.AddrFrom16(addr.Addr().As16()).As16()
		value := append([]byte{0, 2, byte(addr.Port()>>8) ^ m.Raw[4], byte(addr.Port()) ^ m.Raw[5]}, ip[:]...)
		for i := range ip {
			value[4+i] ^= m.Raw[4+i]
		}
		m.Add(stun.AttrXORPeerAddress, value)
		return nil
	})
}

type setter func(*stun.Message) error

func (s setter) AddTo(m *stun.Message) error { return s(m) }
