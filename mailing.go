package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"jalsa/web"
	"jalsa/web/mail"
)

// mailing is where letters to citizens and staff go: to a mail server, to a folder, or nowhere.
type mailing struct {
	SMTP             string          `name:"smtp" help:"Mail server that takes the letters. Without it no mail is sent: the staff accepts requests and hands out the links." env:"JALSA_SMTP" placeholder:"HOST[:PORT]"`
	SMTPTLS          mail.Encryption `name:"smtp-tls" help:"Encryption with the mail server: starttls, tls (from the first byte) or none. Default: ${default}." enum:"starttls,tls,none" env:"JALSA_SMTP_TLS" default:"starttls"`
	SMTPUser         string          `name:"smtp-user" help:"User at the mail server. Default: without authentication." env:"JALSA_SMTP_USER" placeholder:"NAME"`
	SMTPPassword     string          `name:"smtp-password" help:"Password of that user; better by the environment or by --smtp-password-file, since others on the machine can see flags." env:"JALSA_SMTP_PASSWORD" placeholder:"PASSWORD"`
	SMTPPasswordFile string          `name:"smtp-password-file" help:"File that holds the password." env:"JALSA_SMTP_PASSWORD_FILE" placeholder:"FILE"`
	MailFrom         string          `name:"mail-from" help:"Who the letters are from, e.g. 'Audiences <audiences@example.ma>'." env:"JALSA_MAIL_FROM" placeholder:"ADDRESS"`
	MailFolder       string          `name:"mail-folder" help:"Folder to which letters are written instead of being sent. Default in the demo: mail in the data folder." env:"JALSA_MAIL_FOLDER" placeholder:"FOLDER"`

	Shown bool `kong:"-"` // the folder is a page, for everybody
}

// defaultSender stands in letters that nobody sends.
const defaultSender = "Jalsa <jalsa@localhost>"

var smtpPorts = map[mail.Encryption]string{mail.StartTLS: "587", mail.ImplicitTLS: "465", mail.NoTLS: "25"}

func (m mailing) on() bool { return m.SMTP != "" || m.MailFolder != "" }

// check refuses settings that contradict one another; a letter would find that out too late.
func (m mailing) check() error {
	host, _, err := m.server()
	switch {
	case m.SMTP != "" && m.MailFolder != "":
		return errors.New("--smtp and --mail-folder: letters go to one of them")
	case m.SMTP == "" && (m.SMTPUser != "" || m.SMTPPassword != "" || m.SMTPPasswordFile != ""):
		return errors.New("--smtp-user and --smtp-password need --smtp")
	case m.SMTP != "" && err != nil:
		return err
	case m.SMTP != "" && m.MailFrom == "":
		return errors.New("--smtp needs --mail-from")
	case m.SMTPPassword != "" && m.SMTPPasswordFile != "":
		return errors.New("--smtp-password and --smtp-password-file: give one of them")
	case m.SMTPUser == "" && (m.SMTPPassword != "" || m.SMTPPasswordFile != ""):
		return errors.New("--smtp-password needs --smtp-user")
	case m.SMTPUser != "" && m.SMTPPassword == "" && m.SMTPPasswordFile == "":
		return errors.New("--smtp-user needs a password: JALSA_SMTP_PASSWORD or --smtp-password-file")
	case m.SMTPUser != "" && m.SMTPTLS == mail.NoTLS && !isLoopback(host):
		return fmt.Errorf("--smtp-tls none would send the password to %s in the clear", host)
	}
	_, err = m.sender()
	return err
}

// server is host and port of --smtp.
func (m mailing) server() (host, port string, err error) {
	if host, port, err = net.SplitHostPort(m.SMTP); err != nil {
		host, port = m.SMTP, smtpPorts[m.SMTPTLS]
	}
	if _, bad := strconv.ParseUint(port, 10, 16); bad != nil || host == "" || strings.ContainsAny(host, "/ @") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return "", "", fmt.Errorf("--smtp %q is no HOST or HOST:PORT", m.SMTP)
	}
	return host, port, nil
}

func (m mailing) sender() (netmail.Address, error) {
	text := m.MailFrom
	if text == "" {
		text = defaultSender
	}
	a, err := netmail.ParseAddress(text)
	if err != nil {
		return netmail.Address{}, fmt.Errorf("--mail-from %q is no address such as 'Audiences <audiences@example.ma>'", m.MailFrom)
	}
	return *a, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// password comes from its setting, or from the first line of its file.
func (m mailing) password() (string, error) {
	if m.SMTPPasswordFile == "" {
		return m.SMTPPassword, nil
	}
	text, err := os.ReadFile(m.SMTPPasswordFile)
	if err != nil {
		return "", fmt.Errorf("read --smtp-password-file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("--smtp-password-file %s begins with an empty line", m.SMTPPasswordFile)
	}
	return line, nil
}

// carrier is what takes the letters.
func (m mailing) carrier(hello string, now func() time.Time, log *slog.Logger) (mail.Carrier, error) {
	from, err := m.sender()
	if err != nil {
		return nil, err
	}
	if m.MailFolder != "" {
		return &mail.Folder{Path: m.MailFolder, From: from, Now: now}, nil
	}
	host, port, err := m.server()
	if err != nil {
		return nil, err
	}
	password, err := m.password()
	if err != nil {
		return nil, err
	}
	if m.SMTPTLS == mail.NoTLS && !isLoopback(host) {
		log.Warn("letters, with personal links in them, go to the mail server in the clear", "server", host)
	}
	return &mail.SMTP{
		Address: net.JoinHostPort(host, port), Encryption: m.SMTPTLS, User: m.SMTPUser, Password: password,
		From: from, Hello: hello, Now: now,
	}, nil
}

// hire makes the postman, who starts working in serve; without mail there is none.
func (s *server) hire(m mailing) error {
	if !m.on() {
		s.log.Warn("mail is off: no letter leaves this server, see --smtp")
		return nil
	}
	public, err := url.Parse(s.public)
	if err != nil {
		return fmt.Errorf("read public URL: %w", err)
	}
	carrier, err := m.carrier(public.Hostname(), s.now, s.log)
	if err != nil {
		return err
	}
	from, err := m.sender()
	if err != nil {
		return err
	}
	letters, err := web.NewLetters(s.store, s.public, from.Address, s.now)
	if err != nil {
		return fmt.Errorf("prepare letters: %w", err)
	}
	s.postman = &mail.Postman{Outbox: s.store, Compose: letters.Compose, Carrier: carrier, Now: s.now, Logger: s.log}
	if folder, ok := carrier.(*mail.Folder); ok && m.Shown {
		s.mailbox = folder
	}
	return nil
}
