package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"jalsa/booking"
)

// reminderRows is how many reminders a form asks for; as many as a service may have.
const reminderRows = 5

// editServiceView is templates/setup_service.html.
type editServiceView struct {
	sheet
	Reminders []string // names of the rows
}

func (s *site) newService(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showService(w, r, d, d.form(serviceValues(booking.NewService(d.institution.ID))), "", false)
}

func (s *site) makeService(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.putService(w, r, d, booking.NewService(d.institution.ID))
}

func (s *site) editService(w http.ResponseWriter, r *http.Request, d desk) error {
	v, err := s.serviceOf(r, d)
	if err != nil {
		return err
	}
	return s.showService(w, r, d, d.form(serviceValues(v)), v.Name.In(d.Code), false)
}

func (s *site) saveService(w http.ResponseWriter, r *http.Request, d desk) error {
	v, err := s.serviceOf(r, d)
	if err != nil {
		return err
	}
	return s.putService(w, r, d, v)
}

func (s *site) serviceOf(r *http.Request, d desk) (booking.Service, error) {
	return own(d, booking.VerbSetup, s.Bookings.Service, r.PathValue("service"), func(v booking.Service) string { return v.Institution })
}

// putService takes the form over what is stored.
func (s *site) putService(w http.ResponseWriter, r *http.Request, d desk, was booking.Service) error {
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	f, v := d.form(values), serviceFrom(values, was)
	if was.ID == "" {
		all, err := s.Bookings.Services(d.institution.ID)
		if err != nil {
			return err
		}
		if made(all, v, func(v *booking.Service) { v.ID, v.Version = "", 0 }) {
			return seeOther(w, r, "/staff/setup?done=service#services")
		}
	}
	_, err = s.Bookings.PutService(v, d.account.ID)
	switch {
	case err == nil:
		return seeOther(w, r, "/staff/setup?done=service#services")
	case errors.Is(err, booking.ErrStale):
		values.Set("version", strconv.FormatUint(was.Version, 10))
		return s.showService(w, r, d, f, was.Name.In(d.Code), true)
	case !f.blame(err):
		return err
	}
	f.lead(map[string]string{"name": asked("name", v.Name), "about": asked("about", v.About), "who": asked("who", v.Who), "prepare": asked("prepare", v.Prepare...), "reminders": "reminders.0"})
	return s.showService(w, r, d, f, was.Name.In(d.Code), false)
}

func (s *site) showService(w http.ResponseWriter, r *http.Request, d desk, f form, name string, stale bool) error {
	title := d.text("setup.service.new")
	if name != "" {
		title = d.text("setup.service.edit")
	}
	view := editServiceView{sheet: sheet{frame: s.staffFrame(d, title, setupPath), Form: f, Stale: stale, Name: name}}
	for i := range reminderRows {
		view.Reminders = append(view.Reminders, "reminders."+strconv.Itoa(i))
	}
	askService(&view.Form)
	return s.showSheet(w, r, d, "setup_service", &view.sheet, &view)
}

func askService(f *form) {
	say := func(key string) string { return f.words.text("setup.service." + key) }
	f.ask(field{Name: "version", Kind: "hidden"})
	f.askText("name", "text", say("name"), "")
	f.askText("about", "textarea", say("about"), "")
	f.askText("who", "textarea", say("who"), "")
	f.askText("prepare", "textarea", say("prepare"), say("prepare_hint"))
	for _, name := range []string{"duration", "early_entry", "grace", "notice", "cutoff"} {
		f.askSpan(name, say(name), say(name+"_hint"))
	}
	for _, name := range []string{"horizon", "keep"} {
		f.ask(field{Name: name, Label: say(name), Hint: say(name + "_hint"), Mode: "numeric", Dir: "ltr", Short: true})
	}
	for i := range reminderRows {
		f.askSpan("reminders."+strconv.Itoa(i), f.words.text("setup.service.reminder", "number", i+1), "")
	}
	f.ask(field{Name: "observers", Kind: "radios", Label: say("observers"), Hint: say("observers_hint"), Choices: []choice{
		{Value: booking.ObserversNames, Label: say("observers_names"), Chosen: true}, {Value: booking.ObserversCount, Label: say("observers_count")},
	}})
	for _, name := range []string{"judicial", "accepted", "hidden"} {
		f.ask(field{Name: name, Kind: "checkbox", Label: say(name), Hint: say(name + "_hint")})
	}
}

func serviceValues(v booking.Service) url.Values {
	values := url.Values{"version": {strconv.FormatUint(v.Version, 10)}, "horizon": {strconv.Itoa(v.Horizon)}, "keep": {strconv.Itoa(v.Keep)}}
	values.Set("observers", cmp.Or(v.Observers, booking.ObserversNames))
	putText(values, "name", v.Name)
	putText(values, "about", v.About)
	putText(values, "who", v.Who)
	putLines(values, "prepare", v.Prepare)
	putSpan(values, "duration", v.Duration)
	putSpan(values, "early_entry", v.EarlyEntry)
	putSpan(values, "grace", v.Grace)
	putSpan(values, "notice", v.Notice)
	putSpan(values, "cutoff", v.Cutoff)
	for i := range reminderRows {
		name := "reminders." + strconv.Itoa(i)
		values.Set(name+".unit", "hours")
		if i < len(v.Reminders) {
			putSpan(values, name, v.Reminders[i])
		}
	}
	for name, on := range map[string]bool{"judicial": v.Judicial, "accepted": v.Accepted, "hidden": v.Hidden} {
		if on {
			values.Set(name, "on")
		}
	}
	return values
}

// serviceFrom is the service that was typed. A number that is none becomes one that the rules of booking refuse, so that
// one check tells all faults.
func serviceFrom(values url.Values, was booking.Service) booking.Service {
	number := func(name string) int {
		if n, code := takeNumber(values, name); code == "" {
			return n
		}
		return -1
	}
	length := func(name string) time.Duration {
		if d, code := takeSpan(values, name); code == "" {
			return d
		}
		return -time.Minute
	}
	v := booking.Service{
		ID: was.ID, Institution: was.Institution, Version: takeVersion(values),
		Name: takeText(values, "name", was.Name), About: takeText(values, "about", was.About), Who: takeText(values, "who", was.Who),
		Prepare:  takeLines(values, "prepare", was.Prepare),
		Judicial: values.Has("judicial"), Accepted: values.Has("accepted"), Hidden: values.Has("hidden"),
		Duration: length("duration"), EarlyEntry: length("early_entry"), Grace: length("grace"),
		Notice: length("notice"), Cutoff: length("cutoff"), Horizon: number("horizon"), Keep: number("keep"),
		Observers: takeObservers(values),
	}
	for i := range reminderRows {
		if name := "reminders." + strconv.Itoa(i); typed(values, name) != "" {
			v.Reminders = append(v.Reminders, length(name))
		}
	}
	slices.SortFunc(v.Reminders, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	v.Reminders = slices.Compact(v.Reminders)
	return v
}

// takeObservers is how observers are shown; by their names is what goes without saying.
func takeObservers(values url.Values) string {
	if shown := values.Get("observers"); shown != booking.ObserversNames {
		return shown
	}
	return ""
}

// takeVersion is the version that the person saw who filled the form.
func takeVersion(values url.Values) uint64 {
	n, _ := strconv.ParseUint(values.Get("version"), 10, 64) // what is none is stale
	return n
}
