package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// The table of permissions: who gets through at each address and method. The test walks over the address space, so a
// route without a row fails, and so does a row without a route.
//
// To add a row: METHOD pattern → staffRow(who gets through: role names and "operator", apart by blanks). A thing in the
// path (such as {account}) is one of the own institution, made by things below by the name in braces; the people of
// another institution, whatever their role, then get 404. Give lost to those of the own one, or to the operator, who have
// the verb and are told 404 for this thing. An address that no account opens has openRow(door).
var permissions = map[string]row{
	"GET /{$}":                 openRow(doorOpen),
	"GET /static/{file}":       openRow(doorOpen),
	"GET /healthz":             openRow(doorOpen),
	"GET /j/{ticket}":          openRow(doorTicket),
	"POST /j/{ticket}":         openRow(doorTicket),
	"GET /h/{participant}/{$}": openRow(doorRoom),
	"GET /h/{participant}":     openRow(doorOpen), // only adds the slash

	"GET /j/{ticket}/{$}":             openRow(doorTicket), // only takes off the slash
	"GET /j/{ticket}/rehearsal":       openRow(doorTicket),
	"POST /j/{ticket}/rehearsal":      openRow(doorTicket),
	"GET /h/{participant}/rehearsal":  openRow(doorRoom),
	"POST /h/{participant}/rehearsal": openRow(doorRoom),
	"POST /h/{participant}/step":      openRow(doorRoom),

	"GET /book/{$}":                            openRow(doorOpen),
	"GET /book/{institution}/{$}":              openRow(doorOpen),
	"GET /book/{institution}/{service}/{$}":    openRow(doorOpen),
	"GET /book/{institution}/{service}/slots":  openRow(doorOpen),
	"POST /book/{institution}/{service}/slots": openRow(doorOpen),
	"GET /book/errand/{key}/you":               openRow(doorErrand),
	"POST /book/errand/{key}/you":              openRow(doorErrand),
	"GET /book/errand/{key}/needs":             openRow(doorErrand),
	"POST /book/errand/{key}/needs":            openRow(doorErrand),
	"GET /book/errand/{key}/people":            openRow(doorErrand),
	"POST /book/errand/{key}/people":           openRow(doorErrand),
	"GET /book/errand/{key}/check":             openRow(doorErrand),
	"POST /book/errand/{key}/check":            openRow(doorErrand),
	"GET /book/errand/{key}/done":              openRow(doorErrand),
	"GET /book/errand/{key}/code":              openRow(doorErrand),
	"POST /book/errand/{key}/code":             openRow(doorErrand),
	"GET /book/errand/{key}/resend":            openRow(doorErrand),
	"POST /book/errand/{key}/resend":           openRow(doorErrand),
	"GET /j/{ticket}/prove":                    openRow(doorTicket),
	"POST /j/{ticket}/prove":                   openRow(doorTicket),
	"GET /j/{ticket}/move":                     openRow(doorTicket),
	"POST /j/{ticket}/move":                    openRow(doorTicket),
	"GET /j/{ticket}/cancel":                   openRow(doorTicket),
	"POST /j/{ticket}/cancel":                  openRow(doorTicket),
	"GET /j/{ticket}/people":                   openRow(doorTicket),
	"POST /j/{ticket}/people":                  openRow(doorTicket),
	"GET /j/{ticket}/people/{number}/remove":   openRow(doorTicket),
	"POST /j/{ticket}/people/{number}/remove":  openRow(doorTicket),
	"GET /j/{ticket}/resend":                   openRow(doorTicket),
	"POST /j/{ticket}/resend":                  openRow(doorTicket),
	"GET /j/{ticket}/attendance":               openRow(doorTicket),
	"GET /j/{ticket}/appointment.ics":          openRow(doorTicket),
	"GET /find":                                openRow(doorOpen),
	"POST /find":                               openRow(doorOpen),
	"GET /find/code":                           openRow(doorOpen),
	"POST /find/code":                          openRow(doorOpen),

	"GET /staff/login":  openRow(doorOpen),
	"POST /staff/login": openRow(doorOpen),

	"GET /staff":                     staffRow(everybody),
	"POST /staff/logout":             staffRow(everybody),
	"GET /staff/self":                staffRow(everybody),
	"POST /staff/self":               staffRow(everybody),
	"POST /staff/self/password":      staffRow(everybody),
	"GET /staff/accounts":            staffRow("admin operator"),
	"GET /staff/accounts/new":        staffRow("admin operator"),
	"POST /staff/accounts/new":       staffRow("admin operator"),
	"GET /staff/accounts/{account}":  staffRow("admin operator"), // things makes an admin, whom the operator sees too
	"POST /staff/accounts/{account}": staffRow("admin operator"),

	"GET /staff/docket":                  staffRow(ofInstitution),
	"POST /staff/docket/delay":           staffRow(ofInstitution),
	"GET /staff/desk":                    staffRow(ofInstitution),
	"POST /staff/desk/tasks/{task}/done": staffRow(ofInstitution),
	"GET /staff/requests":                staffRow(ofInstitution),
	"GET /staff/hearings/new":            staffRow(ofInstitution),
	"POST /staff/hearings/new":           staffRow(ofInstitution),

	"GET /staff/appointments/{appointment}":                          staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/history":                  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/accept":                  staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/reject":                   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/reject":                  staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/cancel":                   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/cancel":                  staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/move":                     staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/move":                    staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/adjourn":                  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/adjourn":                 staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/officer":                 staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/delay":                   staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/people":                   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people":                  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/together":                staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/apart":                   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/links":                   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/send":    staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/renew":   staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/revoke":  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/remove":  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/absent":  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/sign":    staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/people/{number}/message":  staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/people/{number}/message": staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/call":                     staffRow(ofInstitution),
	"POST /staff/appointments/{appointment}/call":                    staffRow(ofInstitution),
	"GET /staff/appointments/{appointment}/attend":                   staffRow(ofInstitution).butNot("admin clerk prosecutor official"),
	"POST /staff/appointments/{appointment}/attend":                  staffRow(ofInstitution).butNot("admin clerk prosecutor official"), // the magistrate is its host

	"GET /staff/institutions":               staffRow("operator"),
	"GET /staff/institutions/new":           staffRow("operator"),
	"POST /staff/institutions/new":          staffRow("operator"),
	"GET /staff/institution":                staffRow("admin"),
	"POST /staff/institution":               staffRow("admin"),
	"GET /staff/machine":                    staffRow("operator"),
	"GET /staff/machine/checkpoint":         staffRow("operator"),
	"GET /staff/setup":                      staffRow("admin"),
	"GET /staff/services/new":               staffRow("admin"),
	"POST /staff/services/new":              staffRow("admin"),
	"GET /staff/services/{service}":         staffRow("admin"),
	"POST /staff/services/{service}":        staffRow("admin"),
	"GET /staff/counters/new":               staffRow("admin"),
	"POST /staff/counters/new":              staffRow("admin"),
	"GET /staff/counters/{counter}":         staffRow("admin"),
	"POST /staff/counters/{counter}":        staffRow("admin"),
	"GET /staff/closures":                   staffRow("admin clerk"),
	"GET /staff/closures/new":               staffRow("admin clerk"),
	"POST /staff/closures/new":              staffRow("admin clerk"),
	"GET /staff/closures/{closure}":         staffRow("admin clerk"),
	"POST /staff/closures/{closure}":        staffRow("admin clerk"),
	"GET /staff/closures/{closure}/delete":  staffRow("admin clerk"),
	"POST /staff/closures/{closure}/delete": staffRow("admin clerk"),
	"GET /staff/zones":                      staffRow("admin"),
	"POST /staff/zones":                     staffRow("admin"),
}

// Groups of readers that rows name.
const (
	ofInstitution = "admin clerk magistrate prosecutor official"
	everybody     = ofInstitution + " operator"
)

// things makes the thing that a word in braces stands for, in an institution. host is a magistrate of it.
var things = map[string]func(f *fixture, at booking.Institution, host booking.Account) string{
	"account": func(f *fixture, at booking.Institution, _ booking.Account) string {
		return f.account(at.ID, booking.StaffAdmin).ID
	},
	"appointment": func(f *fixture, at booking.Institution, host booking.Account) string {
		return f.appointment(at, host).ID
	},
	"number":      func(*fixture, booking.Institution, booking.Account) string { return "2" }, // of the party in f.appointment
	"institution": func(_ *fixture, at booking.Institution, _ booking.Account) string { return at.ID },
	"service": func(f *fixture, at booking.Institution, _ booking.Account) string {
		return f.service(at.ID).ID
	},
	"counter": func(f *fixture, at booking.Institution, host booking.Account) string {
		return f.counter(at.ID, host.ID, f.service(at.ID).ID).ID
	},
	"closure": func(f *fixture, at booking.Institution, _ booking.Account) string { return f.closure(at.ID).ID },
	"task": func(f *fixture, at booking.Institution, host booking.Account) string {
		a := f.appointment(at, host)
		task, err := f.store.OpenTask(a.ID, a.Participants[1].ID, booking.TaskHelp, a.Participants[1].ID)
		if err != nil {
			f.t.Fatal(err)
		}
		return task.ID
	},
}

// row of the table.
type row struct {
	door    door
	through string // roles and "operator"
	lost    string // of those, to whom this thing does not exist
}

func openRow(d door) row          { return row{door: d} }
func staffRow(through string) row { return row{door: doorStaff, through: through} }

func (r row) butNot(lost string) row {
	r.lost = lost
	return r
}

// reader is somebody who asks for a page; their session is renewed when a page ended it.
type reader struct {
	name    string // role, or operator
	foreign bool
	account booking.Account // zero: nobody
	cookie  string
}

// want is what the row says to a reader: "login", "forbidden", "not found" or "through".
func (r row) want(who reader, method, pattern string) string {
	named := func(list string) bool { return slices.Contains(strings.Fields(list), who.name) }
	switch {
	case who.account.ID == "" && method == http.MethodGet:
		return "login"
	case who.account.ID == "" || !named(r.through):
		return "forbidden"
	case strings.Contains(pattern, "{") && (who.foreign || named(r.lost)):
		return "not found"
	}
	return "through"
}

// got is the same, read off the answer.
func got(w *httptest.ResponseRecorder) string {
	switch {
	case w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/staff/login?"):
		return "login"
	case w.Code == http.StatusForbidden:
		return "forbidden"
	case w.Code == http.StatusNotFound:
		return "not found"
	case w.Code >= 500 || w.Code == http.StatusMethodNotAllowed:
		return http.StatusText(w.Code)
	}
	return "through"
}

// everyReader is nobody, each role of the own and of another institution, and the operator.
func everyReader(f *fixture, own, other booking.Institution) []*reader {
	readers := []*reader{{}}
	for _, at := range []booking.Institution{own, other} {
		for _, role := range booking.StaffRoles {
			readers = append(readers, &reader{name: string(role), foreign: at.ID == other.ID, account: f.account(at.ID, role)})
		}
	}
	return append(readers, &reader{name: "operator", account: f.account("", booking.StaffAdmin)})
}

// session is a cookie that is good now.
func (who *reader) session(f *fixture) string {
	if who.account.ID == "" {
		return ""
	}
	if _, err := f.store.Staff(strings.TrimPrefix(who.cookie, deskCookie+"=")); err != nil {
		who.cookie = f.signIn(who.account)
	}
	return who.cookie
}

func TestPermissions(t *testing.T) {
	f := newFixture(t)
	own, other := f.institution("Rabat"), f.institution("Fès")
	readers := everyReader(f, own, other)
	host := readers[3].account
	made := map[string]string{}
	seen := map[string]bool{}
	for _, route := range siteOf(t, f).routes() {
		for _, method := range slices.Sorted(maps.Keys(route.answers)) {
			key := method + " " + route.pattern
			seen[key] = true
			row, ok := permissions[key]
			if !ok {
				t.Errorf("%s has no row in the table of permissions", key)
				continue
			}
			if row.door != route.who.door {
				t.Errorf("%s: door %d, in the table %d", key, route.who.door, row.door)
			}
			if row.door != doorStaff {
				continue
			}
			for _, who := range readers {
				want := row.want(*who, method, route.pattern)
				target := f.fill(route.pattern, made, method == http.MethodPost && want == "through", own, host)
				w := f.askAs(who, method, target)
				if is := got(w); is != want {
					t.Errorf("%s, %s (foreign %v): %s (%d), want %s", key, who.name, who.foreign, is, w.Code, want)
				}
			}
		}
	}
	for key := range permissions {
		if !seen[key] {
			t.Errorf("%s is in the table of permissions and has no route", key)
		}
	}
}

func (f *fixture) askAs(who *reader, method, target string) *httptest.ResponseRecorder {
	if method == http.MethodPost {
		return f.send(target, url.Values{}, "Cookie", who.session(f))
	}
	return f.do(method, target, "Cookie", who.session(f))
}

var placeholder = regexp.MustCompile(`\{([a-z]+)(\.\.\.)?\}`)

// fill puts real things of an institution into a pattern; fresh ones where the request may use them up.
func (f *fixture) fill(pattern string, made map[string]string, fresh bool, at booking.Institution, host booking.Account) string {
	f.t.Helper()
	return placeholder.ReplaceAllStringFunc(strings.ReplaceAll(pattern, "{$}", ""), func(match string) string {
		name := placeholder.FindStringSubmatch(match)[1]
		thing := things[name]
		if thing == nil {
			f.t.Fatalf("%s: things knows no %q", pattern, name)
		}
		if made[name] == "" || fresh {
			made[name] = thing(f, at, host)
		}
		return made[name]
	})
}

// A thing that does not exist is the same page as one of another institution.
func TestUnknownAndForeignAreOneAnswer(t *testing.T) {
	f := newFixture(t)
	_, session := f.desk(booking.StaffAdmin)
	other := f.institution("Fès")
	foreign := f.account(other.ID, booking.StaffAdmin)
	unknown := f.do("GET", "/staff/accounts/aaaaaaaaaaaaaaaa", "Cookie", session)
	theirs := f.do("GET", "/staff/accounts/"+foreign.ID, "Cookie", session)
	if unknown.Code != http.StatusNotFound || theirs.Code != unknown.Code || theirs.Body.String() != unknown.Body.String() {
		t.Errorf("unknown: %d, foreign: %d\n%s\n%s", unknown.Code, theirs.Code, unknown.Body, theirs.Body)
	}
}

// service makes one that can be booked.
func (f *fixture) service(institution string) booking.Service {
	f.t.Helper()
	s := booking.NewService(institution)
	s.Name = booking.Text{"fr": "Conciliation", "ar": "صلح"}
	s.Duration = 30 * time.Minute
	s, err := f.store.PutService(s, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// Doors that a link, a redeemed link or a browser's own errand opens: nobody else gets through, whatever their account.
func TestOtherDoorsOpenToNoAccount(t *testing.T) {
	f := newFixture(t)
	own := f.institution("Rabat")
	readers := everyReader(f, own, f.institution("Fès"))
	there := f.appointment(own, readers[3].account)
	real := map[string]string{"participant": there.Participants[0].ID, "ticket": strings.Repeat("a", 26), "key": strings.Repeat("a", 26), "number": "2"}
	for _, route := range siteOf(t, f).routes() {
		if d := route.who.door; d != doorTicket && d != doorRoom && d != doorErrand {
			continue
		}
		target := placeholder.ReplaceAllStringFunc(strings.ReplaceAll(route.pattern, "{$}", ""), func(match string) string {
			name := placeholder.FindStringSubmatch(match)[1]
			if real[name] == "" {
				t.Fatalf("%s: no value for %q", route.pattern, name)
			}
			return real[name]
		})
		for method := range route.answers {
			for _, who := range readers {
				w := f.askAs(who, method, target)
				if above := w.Header().Get("Location"); w.Code == http.StatusSeeOther && above != "/" && strings.HasPrefix(target, above+"/") {
					continue // back to a page above, which refuses
				}
				if w.Code < 400 || w.Code >= 500 || strings.Contains(w.Body.String(), there.Reference) {
					t.Errorf("%s %s, %s: status %d", method, route.pattern, who.name, w.Code)
				}
			}
		}
	}
}
