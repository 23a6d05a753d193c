package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"jalsa/booking"
	"jalsa/web/mail"
)

// event is an appointment as an entry of a calendar (iCalendar, RFC 5545; by mail RFC 6047). Its UID stays the same for
// life and its SEQUENCE grows with each change, so that calendars replace the entry instead of adding another.
type event struct {
	*catalogue
	a         booking.Appointment
	method    ics.Method
	link      string // "": none to tell
	host      string // right side of the UID
	organizer string // bare address; "": none
	attendee  string // the same
	now       time.Time
}

const calendarName = "appointment.ics"

func (e event) encode() []byte {
	cal := ics.NewCalendar()
	cal.SetProductId("-//Jalsa//Jalsa//" + strings.ToUpper(e.Code))
	cal.SetMethod(e.method)
	v := cal.AddEvent(e.a.ID + "@" + e.host)
	v.SetDtStampTime(e.now)
	v.SetSequence(e.a.Sequence)
	v.SetStartAt(e.a.Start.Instant)
	v.SetEndAt(e.a.Start.Instant.Add(e.a.Duration))
	v.SetSummary(plain(e.a.Service.In(e.Code) + " – " + e.a.Institution.In(e.Code)))
	v.SetClass(ics.ClassificationPrivate)
	v.SetStatus(e.status())
	about := []string{e.text("mail.fact.line", "label", e.text("join.reference"), "value", plain(e.a.Reference))}
	if e.link != "" {
		v.SetLocation(e.link)
		v.SetURL(e.link)
		about = append(about, e.link, e.text("mail.calendar.private"))
	}
	v.SetDescription(strings.Join(about, "\n"))
	if e.organizer != "" {
		v.SetOrganizer("mailto:" + plain(e.organizer))
	}
	if e.attendee != "" {
		v.AddAttendee("mailto:"+plain(e.attendee), ics.ParticipationStatusAccepted, ics.WithRSVP(false))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

func (e event) status() ics.ObjectStatus {
	switch {
	case e.method == ics.MethodCancel || !e.a.State.Live():
		return ics.ObjectStatusCancelled
	case e.a.State == booking.StateRequested:
		return ics.ObjectStatusTentative
	}
	return ics.ObjectStatusConfirmed
}

// plain is one line of text: the library escapes what it knows, and no control character is among it.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// calendarFile is the appointment for somebody's own calendar; link is their personal one.
func (s *site) calendarFile(v visitor, a booking.Appointment, link string) []byte {
	method := ics.MethodPublish
	if !a.State.Live() {
		method, link = ics.MethodCancel, ""
	}
	return event{catalogue: v.catalogue, a: a, method: method, link: link, host: hostname(s.PublicURL), now: s.Now()}.encode()
}

// serveCalendar answers with a calendar file, which browsers offer to save or to open.
func serveCalendar(w http.ResponseWriter, name string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the reader has gone: nobody to tell
}

// hostname is the host of an address of ours, without its port.
func hostname(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return "" // New has refused it
	}
	return u.Hostname()
}

// linkCalendar serves GET /j/{ticket}/appointment.ics.
func (s *site) linkCalendar(w http.ResponseWriter, r *http.Request) error {
	ticket := r.PathValue("ticket")
	a, p, err := s.Bookings.Lookup(ticket)
	if err != nil {
		return err
	}
	serveCalendar(w, calendarName, s.calendarFile(s.linkVisitor(r, a, p), a, s.PublicURL+"/j/"+ticket))
	return nil
}

// calendars are the entries that go with a letter.
func (t occasion) calendars() []mail.Calendar {
	entry := func(a booking.Appointment, method ics.Method, link, name string) mail.Calendar {
		e := event{catalogue: t.catalogue, a: a, method: method, link: link, host: t.host, organizer: t.from, attendee: t.message.To, now: t.now()}
		return mail.Calendar{Name: name, Method: string(method), Data: e.encode()}
	}
	switch t.message.Kind {
	case booking.MessageConfirmed, booking.MessageInvited, booking.MessageMoved:
		if t.a.State == booking.StateConfirmed {
			return []mail.Calendar{entry(t.a, ics.MethodRequest, t.link, calendarName)}
		}
	case booking.MessageCancelled, booking.MessageRejected:
		return []mail.Calendar{entry(t.a, ics.MethodCancel, "", calendarName)}
	case booking.MessageAdjourned:
		return []mail.Calendar{entry(t.was, ics.MethodCancel, "", "cancelled.ics"), entry(t.a, ics.MethodRequest, t.link, calendarName)}
	}
	return nil
}

// calendarNote says what the attached file does, "" without one.
func (t occasion) calendarNote() string {
	switch entries := t.calendars(); {
	case len(entries) == 0:
		return ""
	case len(entries) > 1:
		return t.text("mail.calendar.replace")
	case entries[0].Method == string(ics.MethodCancel):
		return t.text("mail.calendar.remove")
	}
	return t.text("mail.calendar.add")
}
