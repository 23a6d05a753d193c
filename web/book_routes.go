package web

import (
	"errors"
	"net/http"
)

// bookRoutes is what a citizen walks through: choose, hold, tell, check, confirm; later manage by the personal link, or
// find it again.
func (s *site) bookRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	errand := who{door: doorErrand}
	link := who{door: doorTicket}
	return []route{
		{"/book/{$}", methods{get: s.institutions}, who{}},
		{"/book/{institution}/{$}", methods{get: s.services}, who{}},
		{"/book/{institution}/{service}/{$}", methods{get: s.service}, who{}},
		{"/book/{institution}/{service}/slots", methods{get: s.slots, post: s.holdSlot}, who{}},

		{"/book/errand/{key}/you", methods{get: s.step(s.askYou), post: s.step(s.tellYou)}, errand},
		{"/book/errand/{key}/needs", methods{get: s.step(s.askNeeds), post: s.step(s.tellNeeds)}, errand},
		{"/book/errand/{key}/people", methods{get: s.step(s.askPeople), post: s.step(s.tellPeople)}, errand},
		{"/book/errand/{key}/check", methods{get: s.step(s.check), post: s.errand(s.request)}, errand},
		{"/book/errand/{key}/done", methods{get: s.errand(s.done)}, errand},
		{"/book/errand/{key}/code", methods{get: s.errand(toDone), post: s.errand(s.proveByCode)}, errand},
		{"/book/errand/{key}/resend", methods{get: s.errand(toDone), post: s.errand(s.sendProof)}, errand},

		{"/j/{ticket}/prove", methods{get: toLink, post: s.booker(s.proveByLink)}, link},
		{"/j/{ticket}/move", methods{get: s.booker(s.askMove), post: s.booker(s.move)}, link},
		{"/j/{ticket}/cancel", methods{get: s.booker(s.askCancel), post: s.booker(s.cancel)}, link},
		{"/j/{ticket}/people", methods{get: s.booker(s.askCompanion), post: s.booker(s.addCompanion)}, link},
		{"/j/{ticket}/people/{number}/remove", methods{get: toLink, post: s.booker(s.removeCompanion)}, link},
		{"/j/{ticket}/resend", methods{get: toLink, post: s.booker(s.sendLink)}, link},
		{"/j/{ticket}/attendance", methods{get: s.attendance}, link},
		{"/j/{ticket}/appointment.ics", methods{get: s.linkCalendar}, link},

		{"/find", methods{get: s.askReference, post: s.sendCode}, who{}},
		{"/find/code", methods{get: s.askCode, post: s.findByCode}, who{}},
	}
}

var (
	// errNoErrand is answered to a browser that asks for a booking of another one, or for none.
	errNoErrand = errors.New("no such errand in this browser")
	// errNoCookies is answered to a browser that does not keep what it is given.
	errNoCookies = errors.New("browser keeps no cookies")
)
