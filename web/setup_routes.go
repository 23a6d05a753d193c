package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"jalsa/booking"
)

// setupRoutes are the pages on which an institution is set up, and those of the operator.
func (s *site) setupRoutes() []route {
	at := func(verb booking.Verb, pattern string, get, post func(http.ResponseWriter, *http.Request, desk) error) route {
		answers := methods{http.MethodGet: s.staff(verb, get)}
		if post != nil {
			answers[http.MethodPost] = s.staff(verb, post)
		}
		return route{pattern, answers, who{doorStaff, verb}}
	}
	return []route{
		at(booking.VerbInstitutions, institutionsPath, s.listInstitutions, nil),
		at(booking.VerbInstitutions, "/staff/institutions/new", s.newInstitution, s.makeInstitution),
		at(booking.VerbInstitution, "/staff/institution", s.editInstitution, s.saveInstitution),
		at(booking.VerbMachine, "/staff/machine", s.machine, nil),
		at(booking.VerbMachine, "/staff/machine/checkpoint", s.checkpoint, nil),
		at(booking.VerbSetup, setupPath, s.setup, nil),
		at(booking.VerbSetup, "/staff/services/new", s.newService, s.makeService),
		at(booking.VerbSetup, "/staff/services/{service}", s.editService, s.saveService),
		at(booking.VerbSetup, "/staff/counters/new", s.newCounter, s.makeCounter),
		at(booking.VerbSetup, "/staff/counters/{counter}", s.editCounter, s.saveCounter),
		at(booking.VerbClosures, closuresPath, s.listClosures, nil),
		at(booking.VerbClosures, closuresPath+"/new", s.newClosure, s.makeClosures),
		at(booking.VerbClosures, closuresPath+"/{closure}", s.editClosure, s.saveClosure),
		at(booking.VerbClosures, closuresPath+"/{closure}/delete", s.askDropClosure, s.dropClosure),
		at(booking.VerbSetup, "/staff/zones", s.zones, s.rezone),
	}
}

// sheet is the view of a page with a form that changes something of an institution.
type sheet struct {
	frame
	Form  form
	Stale bool   // somebody else has changed it since the form was filled
	Name  string // of what is changed; "" of something new
}

// showSheet renders it: 409 when somebody else was faster, else as every form.
func (s *site) showSheet(w http.ResponseWriter, r *http.Request, d desk, page string, v *sheet, view framed) error {
	if !v.Stale {
		return s.showForm(w, r, d.visitor, page, &v.frame, v.Form, view)
	}
	keepOrigin(w)
	v.Faulty = true
	return s.render(w, r, d.visitor, page, http.StatusConflict, view)
}

// own loads something of the reader's institution; what belongs to another one does not exist for them.
func own[T any](d desk, verb booking.Verb, load func(string) (T, error), id string, of func(T) string) (T, error) {
	v, err := load(id)
	if errors.Is(err, booking.ErrNotFound) || err == nil && !booking.May(d.account, verb, of(v)) {
		var none T
		return none, errNotFound
	}
	return v, err
}

// made reports whether exactly this was made already: a form that is sent twice makes one thing. plain takes away what
// tells two of them apart.
func made[T any](all []T, one T, plain func(*T)) bool {
	plain(&one)
	want := fmt.Sprintf("%+v", one)
	return slices.ContainsFunc(all, func(v T) bool {
		plain(&v)
		return fmt.Sprintf("%+v", v) == want
	})
}
