package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Encryption of the connection to the mail server.
type Encryption string

const (
	StartTLS    Encryption = "starttls" // required: a server that does not offer it gets nothing
	ImplicitTLS Encryption = "tls"
	NoTLS       Encryption = "none" // for a server on the same machine
)

// SMTP carries letters to a mail server. It keeps one connection from the first letter to Rest. Not for more than one
// goroutine.
type SMTP struct {
	Address    string // host:port
	Encryption Encryption
	User       string // "": without authentication
	Password   string
	From       mail.Address
	Hello      string         // our own name
	Roots      *x509.CertPool // nil: those of the system
	Now        func() time.Time
	Patience   time.Duration // with each connection and each letter; 0: what suits mail servers

	client *smtp.Client // nil: not connected
	conn   net.Conn
}

const (
	patience = 45 * time.Second // some servers take their time on purpose, to tire out senders of spam
	parting  = 5 * time.Second
)

// Carry hands one letter over. Its error is a *Failure.
func (s *SMTP) Carry(ctx context.Context, l Letter) error {
	m, err := l.message(s.From, s.Now())
	if err != nil {
		return failureOf(err)
	}
	fresh := s.client == nil
	if fresh {
		if err := s.connect(ctx); err != nil {
			return err
		}
	}
	return s.transact(ctx, m, l.To, fresh)
}

// Greet connects and signs in, and hands nothing over; for who wants to know whether letters would go. Its error is a
// *Failure.
func (s *SMTP) Greet(ctx context.Context) error {
	if s.client != nil {
		return nil
	}
	return s.connect(ctx)
}

func (s *SMTP) transact(ctx context.Context, m *gomail.Msg, to string, fresh bool) error {
	bounded, cancel := context.WithTimeout(ctx, cmp.Or(s.Patience, patience))
	defer cancel()
	defer s.bound(bounded)()
	if !fresh && s.client.Noop() != nil { // closed by the server meanwhile
		s.drop()
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.transact(ctx, m, to, true)
	}
	at, err := s.hand(m, to)
	if err == nil {
		return nil
	}
	f := failureAt(at, err)
	if f.Down || s.client.Reset() != nil {
		s.drop()
	}
	return f
}

// hand is one mail transaction (RFC 5321 §3.3). It returns how far it came.
func (s *SMTP) hand(m *gomail.Msg, to string) (stage, error) {
	s.client.SkipSMTPUTF8(isASCII(to) && isASCII(s.From.Address))
	if err := s.client.Mail("<" + s.From.Address + ">"); err != nil {
		return stageSender, fmt.Errorf("name sender: %w", err)
	}
	if err := s.client.Rcpt("<" + to + ">"); err != nil {
		return stageRecipient, fmt.Errorf("name recipient: %w", err)
	}
	w, err := s.client.Data()
	if err == nil {
		_, err = m.WriteTo(w)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return stageContent, fmt.Errorf("send content: %w", err)
	}
	return 0, nil
}

// connect makes a connection on which letters can be handed over.
func (s *SMTP) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.Patience, patience))
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return failureAt(stageConnect, fmt.Errorf("connect to mail server: %w", err))
	}
	s.conn = conn
	defer s.bound(ctx)()
	if at, err := s.greet(ctx); err != nil {
		s.drop()
		return failureAt(at, err)
	}
	return nil
}

func (s *SMTP) greet(ctx context.Context) (stage, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return stageConnect, fmt.Errorf("read address of mail server: %w", err)
	}
	secret := &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	if s.Encryption == ImplicitTLS {
		wrapped := tls.Client(s.conn, secret)
		if err := wrapped.HandshakeContext(ctx); err != nil {
			return stageTLS, fmt.Errorf("encrypt connection: %w", err)
		}
		s.conn = wrapped
	}
	if s.client, err = smtp.NewClient(s.conn, host); err != nil {
		return stageConnect, fmt.Errorf("read greeting: %w", err)
	}
	if err := s.client.Hello(s.Hello); err != nil {
		return stageConnect, fmt.Errorf("say hello: %w", err)
	}
	if s.Encryption == StartTLS {
		if offered, _ := s.client.Extension("STARTTLS"); !offered {
			return stageTLS, errors.New("mail server offers no STARTTLS")
		}
		if err := s.client.StartTLS(secret); err != nil {
			return stageTLS, fmt.Errorf("encrypt connection: %w", err)
		}
	}
	if s.User == "" {
		return 0, nil
	}
	_, offered := s.client.Extension("AUTH")
	auth, err := s.auth(host, strings.Fields(offered))
	if err == nil {
		err = s.client.Auth(auth)
	}
	if err != nil {
		return stageAuth, fmt.Errorf("authenticate: %w", err)
	}
	return 0, nil
}

// auth chooses the mechanism. On an encrypted connection the plain ones come first, being what every server does well;
// in the clear they are used with a server on the same machine only, which the library sees to.
func (s *SMTP) auth(host string, offered []string) (smtp.Auth, error) {
	mechanisms := []struct {
		name string
		auth smtp.Auth
	}{
		{"PLAIN", smtp.PlainAuth("", s.User, s.Password, host, false)},
		{"LOGIN", smtp.LoginAuth(s.User, s.Password, host, false)},
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(s.User, s.Password)},
		{"SCRAM-SHA-1", smtp.ScramSHA1Auth(s.User, s.Password)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(s.User, s.Password)},
	}
	if s.Encryption == NoTLS {
		slices.Reverse(mechanisms)
	}
	for _, m := range mechanisms {
		if slices.Contains(offered, m.name) {
			return m.auth, nil
		}
	}
	return nil, fmt.Errorf("mail server offers %q, none of which we know", offered)
}

// bound ends what is under way on the connection when ctx does.
func (s *SMTP) bound(ctx context.Context) (release func()) {
	conn := s.conn
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // a connection that cannot have one is closed, which the next step finds out
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a closed one would not say that time was up
	return func() { stop() }
}

// drop closes a connection that is of no more use.
func (s *SMTP) drop() {
	if s.conn != nil {
		_ = s.conn.Close() // it may be broken
	}
	s.client, s.conn = nil, nil
}

// Rest takes leave of the mail server until there is another letter.
func (s *SMTP) Rest() {
	if s.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	defer s.bound(ctx)()
	_ = s.client.Quit() // all letters are handed over; nothing hangs on this answer
	s.drop()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
