package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"jalsa/booking"
)

// linksView is what templates/links.html shows once, on demand: personal links, to be handed over by the staff where no
// mail does it.
type linksView struct {
	frame
	Back      string
	Reference string
	Service   phrase
	Links     []personalLink
}

// personalLink is somebody and the address that opens their place.
type personalLink struct {
	person
	Address string // "" when it cannot be told: only a new one can
	Fresh   bool   // made just now
}

// showLinks serves POST /staff/appointments/{appointment}/links: everybody's link, or that of the participant named. Looking at one is
// noted in the journal, for who has a link can pass for its person; hence it is no GET.
func (s *site) showLinks(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	one := typed.Get("participant")
	var links []personalLink
	for _, p := range a.Participants {
		if one != "" && p.ID != one || !p.Removed.IsZero() || p.Staff != "" {
			continue
		}
		ticket, ok, err := s.Bookings.Ticket(p.ID)
		if err != nil {
			return fmt.Errorf("show link: %w", err)
		}
		link := personalLink{person: d.person(p)}
		if ok {
			link.Address = s.PublicURL + "/j/" + ticket
			if err := s.Bookings.Record(booking.Entry{Kind: "link_shown", Appointment: a.ID, Participant: p.ID, Actor: d.account.ID}); err != nil {
				return fmt.Errorf("show link: %w", err)
			}
		}
		links = append(links, link)
	}
	if len(links) == 0 {
		return errNotFound
	}
	return s.renderLinks(w, r, d, a, links)
}

func (s *site) renderLinks(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment, links []personalLink) error {
	view := linksView{
		frame: s.staffFrame(d, d.text("docket.links.title"), "/staff/docket"), Back: appointmentAddress(a.ID, nil),
		Reference: a.Reference, Service: d.phrase(a.Service), Links: links,
	}
	view.frame.keep(view.Back, nil)
	r.Header.Del("Accept-Encoding") // secrets beside names that others chose are not compressed together
	return s.render(w, r, d.visitor, "links", http.StatusOK, view)
}

// mailLink serves POST /staff/appointments/{appointment}/people/{number}/send: their link is mailed again.
func (s *site) mailLink(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	if p.Removed.IsZero() && p.Email != "" && !s.Bookings.Reaches(p) {
		return back(w, r, a.ID, "unsent")
	}
	return s.acted(w, r, d, a, d.form(url.Values{}), s.Bookings.SendLink(p.ID, d.account.ID), "sent")
}

// renews reports whether a new link of somebody is mailed to them; that of a request is not, until it is accepted.
func (s *site) renews(a booking.Appointment, p booking.Participant) bool {
	p.Removed = time.Time{} // a new link takes that back
	return s.Bookings.Reaches(p) && a.State == booking.StateConfirmed && a.Closed.IsZero()
}

// renewLink serves POST /staff/appointments/{appointment}/people/{number}/renew: a new link, mailed where there is an address;
// the old one ends. With the field show, or where no mail goes out, it is shown this once; that of a member of the staff is
// shown to nobody, for who has it holds the hearing in their place, and they enter by their account.
func (s *site) renewLink(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	typed, err := readForm(w, r)
	if err != nil {
		return err
	}
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	if typed.Get("issue") != fmt.Sprint(p.Issue) {
		return seeOther(w, r, appointmentAddress(a.ID, nil)) // sent twice: one new link is enough
	}
	invite, err := s.Bookings.Reissue(p.ID, d.account.ID)
	if err != nil {
		return s.acted(w, r, d, a, d.form(url.Values{}), err, "renewed")
	}
	mailed := s.renews(a, p)
	if p.Staff != "" && !mailed {
		return back(w, r, a.ID, "unmailed")
	}
	if p.Staff != "" || mailed && typed.Get("show") == "" {
		return back(w, r, a.ID, "renewed")
	}
	return s.renderLinks(w, r, d, a, []personalLink{{person: d.person(p), Address: s.PublicURL + "/j/" + invite.Ticket, Fresh: true}})
}

// revokeLink serves POST /staff/appointments/{appointment}/people/{number}/revoke.
func (s *site) revokeLink(w http.ResponseWriter, r *http.Request, d desk, a booking.Appointment) error {
	p, ok := numbered(a, r.PathValue("number"))
	if !ok {
		return errNotFound
	}
	_, err := s.Bookings.Revoke(p.ID, d.account.ID)
	return s.acted(w, r, d, a, d.form(url.Values{}), err, "revoked")
}
