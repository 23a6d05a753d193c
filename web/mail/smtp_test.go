package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a mail server that answers some recipients in a way of their own and keeps what it takes.
type office struct {
	password string // "": nobody needs one

	mu          sync.Mutex
	taken       []string // whole messages
	connections int
}

// counted counts connections.
type counted struct {
	net.Listener
	office *office
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.office.mu.Lock()
		c.office.connections++
		c.office.mu.Unlock()
	}
	return conn, err
}

var answers = map[string]*smtp.SMTPError{
	"later@example.org":   {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come again"},
	"full@example.org":    {Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"},
	"nobody@example.org":  {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"},
	"policy@example.org":  {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not allowed"},
	"closing@example.org": {Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "shutting down"},
	"secret@example.org":  {Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "authenticate first"},
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &visit{office: o, known: o.password == ""}, nil
}

func (o *office) letters() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.taken)
}

type visit struct {
	office *office
	known  bool
	to     string
}

func (v *visit) AuthMechanisms() []string {
	if v.office.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "jalsa" || password != v.office.password {
			return smtp.ErrAuthFailed
		}
		v.known = true
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error {
	if !v.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	if answer, ok := answers[to]; ok {
		return answer
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch v.to {
	case "large@example.org":
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "too much"}
	case "spam@example.org":
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "we do not like it"}
	}
	v.office.mu.Lock()
	defer v.office.mu.Unlock()
	v.office.taken = append(v.office.taken, string(text))
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// open starts a mail server and returns a carrier to it; certified nil is one without encryption.
func (o *office) open(t *testing.T, encryption Encryption, certified *authority) *SMTP {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(o)
	server.Domain = "mail.example"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener = counted{listener, o}
	carrier := &SMTP{
		Address: listener.Addr().String(), Encryption: encryption, Hello: "audiences.example.ma",
		From: mail.Address{Name: "Audiences", Address: "audiences@example.ma"}, Now: time.Now,
	}
	if certified != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certified.certificate}}
		carrier.Roots = certified.roots
	}
	if encryption == ImplicitTLS {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		carrier.Rest()
		server.Close()
		running.Wait()
	})
	return carrier
}

// authority has certified a mail server on 127.0.0.1.
type authority struct {
	certificate tls.Certificate
	roots       *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &authority{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots}
}

func letterTo(address string) Letter {
	return Letter{
		ID: "abc.def@audiences.example.ma", To: address, ReplyTo: "greffe@example.ma", Language: "fr",
		Subject: "Rendez-vous confirmé", Text: "Bonjour\nà demain", HTML: "<p>Bonjour</p>",
		Calendars: []Calendar{{"appointment.ics", "REQUEST", []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")}},
	}
}

func TestLettersGoEncryptedAndAuthenticated(t *testing.T) {
	for _, encryption := range []Encryption{StartTLS, ImplicitTLS, NoTLS} {
		t.Run(string(encryption), func(t *testing.T) {
			o := &office{password: "opensesame"}
			certified := newAuthority(t)
			if encryption == NoTLS {
				certified = nil
			}
			carrier := o.open(t, encryption, certified)
			carrier.User, carrier.Password = "jalsa", "opensesame"
			for range 2 {
				if err := carrier.Carry(t.Context(), letterTo("youssef@example.org")); err != nil {
					t.Fatal(err)
				}
			}
			letters := o.letters()
			if len(letters) != 2 || o.connections != 1 {
				t.Fatalf("%d letters over %d connections", len(letters), o.connections)
			}
			for _, want := range []string{
				"Message-ID: <abc.def@audiences.example.ma>", "Auto-Submitted: auto-generated", "Reply-To: <greffe@example.ma>",
				`From: "Audiences" <audiences@example.ma>`, "To: <youssef@example.org>", "Subject: =?UTF-8?q?Rendez-vous_confirm=C3=A9?=",
				"text/calendar; charset=utf-8; method=REQUEST",
			} {
				if !strings.Contains(letters[0], want) {
					t.Errorf("no %q in\n%s", want, letters[0])
				}
			}
		})
	}
}

func TestWhatAMailServerSaysDecidesWhetherItIsTriedAgain(t *testing.T) {
	o := &office{}
	carrier := o.open(t, NoTLS, nil)
	for address, want := range map[string]Failure{
		"later@example.org":   {Why: WhyRefused},
		"full@example.org":    {Why: WhyRefused},
		"nobody@example.org":  {Why: WhyRejectedAddress, Permanent: true},
		"policy@example.org":  {Why: WhyRefused, Permanent: true},
		"large@example.org":   {Why: WhyTooLarge, Permanent: true},
		"spam@example.org":    {Why: WhyRefused, Permanent: true},
		"closing@example.org": {Why: WhyRefused, Down: true},
		"secret@example.org":  {Why: WhyAuth, Down: true},
		"not an address":      {Why: WhyRejectedAddress, Permanent: true},
	} {
		var f *Failure
		if err := carrier.Carry(t.Context(), letterTo(address)); !errors.As(err, &f) {
			t.Errorf("%s: %v", address, err)
		} else if f.Why != want.Why || f.Permanent != want.Permanent || f.Down != want.Down {
			t.Errorf("%s: %s permanent %v down %v: %v", address, f.Why, f.Permanent, f.Down, err)
		} else if answer := answers[address]; answer != nil && strings.Contains(err.Error(), answer.Message) {
			t.Errorf("%s: the error has the words of the server, which may name people: %v", address, err)
		}
		if err := carrier.Carry(t.Context(), letterTo("youssef@example.org")); err != nil {
			t.Errorf("the next letter after %s: %v", address, err)
		}
	}
}

func TestWithoutTrustedEncryptionNothingIsSent(t *testing.T) {
	o := &office{password: "opensesame"}
	for name, c := range map[string]struct {
		carrier *SMTP
		change  func(*SMTP)
		why     string
	}{
		"no STARTTLS offered":   {o.open(t, NoTLS, nil), func(s *SMTP) { s.Encryption = StartTLS }, WhyTLS},
		"unknown authority":     {o.open(t, StartTLS, newAuthority(t)), func(s *SMTP) { s.Roots = x509.NewCertPool() }, WhyTLS},
		"implicit, unknown":     {o.open(t, ImplicitTLS, newAuthority(t)), func(s *SMTP) { s.Roots = x509.NewCertPool() }, WhyTLS},
		"implicit to STARTTLS":  {o.open(t, StartTLS, newAuthority(t)), func(s *SMTP) { s.Encryption = ImplicitTLS }, WhyTLS},
		"wrong password":        {o.open(t, NoTLS, nil), func(s *SMTP) { s.User, s.Password = "jalsa", "x" }, WhyAuth},
		"password not given":    {o.open(t, NoTLS, nil), func(*SMTP) {}, WhyRefused},
		"password never wanted": {(&office{}).open(t, NoTLS, nil), func(s *SMTP) { s.User = "jalsa" }, WhyAuth},
	} {
		t.Run(name, func(t *testing.T) {
			c.change(c.carrier)
			var f *Failure
			if err := c.carrier.Carry(t.Context(), letterTo("youssef@example.org")); !errors.As(err, &f) || f.Why != c.why || f.Permanent {
				t.Errorf("%v, want %s", err, c.why)
			}
		})
	}
	if len(o.letters()) != 0 {
		t.Error("a letter was sent")
	}
}

func TestServerThatIsAwayIsTold(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	carrier := &SMTP{Address: listener.Addr().String(), Encryption: NoTLS, Now: time.Now}
	var f *Failure
	if err := carrier.Carry(t.Context(), letterTo("youssef@example.org")); !errors.As(err, &f) || f.Why != WhyUnreachable || !f.Down {
		t.Errorf("%v", err)
	}
}

func TestConnectionThatTheServerClosedIsMadeAnew(t *testing.T) {
	o := &office{}
	carrier := o.open(t, NoTLS, nil)
	if err := carrier.Carry(t.Context(), letterTo("youssef@example.org")); err != nil {
		t.Fatal(err)
	}
	carrier.conn.Close()
	if err := carrier.Carry(t.Context(), letterTo("youssef@example.org")); err != nil {
		t.Fatal(err)
	}
	if len(o.letters()) != 2 || o.connections != 2 {
		t.Errorf("%d letters over %d connections", len(o.letters()), o.connections)
	}
}

// A text that holds header fields stays a text: the letter has the fields that it should have, each once.
func TestHostileTextMakesNoHeaderField(t *testing.T) {
	o := &office{}
	carrier := o.open(t, NoTLS, nil)
	hostile := "x\r\nBcc: everybody@example.org\r\n\r\n<script>"
	l := letterTo("youssef@example.org")
	l.Subject, l.Text, l.HTML = hostile, hostile+"\r\n.\r\nMAIL FROM:<evil@example.org>\r\n", hostile
	l.Language, l.ID = "fr\r\nBcc: everybody@example.org", "id\r\nBcc: everybody@example.org"
	if err := carrier.Carry(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	letters := o.letters()
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	m, err := mail.ReadMessage(strings.NewReader(letters[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get("Bcc"); got != "" {
		t.Errorf("Bcc: %s", got)
	}
	for _, address := range []string{"youssef@example.org\r\nBcc: x@example.org", "youssef@example.org>\r\nRCPT TO:<x@example.org", "a@example.org, b@example.org"} {
		if err := carrier.Carry(t.Context(), letterTo(address)); err == nil {
			t.Errorf("recipient %q was taken", address)
		}
	}
}
