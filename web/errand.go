package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"jalsa/booking"
)

// errand is a booking under way, seen by the browser that has it. What was typed lies in the books with the hold, so
// that going back, reloading, a second tab and a dropped link lose nothing; the key makes that it is one booking.
type errand struct {
	visitor
	browser     string
	hold        booking.Hold
	service     booking.Service
	institution booking.Institution
}

const (
	browserCookie = "jalsa-browser" // who holds; a secret of the browser
	bookPath      = "/book/"        // where its cookies, and the choices of language and zone, are sent
	browserLife   = 30 * 24 * time.Hour
	keyField      = "key"
)

var keyPattern = regexp.MustCompile(`^[a-z2-7]{26}$`)

// newKey returns 130 random bits: of an errand when its first page is made, and of a browser.
func newKey() string { return strings.ToLower(rand.Text()) }

// bookVisitor is the visitor of pages before there is a personal link; what they choose is kept for all of these pages.
func (s *site) bookVisitor(w http.ResponseWriter, r *http.Request) visitor {
	v := s.visitor(r, "")
	s.remember(w, v, bookPath)
	return v
}

// link is an address of ours with the choices that were made in the address, and more: name, value pairs.
func (v visitor) link(path string, more ...string) string {
	query := carried(v.chosen)
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// browser returns the secret of this browser, "" if it brings none.
func browserOf(r *http.Request) string {
	if secret := cookieValue(r, browserCookie); keyPattern.MatchString(secret) {
		return secret
	}
	return ""
}

// greet gives a browser the secret by which it will hold. Every page on the way does it anew, so that it lasts.
func (s *site) greet(w http.ResponseWriter, r *http.Request) {
	secret := browserOf(r)
	if secret == "" {
		secret = newKey()
	}
	http.SetCookie(w, &http.Cookie{
		Name: browserCookie, Value: secret, Path: bookPath, MaxAge: int(browserLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure,
	})
}

// mayApply reports whether the network of r may write once more on the way to an appointment.
func (s *site) mayApply(w http.ResponseWriter, r *http.Request) bool {
	if s.applying.allow(r, s.Now()) {
		return true
	}
	s.applying.wait(w)
	return false
}

// errand finds the booking that the address names, if this browser has it.
func (s *site) errand(answer func(http.ResponseWriter, *http.Request, errand) error) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		e := errand{browser: browserOf(r)}
		if e.browser == "" {
			return errNoErrand
		}
		if r.Method == http.MethodPost && !s.mayApply(w, r) {
			return errTooOften
		}
		var err error
		if e.hold, err = s.Bookings.Held(r.PathValue(keyField), e.browser); errors.Is(err, booking.ErrNotFound) {
			return errNoErrand
		} else if err != nil {
			return fmt.Errorf("find hold: %w", err)
		}
		if e.service, err = s.Bookings.Service(e.hold.Service); err != nil {
			return fmt.Errorf("find service: %w", err)
		}
		if e.institution, err = s.Bookings.Institution(e.service.Institution); err != nil {
			return fmt.Errorf("find institution: %w", err)
		}
		e.visitor = s.bookVisitor(w, r)
		keepOrigin(w)
		return answer(w, r, e)
	}
}

// step is a page of the form: not any more once it was sent, and not while the time is nobody's. What is posted is kept
// all the same.
func (s *site) step(answer func(http.ResponseWriter, *http.Request, errand) error) page {
	return s.errand(func(w http.ResponseWriter, r *http.Request, e errand) error {
		if e.hold.Appointment != "" {
			return toDone(w, r, e)
		}
		if r.Method != http.MethodPost && !s.Now().Before(e.hold.Until) {
			return s.lapsed(w, r, e)
		}
		return answer(w, r, e)
	})
}

// at is the address of a page of the errand.
func (e errand) at(page string) string { return e.link("/book/errand/" + e.hold.Key + "/" + page) }

// slotsAt is where another time is chosen.
func (e errand) slotsAt(more ...string) string {
	more = append([]string{keyField, e.hold.Key}, more...)
	return e.link("/book/"+e.institution.ID+"/"+e.service.ID+"/slots", more...)
}

func toDone(w http.ResponseWriter, r *http.Request, e errand) error {
	return seeOther(w, r, e.at("done"))
}

// errandView is what the pages of an errand have in common.
type errandView struct {
	frame
	Institution, Service phrase
	When                 when
	Kept                 string // until when the time is kept, on the reader's clock, with its offset
	Back                 string
	Slots                string // where another time is chosen
}

func (s *site) errandView(e errand, title, back string) (errandView, error) {
	times, err := e.when(e.hold.Start.Instant, e.hold.Start.Zone)
	if err != nil {
		return errandView{}, fmt.Errorf("describe hold: %w", err)
	}
	kept, err := e.clock(e.hold.Until)
	if err != nil {
		return errandView{}, fmt.Errorf("describe hold: %w", err)
	}
	return errandView{
		frame:       s.frame(e.visitor, title),
		Institution: e.phrase(e.institution.Name), Service: e.phrase(e.service.Name),
		When: times, Kept: kept,
		Back: back, Slots: e.slotsAt(),
	}, nil
}

// lapsedView is what templates/lapsed.html shows: the time was given back, and how to go on.
type lapsedView struct {
	errandView
	Key, Start string // to take the same time again
}

func (s *site) lapsed(w http.ResponseWriter, r *http.Request, e errand) error {
	common, err := s.errandView(e, e.text("book.lapsed.title"), "")
	if err != nil {
		return err
	}
	view := lapsedView{common, e.hold.Key, slotValue(e.hold.Start.Instant)}
	return s.render(w, r, e.visitor, "lapsed", http.StatusOK, view)
}
