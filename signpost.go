package main

import (
	"net/http"
	"strings"
	"time"
)

// signpost answers at --http: it sends people on to the public address, and lets an authority see that the name is ours.
// It serves nothing else, so that nothing is ever told in clear text.
func signpost(public string, challenged func(http.ResponseWriter, *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if challenged(w, r) {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only "+public+" is told anything", http.StatusMethodNotAllowed)
			return
		}
		http.Redirect(w, r, public+"/"+strings.TrimLeft(r.URL.RequestURI(), "/"), http.StatusPermanentRedirect)
	})
}

// briefly serves who asks once and goes: a request, then the connection ends.
func briefly(handler http.Handler) *http.Server {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    maxHeader,
	}
	s.SetKeepAlivesEnabled(false)
	return s
}
