package sfu

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/protocol/extension"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"
)

// replayWindow is how many packets of an SSRC may overtake one another before the late ones are refused. A publisher's
// retransmissions come under numbers of their own, so that reordering by the network is all that it has to bear.
const replayWindow = 256

// errNoKeys cannot happen after a handshake for media.
var errNoKeys = errors.New("handshake left no keys for media")

// handshakeKeys overhears a DTLS handshake that Pion answers, for the keys of media (RFC 5764): Pion has no other way to
// say them. Pion writes the secret as it would for a key log, and shows the hello with which it answers. One is made for
// each PeerConnection; its secret stays in memory until the contexts are made.
type handshakeKeys struct {
	mu      sync.Mutex
	client  []byte // random of the client's hello
	server  []byte // and of ours
	secret  []byte // master secret
	suite   uint16
	profile srtp.ProtectionProfile // 0: none was agreed on
}

// overhear has a connection's handshake be overheard. The server's role must be ours.
func (k *handshakeKeys) overhear(s *webrtc.SettingEngine) {
	s.SetDTLSKeyLogWriter(k)
	s.SetDTLSServerHelloMessageHook(k.hello)
}

func (k *handshakeKeys) hello(m handshake.MessageServerHello) handshake.Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	random := m.Random.MarshalFixed()
	k.server = random[:]
	if m.CipherSuiteID != nil {
		k.suite = *m.CipherSuiteID
	}
	for _, x := range m.Extensions {
		if x, ok := x.(*extension.UseSRTP); ok && len(x.ProtectionProfiles) == 1 {
			k.profile = profileOf(x.ProtectionProfiles[0])
		}
	}
	return &m
}

func profileOf(p dtls.SRTPProtectionProfile) srtp.ProtectionProfile {
	switch p {
	case dtls.SRTP_AEAD_AES_128_GCM:
		return srtp.ProtectionProfileAeadAes128Gcm
	case dtls.SRTP_AES128_CM_HMAC_SHA1_80:
		return srtp.ProtectionProfileAes128CmHmacSha1_80
	}
	return 0
}

// Write implements io.Writer for a line of the NSS key log format: label, client's random, secret, in hexadecimal.
func (k *handshakeKeys) Write(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if len(fields) != 3 || string(fields[0]) != "CLIENT_RANDOM" {
		return len(line), nil
	}
	client, err := hex.AppendDecode(nil, fields[1])
	if err != nil {
		return 0, fmt.Errorf("read client random: %w", err)
	}
	secret, err := hex.AppendDecode(nil, fields[2])
	if err != nil {
		return 0, fmt.Errorf("read master secret: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.client, k.secret = client, secret
	return len(line), nil
}

// contexts seal what we send and open what comes, once the handshake is complete. They are made once: two that send with
// one key would repeat nonces.
func (k *handshakeKeys) contexts() (ours *sealer, theirs *opener, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil || k.server == nil || k.profile == 0 {
		return nil, nil, errNoKeys
	}
	key, err := k.profile.KeyLen()
	if err != nil {
		return nil, nil, fmt.Errorf("media keys: %w", err)
	}
	salt, err := k.profile.SaltLen()
	if err != nil {
		return nil, nil, fmt.Errorf("media keys: %w", err)
	}
	seed := append(append([]byte("EXTRACTOR-dtls_srtp"), k.client...), k.server...)
	m := exported(prfHash(k.suite), k.secret, seed, 2*(key+salt))
	clear(k.secret)
	k.secret = nil
	// Client's key, server's key, client's salt, server's salt (RFC 5764, section 4.2).
	if ours, err = newSealer(m[key:2*key], m[2*key+salt:], k.profile); err != nil {
		return nil, nil, err
	}
	if theirs, err = newOpener(m[:key], m[2*key:2*key+salt], k.profile); err != nil {
		return nil, nil, err
	}
	return ours, theirs, nil
}

// prfHash is what a cipher suite derives with: SHA-256 unless its name says otherwise (RFC 5246, section 5; RFC 5289).
func prfHash(suite uint16) func() hash.Hash {
	switch dtls.CipherSuiteID(suite) {
	case dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:
		return sha512.New384
	}
	return sha256.New
}

// exported is n bytes of keying material (RFC 5705, section 4), by TLS 1.2's P_hash (RFC 5246, section 5).
func exported(h func() hash.Hash, secret, seed []byte, n int) []byte {
	var out []byte
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := seed; len(out) < n; {
		a = sum(a)
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}
