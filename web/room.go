package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"jalsa/booking"
)

// boot is what the room client starts with; it stands in the page as <script type="application/json" id="boot">.
type boot struct {
	Lang     string              `json:"lang"`
	Number   uint32              `json:"number"`
	Name     string              `json:"name"`
	Role     booking.Role        `json:"role"`
	Host     bool                `json:"host"`
	Socket   string              `json:"socket"`           // path
	LinkHint string              `json:"link_hint"`        // how to come back
	Plain    bool                `json:"plain,omitempty"`  // does nothing for thin links, for comparison
	Docket   string              `json:"docket,omitempty"` // where a member of the staff goes on afterwards
	Hearing  bootHearing         `json:"hearing"`
	Messages map[string]message  `json:"messages"` // the first screens' part of the catalogue
	Later    map[string][]string `json:"later"`    // addresses of the files of each later part
}

type bootHearing struct {
	Service   string `json:"service"`
	Reference string `json:"reference"`
}

// roomView is what templates/room.html shows.
type roomView struct {
	frame
	Institution, Service phrase
	When                 when
	State                string
	Boot                 boot
}

// toRoom mends an address that lost its last slash.
func toRoom(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/h/"+r.PathValue("participant")+"/", http.StatusSeeOther)
	return nil
}

// room serves GET /h/{participant}/ to whoever holds a session of that participant: the room, or why not now.
// Whether the participant exists is not told to others.
func (s *site) room(w http.ResponseWriter, r *http.Request) error {
	a, p, err := s.session(r)
	if err != nil {
		return err
	}
	v := s.linkVisitor(r, a, p)
	http.SetCookie(w, s.cookie(booking.SessionCookie, cookieValue(r, booking.SessionCookie), roomPath(p.ID))) // its life begins anew
	s.remember(w, v, roomPath(p.ID))
	now := s.Now()
	d := booking.Admission(a, p.ID, booking.PurposeHearing, now)
	if d.Verdict == booking.Refuse {
		view, err := s.hearing(v, a, p, d, now)
		if err != nil {
			return err
		}
		if view.Reloads {
			reload(w, a, p.ID, now)
		}
		return s.render(w, r, v, "hearing", refusalStatus(d.Reason), view)
	}
	s.journeys.note(p.ID, stepCheck, now)
	view, err := s.roomView(v, a, p, a.Status(now))
	if err != nil {
		return err
	}
	// Still pictures of the others come as bytes and are shown from addresses that the page makes for them.
	allow(w.Header(), "img-src", "blob:")
	return s.render(w, r, v, "room", http.StatusOK, view)
}

// session finds who holds the session that the browser brings for the participant of the address.
func (s *site) session(r *http.Request) (booking.Appointment, booking.Participant, error) {
	a, p, err := s.Bookings.Session(r.PathValue("participant"), cookieValue(r, booking.SessionCookie))
	if err != nil {
		return a, p, fmt.Errorf("find session: %w", err)
	}
	return a, p, nil
}

// docketOf is the address of the docket with an appointment for a member of the staff who is in it, else "".
func docketOf(a booking.Appointment, p booking.Participant) string {
	if p.Staff == "" {
		return ""
	}
	day, _, _ := strings.Cut(a.Start.Local, "T")
	return address("/staff/docket", url.Values{"day": {day}})
}

func (s *site) roomView(v visitor, a booking.Appointment, p booking.Participant, status booking.Status) (roomView, error) {
	clocks, err := v.when(a.Start.Instant, a.Start.Zone)
	if err != nil {
		return roomView{}, fmt.Errorf("describe appointment: %w", err)
	}
	words := s.roomWords[v.catalogue]
	view := roomView{
		frame:       s.frame(v, v.phrase(a.Service).Text),
		Institution: v.phrase(a.Institution),
		Service:     v.phrase(a.Service),
		When:        clocks,
		State:       string(status),
		Boot: boot{
			Lang:   v.Code,
			Number: p.Number, Name: p.Name, Role: p.Role, Host: p.Role.Hosts(),
			Socket:   "/h/" + p.ID + "/ws",
			LinkHint: v.text("page.room.link_hint"),
			Plain:    s.Plain,
			Docket:   docketOf(a, p),
			Hearing: bootHearing{
				Service:   a.Service.In(v.Code),
				Reference: a.Reference,
			},
			Messages: words.first,
			Later:    s.laterParts(words, p.Role),
		},
	}
	view.Style, view.Script = s.assets.address("room.css"), s.assets.address("room.js")
	return view, nil
}
