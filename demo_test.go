package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// startDemo runs the demo on free ports and returns its links and a stop that
// waits for its end.
func startDemo(t *testing.T, data string, flags ...string) (made []links, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		args := append([]string{"demo", "--json", "--data", data, "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"}, flags...)
		err := run(terminal{ctx: ctx, out: writer, err: io.Discard, now: time.Now}, args)
		writer.CloseWithError(err)
		ended <- err
	}()
	if err := json.NewDecoder(reader).Decode(&made); err != nil {
		t.Fatalf("read links: %v", err)
	}
	stop = func() {
		cancel()
		go io.Copy(io.Discard, reader)
		if err := <-ended; err != nil {
			t.Errorf("server ended with: %v", err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return made, stop
}

func TestDemoShowsEachState(t *testing.T) {
	made, _ := startDemo(t, t.TempDir())
	var got []string
	for _, m := range made {
		got = append(got, m.Status)
	}
	if want := "open too_early cancelled"; strings.Join(got, " ") != want {
		t.Errorf("states %q, want %q", got, want)
	}
	for _, m := range made {
		resp, err := http.Get(m.Links[0].URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: link answers %s", m.Status, resp.Status)
		}
	}
}

// Who starts the demo can sign in, and finds a day that is alive.
func TestDemoHasStaffAndADay(t *testing.T) {
	made, _ := startDemo(t, t.TempDir())
	registry := signIn(t, made, "greffe@tribunal.example")
	docket := registry("/staff/docket")
	if !strings.Contains(docket, "2026/0412") && !strings.Contains(docket, made[0].Reference) { // near midnight the rest of the day is another one
		t.Errorf("the docket of the demo shows neither hearing:\n%s", docket)
	}
	if requests := registry("/staff/requests"); !strings.Contains(requests, "Meryem Alaoui") {
		t.Error("no request waits")
	}
}

// signIn signs somebody of the demo's staff in and returns how they read a page.
func signIn(t *testing.T, made []links, login string) (page func(path string) string) {
	t.Helper()
	origin, _, _ := strings.Cut(made[0].Links[0].URL, "/j/")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s, %v", resp.Request.URL, resp.Status, err)
		}
		return string(text)
	}
	read(browser.PostForm(origin+"/staff/login", url.Values{"login": {login}, "password": {demoPassword}, "to": {"/staff/docket"}}))
	return func(path string) string {
		t.Helper()
		return read(browser.Get(origin + path))
	}
}

// A second start keeps the data: the same appointments at the same links.
func TestDemoKeepsItsLinks(t *testing.T) {
	data := t.TempDir()
	first, stop := startDemo(t, data)
	stop()
	second, _ := startDemo(t, data)
	for i := range first {
		for j := range first[i].Links {
			if a, b := ticketOf(first[i].Links[j].URL), ticketOf(second[i].Links[j].URL); a != b {
				t.Errorf("%s, link %d changed", first[i].Status, j)
			}
		}
	}
}

func ticketOf(link string) string {
	_, ticket, _ := strings.Cut(link, "/j/")
	return ticket
}

// The demo makes nothing up in the books of an institution.
func TestDemoStaysOutOfOtherBooks(t *testing.T) {
	data := t.TempDir()
	books, err := openBooks(data, booking.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	term, _ := testTerminal(t.Context())
	err = run(term, []string{"demo", "--data", data, "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "no demo made") {
		t.Errorf("error %q", err)
	}
}
