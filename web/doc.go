// Package web is everything a browser sees: the page of a personal link, the room page with the client in it, the
// built assets, errors; in French, Arabic and English. All pages are whole without script, but for the room itself.
//
// # What it owns
//
// Nothing that lasts. A site is built once by New and read by all requests without a lock, but for the limiters (rate.go),
// which count how often links, networks and logins come, and for the journeys of those on their way (journey.go), which have
// their own; it starts no goroutine. Catalogues and pages are
// read once a program. The books belong to booking (reached as Bookings), the socket of the room to Live. What a reader has
// chosen is kept by their browser: in the address before they enter, in cookies of the one room afterwards.
//
// # How a request passes
//
//	web.go        headers on every answer → cross-origin guard → routes (route.go, each with who may) → methods → page
//	address.go    an address that is not ours is sent on to PublicURL
//	join.go       GET /j/{ticket}: Lookup → hearing.go describes → templates/hearing.html; writes nothing
//	              POST /j/{ticket}: Redeem asks the gate → cookie for /h/{id}/ → 303, the ticket leaves the address
//	journey.go    POST /h/{id}/step: how far the room client has come, for the desk
//	room.go       GET /h/{id}/: Session → gate → templates/room.html with the client's boot JSON, or the refusal
//	rehearsal.go  the same for a test of devices and connection days before: GET, POST /j/{ticket}/rehearsal → /h/{id}/rehearsal
//	              with a client of its own, which posts there what it found
//	desk.go       GET, POST /staff/…: cookie → Staff → may the role do the verb of this page? → the page, which asks
//	              booking.May (or Governs) again for the institution of the thing it is about
//	login.go      POST /staff/login: limits per account and network → Login → cookie for /staff → 303
//	static.go     GET /static/{file}: built by build.mjs, embedded, negotiated br or gzip, immutable
//	errors.go     any error → status and page; a panic is one
//	render.go     view → template in the reader's language → gzip
//
// What a citizen walks through (book_routes.go lists it), each page a form that ends with 303:
//
//	offer.go       institutions → services → what a service is for; the button carries a new key
//	slots.go       the calendar and the times of a day (picker.go, which moving uses too) → Store.Hold
//	errand.go      the booking under way: key in the address, the browser's secret in a cookie for /book/; lapsed, spent
//	apply.go       who one is, what one needs, who comes along → Store.Fill, each page its own answers
//	check.go       the answers and the one button that books → Store.Request
//	done.go        what happens next; the code of the mail → Store.ProveByCode → the personal link
//	manage.go      the personal link in the hands of who booked: confirm, move, cancel, bring somebody, send again; the two
//	               that ask one question share templates/change.html
//	manage_people.go  who comes along: listed, added until the start, taken off until the cut-off
//	attendance.go  the certificate; find.go the way back for who lost the link
//	form.go        how every form of ours is read, blamed and shown again
//
// Pages on which the staff runs a day (docket_routes.go lists them):
//
//	docket.go        GET /staff/docket: a day of the institution (docket_filter.go) → rows with where each stands (docket_state.go),
//	                 from the books, from Presence and Connections, which the live side answers; renews itself only when asked to
//	docket_delay.go  POST: the delay of all on the list who have yet to begin; their pages, waiting room and mail tell it
//	appointment.go   GET /staff/appointments/{appointment}: everything about one, with what browsers measure of connections
//	                 while it is held (measured.go), and the deeds that are possible now; each
//	                 deed is a POST that asks the books, then 303 to the page, which tells it (told), or 422 with what stands
//	                 against it: appointment_decide.go, _place.go (move, adjourn, assign, enter), _people.go, _links.go.
//	                 What asks for a reason first is templates/decision.html; docket_told.go is what pages tell afterwards,
//	                 audience.go to how many a message about it goes and whom the staff has to tell
//	appointment_history.go  the journal of one in words; docket_requests.go what waits for a decision
//	hearing_new.go   a hearing with all its people in one form; more rows come by sending the form for them (people_form.go,
//	                 which adding somebody uses too)
//	concern.go       what speaks against a time, asked about before it is taken; docket_names.go the lists to choose from
//
// And one for the hour (live.go lists its addresses): GET /staff/desk shows the hearings that are held, each person with where
// they are or are stuck (live_hearing.go), and what the desk has to do for somebody, which are tasks in the books. Where
// somebody is, the live side says (Presence); before it knows of them, the steps seen here and told by the room client do
// (journey.go: memory only). A message goes to who is there at once (live_tell.go, Config.Tell) and is not kept; a colleague
// who is called in gets a place in the hearing (live_call.go). live_attend.go is the page before a hearing with one button,
// to which a host is led from the hearing before.
//
// A personal link is shown to the staff by a POST only, and the journal tells who looked: it opens the place of somebody
// else. People are called by their number in paths, since ids of participants name rooms.
//
// Pages on which an institution is set up (setup_routes.go lists them; /staff/setup, setup.go, leads to all of them):
//
//	institutions.go services.go counters.go openings.go closures.go   form → booking value → Store.Put… → /staff/setup
//	wording.go span.go                                                fields for a text in each language, for a length of time
//	impact.go      a change of counter or closure is weighed: shown with what it touches, made once somebody has said
//	               what becomes of that; what was typed travels in hidden fields, the list that was seen as its digest
//	zones.go       the same for appointments whose time newer zone rules have changed
//	account.go     accounts of the staff and their roles
//	machine.go     what the operator sees: counts, the journal's checkpoint, never a hearing
//
// A page (func(w, r) error) writes everything or returns an error, and there is one table of errors.
//
// # How a message becomes a letter
//
//	letters.go    a message of the books → is it still so? → the letter's view → templates/mail, as text and as HTML
//	letter.go     what each kind of letter says; ics.go the calendar entry that goes with it
//	mail/         carries it; message.go shows the receipt to the staff, mailbox.go the letters of the demo to anybody
//
// A letter is composed when it is sent, in the language of its reader. Its subject names nobody. Names in another script
// stand isolated (isolate.go), in the HTML part by <bdi>.
//
// # Words
//
// An errand is a booking under way: what was typed lies in the books with the hold, so that going back, reloading, a second
// tab and a dropped link lose nothing, and the key of its first page makes that it is one appointment. A hold that lapsed
// keeps the answers and gives back the time.
//
// A ticket is the secret of a link. Fetching its page never redeems it, because mail scanners and previews fetch
// too; the button's POST does, again and again, until the link is revoked. A session is what a redeemed link
// becomes: a cookie whose path is the participant's own room, so that three links in one browser stay three people.
//
// A visitor (language.go) is who reads: language from the address, the room's cookie, the booking, the browser, in
// this order; and a zone (when.go) for the second clock: from the address (a list on the page, a plain form), a cookie of
// the room or of booking (where client/zone.ts may set it), the clock one booked by, the region of the browser's language,
// else Paris. The appointment's own zone always stands first,
// each with its offset on that day by the data embedded in booking; daylight saving is never asked for.
//
// A desk (desk.go) is a member of the staff who reads a page: a visitor with account and institution. Who has not signed
// in is sent to do so and comes back; a thing of another institution does not exist for them (404), and what their role
// does not do is 403. Language: the address, the choice of before (a cookie for /staff), the account.
// permission_test.go holds every route to a table of who gets through.
//
// A catalogue (catalogue.go, locales/<language>/) holds all texts of a language, for Go and for the room client: keys room.*
// and reason.* travel to the client, those of its first screens in the boot JSON, the others as files of its later parts (words.go).
// Catalogues must agree on keys and slots or New fails. They speak of hearings;
// keys appointment.* stand in for others in a second catalogue, which linkVisitor and letters pick where something is none.
// plural.go and the client's twin are held together by locales/plural_cases.json.
//
// # Security
//
// The policy allows nothing from elsewhere, and nothing inline but the style of the page of a link, by its hash (Content
// Security Policy Level 3, Trusted Types);
// html/template escapes by context; text of the booking stands in <bdi>. Cross-site posts are refused by
// http.CrossOriginProtection. See keepOrigin for the pages with forms, which do not say "no-referrer". The cookie of the
// staff is HttpOnly, SameSite=Strict, for /staff only, and ends with the browser; its session is made anew at each signing
// in and change of password (booking/desk.go). How they prove who they are is known to login.go and self.go alone.
//
// Specifications: RFC 9110 (methods, negotiation), RFC 6265bis (cookies), RFC 8246 (immutable), CLDR plural rules,
// WCAG 2.2.
package web
