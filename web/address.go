package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// errMisdirected is answered to pages asked for at an address that is none of ours, when sending the reader on did
// not help: a proxy in front does not pass the Host that PublicURL names.
var errMisdirected = errors.New("asked for at another address")

// sentOn marks an address to which a reader was sent on, so that a misconfigured proxy makes no circle.
const sentOn = "sent-on"

// atHome sends readers who came by another name of this machine, such as 127.0.0.1 instead of localhost, to the
// address that they are meant to use: cookies and the socket work there only.
func (s *site) atHome(next http.Handler) http.Handler {
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		page := r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/j/") || strings.HasPrefix(r.URL.Path, "/book/") || strings.HasPrefix(r.URL.Path, "/find") || atDesk(r) || strings.HasPrefix(r.URL.Path, "/h/") && strings.HasSuffix(r.URL.Path, "/")
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !page || !reading || s.hosts[hostOf(r.Host)] {
			next.ServeHTTP(w, r)
			return nil
		}
		if s.strayed.CompareAndSwap(false, true) {
			s.Logger.Warn("page asked for at another address than the public one; said once", "host", r.Host, "public", s.PublicURL)
		}
		query := r.URL.Query()
		if query.Has(sentOn) {
			return errMisdirected
		}
		query.Set(sentOn, "1")
		http.Redirect(w, r, s.PublicURL+r.URL.EscapedPath()+"?"+query.Encode(), http.StatusFound)
		return nil
	})
}

// hostsOf are the Host headers under which pages are at home.
func hostsOf(origins []string) (map[string]bool, error) {
	hosts := make(map[string]bool, len(origins))
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" {
			return nil, errors.New("origin " + origin + " has no host")
		}
		hosts[hostOf(u.Host)] = true
	}
	return hosts, nil
}

// hostOf is a Host header in one form: proxies add the default port, and a name may end in a dot.
func hostOf(header string) string {
	host := strings.ToLower(header)
	for _, port := range []string{":80", ":443"} {
		host = strings.TrimSuffix(host, port)
	}
	return strings.TrimSuffix(host, ".")
}
