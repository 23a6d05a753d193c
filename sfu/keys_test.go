package sfu

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"jalsa/sfu/udp"
)

// TestKeysAreThoseOfTheHandshake: what one side of Pion's seals the overheard keys open, and the other way round, for
// whatever suite and profile the two may agree on.
func TestKeysAreThoseOfTheHandshake(t *testing.T) {
	certificate, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	suites := []dtls.CipherSuiteID{
		dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		dtls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	}
	for _, suite := range suites {
		for _, profile := range srtpProfiles {
			t.Run(fmt.Sprintf("%s/%d", dtls.CipherSuiteName(suite), profile), func(t *testing.T) {
				var k handshakeKeys
				client := shakeHands(t, &k, certificate, suite, profile)
				ours, theirs, err := k.contexts()
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := k.contexts(); err == nil {
					t.Error("contexts were made twice")
				}
				out, in := clientContexts(t, client, profileOf(profile))
				passes(t, "to us", sealingBy(out), theirs.end())
				passes(t, "from us", ours.end(), openingBy(in))
			})
		}
	}
}

// shakeHands returns the client's end.
func shakeHands(t *testing.T, k *handshakeKeys, certificate tls.Certificate, suite dtls.CipherSuiteID, profile dtls.SRTPProtectionProfile) *dtls.Conn {
	t.Helper()
	var ends [2]net.PacketConn
	for i := range ends {
		var err error
		if ends[i], err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	shared := []dtls.Option{
		dtls.WithCertificates(certificate), dtls.WithSRTPProtectionProfiles(profile), dtls.WithInsecureSkipVerify(true),
		dtls.WithCipherSuites(suite),
	}
	toServer := []dtls.ServerOption{dtls.WithKeyLogWriter(k), dtls.WithServerHelloMessageHook(k.hello), dtls.WithInsecureSkipVerifyHello(true)}
	var toClient []dtls.ClientOption
	for _, o := range shared {
		toServer, toClient = append(toServer, o), append(toClient, o)
	}
	server, err := dtls.ServerWithOptions(ends[0], ends[1].LocalAddr(), toServer...)
	if err != nil {
		t.Fatal(err)
	}
	client, err := dtls.ClientWithOptions(ends[1], ends[0].LocalAddr(), toClient...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testWithin)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- server.HandshakeContext(ctx) }()
	if err := client.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client
}

// clientContexts are what Pion makes of the other end of a handshake.
func clientContexts(t *testing.T, client *dtls.Conn, profile srtp.ProtectionProfile) (out, in *srtp.Context) {
	t.Helper()
	state, ok := client.ConnectionState()
	if !ok {
		t.Fatal("no state of the handshake")
	}
	c := srtp.Config{Profile: profile}
	if err := c.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		t.Fatal(err)
	}
	out, err := srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, profile)
	if err != nil {
		t.Fatal(err)
	}
	in, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, profile)
	if err != nil {
		t.Fatal(err)
	}
	return out, in
}

// end seals or opens, by ours or by Pion's.
type end func(b []byte, control bool) ([]byte, error)

func (s *sealer) end() end {
	return func(b []byte, control bool) ([]byte, error) {
		to := make([]byte, len(b), udp.MTU)
		var n int
		var err error
		if copy(to, b); control {
			n, err = s.sealControl(to[:cap(to)], len(b))
		} else {
			var h header
			if !h.read(b) {
				return nil, errors.New("no RTP")
			}
			n, err = s.seal(to[:cap(to)], h.size, len(b), h.ssrc, uint64(h.sequence))
		}
		return to[:n:cap(to)], err
	}
}

func (o *opener) end() end {
	in := &ingress{theirs: o}
	return func(b []byte, control bool) (opened []byte, err error) {
		var why drop
		if control {
			opened, why = in.openControl(bytes.Clone(b))
		} else {
			opened, why = in.open(bytes.Clone(b), &header{})
		}
		if why != "" {
			err = errors.New(string(why))
		}
		return opened, err
	}
}

func sealingBy(c *srtp.Context) end {
	return func(b []byte, control bool) ([]byte, error) {
		if control {
			return c.EncryptRTCP(nil, b, nil)
		}
		return c.EncryptRTP(nil, b, nil)
	}
}

func openingBy(c *srtp.Context) end {
	return func(b []byte, control bool) ([]byte, error) {
		if control {
			return c.DecryptRTCP(nil, b, nil)
		}
		return c.DecryptRTP(nil, b, nil)
	}
}

// passes tells whether packets that one end seals are opened by the other.
func passes(t *testing.T, way string, from, to end) {
	t.Helper()
	media, err := (&rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7, SequenceNumber: 9}, Payload: []byte("media")}).Marshal()
	must(t, err)
	control, err := rtcp.Marshal([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: 7, MediaSSRC: 8}})
	must(t, err)
	for _, b := range [][]byte{media, control} {
		sealed, err := from(b, controls(b))
		must(t, err)
		if opened, err := to(sealed, controls(b)); err != nil || !bytes.Equal(opened, b) {
			t.Errorf("%s, RTCP %v: %v", way, controls(b), err)
		}
	}
}

// TestKeysBeforeTheirTime: half a handshake gives none.
func TestKeysBeforeTheirTime(t *testing.T) {
	var k handshakeKeys
	if _, _, err := k.contexts(); err == nil {
		t.Error("keys of nothing")
	}
	if _, err := k.Write([]byte("CLIENT_RANDOM zz 00\n")); err == nil {
		t.Error("took what is not hexadecimal")
	}
	if _, err := k.Write([]byte("SERVER_HANDSHAKE_TRAFFIC_SECRET 00 00\n")); err != nil || k.secret != nil {
		t.Error("took another secret")
	}
}
