package web

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/web/mail"
)

// bureau is an office where one books and is written to: a service whose requests the staff accepts and one that needs
// no acceptance, at one counter each.
type bureau struct {
	t           *testing.T
	now         time.Time
	store       *booking.Store
	letters     *Letters
	institution booking.Institution
	free        booking.Service // booked without acceptance
	examined    booking.Service
	browsers    int
}

const publicURL = "https://audiences.example.ma"

func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{t: t, now: start.Add(-72 * time.Hour)}
	clock := func() time.Time { return b.now }
	var err error
	b.store, err = booking.Open(filepath.Join(t.TempDir(), "jalsa.db"), booking.Options{Now: clock, Mail: true, LinkKey: []byte("key of the links")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.store.Close() })
	if b.letters, err = NewLetters(b.store, publicURL, "audiences@example.ma", clock); err != nil {
		t.Fatal(err)
	}
	b.institution, err = b.store.PutInstitution(booking.Institution{
		Name: booking.Text{"fr": "Tribunal de Rabat", "ar": "محكمة الرباط", "en": "Court of Rabat"},
		Zone: "Africa/Casablanca", Phone: "+212537000000", Email: "greffe@example.ma",
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	b.free = b.serve(func(*booking.Service) {})
	b.examined = b.serve(func(s *booking.Service) { s.Accepted = true })
	return b
}

// serve makes a service with a counter of its own, open every day from 8 to 20.
func (b *bureau) serve(change func(*booking.Service)) booking.Service {
	b.t.Helper()
	s := booking.NewService(b.institution.ID)
	s.Name = booking.Text{"fr": "Audience de conciliation", "ar": "جلسة صلح"}
	s.Prepare = []booking.Text{{"fr": "Votre passeport", "ar": "جواز سفركم", "en": "Your passport"}}
	s.Judicial = true
	change(&s)
	s, err := b.store.PutService(s, "test")
	if err != nil {
		b.t.Fatal(err)
	}
	every := [7]bool{true, true, true, true, true, true, true}
	_, _, _, err = b.store.PutCounter(booking.Counter{
		Institution: b.institution.ID, Name: "Guichet", Services: []string{s.ID},
		Openings: []booking.Opening{{Weekdays: every, From: "08:00", To: "20:00"}},
	}, booking.Treatment{}, "test")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// request asks for the time of the tests, or another hour of that day.
func (b *bureau) request(service booking.Service, language string, at time.Time) booking.Appointment {
	b.t.Helper()
	b.browsers++
	key, browser := strings.Repeat(string(rune('a'+b.browsers%26)), 26), strings.Repeat("b", b.browsers)
	if _, err := b.store.Hold(key, browser, "192.0.2.0/24", service.ID, at); err != nil {
		b.t.Fatal(err)
	}
	_, err := b.store.Fill(key, browser, booking.Application{
		Name: "Youssef Bennani يوسف", Email: "youssef@example.org", Language: language, Zone: "America/New_York",
		Companions: []booking.Companion{{Role: booking.RoleRepresentative, Name: "Me سناء العلوي", Email: "sanae@example.org", Language: language}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	a, _, err := b.store.Request(key, browser)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bureau) ticket(a booking.Appointment) string {
	b.t.Helper()
	for _, p := range a.Participants {
		if ticket, ok, err := b.store.Ticket(p.ID); p.Booker && ok && err == nil {
			return ticket
		}
	}
	b.t.Fatal("no ticket")
	return ""
}

func (b *bureau) proven(service booking.Service, language string) booking.Appointment {
	b.t.Helper()
	return b.done(b.store.ProveByTicket(b.ticket(b.request(service, language, start)), false))
}

func (b *bureau) done(a booking.Appointment, err error) booking.Appointment {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// deliver composes what is due, as the postman does, and notes it.
func (b *bureau) deliver() []mail.Letter {
	b.t.Helper()
	due, _, err := b.store.Due(100)
	if err != nil {
		b.t.Fatal(err)
	}
	var letters []mail.Letter
	for _, m := range due {
		l, err := b.letters.Compose(m)
		if moot := new(mail.Moot); errors.As(err, &moot) {
			b.drop(m, moot.Why)
			continue
		}
		if err != nil {
			b.t.Fatalf("%s: %v", m.Kind, err)
		}
		letters = append(letters, l)
		if err := b.store.Sent(m.ID); err != nil {
			b.t.Fatal(err)
		}
	}
	return letters
}

func (b *bureau) drop(m booking.Message, why string) {
	b.t.Helper()
	if err := b.store.Dropped(m.ID, why); err != nil {
		b.t.Fatal(err)
	}
}

// stories lead to a message of each kind.
var stories = map[booking.MessageKind]func(b *bureau, language string){
	booking.MessageProof:     func(b *bureau, language string) { b.request(b.free, language, start) },
	booking.MessageReceived:  func(b *bureau, language string) { b.proven(b.examined, language) },
	booking.MessageConfirmed: func(b *bureau, language string) { b.proven(b.free, language) },
	booking.MessageInvited:   func(b *bureau, language string) { b.proven(b.free, language) },
	booking.MessageCode: func(b *bureau, language string) {
		b.store.SendCode(b.proven(b.free, language).Reference)
	},
	booking.MessageLink: func(b *bureau, language string) {
		if err := b.store.SendLink(b.proven(b.free, language).Participants[0].ID, "clerk"); err != nil {
			b.t.Fatal(err)
		}
	},
	booking.MessageMoved: func(b *bureau, language string) {
		b.done(b.store.MoveByTicket(b.ticket(b.proven(b.free, language)), start.Add(3*time.Hour)))
	},
	booking.MessageAdjourned: func(b *bureau, language string) {
		_, _, err := b.store.Adjourn(b.proven(b.free, language).ID, booking.Place{Start: b.civil("2026-12-01T11:00")}, words, "clerk")
		if err != nil {
			b.t.Fatal(err)
		}
	},
	booking.MessageCancelled: func(b *bureau, language string) {
		b.done(b.store.Cancel(b.proven(b.free, language).ID, words, "clerk"))
	},
	booking.MessageRejected: func(b *bureau, language string) {
		b.done(b.store.Reject(b.proven(b.examined, language).ID, words, "clerk"))
	},
	booking.MessageExpired: func(b *bureau, language string) {
		b.request(b.free, language, start)
		b.now = b.now.Add(booking.ProveWithin)
		b.sweep()
	},
	booking.MessageDelayed: func(b *bureau, language string) {
		if _, err := b.store.Delay([]string{b.proven(b.free, language).ID}, 25*time.Minute, "clerk"); err != nil {
			b.t.Fatal(err)
		}
	},
	booking.MessageReminder: func(b *bureau, language string) {
		b.proven(b.free, language)
		b.deliver()
		b.now = start.Add(-time.Hour)
	},
	booking.MessageMissed: func(b *bureau, language string) {
		a := b.proven(b.free, language)
		b.deliver()
		b.now = start
		if _, _, _, err := b.store.Redeem(b.ticket(a)); err != nil {
			b.t.Fatal(err)
		}
		b.now = start.Add(2 * time.Hour)
		b.sweep()
	},
}

var words = booking.Why{Code: "by_service", Text: "La salle est fermée.\nVeuillez nous excuser."}

func (b *bureau) sweep() {
	b.t.Helper()
	if err := b.store.Sweep(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) civil(local string) booking.Civil {
	b.t.Helper()
	c, err := booking.NewCivil(local, "Africa/Casablanca")
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// letterOf tells one story and returns the letter of its kind, to who booked or, for an invitation, to who comes along.
func (b *bureau) letterOf(kind booking.MessageKind, language string) mail.Letter {
	b.t.Helper()
	stories[kind](b, language)
	to := "youssef@example.org"
	if kind == booking.MessageInvited {
		to = "sanae@example.org"
	}
	subject := regexp.QuoteMeta(b.letters.catalogues[language].messages["mail.letter."+string(kind)+".subject"].text)
	subject = regexp.MustCompile(`\\{[a-z]+\\}`).ReplaceAllString(subject, ".+")
	for _, l := range b.deliver() {
		if l.To == to && regexp.MustCompile("^"+subject+"$").MatchString(l.Subject) {
			return l
		}
	}
	b.t.Fatalf("no letter %s", kind)
	return mail.Letter{}
}
