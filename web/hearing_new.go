package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"jalsa/booking"
)

// newHearingView is what templates/hearing_new.html asks: a hearing that the institution makes itself, with all its
// people. Every row of people is a question of its own; more rows come without script by sending the form for them.
type newHearingView struct {
	frame
	Form   form
	Head   []field
	People peopleForm
	Apart  field
	Tail   []field // the box to create it all the same
	More   bool    // further rows can be had
}

// showNewHearing serves GET /staff/hearings/new.
func (s *site) showNewHearing(w http.ResponseWriter, r *http.Request, d desk) error {
	day := r.URL.Query().Get("day")
	return s.askHearing(w, r, d, d.form(url.Values{"held_on": {day}, "length": {"60"}, "reference": {newReference()}}))
}

// makeHearing serves POST /staff/hearings/new: more rows, or the hearing. It ends on the page of the appointment.
func (s *site) makeHearing(w http.ResponseWriter, r *http.Request, d desk) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	if f.Values.Has("more") {
		return s.askHearing(w, r, d, f)
	}
	draft, at, err := s.readHearing(d, &f)
	if err != nil {
		return fmt.Errorf("read hearing: %w", err)
	}
	if f.faulty() {
		return s.askHearing(w, r, d, f)
	}
	if made, ok := s.madeBefore(d, draft); ok {
		return back(w, r, made.ID, "created")
	}
	if stop, err := s.objected(d, &f, proposalOf(draft)); err != nil {
		return fmt.Errorf("make hearing: %w", err)
	} else if stop {
		return s.askHearing(w, r, d, f)
	}
	a, _, err := s.Bookings.Book(draft, d.account.ID)
	if isTaken(err, "reference") {
		if made, ok := s.madeBefore(d, draft); ok {
			return back(w, r, made.ID, "created")
		}
		draft.Reference = "" // somebody went back to the form and made another hearing with it
		a, _, err = s.Bookings.Book(draft, d.account.ID)
	}
	if err == nil {
		return back(w, r, a.ID, "created")
	}
	if !d.blameDeed(&f, err, at...) {
		return fmt.Errorf("make hearing: %w", err)
	}
	return s.askHearing(w, r, d, f)
}

// newReference is the reference of the hearing that a form will make, in the manner of the books. The form carries it, so
// that sending it twice makes one hearing.
func newReference() string {
	text := strings.ToLower(rand.Text())
	return text[:4] + "-" + text[4:8]
}

var referencePattern = regexp.MustCompile(`^[a-z2-7]{4}-[a-z2-7]{4}$`)

// madeBefore finds the hearing that this form has made already, when it is sent twice.
func (s *site) madeBefore(d desk, draft booking.Draft) (booking.Appointment, bool) {
	if draft.Reference == "" {
		return booking.Appointment{}, false
	}
	made, err := s.appointmentOf(d, booking.VerbCreate, draft.Reference)
	return made, err == nil && isOf(made, draft)
}

// proposalOf is where a hearing is to take place, and who holds it.
func proposalOf(draft booking.Draft) booking.Proposal {
	p := booking.Proposal{Institution: draft.InstitutionID, Place: booking.Place{Start: draft.Start, Counter: draft.CounterID}, Duration: draft.Duration}
	for _, host := range draft.Participants {
		if host.Role.Hosts() {
			p.Host = host.Staff
		}
	}
	return p
}

// isOf reports whether a was made of this draft.
func isOf(a booking.Appointment, draft booking.Draft) bool {
	stranger := func(p booking.Participant) bool {
		return !slices.ContainsFunc(a.Participants, func(q booking.Participant) bool { return q.Role == p.Role && q.Name == p.Name })
	}
	return a.Start.Instant.Equal(draft.Start.Instant) && a.Duration == draft.Duration && a.Case == draft.Case && a.ServiceID == draft.ServiceID &&
		maps.Equal(a.Service, draft.Service) && len(a.Participants) == len(draft.Participants) && !slices.ContainsFunc(draft.Participants, stranger)
}

func isTaken(err error, name string) bool {
	var bad *booking.FieldError
	return errors.As(err, &bad) && bad.Field == name && bad.Code == "taken"
}

// readHearing makes a draft of what was typed; faults are noted in f. at tells in which row each participant stood, -1 for
// the officer.
func (s *site) readHearing(d desk, f *form) (draft booking.Draft, at []int, err error) {
	names, err := s.names(d)
	if err != nil {
		return draft, nil, err
	}
	draft = booking.Draft{
		InstitutionID: d.institution.ID, Institution: d.institution.Name, CounterID: f.line("counter"), Case: f.line("case"),
		Start: readCivil(f, d.institution.Zone), Duration: readMinutes(f, "length"),
	}
	if reference := f.line("reference"); referencePattern.MatchString(reference) {
		draft.Reference = reference
	}
	service := booking.NewService(d.institution.ID)
	service.Judicial = true
	if id := f.line("service"); id != "" {
		i := slices.IndexFunc(names.services, func(v booking.Service) bool { return v.ID == id })
		if i < 0 {
			f.fault("service", "unknown")
		} else {
			service = names.services[i]
		}
	} else if title := f.line("hearing_title"); title == "" {
		f.fault("hearing_title", "missing")
	} else {
		service.Name = booking.Text{d.Code: title}
	}
	draft.ServiceID, draft.Service, draft.Prepare, draft.Judicial = service.ID, service.Name, service.Prepare, service.Judicial
	draft.EarlyEntry, draft.Grace, draft.Reminders, draft.Keep = service.EarlyEntry, service.Grace, service.Reminders, service.Keep
	if id := draft.CounterID; id != "" && names.counters[id] == "" {
		f.fault("counter", "unknown")
	}
	if id := f.line("officer"); id != "" {
		i := slices.IndexFunc(names.officerList, func(a booking.Account) bool { return a.ID == id })
		if i < 0 {
			f.fault("officer", "unknown")
		} else {
			o := names.officerList[i]
			draft.Participants = append(draft.Participants, booking.Participant{Role: booking.RoleHost, Name: o.Name, Language: o.Language, Staff: o.ID})
			at = append(at, -1)
		}
	}
	people, rows := readPeople(f, rowsOf(*f, firstRows))
	if len(people) == 0 {
		f.fault(rowField(0, "name"), "missing")
	}
	draft.Participants, at = append(draft.Participants, people...), append(at, rows...)
	draft.Screens = readApart(f, at)
	return draft, at, nil
}

// readMinutes reads a number of minutes; what is allowed the books say.
func readMinutes(f *form, name string) time.Duration {
	n, wrong := takeNumber(f.Values, name)
	if wrong == "" && (n < 1 || n > 24*60) {
		wrong = "invalid"
	}
	if wrong != "" {
		f.fault(name, wrong)
	}
	return time.Duration(n) * time.Minute
}

var pairPattern = regexp.MustCompile(`^(\d{1,3})\s*[-–/]\s*(\d{1,3})$`)

// readApart reads pairs of row numbers, as in "2-4, 3-4", and returns them as positions in the list of participants.
func readApart(f *form, at []int) [][2]int {
	var pairs [][2]int
	for _, part := range strings.FieldsFunc(f.line("apart"), func(r rune) bool { return strings.ContainsRune(",;،؛", r) }) {
		m := pairPattern.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			f.fault("apart", "pairs")
			return nil
		}
		var pair [2]int
		for i := range pair {
			row, _ := strconv.Atoi(m[i+1])
			if pair[i] = slices.Index(at, row-1); row < 1 || pair[i] < 0 {
				f.fault("apart", "pairs")
				return nil
			}
		}
		if pair[0] == pair[1] {
			f.fault("apart", "oneself")
			return nil
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

func (s *site) askHearing(w http.ResponseWriter, r *http.Request, d desk, f form) error {
	names, err := s.names(d)
	if err != nil {
		return fmt.Errorf("ask hearing: %w", err)
	}
	rows := rowsOf(f, firstRows)
	f.Values.Set("rows", strconv.Itoa(rows))
	choose := func(key string, choices []choice) []choice {
		return append([]choice{{Value: "", Label: d.text(key)}}, choices...)
	}
	f.ask(
		field{Name: "reference", Kind: "hidden"},
		field{Name: "service", Kind: "select", Label: d.text("docket.new.service"), Choices: choose("docket.new.free", names.serviceChoices)},
		field{Name: "hearing_title", Label: d.text("docket.new.name"), Hint: d.text("docket.new.name_hint"), Auto: "off"},
		field{Name: "case", Label: d.text("docket.new.case"), Auto: "off", Optional: true, Short: true},
		field{Name: "held_on", Kind: "date", Label: d.text("docket.place.date"), Short: true},
		field{Name: "held_at", Kind: "time", Label: d.text("docket.place.clock"), Hint: d.text("docket.place.zone", "zone", d.place(d.institution.Zone)), Short: true},
		field{Name: "length", Kind: "number", Label: d.text("docket.new.duration"), Mode: "numeric", Short: true},
		field{Name: "counter", Kind: "select", Label: d.text("docket.counter.label"), Choices: choose("docket.counter.none", names.counterChoices)},
		field{Name: "officer", Kind: "select", Label: d.text("docket.officer.label"), Choices: choose("docket.officer.none", names.officerChoices)},
	)
	view := newHearingView{frame: s.staffFrame(d, d.text("docket.new.title"), "/staff/hearings/new"), Head: f.Fields, More: rows < mostRows}
	view.People = d.askPeople(&f, rows, true)
	f.ask(field{Name: "apart", Label: d.text("docket.new.apart"), Hint: d.text("docket.new.apart_hint"), Auto: "off", Dir: "ltr", Optional: true})
	view.Apart = f.Field("apart")
	head := len(f.Fields)
	d.askDespite(&f, "create")
	view.Tail = f.Fields[head:]
	view.Form = f
	return s.showForm(w, r, d.visitor, "hearing_new", &view.frame, f, &view)
}
