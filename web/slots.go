package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"jalsa/booking"
)

// slotsView is what templates/slots.html shows.
type slotsView struct {
	frame
	Institution, Service phrase
	Picker               picker
	Key                  string // of the errand; "" where an appointment is moved
	When                 *when  // of the appointment that is moved
	Phone, Email         string
	Button               string
	Action               string // this page without its anchor, which would keep the focus from a summary of faults
	Back                 string
}

// slots serves GET /book/{institution}/{service}/slots: which times are free.
func (s *site) slots(w http.ResponseWriter, r *http.Request) error {
	institution, service, err := s.bookable(r)
	if err != nil {
		return err
	}
	v := s.bookVisitor(w, r)
	key := r.URL.Query().Get(keyField)
	if !keyPattern.MatchString(key) {
		return seeOther(w, r, v.link(r.URL.Path, keyField, newKey()))
	}
	s.greet(w, r)
	f := v.form(url.Values{})
	if r.URL.Query().Has("taken") { // sent here from the end of the form
		f.fault(slotField, "taken")
		f.Status = http.StatusConflict
	}
	return s.showSlots(w, r, v, institution, service, key, f)
}

func (s *site) showSlots(w http.ResponseWriter, r *http.Request, v visitor, i booking.Institution, service booking.Service, key string, f form) error {
	v.kept = keptOf(r.URL.Query(), keyField, "month", "day")
	p, err := s.picker(v, r, service, f, url.Values{keyField: {key}})
	if err != nil {
		return err
	}
	view := slotsView{
		frame:       s.frame(v, v.text("book.slots.title")),
		Institution: v.phrase(i.Name), Service: v.phrase(service.Name),
		Picker: p, Key: key, Phone: i.Phone, Email: i.Email,
		Button: v.text("book.slots.hold"), Action: r.URL.RequestURI(),
		Back: v.link("/book/" + i.ID + "/" + service.ID + "/"),
	}
	view.Aid, view.Zone = s.assets.address("zone.js"), v.zone
	return s.showForm(w, r, v, "slots", &view.frame, f, &view)
}

// keptOf is the part of an address that a page is about.
func keptOf(query url.Values, names ...string) url.Values {
	kept := url.Values{}
	for _, name := range names {
		if query.Has(name) {
			kept.Set(name, query.Get(name))
		}
	}
	return kept
}

// holdSlot serves POST /book/{institution}/{service}/slots: the time is kept for this browser while the form is filled
// in. The same key again moves what is held.
func (s *site) holdSlot(w http.ResponseWriter, r *http.Request) error {
	institution, service, err := s.bookable(r)
	if err != nil {
		return err
	}
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	if !s.mayApply(w, r) {
		return errTooOften
	}
	key, browser := typed.Get(keyField), browserOf(r)
	switch {
	case !keyPattern.MatchString(key):
		return errBadForm
	case browser == "":
		return errNoCookies
	}
	v := s.bookVisitor(w, r)
	f := v.form(typed)
	start, ok := readSlot(typed.Get(slotField))
	if !ok {
		f.fault(slotField, "missing")
		return s.showSlots(w, r, v, institution, service, key, f)
	}
	hold, err := s.Bookings.Hold(key, browser, NetworkOf(r), service.ID, start)
	if errors.Is(err, booking.ErrSlotTaken) || errors.Is(err, booking.ErrNotFound) {
		f.fault(slotField, "taken")
		f.Status = http.StatusConflict
		return s.showSlots(w, r, v, institution, service, key, f)
	}
	if err != nil {
		return fmt.Errorf("hold slot: %w", err)
	}
	next := "you"
	if hold.Application.Validate(s.Bookings.Mails()) == nil {
		next = "check" // another time for a form that is filled in
	}
	return seeOther(w, r, v.link("/book/errand/"+hold.Key+"/"+next))
}
