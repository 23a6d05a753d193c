package web

import (
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"jalsa/booking"
)

// route is one address, what is answered there, and who may ask. The whole address space is a list of them, so that a
// test can walk over it and hold each to the table of permissions.
type route struct {
	pattern string
	answers methods
	who     who
}

// who may use a route; what exactly they see is decided again for the thing they ask about.
type who struct {
	door door
	verb booking.Verb // of a staff route
}

// door is how one comes to a route.
type door int

const (
	doorOpen   door = iota // everybody
	doorTicket             // who has a personal link
	doorRoom               // who has redeemed one
	doorErrand             // the browser that is booking
	doorStaff              // a member of the staff who has signed in and may do verb
)

// routes is the whole address space.
func (s *site) routes() []route {
	return slices.Concat(s.pageRoutes(), s.linkRoutes(), s.bookRoutes(), s.deskRoutes(), s.docketRoutes(), s.setupRoutes(), s.mailboxRoutes())
}

func (s *site) pageRoutes() []route {
	return []route{
		{"/{$}", methods{http.MethodGet: s.home}, who{}},
		{"/static/{file}", methods{http.MethodGet: s.asset}, who{}},
		{"/healthz", methods{http.MethodGet: s.healthy}, who{}},
	}
}

func (s *site) linkRoutes() []route {
	return []route{
		{"/j/{ticket}", methods{http.MethodGet: s.showLink, http.MethodPost: s.redeem}, who{door: doorTicket}},
		{"/j/{ticket}/rehearsal", methods{http.MethodGet: s.showRehearsalLink, http.MethodPost: s.redeemRehearsal}, who{door: doorTicket}},
		{"/j/{ticket}/{$}", methods{http.MethodGet: toLink}, who{door: doorTicket}},
		{"/h/{participant}/rehearsal", methods{http.MethodGet: s.rehearse, http.MethodPost: s.keepRehearsal}, who{door: doorRoom}},
		{"/h/{participant}/step", methods{http.MethodPost: s.takeStep}, who{door: doorRoom}},
		{"/h/{participant}/{$}", methods{http.MethodGet: s.room}, who{door: doorRoom}},
		{"/h/{participant}", methods{http.MethodGet: toRoom}, who{}},
	}
}

func (s *site) mux() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.allow(r.answers))
	}
	mux.Handle("/h/{participant}/ws", s.Live)
	mux.Handle("/h/{participant}/rehearsal/ws", s.Rehearsal)
	mux.Handle("/", s.page(func(http.ResponseWriter, *http.Request) error { return errNotFound }))
	return mux
}

// page answers one request or returns the error that says why not; nothing has been written when it does.
type page func(w http.ResponseWriter, r *http.Request) error

// methods of one address. HEAD is answered wherever GET is: net/http drops the body.
type methods map[string]page

func (s *site) allow(answers methods) http.Handler {
	known := slices.Collect(maps.Keys(answers))
	if _, ok := answers[http.MethodGet]; ok {
		known = append(known, http.MethodHead)
	}
	slices.Sort(known)
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if answer, ok := answers[method]; ok {
			return answer(w, r)
		}
		w.Header().Set("Allow", strings.Join(known, ", "))
		return errMethod
	})
}

// page turns a page into a handler: its error, or its panic, becomes an answer in the reader's language.
func (s *site) page(answer page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				s.fail(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			} else if v != nil {
				panic(v)
			}
		}()
		if err := answer(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}
