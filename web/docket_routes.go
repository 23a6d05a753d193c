package web

import (
	"net/http"

	"jalsa/booking"
)

// docketRoutes are the pages on which the staff runs a day: the docket, requests, one appointment and all that can be
// done with it. What changes something is a POST that ends with 303.
func (s *site) docketRoutes() []route {
	return []route{
		s.desked("/staff/docket", booking.VerbDocket, s.showDocket, nil),
		s.desked(livePath, booking.VerbRun, s.showLive, nil),
		s.desked(livePath+"/tasks/{task}/done", booking.VerbRun, nil, s.closeTask),
		s.desked("/staff/docket/delay", booking.VerbRun, nil, s.delayList),
		s.desked("/staff/requests", booking.VerbDocket, s.showRequests, nil),
		s.desked("/staff/hearings/new", booking.VerbCreate, s.showNewHearing, s.makeHearing),
		s.onAppointment("", booking.VerbDocket, s.showAppointment, nil),
		s.onAppointment("/history", booking.VerbDocket, s.showHistory, nil),
		s.onAppointment("/accept", booking.VerbDecide, nil, s.accept),
		s.onAppointment("/reject", booking.VerbDecide, s.showReject, s.reject),
		s.onAppointment("/cancel", booking.VerbDecide, s.showCancelling, s.cancelAppointment),
		s.onAppointment("/move", booking.VerbRun, s.showMoving, s.moveAppointment),
		s.onAppointment("/adjourn", booking.VerbDecide, s.showAdjourn, s.adjourn),
		s.onAppointment("/officer", booking.VerbRun, nil, s.assign),
		s.onAppointment("/delay", booking.VerbRun, nil, s.delayOne),
		s.onAppointment("/people", booking.VerbRun, s.showAddPeople, s.addPeople),
		s.onAppointment("/together", booking.VerbRun, nil, s.linkPeople),
		s.onAppointment("/apart", booking.VerbRun, nil, s.screenPeople),
		s.onAppointment("/links", booking.VerbRun, nil, s.showLinks),
		s.onAppointment("/people/{number}/send", booking.VerbRun, nil, s.mailLink),
		s.onAppointment("/people/{number}/renew", booking.VerbRun, nil, s.renewLink),
		s.onAppointment("/people/{number}/revoke", booking.VerbRun, nil, s.revokeLink),
		s.onAppointment("/people/{number}/remove", booking.VerbRun, nil, s.removePerson),
		s.onAppointment("/people/{number}/absent", booking.VerbRun, nil, s.noteAbsence),
		s.onAppointment("/people/{number}/sign", booking.VerbRun, nil, s.noteSign),
		s.onAppointment("/people/{number}/message", booking.VerbRun, s.showTell, s.tell),
		s.onAppointment("/call", booking.VerbRun, s.showCall, s.callColleague),
		s.onAppointment("/attend", booking.VerbAttend, s.showAttend, s.attend),
	}
}

// desked is a route of the staff that needs verb, whatever the method.
func (s *site) desked(pattern string, verb booking.Verb, get, post func(http.ResponseWriter, *http.Request, desk) error) route {
	answers := methods{}
	if get != nil {
		answers[http.MethodGet] = s.staff(verb, get)
	}
	if post != nil {
		answers[http.MethodPost] = s.staff(verb, post)
	}
	return route{pattern, answers, who{doorStaff, verb}}
}

// onAppointment is a route about one appointment, which is found first: one of another institution is not there.
func (s *site) onAppointment(rest string, verb booking.Verb, get, post func(http.ResponseWriter, *http.Request, desk, booking.Appointment) error) route {
	find := func(answer func(http.ResponseWriter, *http.Request, desk, booking.Appointment) error) func(http.ResponseWriter, *http.Request, desk) error {
		if answer == nil {
			return nil
		}
		return func(w http.ResponseWriter, r *http.Request, d desk) error {
			a, err := s.appointmentOf(d, verb, r.PathValue("appointment"))
			if err != nil {
				return err
			}
			return answer(w, r, d, a)
		}
	}
	return s.desked("/staff/appointments/{appointment}"+rest, verb, find(get), find(post))
}
