package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"jalsa/booking"
)

// The live desk: all hearings of the institution that are held now or later today, each person with where they are stuck,
// and what the desk has to do for somebody.
//
//	GET /staff/desk                                                what is below, renewing itself
//	POST /staff/desk/tasks/{task}/done                             a task is dealt with
//	GET, POST /staff/appointments/{appointment}/people/{number}/message   live_tell.go: a message to somebody on their way or inside
//	GET, POST /staff/appointments/{appointment}/call               live_call.go: a colleague gets a place in the hearing
//
// What one types in is asked on pages of their own, which do not renew themselves.

const livePath = "/staff/desk"

const (
	liveRenewal  = 15 // seconds after which the desk loads itself again while a hearing is held
	quietRenewal = 60 // the same while one is to come
)

// liveView is what templates/live.html shows.
type liveView struct {
	frame
	Date    string
	Now     moment
	Told    *notice
	Tasks   []liveTask // to do, the longest waiting first
	Done    []liveTask // today
	Held    []liveHearing
	ToCome  []liveHearing
	Over    int    // how many of today are over
	Docket  string // address of the day
	Renewal int    // seconds; 0: the page stays as it is
	Still   string // address of the page that does
	Renew   string // and the other way round
}

// stillChoice in the address asks the desk to stay as it is.
const stillChoice = "still"

// showLive serves GET /staff/desk.
func (s *site) showLive(w http.ResponseWriter, r *http.Request, d desk) error {
	now := s.Now()
	zone, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	today := now.In(zone)
	view := liveView{
		frame: s.staffFrame(d, d.text("desk.title"), livePath), Date: d.date(today), Now: d.moment(today),
		Docket: "/staff/docket", Still: livePath + "?" + stillChoice + "=1", Renew: livePath,
	}
	view.Now.Place = d.place(d.institution.Zone)
	if view.Told, err = s.notice(r, d); err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	all, err := s.daily(d.institution.ID, today)
	if err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	names, err := s.names(d)
	if err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	tasks, err := s.Bookings.Tasks(d.institution.ID)
	if err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	helped := map[string]bool{}
	for _, k := range tasks {
		helped[k.Participant] = helped[k.Participant] || k.Done.IsZero()
	}
	for _, a := range all {
		look := lookout{s: s, d: d, a: a, zone: zone, now: now, places: s.placesOf(a.ID), links: s.connectionsOf(a.ID), helped: helped}
		switch one, stage := look.hearing(names); stage {
		case stageHeld:
			view.Held = append(view.Held, one)
		case stageToCome:
			view.ToCome = append(view.ToCome, one)
		case stageOver:
			view.Over++
		}
	}
	if view.Tasks, view.Done, err = s.liveTasks(d, tasks, zone); err != nil {
		return fmt.Errorf("show live desk: %w", err)
	}
	view.renews(w, r)
	keepOrigin(w)
	return s.render(w, r, d.visitor, "live", http.StatusOK, view)
}

// renews lets the page load itself again, without what it told, unless the reader asked it to stay.
func (view *liveView) renews(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Query().Has(stillChoice):
		return
	case len(view.Held)+len(view.Tasks) > 0:
		view.Renewal = liveRenewal
	case len(view.ToCome) > 0:
		view.Renewal = quietRenewal
	default:
		return
	}
	w.Header().Set("Refresh", strconv.Itoa(view.Renewal)+"; url="+livePath)
}

const (
	longestHeld  = 14 * time.Hour // how long before midnight a hearing may have begun that is still held
	longestEarly = 24 * time.Hour // how long after midnight one may begin whose room is open already
)

// daily are the appointments of an institution that start on a day, those of the day before that are held still, and those
// of the next whose room is open already.
func (s *site) daily(institution string, now time.Time) ([]booking.Appointment, error) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	next := midnight.AddDate(0, 0, 1)
	all, err := s.Bookings.Docket(institution, midnight.Add(-longestHeld), next.Add(longestEarly))
	if err != nil {
		return nil, err
	}
	var daily []booking.Appointment
	for _, a := range all {
		held := !a.Started.IsZero() && a.Closed.IsZero() && a.Status(now) == booking.StatusInSession
		today := !a.Start.Instant.Before(midnight) && a.Start.Instant.Before(next)
		soon := !a.Start.Instant.Before(next) && !now.Before(a.Opens())
		if held || today || soon {
			daily = append(daily, a)
		}
	}
	return daily, nil
}

// openTasks counts what the desk of an institution has to do.
func (s *site) openTasks(institution string) (n int, err error) {
	all, err := s.Bookings.Tasks(institution)
	for _, k := range all {
		if k.Done.IsZero() {
			n++
		}
	}
	return n, err
}

// liveTask is something that the desk has to do, or did today.
type liveTask struct {
	ID          string
	What        string // in words
	Who         person
	Service     phrase
	Clock       string // of the hearing
	Reference   string
	Where       livePlace
	Phone       string
	Since       string // for how long it has waited
	DoneAt      string // the clock
	DoneBy      string
	File        string // address of the appointment
	Message     string // address where somebody is told something; "" once nothing reaches them
	Appointment string
}

// liveTasks tells tasks in words. One of an appointment that is no longer there is left out.
func (s *site) liveTasks(d desk, all []booking.Task, zone *time.Location) (open, done []liveTask, err error) {
	now := s.Now()
	for _, k := range all {
		a, err := s.Bookings.Appointment(k.Appointment)
		if err != nil {
			return nil, nil, err
		}
		p, ok := a.Participant(k.Participant)
		if !ok {
			continue
		}
		look := lookout{s: s, d: d, a: a, zone: zone, now: now, places: s.placesOf(a.ID)}
		one := liveTask{
			ID: k.ID, What: d.taskName(k.Kind), Who: d.person(p), Service: d.phrase(a.Service), Clock: a.Start.Instant.In(zone).Format("15:04"),
			Reference: a.Reference, Phone: p.Phone, Since: d.since(now.Sub(k.Opened)), File: appointmentAddress(a.ID, nil), Appointment: a.ID,
		}
		if !k.Done.IsZero() {
			one.DoneAt = k.Done.In(zone).Format("15:04")
			one.DoneBy = actors{s: s, d: d, a: a, known: map[string]string{}}.name(k.By)
			done = append(done, one)
			continue
		}
		one.Where = look.place(p)
		if look.reaches(p) {
			one.Message = messageAddress(a, p)
		}
		open = append(open, one)
	}
	return open, done, nil
}

// taskName is a kind of task in words; one that the catalogue does not know is a request for help.
func (d desk) taskName(kind string) string {
	if _, ok := d.messages["desk.task."+kind]; ok {
		return d.text("desk.task." + kind)
	}
	return d.text("desk.task.help")
}

// closeTask serves POST /staff/desk/tasks/{task}/done.
func (s *site) closeTask(w http.ResponseWriter, r *http.Request, d desk) error {
	k, err := s.Bookings.Task(r.PathValue("task"))
	if err != nil {
		return fmt.Errorf("find task: %w", err)
	}
	if !booking.May(d.account, booking.VerbRun, k.Institution) {
		return errNotFound
	}
	if err := s.Bookings.CloseTask(k.ID, d.account.ID); err != nil {
		return err
	}
	if k.Kind == booking.TaskHelp && s.Helped != nil {
		s.Helped(k.Appointment, k.Participant)
	}
	return seeOther(w, r, livePath+"?"+toldCode+"=task_done")
}
