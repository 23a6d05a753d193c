package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSignpost(t *testing.T) {
	s := signpost("https://hearings.example", func(w http.ResponseWriter, r *http.Request) bool {
		return r.URL.Path == "/.well-known/acme-challenge/token"
	})
	for _, c := range []struct {
		method, target string
		status         int
		location       string
	}{
		{"GET", "/", http.StatusPermanentRedirect, "https://hearings.example/"},
		{"HEAD", "/", http.StatusPermanentRedirect, "https://hearings.example/"},
		{"GET", "/j/abc?lang=ar&zone=Europe%2FParis", http.StatusPermanentRedirect, "https://hearings.example/j/abc?lang=ar&zone=Europe%2FParis"},
		{"GET", "//evil.example/x", http.StatusPermanentRedirect, "https://hearings.example/evil.example/x"},
		{"GET", "http://evil.example/x", http.StatusPermanentRedirect, "https://hearings.example/x"},
		{"GET", "/.well-known/acme-challenge/token", http.StatusOK, ""},
		{"POST", "/j/abc", http.StatusMethodNotAllowed, ""},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
		if w.Code != c.status || w.Header().Get("Location") != c.location {
			t.Errorf("%s %s: %d to %q, want %d to %q", c.method, c.target, w.Code, w.Header().Get("Location"), c.status, c.location)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s %s sets a cookie", c.method, c.target)
		}
	}
}
