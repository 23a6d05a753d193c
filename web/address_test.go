package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestPagesAreReadAtTheirOwnAddress(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Origins = []string{"http://second.example.ma:8080"} })
	_, invites := f.book()
	link := "/j/" + invites[1].Ticket
	for _, c := range []struct {
		name, method, target, host string
		status                     int
		location                   string
	}{
		{"public address", "GET", link, "audiences.example.ma", http.StatusOK, ""},
		{"default port", "GET", link, "audiences.example.ma:80", http.StatusOK, ""},
		{"final dot", "GET", link, "audiences.example.ma.", http.StatusOK, ""},
		{"in capitals", "GET", link, "Audiences.example.ma", http.StatusOK, ""},
		{"further origin", "GET", link, "second.example.ma:8080", http.StatusOK, ""},
		{"another name", "GET", link + "?lang=en", "127.0.0.1", http.StatusFound, "http://audiences.example.ma" + link + "?lang=en&sent-on=1"},
		{"no circle", "GET", link + "?sent-on=1", "127.0.0.1", http.StatusMisdirectedRequest, ""},
		{"room", "GET", "/h/x/", "127.0.0.1", http.StatusFound, "http://audiences.example.ma/h/x/?sent-on=1"},
		{"health", "GET", "/healthz", "127.0.0.1", http.StatusOK, ""},
		{"socket", "GET", "/h/x/ws", "127.0.0.1", http.StatusOK, ""},
	} {
		w := f.do(c.method, "http://"+c.host+c.target)
		if w.Code != c.status || w.Header().Get("Location") != c.location {
			t.Errorf("%s: %d to %q, want %d to %q", c.name, w.Code, w.Header().Get("Location"), c.status, c.location)
		}
	}
	if n := strings.Count(f.log.String(), "another address"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	if strings.Contains(f.log.String(), invites[1].Ticket) {
		t.Error("the log tells a ticket")
	}
}
