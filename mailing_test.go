package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"jalsa/booking"
	"jalsa/web/mail"
)

func TestMailSettingsThatContradictThemselvesAreRefused(t *testing.T) {
	good := mailing{SMTP: "mail.example.ma", SMTPTLS: mail.StartTLS, MailFrom: "Audiences <audiences@example.ma>"}
	for name, c := range map[string]struct {
		change func(*mailing)
		want   string // in the error; "" is none
	}{
		"nothing":               {func(m *mailing) { *m = mailing{SMTPTLS: mail.StartTLS} }, ""},
		"server":                {func(*mailing) {}, ""},
		"server and port":       {func(m *mailing) { m.SMTP = "[2001:db8::1]:25" }, ""},
		"folder":                {func(m *mailing) { *m = mailing{MailFolder: "mail"} }, ""},
		"both":                  {func(m *mailing) { m.MailFolder = "mail" }, "--mail-folder"},
		"no sender":             {func(m *mailing) { m.MailFrom = "" }, "--mail-from"},
		"sender that is none":   {func(m *mailing) { m.MailFrom = "Audiences" }, "--mail-from"},
		"two senders":           {func(m *mailing) { m.MailFrom = "a@example.ma, b@example.ma" }, "--mail-from"},
		"address that is a URL": {func(m *mailing) { m.SMTP = "smtp://mail.example.ma" }, "--smtp"},
		"user without password": {func(m *mailing) { m.SMTPUser = "jalsa" }, "JALSA_SMTP_PASSWORD"},
		"password without user": {func(m *mailing) { m.SMTPPassword = "x" }, "--smtp-user"},
		"two passwords":         {func(m *mailing) { m.SMTPUser, m.SMTPPassword, m.SMTPPasswordFile = "jalsa", "x", "y" }, "one of them"},
		"user without server":   {func(m *mailing) { m.SMTP, m.SMTPUser = "", "jalsa" }, "--smtp"},
		"password in the clear": {func(m *mailing) { m.SMTPTLS, m.SMTPUser, m.SMTPPassword = mail.NoTLS, "jalsa", "x" }, "in the clear"},
		"password to ourselves": {func(m *mailing) {
			m.SMTP, m.SMTPTLS, m.SMTPUser, m.SMTPPassword = "localhost", mail.NoTLS, "jalsa", "x"
		}, ""},
		"nothing but a password": {func(m *mailing) { *m = mailing{SMTPPassword: "x"} }, "need --smtp"},
	} {
		m := good
		c.change(&m)
		err := m.check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestMailServerHasThePortOfItsEncryption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("opensesame\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for encryption, want := range map[mail.Encryption]string{mail.StartTLS: "mail.example.ma:587", mail.ImplicitTLS: "mail.example.ma:465"} {
		m := mailing{SMTP: "mail.example.ma", SMTPTLS: encryption, SMTPUser: "jalsa", SMTPPasswordFile: file, MailFrom: "a@example.ma"}
		carrier, err := m.carrier("audiences.example.ma", time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if s := carrier.(*mail.SMTP); s.Address != want || s.Password != "opensesame" {
			t.Errorf("address %s, password %q", s.Address, s.Password)
		}
	}
}

// letterbox is a mail server that takes everything and tells of it.
type letterbox struct{ letters chan string }

func (l *letterbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &dropping{l}, nil }

type dropping struct{ *letterbox }

func (d *dropping) Mail(string, *smtp.MailOptions) error { return nil }
func (d *dropping) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (d *dropping) Reset()                               {}
func (d *dropping) Logout() error                        { return nil }
func (d *dropping) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.letters <- string(text)
	return err
}

// hang listens and never says a word to who calls; called is closed once it is.
func hang(t *testing.T) (hung net.Listener, called chan net.Conn) {
	t.Helper()
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hung.Close() })
	called = make(chan net.Conn, 10)
	go func() {
		defer close(called)
		for {
			conn, err := hung.Accept()
			if err != nil {
				return
			}
			called <- conn
		}
	}()
	return hung, called
}

// While a mail server hangs, people book as ever and the program ends at once; what they were to be told is sent after a
// restart, by a mail server that answers.
func TestHungMailServerDelaysNothing(t *testing.T) {
	hung, called := hang(t)
	data := t.TempDir()
	start := func(address string) *server {
		t.Helper()
		s, err := newServer(data, network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}},
			mailing{SMTP: address, SMTPTLS: mail.NoTLS, MailFrom: "audiences@example.ma"}, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start(hung.Addr().String())
	const citizens = 5
	service := openService(t, s.store)
	for i := range citizens {
		requestSlot(t, s.store, service, i)
		if i == 0 {
			conn := <-called // the postman waits for a word of it from now on
			defer conn.Close()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	hung.Close()
	for conn := range called {
		conn.Close()
	}

	box := &letterbox{make(chan string, 10)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(box)
	server.ErrorLog = log.New(io.Discard, "", 0)
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) })
	s = start(listener.Addr().String())
	recipients := map[string]bool{}
	for range citizens {
		letter := <-box.letters
		for i := range citizens {
			if to := fmt.Sprintf("To: <citizen%d@example.org>", i); strings.Contains(letter, to) {
				recipients[to] = true
			}
		}
	}
	if len(recipients) != citizens {
		t.Errorf("letters to %v", recipients)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	server.Close()
	running.Wait()
}

// openService makes a service with as many slots a day as a test may want.
func openService(t *testing.T, store *booking.Store) booking.Service {
	t.Helper()
	i, err := store.PutInstitution(booking.Institution{Name: booking.Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "test")
	if err != nil {
		t.Fatal(err)
	}
	v := booking.NewService(i.ID)
	v.Name = booking.Text{"fr": "Audience"}
	if v, err = store.PutService(v, "test"); err != nil {
		t.Fatal(err)
	}
	always := [7]bool{true, true, true, true, true, true, true}
	_, _, _, err = store.PutCounter(booking.Counter{
		Institution: i.ID, Name: "1", Services: []string{v.ID}, Openings: []booking.Opening{{Weekdays: always, From: "08:00", To: "18:00"}},
	}, booking.Treatment{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// requestSlot books one of its slots for a citizen, who is told by mail.
func requestSlot(t *testing.T, store *booking.Store, v booking.Service, citizen int) {
	t.Helper()
	free, err := store.Free(v.ID, time.Now().Add(48*time.Hour), time.Now().Add(96*time.Hour))
	if err != nil || len(free) == 0 {
		t.Fatalf("%d slots, %v", len(free), err)
	}
	key, browser := strings.Repeat(string(rune('a'+citizen)), 26), fmt.Sprintf("browser %d", citizen)
	if _, err := store.Hold(key, browser, "192.0.2.0/24", v.ID, free[0].Start.Instant); err != nil {
		t.Fatal(err)
	}
	filled := booking.Application{Name: "Youssef Bennani", Email: fmt.Sprintf("citizen%d@example.org", citizen), Language: "fr"}
	if _, err := store.Fill(key, browser, filled); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Request(key, browser); err != nil {
		t.Fatal(err)
	}
}
