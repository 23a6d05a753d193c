package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The page of a link brings its style, which the policy of that page allows by its hash, and what the room needs first.
func TestTheLinkNeedsNoOtherFile(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	w := f.do("GET", "/j/"+invites[1].Ticket)
	_, rest, _ := strings.Cut(w.Body.String(), "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	hash := sha256.Sum256([]byte(style))
	source := "style-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "';"
	if policy := w.Header().Get("Content-Security-Policy"); style != "plain pages" || !strings.Contains(policy, source) {
		t.Errorf("style %q is not allowed by %s", style, policy)
	}
	const ahead = `<link rel="stylesheet" media="not all" href="/static/room-1.css">`
	if body := w.Body.String(); strings.Count(body, "<link ") != 2 || !strings.Contains(body, ahead) || !strings.Contains(body, `<link rel="icon" href="data:`) || strings.Contains(body, "<script") {
		t.Errorf("asks for other files than the room's style: %s", body)
	}
	f.now = start.Add(-24 * time.Hour)
	if body := f.do("GET", "/j/"+invites[1].Ticket).Body.String(); strings.Contains(body, "room-1.css") {
		t.Error("fetches ahead what nobody may enter")
	}
	if policy := f.do("GET", "/").Header().Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'self';") {
		t.Errorf("another page allows a style in it: %s", policy)
	}
}

func TestAssetsAreNegotiatedAndNeverAskedForTwice(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct{ file, accept, encoding, body string }{
		{"room-1.js", "gzip, deflate, br, zstd", "br", "brotli script"},
		{"room-1.js", "br;q=0, gzip;q=0.5", "gzip", "gzip script"},
		{"room-1.js", "gzip", "gzip", "gzip script"},
		{"room-1.js", "identity", "", "plain script"},
		{"room-1.js", "", "", "plain script"},
		{"room-1.js", "BR", "br", "brotli script"},
		{"room-1.css", "br, gzip", "gzip", "gzip room"},
		{"pages-1.css", "gzip", "", "plain pages"},
	} {
		w := f.do("GET", "/static/"+c.file, "Accept-Encoding", c.accept)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Encoding") != c.encoding || w.Body.String() != c.body {
			t.Errorf("%s for %q: %d %q %q", c.file, c.accept, w.Code, h.Get("Content-Encoding"), w.Body)
		}
		if !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: headers %v", c.file, h)
		}
		want := "text/javascript; charset=utf-8"
		if strings.HasSuffix(c.file, ".css") {
			want = "text/css; charset=utf-8"
		}
		if h.Get("Content-Type") != want {
			t.Errorf("%s: Content-Type %q", c.file, h.Get("Content-Type"))
		}
	}
	for _, file := range []string{"none.js", "manifest.json", "room-1.js.br", "notes-of-mine.md", "..%2fweb.go", ".gitkeep"} {
		if w := f.do("GET", "/static/"+file); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", file, w.Code)
		}
	}
}
