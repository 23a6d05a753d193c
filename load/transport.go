package load

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
	"golang.org/x/time/rate"
)

const (
	checkEvery = 5 * time.Millisecond  // how often ICE looks what came of its checks; browsers decide as fast
	checkSlow  = 50 * time.Millisecond // between checks, as browsers send them (RFC 8445, section 14.2),
	checkFast  = 8                     // but for the first ones
	hurryUp    = 20                    // early packets that are kept until there are keys
	maxPacket  = 1500
	socketRoom = 1 << 20 // bytes that the system may keep of what came
)

// transport carries the media of one guest: a socket, ICE, DTLS and SRTP of Pion. Media never waits in a queue and changes
// no goroutine: what the socket gives that is neither STUN nor DTLS is decrypted and looked at where it was read.
type transport struct {
	// fixed
	now   func() time.Time
	mux   *ice.UDPMuxDefault
	agent *ice.Agent
	mine  tls.Certificate
	ufrag string
	pwd   string

	// media takes what came, decrypted; valid until it returns. It is called by one goroutine at a time.
	media func(packet []byte, at time.Time)
	// control is the same for RTCP.
	control func(packet []byte, at time.Time)

	socket *net.UDPConn
	checks *rate.Limiter  // that are sent
	to     netip.AddrPort // fixed once there are keys
	dtls   *dtls.Conn

	receiving sync.Mutex
	in        *srtp.Context
	early     []arrival
	header    rtp.Header
	clear     []byte

	sending sync.Mutex
	out     *srtp.Context
	sealed  []byte
}

// newTransport opens a socket on an address of this machine.
func newTransport(local netip.Addr, now func() time.Time) (*transport, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	_ = socket.SetReadBuffer(socketRoom) // as much as the system gives
	stampArrivals(socket)
	t := &transport{now: now, socket: socket, checks: rate.NewLimiter(rate.Every(checkSlow), checkFast), clear: make([]byte, maxPacket), sealed: make([]byte, maxPacket)}
	t.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: inlet{socket, t}, Logger: silent{}})
	if t.mine, err = selfsign.GenerateSelfSigned(); err == nil {
		t.agent, err = newAgent(local, t.mux)
	}
	if err == nil {
		t.ufrag, t.pwd, err = t.agent.GetLocalUserCredentials()
	}
	if err != nil {
		t.close()
		return nil, fmt.Errorf("prepare media: %w", err)
	}
	return t, nil
}

func newAgent(local netip.Addr, mux ice.UDPMux) (*ice.Agent, error) {
	network := ice.NetworkTypeUDP4
	if local.Is6() {
		network = ice.NetworkTypeUDP6
	}
	every, most := checkEvery, uint16(stepTime/checkEvery) // Pion would give up after seven, in less time than a busy server takes to answer one
	return ice.NewAgent(&ice.AgentConfig{
		NetworkTypes: []ice.NetworkType{network}, CandidateTypes: []ice.CandidateType{ice.CandidateTypeHost}, IncludeLoopback: true,
		MulticastDNSMode: ice.MulticastDNSModeDisabled, UDPMux: mux, CheckInterval: &every, MaxBindingRequests: &most, LoggerFactory: silent{},
	})
}

// fingerprint is of our certificate, as it stands in an offer (RFC 8122).
func (t *transport) fingerprint() (string, error) {
	leaf, err := x509.ParseCertificate(t.mine.Certificate[0])
	if err != nil {
		return "", err
	}
	return fingerprint.Fingerprint(leaf, crypto.SHA256)
}

// connect goes the way to the server that its answer shows, and returns once media can flow.
func (t *transport) connect(ctx context.Context, a answer) error {
	conn, err := t.reach(ctx, a)
	if err != nil {
		return fmt.Errorf("ice: %w", err)
	}
	if err := t.shake(ctx, conn, a); err != nil {
		return fmt.Errorf("dtls: %w", err)
	}
	return nil
}

// reach finds a path.
func (t *transport) reach(ctx context.Context, a answer) (net.Conn, error) {
	gathered := make(chan struct{})
	err := t.agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(gathered)
		}
	})
	if err := errors.Join(err, t.agent.GatherCandidates()); err != nil {
		return nil, err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for _, text := range a.candidates {
		c, err := ice.UnmarshalCandidate(text)
		if err == nil {
			err = t.agent.AddRemoteCandidate(c)
		}
		if err != nil {
			return nil, err
		}
	}
	conn, err := t.agent.Dial(ctx, a.ufrag, a.pwd)
	if err != nil {
		return nil, err
	}
	pair, err := t.agent.GetSelectedCandidatePair()
	if err == nil && pair == nil {
		err = errors.New("the path is gone again")
	}
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(pair.Remote.Address())
	t.to = netip.AddrPortFrom(ip, uint16(pair.Remote.Port()))
	return conn, err
}

// shake makes the keys. We are the DTLS client, as browsers are to this server.
func (t *transport) shake(ctx context.Context, conn net.Conn, a answer) (err error) {
	t.dtls, err = dtls.ClientWithOptions(dtlsnet.PacketConnFromConn(conn), conn.RemoteAddr(),
		dtls.WithCertificates(t.mine), dtls.WithInsecureSkipVerify(true), dtls.WithLoggerFactory(silent{}),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithVerifyPeerCertificate(a.verify))
	if err != nil {
		return err
	}
	if err := t.dtls.HandshakeContext(ctx); err != nil {
		return err
	}
	state, ok := t.dtls.ConnectionState()
	chosen, agreed := t.dtls.SelectedSRTPProtectionProfile()
	if !ok || !agreed {
		return errors.New("no SRTP was agreed on")
	}
	keys := srtp.Config{Profile: srtp.ProtectionProfile(chosen)}
	if err := keys.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	in, err := srtp.CreateContext(keys.Keys.RemoteMasterKey, keys.Keys.RemoteMasterSalt, keys.Profile)
	if err != nil {
		return err
	}
	out, err := srtp.CreateContext(keys.Keys.LocalMasterKey, keys.Keys.LocalMasterSalt, keys.Profile)
	if err != nil {
		return err
	}
	t.sending.Lock()
	t.out = out
	t.sending.Unlock()
	t.receiving.Lock()
	defer t.receiving.Unlock()
	t.in = in
	for _, one := range t.early {
		t.open(one.packet, one.at)
	}
	t.early = nil
	return nil
}

// verify holds the certificate that the server shows to the fingerprint of its answer.
func (a answer) verify(certificates [][]byte, _ [][]*x509.Certificate) error {
	if len(certificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	shown, err := x509.ParseCertificate(certificates[0])
	if err != nil {
		return err
	}
	algorithm, want, _ := strings.Cut(a.fingerprint, " ")
	hash, err := fingerprint.HashFromString(strings.ToLower(algorithm))
	if err != nil {
		return err
	}
	if got, err := fingerprint.Fingerprint(shown, hash); err != nil || !strings.EqualFold(got, want) {
		return errors.New("the server's certificate is not that of its answer")
	}
	return nil
}

// arrival is a packet, and when it came.
type arrival struct {
	packet []byte
	at     time.Time
}

// receive takes what the socket gave: SRTP or SRTCP.
func (t *transport) receive(packet []byte, at time.Time) {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	switch {
	case t.in != nil:
		t.open(packet, at)
	case len(t.early) < hurryUp: // the server had the keys first
		t.early = append(t.early, arrival{slices.Clone(packet), at})
	}
}

// open decrypts. Who forges or repeats packets is none of ours to count.
func (t *transport) open(packet []byte, at time.Time) {
	if isControl(packet) {
		if clear, err := t.in.DecryptRTCP(t.clear[:0], packet, nil); err == nil {
			t.control(clear, at)
		}
		return
	}
	if clear, err := t.in.DecryptRTP(t.clear[:0], packet, &t.header); err == nil {
		t.media(clear, at)
	}
}

// send seals an RTP packet and sends it; header is that of the packet, or nil.
func (t *transport) send(header *rtp.Header, packet []byte) error {
	t.sending.Lock()
	defer t.sending.Unlock()
	if t.out == nil {
		return net.ErrClosed
	}
	sealed, err := t.out.EncryptRTP(t.sealed[:0], packet, header)
	return t.write(sealed, err)
}

// report seals an RTCP packet and sends it.
func (t *transport) report(packet []byte) error {
	t.sending.Lock()
	defer t.sending.Unlock()
	if t.out == nil {
		return net.ErrClosed
	}
	sealed, err := t.out.EncryptRTCP(t.sealed[:0], packet, nil)
	return t.write(sealed, err)
}

func (t *transport) write(sealed []byte, err error) error {
	if err == nil {
		_, err = t.socket.WriteToUDPAddrPort(sealed, t.to)
	}
	return err
}

func (t *transport) close() {
	t.sending.Lock()
	t.out = nil
	t.sending.Unlock()
	if t.dtls != nil {
		_ = t.dtls.Close()
	}
	if t.agent != nil {
		_ = t.agent.GracefulClose()
	}
	_ = t.mux.Close()
	_ = t.socket.Close()
}

// inlet is the socket as ICE sees it: without media.
type inlet struct {
	*net.UDPConn
	transport *transport
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (i inlet) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	var beside [arrivalSize]byte
	for {
		n, m, _, from, err := i.ReadMsgUDPAddrPort(b, beside[:])
		if err != nil || n == 0 || b[0] < 128 || b[0] > 191 { // RFC 9443, section 3
			return n, from, err
		}
		i.transport.receive(b[:n], i.transport.now().Add(-arrivalAge(beside[:m], time.Now())))
	}
}

// WriteToAddrPort implements ice.AddrPortReaderWriter. Checks in between are not sent: a server that is slow to answer
// would get a flood of them.
func (i inlet) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if stun.IsMessage(b) && !i.transport.checks.AllowN(i.transport.now(), 1) {
		return len(b), nil
	}
	return i.WriteToUDPAddrPort(b, to)
}

// isControl tells RTCP from RTP (RFC 5761, section 4).
func isControl(packet []byte) bool { return len(packet) > 1 && packet[1] >= 192 && packet[1] <= 223 }

// silent is a logger of Pion's that says nothing: what fails is told by who asked for it.
type silent struct{}

// NewLogger implements logging.LoggerFactory.
func (s silent) NewLogger(string) logging.LeveledLogger { return s }

func (silent) Trace(string)          {}
func (silent) Tracef(string, ...any) {}
func (silent) Debug(string)          {}
func (silent) Debugf(string, ...any) {}
func (silent) Info(string)           {}
func (silent) Infof(string, ...any)  {}
func (silent) Warn(string)           {}
func (silent) Warnf(string, ...any)  {}
func (silent) Error(string)          {}
func (silent) Errorf(string, ...any) {}
