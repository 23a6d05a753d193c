package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"jalsa/booking"
)

// closureView is templates/setup_closure.html; a new one may be several days at once.
type closureView struct {
	sheet
	Zone   string
	Delete string // address of the page that asks before deleting; "" of a new one
}

// closuresView is templates/setup_closures.html.
type closuresView struct {
	frame
	outcome
	Coming, Past []closureLine
}

// closureLine is a closure in a list.
type closureLine struct {
	Href, Name, For string
	First, Last     string // in words; Last "" when it is one day
	From, To        string
}

func (s *site) listClosures(w http.ResponseWriter, r *http.Request, d desk) error {
	view := closuresView{frame: s.staffFrame(d, d.text("setup.closures.title"), closuresPath)}
	var err error
	view.Coming, view.Past, err = s.closureLines(d)
	if err != nil {
		return err
	}
	if view.outcome, err = s.outcome(r, d); err != nil {
		return err
	}
	return s.render(w, r, d.visitor, "setup_closures", http.StatusOK, &view)
}

// closureLines returns the closures that are not over by the calendar of the institution, and those that are, latest first.
func (s *site) closureLines(d desk) (coming, past []closureLine, err error) {
	all, err := s.Bookings.Closures(d.institution.ID)
	if err != nil {
		return nil, nil, err
	}
	names, err := s.closureTargets(d)
	if err != nil {
		return nil, nil, err
	}
	today, err := s.today(d)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		line := closureLine{Href: "/staff/closures/" + c.ID, Name: c.Name.In(d.Code), From: c.From, To: c.To, First: d.dateOf(c.First)}
		if c.Last != c.First {
			line.Last = d.dateOf(c.Last)
		}
		for _, n := range names {
			if n.Value == closureTarget(c) && n.Value != "" {
				line.For = n.Label
			}
		}
		if c.Last >= today {
			coming = append(coming, line)
		} else {
			past = append(past, line)
		}
	}
	slices.Reverse(past)
	return coming, past, nil
}

func (s *site) newClosure(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showClosure(w, r, d, d.form(closureValues(booking.Closure{})), booking.Closure{}, false)
}

func (s *site) editClosure(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.closureOf(r, d)
	if err != nil {
		return err
	}
	return s.showClosure(w, r, d, d.form(closureValues(c)), c, false)
}

func (s *site) saveClosure(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.closureOf(r, d)
	if err != nil {
		return err
	}
	return s.putClosures(w, r, d, c)
}

func (s *site) makeClosures(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.putClosures(w, r, d, booking.Closure{Institution: d.institution.ID})
}

func (s *site) closureOf(r *http.Request, d desk) (booking.Closure, error) {
	return own(d, booking.VerbClosures, s.Bookings.Closure, r.PathValue("closure"), func(c booking.Closure) string { return c.Institution })
}

// putClosures saves one closure, or enters one for each line of "days".
func (s *site) putClosures(w http.ResponseWriter, r *http.Request, d desk, was booking.Closure) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	all := closuresFrom(&f, was, d.Code)
	if f.Values.Get("act") == actBack || f.faulty() {
		return s.showClosure(w, r, d, f, was, false)
	}
	if was.ID == "" {
		there, err := s.Bookings.Closures(d.institution.ID)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(c booking.Closure) bool {
			return made(there, c, func(c *booking.Closure) { c.ID, c.Version = "", 0 })
		})
		if len(all) == 0 {
			return seeOther(w, r, settled(closuresPath, "closure", 0, nil, nil))
		}
	}
	title, keep := "setup.impact.closure", "setup.treat.keep_closure_hint"
	if !slices.ContainsFunc(all, func(c booking.Closure) bool { return c.Staff == "" }) {
		title, keep = "setup.impact.absence", "setup.treat.keep_absence_hint"
	}
	also, err := s.assignedDuring(d, all)
	if err != nil {
		return err
	}
	err = booking.ErrStale
	if all[0].Version == was.Version {
		err = s.weigh(w, r, d, weighing{
			title: d.text(title), home: closuresPath, keep: keep, done: "closure", reason: "closure", values: f.Values, also: also,
			impact: func() (booking.Impact, error) { return s.Bookings.ClosureImpact(all...) },
			put: func(t booking.Treatment) (changed, left []booking.Appointment, err error) {
				return s.Bookings.PutClosures(all, t, d.account.ID)
			},
		})
	}
	if errors.Is(err, booking.ErrStale) || errors.Is(err, booking.ErrNotFound) && was.ID != "" {
		if was, err = s.closureOf(r, d); err != nil {
			return err
		}
		f.Values.Set("version", strconv.FormatUint(was.Version, 10))
		return s.showClosure(w, r, d, f, was, true)
	}
	if !f.blame(err) {
		return err
	}
	f.lead(map[string]string{"name": asked("name", all[0].Name), "staff": "for", "counter": "for"})
	return s.showClosure(w, r, d, f, was, false)
}

// assignedDuring returns the appointments that somebody is to hold who will be absent then. An absence closes the
// counters of the person; what they hold at other counters needs somebody else, not another time.
func (s *site) assignedDuring(d desk, all []booking.Closure) (found []booking.Appointment, err error) {
	location, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		first, wrong := time.ParseInLocation(time.DateOnly, c.First, location)
		last, wrongToo := time.ParseInLocation(time.DateOnly, c.Last, location)
		if c.Staff == "" || wrong != nil || wrongToo != nil {
			continue // the rules of booking tell of dates that are none
		}
		docket, err := s.Bookings.Docket(d.institution.ID, first, last.AddDate(0, 0, 1))
		if err != nil {
			return nil, err
		}
		for _, a := range docket {
			start := a.Start.Instant.In(location)
			end := start.Add(a.Duration).Format("15:04")
			if start.Add(a.Duration).Day() != start.Day() {
				end = "24:00"
			}
			away := c.From == "" || start.Format("15:04") < c.To && end > c.From
			holds := func(p booking.Participant) bool { return p.Staff == c.Staff && p.Removed.IsZero() }
			if away && a.State.Live() && a.Started.IsZero() && start.After(s.Now()) && slices.ContainsFunc(a.Participants, holds) {
				found = append(found, a)
			}
		}
	}
	return found, nil
}

func (s *site) showClosure(w http.ResponseWriter, r *http.Request, d desk, f form, was booking.Closure, stale bool) error {
	title := d.text("setup.closure.new")
	view := closureView{Zone: d.place(d.institution.Zone)}
	if was.ID != "" {
		title, view.Delete = d.text("setup.closure.edit"), "/staff/closures/"+was.ID+"/delete"
	}
	view.sheet = sheet{frame: s.staffFrame(d, title, closuresPath), Form: f, Stale: stale, Name: was.Name.In(d.Code)}
	targets, err := s.closureTargets(d)
	if err != nil {
		return err
	}
	say := func(key string) string { return d.text("setup.closure." + key) }
	view.Form.ask(
		field{Name: "version", Kind: "hidden"},
		field{Name: "for", Kind: "select", Label: say("for"), Choices: targets},
		field{Name: "first", Kind: "date", Label: say("first")},
		field{Name: "last", Kind: "date", Label: say("last"), Hint: say("last_hint"), Optional: true},
		field{Name: "from", Kind: "time", Label: say("from"), Hint: say("from_hint"), Optional: true},
		field{Name: "to", Kind: "time", Label: say("to"), Optional: true},
	)
	view.Form.askText("name", "text", say("name"), say("name_hint"))
	if was.ID == "" {
		view.Form.ask(field{Name: "days", Kind: "textarea", Label: say("days"), Hint: say("days_hint"), Optional: true})
	}
	return s.showSheet(w, r, d, "setup_closure", &view.sheet, &view)
}

// closureTargets are what can be closed, by value of the field "for": "" the institution, "counter:" or "staff:" and an id.
func (s *site) closureTargets(d desk) ([]choice, error) {
	choices := []choice{{Value: "", Label: d.text("setup.closure.for_all")}}
	counters, err := s.Bookings.Counters(d.institution.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range counters {
		choices = append(choices, choice{Value: "counter:" + c.ID, Label: d.text("setup.closure.for_counter", "name", c.Name)})
	}
	accounts, err := s.Bookings.Accounts(d.institution.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if a.Role.Hosts() {
			choices = append(choices, choice{Value: "staff:" + a.ID, Label: d.text("setup.closure.for_staff", "name", a.Name)})
		}
	}
	return choices, nil
}

func closureTarget(c booking.Closure) string {
	switch {
	case c.Counter != "":
		return "counter:" + c.Counter
	case c.Staff != "":
		return "staff:" + c.Staff
	}
	return ""
}

func closureValues(c booking.Closure) url.Values {
	values := url.Values{
		"version": {strconv.FormatUint(c.Version, 10)}, "for": {closureTarget(c)},
		"first": {c.First}, "last": {c.Last}, "from": {c.From}, "to": {c.To},
	}
	if c.To == "24:00" {
		values.Set("to", "00:00")
	}
	putText(values, "name", c.Name)
	return values
}

// closuresFrom is what was typed: one closure, or one for each line of "days", a date with a name of its own behind it
// or not. A line that begins with no date is a fault of the form.
func closuresFrom(f *form, was booking.Closure, language string) []booking.Closure {
	values := f.Values
	c := booking.Closure{
		ID: was.ID, Institution: was.Institution, Version: takeVersion(values),
		First: takeDate(typed(values, "first")), Last: takeDate(typed(values, "last")),
		From: takeClock(typed(values, "from")), To: takeClock(typed(values, "to")),
		Name: takeText(values, "name", was.Name),
	}
	if c.Last == "" {
		c.Last = c.First
	}
	if c.To == "00:00" && c.From != "" {
		c.To = "24:00"
	}
	kind, id, _ := strings.Cut(values.Get("for"), ":")
	switch kind {
	case "counter":
		c.Counter = id
	case "staff":
		c.Staff = id
	}
	if was.ID != "" || typed(values, "days") == "" {
		return []booking.Closure{c}
	}
	var all []booking.Closure
	if c.First != "" {
		all = append(all, c)
	}
	for line := range strings.SplitSeq(typed(values, "days"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		date, name, _ := strings.Cut(line, " ")
		c.First = takeDate(date)
		c.Last = c.First
		if _, err := time.Parse(time.DateOnly, c.First); err != nil {
			f.fault("days", "invalid")
			return nil
		}
		one := c
		if name = strings.TrimSpace(name); name != "" {
			one.Name = booking.Text{language: name}
		}
		all = append(all, one)
	}
	if len(all) > closureLimit {
		f.fault("days", "too_many")
	}
	return all
}

// closureLimit bounds what one form enters at once.
const closureLimit = 60

// dropView is templates/setup_closure_delete.html.
type dropView struct {
	frame
	Closure closureLine
	Back    string
}

func (s *site) askDropClosure(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.closureOf(r, d)
	if err != nil {
		return err
	}
	view := dropView{
		frame: s.staffFrame(d, d.text("setup.closure.delete_title"), closuresPath), Back: "/staff/closures/" + c.ID,
		Closure: closureLine{Name: c.Name.In(d.Code), First: d.dateOf(c.First), From: c.From, To: c.To},
	}
	if c.Last != c.First {
		view.Closure.Last = d.dateOf(c.Last)
	}
	return s.render(w, r, d.visitor, "setup_closure_delete", http.StatusOK, &view)
}

// dropClosure deletes it. It was deleted already when it is not found: the same end.
func (s *site) dropClosure(w http.ResponseWriter, r *http.Request, d desk) error {
	c, err := s.closureOf(r, d)
	if err != nil {
		return err
	}
	if err := s.Bookings.DropClosure(c.ID, d.account.ID); err != nil && !errors.Is(err, booking.ErrNotFound) {
		return err
	}
	return seeOther(w, r, settled(closuresPath, "deleted", 0, nil, nil))
}

// today is the date at the institution.
func (s *site) today(d desk) (string, error) {
	location, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return "", fmt.Errorf("find today: %w", err)
	}
	return s.Now().In(location).Format(time.DateOnly), nil
}

// dateOf writes a stored date in words.
func (c *catalogue) dateOf(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return c.date(at)
}
