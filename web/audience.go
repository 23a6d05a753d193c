package web

import (
	"errors"
	"net/http"
	"slices"

	"jalsa/booking"
)

// audience is who a decision concerns: how many a message goes to, and who is written to by nobody, so that the staff has to
// tell them. Members of the staff read their docket.
type audience struct {
	Mailed string // how many, in words; "" for none
	Why    string // why the others are not written to
	Untold []unwritten
	Links  string // where a form shows everybody's link; "" where it does not
}

// unwritten is somebody whom the staff has to tell.
type unwritten struct {
	Name, Phone, Email string
	Href               string // of their appointment, where there are several
}

// concerned are the people of a whom a decision is told: of a request only who booked, for the others are invited once it
// is accepted.
func concerned(a booking.Appointment, deed string) []booking.Participant {
	requested := a.State == booking.StateRequested || a.State == booking.StateRejected || deed == "reject" || deed == "rejected"
	switch {
	case deed == "added" && requested || len(a.Participants) == 0:
		return nil
	case deed == "added":
		return a.Participants[len(a.Participants)-1:]
	case requested:
		return slices.DeleteFunc(slices.Clone(a.Participants), func(p booking.Participant) bool { return !p.Booker })
	}
	return a.Participants
}

// audienceOf tells who learns of a deed on appointments, and how; apart leads to the appointment of each.
func (s *site) audienceOf(d desk, deed string, apart bool, all ...booking.Appointment) (view audience) {
	mailed := 0
	for _, a := range all {
		for _, p := range concerned(a, deed) {
			switch {
			case !p.Removed.IsZero():
			case s.Bookings.Reaches(p):
				mailed++
			case p.Staff == "":
				one := unwritten{Name: p.Name, Phone: p.Phone, Email: p.Email}
				if apart {
					one.Href = appointmentAddress(a.ID, nil)
				}
				view.Untold = append(view.Untold, one)
			}
		}
	}
	if mailed > 0 {
		view.Mailed = d.text("docket.audience.mailed", "n", mailed)
	}
	if s.Bookings.Mails() {
		view.Why = d.text("docket.audience.nameless")
	} else {
		view.Why = d.text("docket.audience.off")
	}
	return view
}

// notice is what a page says after a deed: what was done, and who learns of it.
type notice struct {
	Text string
	audience
}

// tellingDeeds are those of which the people of an appointment are told.
var tellingDeeds = []string{"accepted", "rejected", "cancelled", "moved", "adjourned", "delayed", "undelayed", "added", "created"}

// mostAbout is of how many appointments an address tells at most; nobody delays more at once.
const mostAbout = 200

// notice is what is to be said about what was done on the page before: of the appointments that the page shows or, without
// any, of those that its address names. nil when nothing was done.
func (s *site) notice(r *http.Request, d desk, here ...booking.Appointment) (*notice, error) {
	view := &notice{Text: d.told(r)}
	if view.Text == "" {
		return nil, nil
	}
	deed := r.URL.Query().Get(toldCode)
	if !slices.Contains(tellingDeeds, deed) || r.URL.Query().Get(toldCount) == "0" {
		return view, nil
	}
	all := here
	if about := r.URL.Query()[toldOf]; len(here) == 0 && len(about) <= mostAbout {
		for _, id := range about {
			a, err := s.appointmentOf(d, booking.VerbDocket, id)
			if errors.Is(err, booking.ErrNotFound) || errors.Is(err, errNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
	}
	view.audience = s.audienceOf(d, deed, len(all) > 1, all...)
	if len(here) == 1 && d.deedsOn(here[0], s.Now()).ShowLinks {
		view.Links = appointmentAddress(here[0].ID, nil) + "/links"
	}
	return view, nil
}
