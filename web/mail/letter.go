package mail

import (
	"bytes"
	"fmt"
	"net/mail"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Letter is one message in words, to one person.
type Letter struct {
	ID        string // becomes the Message-ID "<ID>": the same for each attempt, so that doubles are recognisable
	To        string // bare address
	ReplyTo   string // bare address, or ""
	Language  string // BCP 47
	Subject   string
	Text      string
	HTML      string // of the same content
	Calendars []Calendar
}

// Calendar is an entry for the reader's calendar (iCalendar, RFC 5545).
type Calendar struct {
	Name   string // of the file
	Method string // as in the entry: PUBLISH, REQUEST, CANCEL
	Data   []byte
}

// message writes l as a MIME message. Header fields are encoded by the library, so that no text of a letter can begin
// another field.
func (l Letter) message(from mail.Address, date time.Time) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(l.encoding()))
	m.FromMailAddress(&from)
	to, err := mail.ParseAddress(l.To)
	if err != nil {
		return nil, &Failure{Why: WhyRejectedAddress, Permanent: true, Err: fmt.Errorf("read recipient: %w", err)}
	}
	m.ToMailAddress(&mail.Address{Address: to.Address})
	if l.ReplyTo != "" {
		reply, err := mail.ParseAddress(l.ReplyTo)
		if err != nil {
			return nil, fmt.Errorf("read reply address: %w", err)
		}
		m.ReplyToMailAddress(&mail.Address{Address: reply.Address})
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(date)
	m.SetMessageIDWithValue(l.ID)
	m.SetGenHeader(gomail.HeaderContentLang, l.Language)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	for _, c := range l.Calendars {
		kind := gomail.ContentType("text/calendar; charset=utf-8; method=" + c.Method)
		m.AttachReadSeeker(c.Name, bytes.NewReader(c.Data), gomail.WithFileContentType(kind))
	}
	return m, nil
}

// encoding is the shorter one: base64 where most letters are not Latin, so that a letter in Arabic is not thrice as long.
func (l Letter) encoding() gomail.Encoding {
	foreign := 0
	for _, b := range []byte(l.Text) {
		if b >= utf8.RuneSelf {
			foreign++
		}
	}
	if foreign > len(l.Text)/5 {
		return gomail.EncodingB64
	}
	return gomail.EncodingQP
}
