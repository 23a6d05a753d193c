package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// offer is what the tests book: one counter, open on every day from 09:00 to 11:00 in Casablanca, a slot each half hour.
type offer struct {
	institution booking.Institution
	service     booking.Service
	counter     booking.Counter
}

func (f *fixture) offer(change ...func(*booking.Service)) offer {
	f.t.Helper()
	o := offer{institution: f.institution("Rabat")}
	service := booking.NewService(o.institution.ID)
	service.Name = booking.Text{"fr": "Entretien foncier", "ar": "مقابلة عقارية", "en": "Land talk"}
	service.About, service.Who = booking.Text{"fr": "Le point sur un dossier."}, booking.Text{"fr": "Les propriétaires."}
	service.Prepare = []booking.Text{{"fr": "Votre passeport"}}
	for _, c := range change {
		c(&service)
	}
	var err error
	if o.service, err = f.store.PutService(service, "test"); err != nil {
		f.t.Fatal(err)
	}
	counter := booking.Counter{Institution: o.institution.ID, Name: "Guichet", Services: []string{o.service.ID},
		Openings: []booking.Opening{{Weekdays: [7]bool{true, true, true, true, true, true, true}, From: "09:00", To: "11:00"}}}
	if o.counter, _, _, err = f.store.PutCounter(counter, booking.Treatment{}, "test"); err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (o offer) slots() string { return "/book/" + o.institution.ID + "/" + o.service.ID + "/slots" }

// citizen is somebody who books in a browser without script.
type citizen struct {
	*fixture
	offer
	key     string
	cookies map[string]string
}

func (f *fixture) citizen(o offer) *citizen {
	return &citizen{f, o, newKey(), map[string]string{}}
}

func (c *citizen) header() []string {
	var all []string
	for name, value := range c.cookies {
		all = append(all, name+"="+value)
	}
	return []string{"Cookie", strings.Join(all, "; "), "Accept-Language", "fr-FR"}
}

func (c *citizen) keep(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	for _, cookie := range w.Result().Cookies() {
		c.cookies[cookie.Name] = cookie.Value
	}
	return w
}

func (c *citizen) get(target string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.keep(c.do("GET", target, c.header()...))
}

func (c *citizen) post(target string, pairs ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	typed := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		typed.Add(pairs[i], pairs[i+1])
	}
	return c.keep(c.send(target, typed, c.header()...))
}

func (c *citizen) at(page string) string { return "/book/errand/" + c.key + "/" + page }

// tomorrow is the first free slot, whose hour the tests know: 2026-11-25 09:00 in Casablanca.
var tomorrow = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// hold takes a slot; the page before gives the cookie.
func (c *citizen) hold(start time.Time) {
	c.t.Helper()
	if w := c.get(c.slots() + "?key=" + c.key); w.Code != http.StatusOK {
		c.t.Fatalf("slots: status %d", w.Code)
	}
	w := c.post(c.slots()+"?key="+c.key, "key", c.key, "start", slotValue(start))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/book/errand/"+c.key+"/") {
		c.t.Fatalf("hold: status %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// fillIn answers all questions.
func (c *citizen) fillIn(email string) {
	c.t.Helper()
	wantSentTo(c.t, c.post(c.at("you"), "name", "Fatima Zahra Bennani", "email", email, "phone", "0033 6 12 34 56 78"), c.at("needs"))
	wantSentTo(c.t, c.post(c.at("needs"), "language", "ar", "interpreter", "zgh", "needs", "Je lis\r\nsur les lèvres."), c.at("people"))
	wantSentTo(c.t, c.post(c.at("people"), "role", "none"), c.at("check"))
}

// booked walks the whole way to a request.
func (c *citizen) booked(start time.Time, email string) booking.Appointment {
	c.t.Helper()
	c.hold(start)
	c.fillIn(email)
	wantSentTo(c.t, c.post(c.at("check")), c.at("done"))
	return c.appointment()
}

func (c *citizen) appointment() booking.Appointment {
	c.t.Helper()
	h, err := c.store.Held(c.key, c.cookies[browserCookie])
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := c.store.Appointment(h.Appointment)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// mailed is the last code of a kind that was mailed for an appointment.
func (f *fixture) mailed(a booking.Appointment, kind booking.MessageKind) string {
	f.t.Helper()
	messages, err := f.store.Messages(a.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	code := ""
	for _, m := range messages {
		if m.Kind == kind && m.Code != "" {
			code = m.Code
		}
	}
	if code == "" {
		f.t.Fatalf("no code of kind %s was mailed", kind)
	}
	return code
}

// ticketOf is the personal ticket of who booked.
func (f *fixture) ticketOf(a booking.Appointment) string {
	f.t.Helper()
	p, ok := bookerOf(a)
	if !ok {
		f.t.Fatal("nobody booked")
	}
	ticket, ok, err := f.store.Ticket(p.ID)
	if err != nil || !ok {
		f.t.Fatalf("ticket: %v, %v", ok, err)
	}
	return ticket
}

// confirmed is an appointment that counts, with its ticket.
func (c *citizen) confirmed(start time.Time, email string) (booking.Appointment, string) {
	c.t.Helper()
	a := c.booked(start, email)
	ticket := c.ticketOf(a)
	wantSentTo(c.t, c.post("/j/"+ticket+"/prove"), "/j/"+ticket)
	return c.appointment(), ticket
}

func (d document) named(tag, key, value string) *html.Node {
	for _, n := range d.elements(tag) {
		if attribute(n, key) == value {
			return n
		}
	}
	return nil
}
