package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"jalsa/booking"
)

// institutionsView is templates/setup_institutions.html, the operator's list.
type institutionsView struct {
	frame
	Institutions []institutionLine
	Made         bool // one was made a moment ago
}

type institutionLine struct {
	ID, Name, Zone string
	Hidden         bool
	Admins         int // who can sign in
}

func (s *site) listInstitutions(w http.ResponseWriter, r *http.Request, d desk) error {
	view := institutionsView{frame: s.staffFrame(d, d.text("setup.institutions.title"), institutionsPath), Made: r.URL.Query().Get("done") == "institution"}
	all, err := s.Bookings.Institutions()
	if err != nil {
		return err
	}
	for _, i := range all {
		accounts, err := s.Bookings.Accounts(i.ID)
		if err != nil {
			return err
		}
		line := institutionLine{ID: i.ID, Name: i.Name.In(d.Code), Zone: d.place(i.Zone), Hidden: i.Hidden}
		for _, a := range accounts {
			if a.Role == booking.StaffAdmin && !a.Disabled {
				line.Admins++
			}
		}
		view.Institutions = append(view.Institutions, line)
	}
	return s.render(w, r, d.visitor, "setup_institutions", http.StatusOK, &view)
}

func (s *site) newInstitution(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showInstitution(w, r, d, d.form(institutionValues(booking.Institution{Zone: "Africa/Casablanca"})), booking.Institution{}, false)
}

func (s *site) makeInstitution(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.putInstitution(w, r, d, booking.Institution{}, institutionsPath+"?done=institution")
}

// editInstitution serves GET /staff/institution, for the admin of it.
func (s *site) editInstitution(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showInstitution(w, r, d, d.form(institutionValues(d.institution)), d.institution, false)
}

func (s *site) saveInstitution(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.putInstitution(w, r, d, d.institution, "/staff/setup?done=institution")
}

func (s *site) putInstitution(w http.ResponseWriter, r *http.Request, d desk, was booking.Institution, then string) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	i := booking.Institution{
		ID: was.ID, Version: takeVersion(f.Values),
		Name: takeText(f.Values, "name", was.Name), About: takeText(f.Values, "about", was.About),
		Zone: f.Values.Get("zone"), Phone: booking.NormalPhone(typed(f.Values, "phone")), Email: typed(f.Values, "email"), Hidden: f.Values.Has("hidden"),
	}
	if was.ID == "" {
		all, err := s.Bookings.Institutions()
		if err != nil {
			return err
		}
		if made(all, i, func(i *booking.Institution) { i.ID, i.Version = "", 0 }) {
			return seeOther(w, r, then)
		}
	}
	_, err = s.Bookings.PutInstitution(i, d.account.ID)
	switch {
	case err == nil:
		return seeOther(w, r, then)
	case errors.Is(err, booking.ErrStale):
		if was, err = s.Bookings.Institution(was.ID); err != nil {
			return err
		}
		f.Values.Set("version", strconv.FormatUint(was.Version, 10))
		return s.showInstitution(w, r, d, f, was, true)
	case !f.blame(err):
		return err
	}
	f.lead(map[string]string{"name": asked("name", i.Name), "about": asked("about", i.About)})
	return s.showInstitution(w, r, d, f, was, false)
}

func (s *site) showInstitution(w http.ResponseWriter, r *http.Request, d desk, f form, was booking.Institution, stale bool) error {
	title, page := d.text("setup.institution.new"), institutionsPath
	if was.ID != "" {
		title, page = d.text("setup.institution.edit"), setupPath
	}
	view := sheet{frame: s.staffFrame(d, title, page), Form: f, Stale: stale, Name: was.Name.In(d.Code)}
	say := func(key string) string { return d.text("setup.institution." + key) }
	view.Form.ask(field{Name: "version", Kind: "hidden"})
	view.Form.askText("name", "text", say("name"), "")
	view.Form.askText("about", "textarea", say("about"), say("about_hint"))
	view.Form.ask(
		field{Name: "zone", Kind: "select", Label: say("zone"), Hint: say("zone_hint"), Choices: d.zoneChoices(was.Zone)},
		field{Name: "phone", Kind: "tel", Label: say("phone"), Hint: say("phone_hint"), Optional: true},
		field{Name: "email", Kind: "email", Label: say("email"), Hint: say("email_hint"), Optional: true},
		field{Name: "hidden", Kind: "checkbox", Label: say("hidden"), Hint: say("hidden_hint")},
	)
	return s.showSheet(w, r, d, "setup_institution", &view, &view)
}

// zoneChoices are the places we have names for, and the zone that is set now.
func (v visitor) zoneChoices(current string) []choice {
	names := places
	if current != "" && !slices.Contains(places, current) {
		names = append([]string{current}, places...)
	}
	var choices []choice
	for _, name := range names {
		choices = append(choices, choice{Value: name, Label: v.place(name)})
	}
	return choices
}

func institutionValues(i booking.Institution) url.Values {
	values := url.Values{"version": {strconv.FormatUint(i.Version, 10)}, "zone": {i.Zone}, "phone": {i.Phone}, "email": {i.Email}}
	putText(values, "name", i.Name)
	putText(values, "about", i.About)
	if i.Hidden {
		values.Set("hidden", "on")
	}
	return values
}
