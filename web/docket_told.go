package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What a page tells after a form: the address carries a code and perhaps more.
const (
	toldCode  = "done"
	toldCount = "n"
	toldOf    = "of" // ids of the appointments that it is about, where the page is not their own
)

// told says what was done on the page before, or "".
func (d desk) told(r *http.Request) string {
	asked := r.URL.Query()
	code := asked.Get(toldCode)
	if !slices.Contains(docketDeeds, code) {
		return ""
	}
	n, err := strconv.Atoi(asked.Get(toldCount))
	if err != nil || n < 0 || n > 1_000_000 {
		n = 0
	}
	return d.text("docket.done."+code, "n", n)
}

// docketDeeds are the codes that told knows.
var docketDeeds = strings.Fields("accepted rejected cancelled moved adjourned assigned unassigned delayed undelayed added " +
	"linked unlinked screened unscreened sent renewed revoked absent present removed created unsent unmailed kept_time " +
	"told called task_done signs signs_not")

// back ends a form that was good: 303 to the page of the appointment, which tells what was done.
func back(w http.ResponseWriter, r *http.Request, appointmentID, deed string) error {
	return seeOther(w, r, appointmentAddress(appointmentID, url.Values{toldCode: {deed}}))
}

// address is a path with a query; language and zone are kept by the browser, see rememberAtDesk.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// appointmentAddress is the page of an appointment.
func appointmentAddress(id string, query url.Values) string {
	return address("/staff/appointments/"+id, query)
}

// keep lets the language switch lead to a page with a query: this one, or where a form was sent to that is no page to read.
func (f *frame) keep(path string, query url.Values) {
	for i, l := range f.Languages {
		all := url.Values{languageChoice: {l.Code}}
		for name, values := range query {
			all[name] = values
		}
		f.Languages[i].Href = address(path, all)
	}
}
