package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"jalsa/load"
)

// everything is what `jalsa list --all` knows.
func everything(t *testing.T, data string) (all []links) {
	t.Helper()
	if err := ask(t.Context(), data, "/list", listRequest{All: true}, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// checkNothingStays fails if an appointment of a load is left, or if there never were so many.
func checkNothingStays(t *testing.T, data string, atLeast int) {
	t.Helper()
	n := 0
	for _, a := range everything(t, data) {
		if !strings.HasPrefix(a.Reference, loadPrefix) {
			continue
		}
		n++
		if a.Status != "cancelled" || a.Institution != "" || a.Service != loadService["fr"] {
			t.Errorf("%+v is left", a)
		}
	}
	if n < atLeast {
		t.Errorf("%d appointments were made, want %d", n, atLeast)
	}
}

// Two hearings of three go through every door of a real server; how fast is not asked here.
func TestLoad(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data, "--tls", "self-signed")
	out, err := command(t, "", "load", "--data", data, "--rooms", "2", "--participants", "2", "--listeners", "1", "--duration", "1s", "--joins", "100", "--json")
	if err != nil && !errors.Is(err, errNotCarried) { // a busy machine
		t.Fatal(err)
	}
	var r load.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if r.Joins.Asked != 6 || r.Joins.Succeeded != 6 || r.Joins.Failed != 0 || len(r.Joins.Reasons) > 0 || len(r.Lost) > 0 {
		t.Errorf("joins %+v, lost %v", r.Joins, r.Lost)
	}
	if r.Voice.Loss != 0 && r.Voice.Withheld == 0 || r.Faults != 0 || len(r.Refused) != 0 { // a busy server may take a link for thin
		t.Errorf("voice %+v, faults %d, refused %v", r.Voice, r.Faults, r.Refused)
	}
	if r.Voice.Out < 1.5*r.Voice.In || r.Video.Out == 0 || r.Voice.Latency.P99 == 0 {
		t.Errorf("voice %+v, video %+v", r.Voice, r.Video)
	}
	if r.Server.Cores != nil || r.Server.Unknown == "" || r.Server.Peers != 6 {
		t.Errorf("what the server uses is not to be told from what the load does: %+v", r.Server)
	}
	checkNothingStays(t, data, 2)
}

// Whoever interrupts a load leaves nothing behind.
func TestLoadInterrupted(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	ctx, interrupt := context.WithCancel(t.Context())
	told := new(bytes.Buffer)
	says, words := io.Pipe()
	go func() { // once the first word is said, somebody is in
		b := make([]byte, 1)
		_, _ = says.Read(b)
		interrupt()
		_, _ = io.Copy(told, says)
	}()
	err := run(terminal{ctx: ctx, out: io.Discard, err: words, now: time.Now}, []string{"load", "--data", data, "--rooms", "3", "--participants", "2", "--joins", "2"})
	words.Close()
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("it ends with %v", err)
	}
	checkNothingStays(t, data, 1)
}

// A load whose people are all thrown out ends then, and says why.
func TestLoadEndsWithItsPeople(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	says, words := io.Pipe()
	cancelled := make(chan struct{})
	go func() { // once the first word is said, there is an appointment
		defer close(cancelled)
		b := make([]byte, 1)
		_, _ = says.Read(b)
		go io.Copy(io.Discard, says)
		for _, a := range everything(t, data) {
			if strings.HasPrefix(a.Reference, loadPrefix) {
				if _, err := command(t, "", "cancel", "--data", data, a.Reference); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	err := run(terminal{ctx: t.Context(), out: io.Discard, err: words, now: time.Now}, []string{"load", "--data", data, "--participants", "2", "--joins", "100", "--duration", "20s"})
	words.Close()
	<-cancelled
	if !errors.Is(err, load.ErrGone) && !errors.Is(err, load.ErrNobody) || !strings.Contains(err.Error(), "× server: ") {
		t.Errorf("it ends with %v", err)
	}
	checkNothingStays(t, data, 1)
}

// A load whose guests are not let in says why, and cancels all the same.
func TestLoadTellsWhatFails(t *testing.T) {
	cancelled := 0
	served, _ := startDemo(t, t.TempDir())
	origin, _, _ := strings.Cut(served[0].Links[0].URL, "/j/")
	crowd, err := load.New(load.Config{
		Plan: load.Plan{Rooms: 1, Participants: 2, Joins: 100, Duration: time.Second}, Now: steady(), Local: netip.MustParseAddr("127.0.0.1"),
		Book: func(context.Context, []string) (load.Hearing, error) {
			return load.Hearing{Reference: "R", Links: []load.Link{{Number: 1, URL: origin + "/j/nobodys"}, {Number: 2, URL: origin + "/j/nobodys"}}}, nil
		},
		Cancel: func(context.Context, string) error { cancelled++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := crowd.Grow(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := crowd.Measure(t.Context()); !errors.Is(err, load.ErrNobody) || !strings.Contains(err.Error(), "link: status 404") {
		t.Errorf("measured: %v", err)
	}
	if err := crowd.Close(t.Context()); err != nil || cancelled != 1 {
		t.Errorf("%v, %d cancelled", err, cancelled)
	}
	if j := crowd.Joins(); j.Failed != 2 || j.Succeeded != 0 || j.Reasons["link: status 404"] != 1 {
		t.Errorf("%+v", j)
	}
}

func TestLoadRefuses(t *testing.T) {
	data := t.TempDir()
	refusal := func(args ...string) string {
		out, err := command(t, "", append([]string{"load", "--data", data}, args...)...)
		if err == nil {
			t.Fatalf("%v: done: %s", args, out)
		}
		return err.Error()
	}
	for _, test := range []struct{ flag, value, says string }{
		{"--rooms", "0", "--rooms"},
		{"--participants", "0", "--participants"},
		{"--participants", "1", "alone"},
		{"--listeners", "-1", "--listeners"},
		{"--listeners", "200", "at most 200"},
		{"--video", "-1", "--video"},
		{"--joins", "0", "--joins"},
		{"--joins", "NaN", "--joins"},
		{"--duration", "1ms", "--duration"},
		{"--at", "nowhere", "--at"},
	} {
		if got := refusal(test.flag, test.value); !strings.Contains(got, test.says) {
			t.Errorf("%s %s: %s", test.flag, test.value, got)
		}
	}
	for _, test := range []struct {
		public, at string
		bounded    bool
	}{
		{"https://192.0.2.1", "", true},
		{"https://192.0.2.1", "127.0.0.1:443", false},
		{"http://127.0.0.1:8080", "", false},
		{"http://127.0.0.1:8080", "192.0.2.1:443", true},
	} {
		most, why := mostPeople(t.Context(), test.public, test.at)
		if limit, _ := descriptors(); limit > 0 && most*filesOfGuest > limit {
			t.Errorf("%+v: %d people, more than the system allows", test, most)
		}
		if bounded := strings.Contains(why, "--at"); bounded != test.bounded || bounded && most > addressLimit {
			t.Errorf("%+v: %d, %s", test, most, why)
		}
	}
	if got := refusal(); !strings.Contains(got, errNotRunning.Error()) {
		t.Errorf("without a server: %s", got)
	}
}
