package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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

// Whoever says nothing at --http, or half a request, is gone after five seconds; who was answered, at once.
func TestSignpostWaitsForNobody(t *testing.T) {
	for sent, limit := range map[string]time.Duration{"": 5 * time.Second, "GET / HT": 5 * time.Second, "GET / HTTP/1.1\r\nHost: x\r\n\r\n": 0} {
		synctest.Test(t, func(t *testing.T) {
			l := newPipes()
			d := newDoor(newPipes(), roomy())
			s := briefly(signpost("https://hearings.example", func(http.ResponseWriter, *http.Request) bool { return false }))
			var served sync.WaitGroup
			served.Go(func() { s.Serve(d.share(l)) })
			defer served.Wait()
			defer s.Close()
			conn := l.dial()
			defer conn.Close()
			io.WriteString(conn, sent)
			begun := time.Now()
			text, _ := io.ReadAll(conn)
			if took := time.Since(begun); took != limit {
				t.Errorf("%q: gone after %v", sent, took)
			}
			if answered := strings.HasPrefix(string(text), "HTTP/1.1 308"); answered != (limit == 0) {
				t.Errorf("%q: answer %q", sent, text)
			}
			synctest.Wait()
			if n := d.stats().Connections; n != 0 {
				t.Errorf("%q: %d connections are still counted", sent, n)
			}
		})
	}
}
