package web

import (
	"net/http"
	"net/url"
	"strconv"

	"jalsa/booking"
)

// Who comes along with who booked: listed on the page of the link, added until the start, taken off until the cut-off.

// brought is one of them, on the page of the link.
type brought struct {
	Name, Role string // the role in words
	Link       string // in words, whether a link is sent; "" where no mail is
	Remove     string // where the button goes that takes them off; "" when it is too late
}

// brought lists whom who booked has brought; others in the hearing are not theirs to see.
func (s *site) brought(m managed, removable bool) []brought {
	var all []brought
	for _, p := range m.booked.Participants {
		if !p.Brought || !p.Removed.IsZero() {
			continue
		}
		one := brought{Name: p.Name, Role: m.person(p).Role}
		switch {
		case p.Email != "" && s.Bookings.Mails():
			one.Link = m.text("manage.with.link", "email", p.Email)
		case p.Email == "":
			one.Link = m.text("manage.with.no_link")
		}
		if removable {
			one.Remove = m.at("people/" + strconv.FormatUint(uint64(p.Number), 10) + "/remove")
		}
		all = append(all, one)
	}
	return all
}

func (s *site) askCompanion(w http.ResponseWriter, r *http.Request, m managed) error {
	if !m.toCome(s.Now()) {
		return seeOther(w, r, m.at(""))
	}
	return s.showCompanion(w, r, m, m.form(url.Values{}))
}

func (s *site) showCompanion(w http.ResponseWriter, r *http.Request, m managed, f form) error {
	f.ask(s.companionFields(m.visitor, false, len(s.brought(m, false)) > 0)...)
	view, err := s.changeView(m, "people", f)
	if err != nil {
		return err
	}
	return s.showForm(w, r, m.visitor, "change", &view.frame, f, &view)
}

func (s *site) addCompanion(w http.ResponseWriter, r *http.Request, m managed) error {
	f, err := m.posted(w, r)
	if err != nil {
		return err
	}
	c, _ := f.companion(m.Code)
	if isThere(m.booked, booking.Participant{Role: c.Role, Name: c.Name, Email: c.Email}) {
		return s.changed(w, r, m, nil, "added") // sent twice
	}
	if !f.faulty() {
		_, err = s.Bookings.AddByTicket(m.ticket, c)
		if err == nil || !f.blame(err) {
			return s.changed(w, r, m, err, "added")
		}
		f.lead(map[string]string{"companions": "role"})
	}
	return s.showCompanion(w, r, m, f)
}

// removeCompanion serves POST /j/{ticket}/people/{number}/remove.
func (s *site) removeCompanion(w http.ResponseWriter, r *http.Request, m managed) error {
	if _, err := readForm(w, r); err != nil {
		return err
	}
	p, ok := numbered(m.booked, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	_, err := s.Bookings.RemoveByTicket(m.ticket, p.Number)
	return s.changed(w, r, m, err, "removed")
}
