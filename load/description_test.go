package load

import (
	"strings"
	"testing"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

const answerText = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=fingerprint:sha-256 AA:BB\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:name\r\na=ice-pwd:password\r\na=candidate:1 1 udp 1 127.0.0.1 8080 typ host\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=extmap:4 " + wideURI + "\r\na=ssrc-group:FID 200 201\r\n"

func TestParseAnswer(t *testing.T) {
	a, err := parseAnswer(answerText)
	if err != nil {
		t.Fatal(err)
	}
	if a.ufrag != "name" || a.pwd != "password" || a.fingerprint != "sha-256 AA:BB" || len(a.candidates) != 1 || a.repairs[201] != 200 || a.wide["0"] || !a.wide["1"] {
		t.Errorf("%+v", a)
	}
	for _, without := range []string{"a=ice-ufrag:name", "a=ice-pwd:password", "a=fingerprint:sha-256 AA:BB", "a=candidate:1 1 udp 1 127.0.0.1 8080 typ host"} {
		if _, err := parseAnswer(strings.Replace(answerText, without+"\r\n", "", 1)); err == nil {
			t.Errorf("an answer without %s is taken", without)
		}
	}
	if _, err := parseAnswer("nonsense"); err == nil {
		t.Error("nonsense is taken")
	}
}

// Whoever sits between us and the server is found out by the certificate.
func TestStrangersCertificateIsRefused(t *testing.T) {
	own, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	strange, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	print, err := (&transport{mine: own}).fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	a := answer{fingerprint: "SHA-256 " + strings.ToLower(print)}
	if err := a.verify(own.Certificate, nil); err != nil {
		t.Error(err)
	}
	if a.verify(strange.Certificate, nil) == nil || a.verify(nil, nil) == nil {
		t.Error("taken")
	}
}
