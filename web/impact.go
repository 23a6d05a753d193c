package web

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"jalsa/booking"
)

// A change of the calendar is weighed before it is made: the first POST shows which appointments it touches and asks
// what becomes of them, carrying what was typed along; the second one, with the digest of that list, makes the change. What
// touches nothing is made at once.

// What a button of such a form asks for; none of them is to save.
const (
	actRow  = "row"  // one more row
	actBack = "back" // from the impact page to the form
)

// shownTouched is how many appointments the page lists; the rest is counted.
const shownTouched = 200

// weighing is one change on its way.
type weighing struct {
	title  string // of the page
	home   string // address of the page to which it belongs
	done   string // what that page says afterwards: the code of a setup.done.*
	keep   string // key of what it means to leave appointments where they are
	reason string // code that journal and appointments give for it
	values url.Values
	impact func() (booking.Impact, error)
	put    func(booking.Treatment) (changed, left []booking.Appointment, err error)
	also   []booking.Appointment // that are concerned otherwise, and stay: somebody has to look at each
}

// weigh makes the change, or shows what it touches. Errors of the input, and ErrStale of the thing itself, are the
// caller's.
func (s *site) weigh(w http.ResponseWriter, r *http.Request, d desk, c weighing) error {
	impact, err := c.impact()
	if err != nil {
		return err
	}
	c.also = slices.DeleteFunc(c.also, func(a booking.Appointment) bool {
		return slices.ContainsFunc(impact.Touched, func(t booking.Appointment) bool { return t.ID == a.ID })
	})
	seen, do := c.values.Get("digest"), c.values.Get("treat")
	treat := booking.Treatment{Do: do, Digest: impact.Digest, Why: booking.Why{Code: c.reason, Text: typed(c.values, "words")}}
	f := d.form(c.values)
	switch {
	case len(impact.Touched)+len(c.also) > 0 && seen == "":
		return s.showImpact(w, r, d, f, c, impact, false)
	case len(impact.Touched) == 0:
		treat.Do = booking.TreatKeep
	case seen != impact.Digest:
		return s.showImpact(w, r, d, f, c, impact, true)
	case !slices.Contains(treatments, do):
		f.fault("treat", "missing")
		return s.showImpact(w, r, d, f, c, impact, false)
	}
	changed, left, err := c.put(treat)
	if err == nil {
		if treat.Do != booking.TreatMove {
			return seeOther(w, r, settled(c.home, c.done, len(changed), nil, append(left, c.also...)))
		}
		return seeOther(w, r, settled(c.home, c.done, len(changed), changed, append(left, c.also...)))
	}
	if errors.Is(err, booking.ErrStale) {
		// Something was booked, moved or cancelled since we looked, or the thing itself was changed: the list tells which.
		now, again := c.impact()
		if again == nil && now.Digest != impact.Digest {
			return s.showImpact(w, r, d, f, c, now, true)
		}
	}
	if f.blame(err) && len(impact.Touched) > 0 && slices.ContainsFunc(f.Faults, func(x fieldFault) bool { return x.Field == "text" }) {
		f.lead(map[string]string{"text": "words"})
		return s.showImpact(w, r, d, f, c, impact, false)
	}
	return err
}

var treatments = []string{booking.TreatMove, booking.TreatKeep, booking.TreatCancel}

// impactView is templates/setup_impact.html.
type impactView struct {
	sheet
	Hidden  []field // what was typed in the form before
	Touched []touched
	Also    []touched
	More    int // that are not listed
	Count   int
	MailOff bool
}

// touched is an appointment in a list of the setup pages.
type touched struct {
	ID, Reference string
	Service       string
	When, Then    moment // Then: where a zone page has a second time
	People        []string
	Open          bool // the reader may see the appointment itself
}

func (s *site) showImpact(w http.ResponseWriter, r *http.Request, d desk, f form, c weighing, impact booking.Impact, changed bool) error {
	view := impactView{
		sheet: sheet{frame: s.staffFrame(d, c.title, c.home), Form: f, Stale: changed},
		Count: len(impact.Touched), More: max(0, len(impact.Touched)-shownTouched), MailOff: !s.Bookings.Mails(),
	}
	view.Desk.MailOff = false // this page says more about it
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if slices.Contains([]string{"act", "digest", "treat", "words"}, name) {
			continue
		}
		for _, value := range c.values[name] {
			view.Hidden = append(view.Hidden, field{Name: name, Kind: "hidden", Value: value})
		}
	}
	view.Hidden = append(view.Hidden, field{Name: "digest", Kind: "hidden", Value: cmp.Or(impact.Digest, "none")})
	for _, a := range impact.Touched[:len(impact.Touched)-view.More] {
		t, err := d.touched(a)
		if err != nil {
			return err
		}
		view.Touched = append(view.Touched, t)
	}
	for _, a := range c.also {
		t, err := d.touched(a)
		if err != nil {
			return err
		}
		view.Also = append(view.Also, t)
	}
	var choices []choice
	for _, t := range treatments {
		hint := "setup.treat." + t + "_hint"
		if t == booking.TreatKeep {
			hint = c.keep
		}
		choices = append(choices, choice{Value: t, Label: d.text("setup.treat." + t), Hint: s.treatHint(d, hint, t)})
	}
	view.Form.ask(
		field{Name: "treat", Kind: "radios", Label: d.text("setup.impact.treat"), Choices: choices},
		field{Name: "words", Kind: "textarea", Label: d.text("setup.impact.words"), Hint: d.text("setup.impact.words_hint"), Optional: true},
	)
	return s.showSheet(w, r, d, "setup_impact", &view.sheet, &view)
}

// touched describes a for a reader; who sees no docket sees no people.
func (d desk) touched(a booking.Appointment) (touched, error) {
	location, err := booking.Zone(a.Start.Zone)
	if err != nil {
		return touched{}, err
	}
	t := touched{
		ID: a.ID, Reference: a.Reference, Service: a.Service.In(d.Code),
		When: d.moment(a.Start.Instant.In(location)), Open: booking.May(d.account, booking.VerbDocket, a.InstitutionID),
	}
	if t.Open {
		for _, p := range a.Participants {
			if p.Removed.IsZero() {
				t.People = append(t.People, p.Name)
			}
		}
	}
	return t, nil
}

// settled is the page at home with the word on what was done: how many appointments were treated, which
// of them have another time now, and which ones could not be treated.
func settled(home, done string, changed int, moved, left []booking.Appointment) string {
	q := url.Values{"done": {done}}
	if changed > 0 {
		q.Set("changed", strconv.Itoa(changed))
	}
	for _, a := range moved[:min(len(moved), shownMoved)] {
		q.Add("moved", a.ID)
	}
	for _, a := range left[:min(len(left), shownLeft)] {
		q.Add("left", a.ID)
	}
	return home + "?" + q.Encode()
}

// These bound the address of the page that names them.
const (
	shownLeft  = 50
	shownMoved = 50
)

// outcome is what a page says of a change that was just made.
type outcome struct {
	Done    string    // in words; "" when nothing was
	Changed int       // appointments moved or cancelled with it
	Moved   []touched // of these, at their new times; not all where they are many
	Left    []touched
}

// outcome puts into words what the address says, see settled. It names only appointments of the reader's institution.
func (s *site) outcome(r *http.Request, d desk) (o outcome, err error) {
	q := r.URL.Query()
	if done := q.Get("done"); slices.Contains(doneWords, done) {
		o.Done = d.text("setup.done." + done)
	}
	o.Changed, _ = strconv.Atoi(q.Get("changed")) // what is no number is none
	if o.Moved, err = s.named(d, q["moved"], shownMoved); err == nil {
		o.Left, err = s.named(d, q["left"], shownLeft)
	}
	return o, err
}

// named are the first of some appointments as a list shows them, but for those that the reader has no part in.
func (s *site) named(d desk, ids []string, most int) (all []touched, err error) {
	for _, id := range ids[:min(len(ids), most)] {
		a, err := own(d, booking.VerbDocket, s.Bookings.Appointment, id, func(a booking.Appointment) string { return a.InstitutionID })
		if errors.Is(err, errNotFound) {
			continue // erased meanwhile, or never theirs
		}
		if err != nil {
			return nil, err
		}
		t, err := d.touched(a)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// treatHint is the hint of a treatment, with the word that people are written to where they are.
func (s *site) treatHint(d desk, key, treat string) string {
	hint := d.text(key)
	if treat != booking.TreatKeep && s.Bookings.Mails() {
		hint += " " + d.text("setup.treat.mailed")
	}
	return hint
}
