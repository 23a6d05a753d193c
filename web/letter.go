package web

import (
	"slices"
	"time"

	"jalsa/booking"
)

// letterView is what templates/mail/letter.txt and letter.html show: the same letter twice.
type letterView struct {
	Lang, Dir string
	Subject   string
	Name      string // of the reader; "" while nobody knows whether it is theirs
	Text      string // what happened
	Reason    string // given by the staff, in our words
	Words     string // and in theirs
	Code      string // six digits
	CodeUse   string
	CodeLife  int // minutes
	Link      string
	LinkName  string
	LinkNote  string // where the personal link cannot be told
	Rehearse  string // address of the test of devices and connection
	Private   bool   // the link must not be passed on

	Institution, Service phrase
	Case, Reference      string
	When                 when
	Delay, Minutes       int
	Expected             *when
	Prepare              []phrase
	Opens                int   // minutes before the time
	Until                *when // the reader may change the appointment till then
	Closed               bool  // the reader may not any more

	Calendar     string // what the attached file does
	Phone, Email string // for help
	NotYou       string
}

// kinds of message by what their letter has beside the facts.
var (
	takesPlace  = []booking.MessageKind{booking.MessageConfirmed, booking.MessageInvited, booking.MessageMoved, booking.MessageAdjourned, booking.MessageReminder, booking.MessageLink, booking.MessageDelayed}
	tellsToPack = []booking.MessageKind{booking.MessageReceived, booking.MessageConfirmed, booking.MessageInvited, booking.MessageAdjourned, booking.MessageReminder}
	mayChange   = []booking.MessageKind{booking.MessageReceived, booking.MessageConfirmed, booking.MessageMoved, booking.MessageReminder}
	rehearses   = []booking.MessageKind{booking.MessageConfirmed, booking.MessageInvited, booking.MessageAdjourned, booking.MessageReminder, booking.MessageLink}
	givesReason = []booking.MessageKind{booking.MessageMoved, booking.MessageAdjourned, booking.MessageCancelled, booking.MessageRejected}
)

func (t occasion) view() (view letterView, err error) {
	a := t.a
	view = letterView{
		Lang: t.Code, Dir: t.Dir, Name: t.p.Name,
		Institution: t.phrase(a.Institution), Service: t.phrase(a.Service), Case: a.Case, Reference: a.Reference,
		Minutes: int(a.Duration / time.Minute), Delay: int(a.Delay / time.Minute),
		Phone: t.institution.Phone, Email: t.institution.Email,
		Calendar: t.calendarNote(),
	}
	if t.p.Booker && a.State != booking.StateConfirmed && a.Contact.Proven.IsZero() {
		view.Name = "" // a stranger may have typed it, to have it carried to this address
	}
	if view.When, err = t.when(a.Start.Instant, a.Start.Zone); err != nil {
		return view, err
	}
	if a.Delay > 0 {
		expected, err := t.when(a.Start.Instant.Add(a.Delay), a.Start.Zone)
		if err != nil {
			return view, err
		}
		view.Expected = &expected
	}
	if t.is(takesPlace) && !t.waits() {
		view.Opens = int(a.EarlyEntry / time.Minute)
	}
	if t.is(rehearses) && t.link != "" && t.p.Staff == "" && mayRehearse(a, t.p, t.now()) {
		view.Rehearse = t.link + "/rehearsal"
	}
	if t.is(tellsToPack) && t.p.Staff == "" && !t.p.Role.Hosts() {
		for _, text := range a.Prepare {
			view.Prepare = append(view.Prepare, t.phrase(text))
		}
	}
	if t.is(givesReason) && t.was.Reason != "by_citizen" {
		view.Words, view.Reason = t.was.Remark, t.reason(t.was.Reason)
	}
	t.say(&view)
	t.point(&view)
	return view, t.tellCutoff(&view)
}

func (t occasion) is(kinds []booking.MessageKind) bool { return slices.Contains(kinds, t.message.Kind) }

// waits reports whether the appointment is a request still.
func (t occasion) waits() bool { return t.a.State == booking.StateRequested }

// untold are the codes of reasons that tell the reader nothing.
var untold = []string{"", "other", "replaced", "by_citizen_asked", "duplicate"}

// reason is a code of the staff in words for the reader, or "".
func (t occasion) reason(code string) string {
	if key := "docket.reason." + code; !slices.Contains(untold, code) && t.messages[key].text != "" {
		return t.text(key)
	}
	return ""
}

// say writes subject and first sentence. The subject names neither person nor service: telephones show it to whoever
// looks at them.
func (t occasion) say(view *letterView) {
	name := string(t.message.Kind)
	text := ".text"
	switch kind := t.message.Kind; {
	case kind == booking.MessageDelayed && t.a.Delay == 0:
		name = "ontime"
	case kind == booking.MessageInvited && t.p.Staff != "":
		text = ".staff"
	case kind == booking.MessageMoved && t.waits() && t.a.Contact.Proven.IsZero() && t.a.Contact.Posted:
		text = ".unproven"
	case kind == booking.MessageMoved && t.waits():
		text = ".requested"
	case kind == booking.MessageCancelled && t.was.Reason == "replaced":
		text = ".replaced"
	case kind == booking.MessageCancelled && t.was.Reason == "by_citizen" && t.p.Booker:
		text = ".own"
	}
	at := view.When.Moments[0]
	if view.Expected != nil && t.message.Kind == booking.MessageDelayed {
		at = view.Expected.Moments[0]
	}
	key := "mail.letter." + name
	view.Subject = t.text(key+".subject", "reference", t.a.Reference, "date", at.Date, "clock", at.Clock, "offset", at.Offset)
	view.Text = t.text(key+text, "thing", t.text("mail.thing"), "n", int(booking.ProveWithin/time.Hour))
}

// point gives the reader the way on: code, link, or where to find the link.
func (t occasion) point(view *letterView) {
	name := "mail.link.open"
	switch t.message.Kind {
	case booking.MessageProof:
		name = "mail.link.proof"
		view.CodeUse, view.NotYou = t.text("mail.code.proof"), t.text("mail.not_you.proof")
	case booking.MessageCode:
		view.CodeUse, view.NotYou = t.text("mail.code.find"), t.text("mail.not_you.code")
	case booking.MessageReceived:
		name = "mail.link.request"
	case booking.MessageMissed:
		name = "mail.link.choose"
	case booking.MessageMoved:
		if t.waits() {
			name = "mail.link.request"
		}
	case booking.MessageCancelled, booking.MessageRejected, booking.MessageExpired:
		if t.p.Booker {
			view.Link, view.LinkName = t.public+bookPath+"?"+languageChoice+"="+t.Code, t.text("mail.link.again")
		}
		return
	}
	if view.CodeUse != "" {
		view.Code, view.CodeLife = t.message.Code, int(booking.CodeLife/time.Minute)
	}
	switch {
	case t.message.Kind == booking.MessageCode:
	case t.link != "":
		view.Link, view.LinkName, view.Private = t.link, t.text(name), true
	default:
		view.Link, view.LinkName, view.LinkNote = t.public+"/find", t.text("mail.link.find"), t.text("mail.link.earlier")
	}
}

// tellCutoff says until when who booked may change the appointment alone.
func (t occasion) tellCutoff(view *letterView) error {
	if !t.p.Booker || !t.is(mayChange) {
		return nil
	}
	if t.a.MayChange(t.now()) != nil {
		view.Closed = true
		return nil
	}
	until, err := t.when(t.a.Start.Instant.Add(-t.a.Cutoff), t.a.Start.Zone)
	view.Until = &until
	return err
}
