package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"jalsa/booking"
)

// tellView is what templates/tell.html asks: what somebody is to be told.
type tellView struct {
	frame
	Who       person
	Where     livePlace
	Service   phrase
	Reference string
	Phone     string
	Language  string // in which the ready messages reach them
	Form      form
}

// mostTold is how many characters a message of the desk has at most.
const mostTold = 300

// readyMessages are those that the desk chooses from; they reach people in their own language.
var readyMessages = []string{"soon", "patience", "microphone", "hearing", "reload", "telephone"}

// showTell serves GET /staff/appointments/{appointment}/people/{number}/message.
func (s *site) showTell(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	return s.askTell(w, r, d, a, p, d.form(url.Values{}))
}

// tell serves POST of the same: the message is shown to them at once, or it says that they are not there.
func (s *site) tell(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	text := s.toTell(&f, p)
	if !f.faulty() && (s.Tell == nil || !s.Tell(a.ID, p.ID, text)) {
		f.fault("text", "unreached")
	}
	if f.faulty() {
		return s.askTell(w, r, d, a, p, f)
	}
	return seeOther(w, r, livePath+"?"+toldCode+"=told")
}

// toTell is what was f.Values, or the ready message in the language of who reads it.
func (s *site) toTell(f *form, p booking.Participant) string {
	text := strings.Join(strings.FieldsFunc(f.paragraph("text"), unicode.IsControl), " ")
	ready := f.line("ready")
	switch {
	case text == "" && ready == "":
		f.fault("text", "missing")
	case text == "":
		for _, code := range readyMessages {
			if code == ready {
				return s.words(p.Language).text("desk.ready." + code)
			}
		}
		f.fault("ready", "unknown")
	case utf8.RuneCountInString(text) > mostTold:
		f.fault("text", "too_long")
	}
	return text
}

// words is the catalogue of a language, or the first of ours.
func (s *site) words(language string) *catalogue {
	if c := s.catalogues[language]; c != nil {
		return c
	}
	return s.catalogues[languages[0].Code]
}

func (s *site) askTell(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, p booking.Participant, f form) error {
	zone, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return fmt.Errorf("ask for message: %w", err)
	}
	look := lookout{s: s, d: d, a: a, zone: zone, now: s.Now(), places: s.placesOf(a.ID)}
	view := tellView{
		frame: s.staffFrame(d, d.text("desk.tell.title", "name", p.Name), livePath), Who: d.person(p), Where: look.place(p),
		Service: d.phrase(a.Service), Reference: a.Reference, Phone: p.Phone, Language: s.words(p.Language).Name,
	}
	choices := []choice{{Value: "", Label: d.text("desk.tell.own")}}
	for _, code := range readyMessages {
		choices = append(choices, choice{Value: code, Label: d.text("desk.ready." + code)})
	}
	choices[0].Chosen = true
	f.ask(
		field{Name: "ready", Kind: "radios", Label: d.text("desk.tell.ready"), Hint: d.text("desk.tell.ready_hint", "language", view.Language), Choices: choices},
		field{Name: "text", Kind: "textarea", Label: d.text("desk.tell.text"), Hint: d.text("desk.tell.text_hint"), Auto: "off"},
	)
	view.Form = f
	return s.showForm(w, r, d.visitor, "tell", &view.frame, f, &view)
}
