package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"jalsa/booking"
	"jalsa/web/mail"
)

// Letters composes what is mailed: a message of the books becomes a letter in the language of its reader, told from the
// appointment as it is now. Read-only after NewLetters.
type Letters struct {
	bookings   *booking.Store
	public     string // "https://audiences.example.ma"
	host       string // of public: the right side of ids
	from       string // bare address; organizer of calendar entries
	now        func() time.Time
	catalogues map[string]*catalogue // by language
	voices     map[*catalogue]voice
}

// voice is the two templates in the words of one catalogue.
type voice struct {
	asText *texttemplate.Template
	asHTML *template.Template
}

// NewLetters needs the public address for links and the bare address that letters come from.
func NewLetters(bookings *booking.Store, publicURL, from string, now func() time.Time) (*Letters, error) {
	host := hostname(publicURL)
	if host == "" {
		return nil, fmt.Errorf("public URL %q has no host", publicURL)
	}
	catalogues, err := ownCatalogues()
	if err != nil {
		return nil, err
	}
	l := &Letters{bookings: bookings, public: publicURL, host: host, from: from, now: now, catalogues: catalogues, voices: map[*catalogue]voice{}}
	for _, c := range catalogues {
		for _, words := range []*catalogue{c, c.appointment} {
			if l.voices[words], err = newVoice(words); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

func newVoice(c *catalogue) (v voice, err error) {
	v.asText, err = texttemplate.New("letter.txt").
		Funcs(texttemplate.FuncMap{"t": c.text, "tb": c.isolatedText, "bdi": c.isolate}).
		ParseFS(templateFiles, "templates/mail/letter.txt")
	if err != nil {
		return v, fmt.Errorf("parse letter: %w", err)
	}
	v.asHTML, err = template.New("letter.html").
		Funcs(c.functions()).
		ParseFS(templateFiles, "templates/mail/letter.html", "templates/parts/phrase.html")
	if err != nil {
		return v, fmt.Errorf("parse letter: %w", err)
	}
	return v, nil
}

// Compose writes the letter of a message; *mail.Moot when a later decision or time has overtaken it.
func (l *Letters) Compose(m booking.Message) (mail.Letter, error) {
	a, err := l.bookings.Appointment(m.Appointment)
	if errors.Is(err, booking.ErrNotFound) {
		return mail.Letter{}, &mail.Moot{Why: "erased"}
	}
	if err != nil {
		return mail.Letter{}, err
	}
	p, _ := a.Participant(m.Participant)
	if why := moot(m, a, p, l.now()); why != "" {
		return mail.Letter{}, &mail.Moot{Why: why}
	}
	about, err := l.occasionOf(m, a, p)
	if err != nil {
		return mail.Letter{}, err
	}
	view, err := about.view()
	if err != nil {
		return mail.Letter{}, err
	}
	letter := mail.Letter{
		ID: messageID(m.ID, l.host), To: m.To, ReplyTo: about.institution.Email, Language: about.Code, Subject: view.Subject,
		Calendars: about.calendars(),
	}
	voice := l.voices[about.catalogue]
	var text, page bytes.Buffer
	if err := voice.asText.Execute(&text, view); err != nil {
		return mail.Letter{}, fmt.Errorf("write text: %w", err)
	}
	if err := voice.asHTML.Execute(&page, view); err != nil {
		return mail.Letter{}, fmt.Errorf("write HTML: %w", err)
	}
	letter.Text, letter.HTML = strings.TrimSpace(text.String())+"\n", page.String()
	return letter, nil
}

// messageID is "its own.appointment@host": those of one appointment are recognisable.
func messageID(id, host string) string {
	appointment, own, _ := strings.Cut(id, "/")
	return own + "." + appointment + "@" + host
}

// moot tells why there is nothing to write any more, or "".
func moot(m booking.Message, a booking.Appointment, p booking.Participant, now time.Time) string {
	status := a.Status(now)
	coming := status == booking.StatusTooEarly || status == booking.StatusOpen || status == booking.StatusDelayed
	told := true // what the message tells is still so
	switch m.Kind {
	case booking.MessageProof:
		told = a.State == booking.StateRequested && a.Contact.Proven.IsZero()
	case booking.MessageReceived:
		told = a.State == booking.StateRequested
	case booking.MessageConfirmed, booking.MessageInvited, booking.MessageLink, booking.MessageMoved:
		told = coming || status == booking.StatusInSession || status == booking.StatusRequested
	case booking.MessageDelayed:
		told = coming
	case booking.MessageReminder:
		told = coming && now.Before(a.Start.Instant.Add(a.Delay))
	case booking.MessageAdjourned:
		told = a.Next != ""
	case booking.MessageCancelled:
		told = a.State == booking.StateCancelled
	case booking.MessageRejected:
		told = a.State == booking.StateRejected
	case booking.MessageExpired:
		told = a.State == booking.StateExpired
	case booking.MessageMissed:
		told = a.Offered(now)
	}
	switch {
	case !a.Erased.IsZero():
		return "erased"
	case p.ID == "" || !p.Removed.IsZero():
		return "removed"
	case m.Kind == booking.MessageCode && !now.Before(m.Created.Add(booking.CodeLife)):
		return "expired"
	case !told && a.Status(now) == booking.StatusTooLate:
		return "over"
	case !told:
		return "overtaken"
	}
	return ""
}

// occasion is what one letter is about.
type occasion struct {
	visitor
	*Letters
	message     booking.Message
	p           booking.Participant
	was         booking.Appointment // what the message is about
	a           booking.Appointment // the same, or the one to which it was adjourned
	institution booking.Institution // zero: none of the books
	link        string              // personal; "": cannot be told
}

// occasionOf gathers it. After an adjournment the reader is told of the new appointment, where they kept their number.
func (l *Letters) occasionOf(m booking.Message, a booking.Appointment, p booking.Participant) (t occasion, err error) {
	t = occasion{Letters: l, message: m, p: p, was: a, a: a}
	if m.Kind == booking.MessageAdjourned {
		if t.a, err = l.bookings.Appointment(a.Next); err != nil {
			return t, fmt.Errorf("read next appointment: %w", err)
		}
		for _, q := range t.a.Participants {
			if q.Number == p.Number {
				t.p = q
			}
		}
	}
	t.institution, err = l.bookings.Institution(t.a.InstitutionID)
	if err != nil && !errors.Is(err, booking.ErrNotFound) {
		return t, fmt.Errorf("read institution: %w", err)
	}
	ticket, ok, err := l.bookings.Ticket(t.p.ID)
	if err != nil && !errors.Is(err, booking.ErrNotFound) {
		return t, fmt.Errorf("derive link: %w", err)
	}
	if ok {
		t.link = l.public + "/j/" + ticket
	}
	t.visitor = visitor{catalogue: l.catalogues[languageOf(m.Language)].about(t.a), zone: defaultZone}
	switch {
	case t.p.Staff != "":
		t.zone = t.a.Start.Zone // they sit at the institution
	case t.p.Booker && t.a.Contact.Zone != "":
		t.zone = t.a.Contact.Zone
	}
	return t, nil
}

// languageOf is the language of ours that somebody who asked for this one gets.
func languageOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if spoken(primary) {
		return primary
	}
	return languages[0].Code
}
