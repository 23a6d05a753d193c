package web

import (
	"cmp"
	"errors"
	"net/http"
	"syscall"

	"jalsa/booking"
)

var (
	errNotFound    = errors.New("no such page")
	errMethod      = errors.New("method not allowed")
	errCrossOrigin = errors.New("request from another site")
)

// failures is the one table from an error to what the reader gets. The text is the catalogue's
// <key>.title and <key>.text; the code stands on the page for whoever is called about it.
var failures = []struct {
	err    error
	status int
	key    string
	code   string
}{
	{errNotFound, http.StatusNotFound, "error.not_found", "not_found"},
	{errMethod, http.StatusMethodNotAllowed, "error.method", "method"},
	{errCrossOrigin, http.StatusForbidden, "error.cross_origin", "cross_origin"},
	{errMisdirected, http.StatusMisdirectedRequest, "error.misdirected", "misdirected"},
	{errBadForm, http.StatusBadRequest, "error.bad_form", "bad_form"},
	{errTooOften, http.StatusTooManyRequests, "reason.rate", "rate"},
	{errSignedOut, http.StatusForbidden, "error.signed_out", "signed_out"},
	{errTooManyTries, http.StatusTooManyRequests, "error.tries", "rate"},
	{errForbidden, http.StatusForbidden, "error.forbidden", "forbidden"},
	{booking.ErrStale, http.StatusConflict, "error.stale", "stale"},
	{booking.ErrNotFound, http.StatusNotFound, "error.not_found", "not_found"},
	{booking.ErrTooMany, http.StatusTooManyRequests, "error.too_many", "too_many"},
	{errNoErrand, http.StatusNotFound, "error.no_errand", "no_errand"},
	{errNoCookies, http.StatusForbidden, "error.no_cookies", "no_cookies"},
	{booking.ErrUnknownLink, http.StatusNotFound, "reason.unknown_link", "unknown_link"},
	{booking.ErrUnknownSession, http.StatusForbidden, "error.no_session", "no_session"},
	{syscall.ENOSPC, http.StatusInsufficientStorage, "error.full", "full"},
	{syscall.EDQUOT, http.StatusInsufficientStorage, "error.full", "full"},
}

// fail answers with the page of err. What is in no table is our fault, as a full disk is: logged, and told without detail.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	v := s.visitor(r, "")
	for _, f := range failures {
		if errors.Is(err, f.err) {
			if f.status >= http.StatusInternalServerError {
				s.Logger.Error("page failed", "err", err)
			}
			s.showError(w, r, v, f.status, f.key, f.code)
			return
		}
	}
	s.Logger.Error("page failed", "err", err)
	s.showError(w, r, v, http.StatusInternalServerError, "error.internal", "internal")
}

func (s *site) showError(w http.ResponseWriter, r *http.Request, v visitor, status int, key, code string) {
	view := errorView{Code: code}
	text := key + ".text"
	if atDesk(r) {
		text = cmp.Or(deskTexts[key], text)
		view.frame, v = s.deskErrorFrame(r, v, key+".title")
		view.Staff = true
		keepOrigin(w) // the navigation has the form that signs out
	} else {
		view.frame = s.frame(v, v.text(key+".title"))
	}
	view.Text = v.text(text)
	if err := s.render(w, r, v, "error", status, view); err != nil {
		s.Logger.Error("page failed", "err", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// deskTexts say to the staff what the usual text says to citizens.
var deskTexts = map[string]string{
	"error.not_found":    "error.not_found.staff",
	"error.method":       "error.method.staff",
	"error.cross_origin": "error.cross_origin.staff",
	"error.internal":     "error.internal.staff",
	"error.misdirected":  "error.misdirected.staff",
}

// errorView is what templates/error.html shows; its title is the heading.
type errorView struct {
	frame
	Text  string
	Code  string
	Staff bool // on a page of theirs: nobody calls the institution
}

// refusalStatus is the HTTP status of a refusal at the moment of asking for entry.
func refusalStatus(reason booking.Reason) int {
	switch reason {
	case booking.ReasonUnknownLink:
		return http.StatusNotFound
	case booking.ReasonTooLate, booking.ReasonCancelled, booking.ReasonMoved, booking.ReasonClosed:
		return http.StatusGone
	case booking.ReasonCapacity:
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}
