package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net"

	"jalsa/web/mail"
)

// mailServer is what became of greeting it.
type mailServer struct {
	on      bool
	folder  string // letters go there instead
	address string
	clear   bool // it is greeted without encryption, and is another machine
	user    bool // we sign in
	to      string
	err     error // of the settings, or a *mail.Failure
}

func (c *doctorCommand) lookAtMail(t terminal) mailServer {
	m := mailServer{on: c.mailing.on(), folder: c.MailFolder, user: c.SMTPUser != "", to: c.MailTo}
	if m.err = c.mailing.check(); m.err != nil || c.SMTP == "" {
		return m
	}
	host, port, _ := c.mailing.server() // checked
	m.address, m.clear = net.JoinHostPort(host, port), c.SMTPTLS == mail.NoTLS && !isLoopback(host)
	carrier, err := c.carrier(c.expected().Hostname(), t.now, slog.New(slog.DiscardHandler))
	if err != nil {
		m.err = err
		return m
	}
	ctx, stop := within(t.ctx)
	defer stop()
	m.err = visit(ctx, carrier.(*mail.SMTP), c.MailTo)
	return m
}

// visit greets the mail server and signs in; with an address it hands over one letter.
func visit(ctx context.Context, s *mail.SMTP, to string) error {
	defer s.Rest()
	if to == "" {
		return s.Greet(ctx)
	}
	return s.Carry(ctx, mail.Letter{
		ID: rand.Text() + "@" + s.Hello, To: to, Language: "en", Subject: "Jalsa: a test letter",
		Text: "jalsa doctor sent this. Letters of this server arrive at this address.\n",
		HTML: "<p>jalsa doctor sent this. Letters of this server arrive at this address.</p>\n",
	})
}

func judgeMail(m mailServer) []finding {
	const check = "mail"
	var failure *mail.Failure
	switch {
	case errors.Is(m.err, fs.ErrPermission):
		return []finding{problem.of(check, "this user may not %v", m.err).so("run this as the user of the server, or as root; if that is who you are, let the group jalsa read the file, see README")}
	case m.err != nil && !errors.As(m.err, &failure):
		return []finding{problem.of(check, "the settings are not right: %v", m.err).so("jalsa serve --help explains them")}
	case !m.on:
		return []finding{warning.of(check, "is off: citizens get no letters, and the staff hands out every link").so("--smtp HOST --mail-from ADDRESS, see README")}
	case m.folder != "":
		return []finding{warning.of(check, "letters are written to %s, and nobody gets them", m.folder).so("--smtp HOST instead of --mail-folder")}
	case failure != nil:
		return []finding{problem.of(check, "%s: %v", m.address, failure.Err).so("%s", mailAdvice[failure.Why])}
	case m.clear:
		return []finding{warning.of(check, "%s takes letters, but they go there in the clear, with personal links in them", m.address).so("--smtp-tls starttls")}
	case m.to != "":
		return []finding{fine.of(check, "%s took a test letter to %s", m.address, m.to).so("see whether it arrived, and not among spam")}
	}
	signed := "answers"
	if m.user {
		signed = "lets us sign in"
	}
	return []finding{fine.of(check, "%s %s; no letter was sent (--mail-to sends one)", m.address, signed)}
}

var mailAdvice = map[string]string{
	mail.WhyUnreachable:     "see --smtp, and whether a firewall lets this machine reach it",
	mail.WhyTimeout:         "see --smtp, and whether a firewall lets this machine reach it",
	mail.WhyTLS:             "see --smtp-tls: none fits a mail server on this machine only; otherwise the name in --smtp must be that of the server's certificate, and this machine must trust who signed it (update-ca-certificates)",
	mail.WhyAuth:            "see --smtp-user and --smtp-password-file",
	mail.WhyRejectedAddress: "see --mail-to",
	mail.WhyRefused:         "ask who runs the mail server why it refuses --mail-from",
}
