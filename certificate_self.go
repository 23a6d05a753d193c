package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Files of our own certificate and its key, in the data folder. The certificate alone may be given to devices.
const (
	selfSignedFile = "self-signed.pem"
	selfSignedKey  = "self-signed.key"
)

// selfSignedLife is the longest that phones take (Apple: 825 days).
const selfSignedLife = 825 * 24 * time.Hour

// selfSigned is a certificate that nobody vouches for. Browsers warn of it once; then camera and microphone work. For a
// trial on a LAN.
type selfSigned struct{ certificate tls.Certificate }

// openSelfSigned reads the certificate of an earlier start, so that browsers need not be told again, or makes one.
func openSelfSigned(data, host string, now time.Time) (certificates, error) {
	file, keyFile := filepath.Join(data, selfSignedFile), filepath.Join(data, selfSignedKey)
	if c, err := tls.LoadX509KeyPair(file, keyFile); err == nil && usable(c.Leaf, host, now.Add(soon)) == nil {
		return &selfSigned{c}, nil
	}
	certificate, key, err := makeSelfSigned(host, now)
	if err != nil {
		return nil, fmt.Errorf("make own certificate: %w", err)
	}
	if err := errors.Join(os.WriteFile(keyFile, key, 0o600), os.WriteFile(file, certificate, 0o644)); err != nil {
		return nil, fmt.Errorf("keep own certificate: %w", err)
	}
	c, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("read own certificate: %w", err)
	}
	return &selfSigned{c}, nil
}

// makeSelfSigned returns certificate and key as PEM.
func makeSelfSigned(host string, now time.Time) (certificate, key []byte, err error) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: host, Organization: []string{"Jalsa, self-signed"}},
		NotBefore:    now.Add(-time.Hour), // clocks of phones
		NotAfter:     now.Add(selfSignedLife - time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	if err != nil {
		return nil, nil, err
	}
	packed, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: packed}), nil
}

func (s *selfSigned) source() string { return tlsSelfSigned }

func (s *selfSigned) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.certificate}}
}

func (s *selfSigned) current() *tls.Certificate { return &s.certificate }

func (s *selfSigned) look(time.Time) {}

func (s *selfSigned) Close() error { return nil }

// fingerprint is how browsers show which certificate they were given.
func fingerprint(c *tls.Certificate) string {
	sum := sha256.Sum256(c.Leaf.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
