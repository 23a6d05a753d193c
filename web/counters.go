package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"jalsa/booking"
)

// counterView is templates/setup_counter.html.
type counterView struct {
	sheet
	Zone string // in words: openings are times of the institution
	Rows []openingRow
}

func (s *site) newCounter(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showCounter(w, r, d, d.form(counterValues(booking.Counter{}, 1)), booking.Counter{}, false)
}

func (s *site) makeCounter(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.putCounter(w, r, d, booking.Counter{Institution: d.institution.ID})
}

func (s *site) editCounter(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.counterOf(r, d)
	if err != nil {
		return err
	}
	blank := 0
	if len(c.Openings) == 0 {
		blank = 1
	}
	return s.showCounter(w, r, d, d.form(counterValues(c, blank)), c, false)
}

func (s *site) saveCounter(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.counterOf(r, d)
	if err != nil {
		return err
	}
	return s.putCounter(w, r, d, c)
}

func (s *site) counterOf(r *http.Request, d desk) (booking.Counter, error) {
	return own(d, booking.VerbSetup, s.Bookings.Counter, r.PathValue("counter"), func(c booking.Counter) string { return c.Institution })
}

// putCounter does what was asked with the form: add a row, go back to it, or save, by way of the impact page when
// appointments are touched.
func (s *site) putCounter(w http.ResponseWriter, r *http.Request, d desk, was booking.Counter) error {
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	c := counterFrom(values, was)
	blank := 0
	if values.Get("act") == actRow || len(c.Openings) == 0 {
		blank = 1
	}
	putOpenings(values, c.Openings, blank)
	f := d.form(values)
	if act := values.Get("act"); act == actRow || act == actBack {
		return s.showCounter(w, r, d, f, was, false)
	}
	if was.ID == "" {
		all, err := s.Bookings.Counters(d.institution.ID)
		if err != nil {
			return err
		}
		if made(all, c, func(c *booking.Counter) { c.ID, c.Version = "", 0 }) {
			return seeOther(w, r, settled(setupPath, "counter", 0, nil, nil))
		}
	}
	err = booking.ErrStale
	if c.Version == was.Version {
		err = s.weigh(w, r, d, weighing{
			title: d.text("setup.impact.counter"), home: setupPath, keep: "setup.treat.keep_hours_hint", done: "counter", reason: "hours", values: values,
			impact: func() (booking.Impact, error) { return s.Bookings.CounterImpact(c) },
			put: func(t booking.Treatment) (changed, left []booking.Appointment, err error) {
				_, changed, left, err = s.Bookings.PutCounter(c, t, d.account.ID)
				return changed, left, err
			},
		})
	}
	if errors.Is(err, booking.ErrStale) {
		if was.ID != "" {
			if was, err = s.Bookings.Counter(was.ID); err != nil {
				return err
			}
		}
		values.Set("version", strconv.FormatUint(was.Version, 10))
		return s.showCounter(w, r, d, f, was, true)
	}
	if !f.blame(err) {
		return err
	}
	return s.showCounter(w, r, d, f, was, false)
}

func (s *site) showCounter(w http.ResponseWriter, r *http.Request, d desk, f form, was booking.Counter, stale bool) error {
	title := d.text("setup.counter.new")
	if was.ID != "" {
		title = d.text("setup.counter.edit")
	}
	view := counterView{
		sheet: sheet{frame: s.staffFrame(d, title, setupPath), Form: f, Stale: stale, Name: was.Name},
		Zone:  d.place(d.institution.Zone),
	}
	services, err := s.serviceChoices(d)
	if err != nil {
		return err
	}
	hosts, err := s.hostChoices(d, was.Host)
	if err != nil {
		return err
	}
	say := func(key string) string { return d.text("setup.counter." + key) }
	view.Form.ask(
		field{Name: "version", Kind: "hidden"},
		field{Name: "rows", Kind: "hidden"},
		field{Name: "name", Label: say("name"), Hint: say("name_hint")},
		field{Name: "services", Kind: "checkboxes", Label: say("services"), Hint: say("services_hint"), Choices: services},
		field{Name: "host", Kind: "select", Label: say("host"), Hint: say("host_hint"), Choices: hosts},
		field{Name: "hidden", Kind: "checkbox", Label: say("hidden"), Hint: say("hidden_hint")},
	)
	view.Rows = view.Form.askOpenings()
	return s.showSheet(w, r, d, "setup_counter", &view.sheet, &view)
}

func (s *site) serviceChoices(d desk) ([]choice, error) {
	all, err := s.Bookings.Services(d.institution.ID)
	var choices []choice
	for _, v := range all {
		choices = append(choices, choice{Value: v.ID, Label: v.Name.In(d.Code)})
	}
	return choices, err
}

// hostChoices are those who hold appointments, and who does so now even if not any more.
func (s *site) hostChoices(d desk, current string) ([]choice, error) {
	all, err := s.Bookings.Accounts(d.institution.ID)
	choices := []choice{{Value: "", Label: d.text("setup.counter.host_later")}}
	for _, a := range all {
		if a.ID == current || a.Role.Hosts() && !a.Disabled {
			choices = append(choices, choice{Value: a.ID, Label: a.Name})
		}
	}
	return choices, err
}

func counterValues(c booking.Counter, blank int) url.Values {
	values := url.Values{
		"version": {strconv.FormatUint(c.Version, 10)}, "name": {c.Name},
		"services": slices.Clone(c.Services), "host": {c.Host},
	}
	if c.Hidden {
		values.Set("hidden", "on")
	}
	putOpenings(values, c.Openings, blank)
	return values
}

func counterFrom(values url.Values, was booking.Counter) booking.Counter {
	return booking.Counter{
		ID: was.ID, Institution: was.Institution, Version: takeVersion(values),
		Name: typed(values, "name"), Services: slices.Clone(values["services"]), Host: values.Get("host"),
		Openings: takeOpenings(values), Hidden: values.Has("hidden"),
	}
}
