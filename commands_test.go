package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testTerminal runs commands as a shell would, with what they print kept.
func testTerminal(ctx context.Context) (terminal, *bytes.Buffer) {
	out := new(bytes.Buffer)
	return terminal{ctx: ctx, out: out, err: io.Discard, now: time.Now}, out
}

// A hearing that names an institution of the server is in its books; one that names another is in nobody's.
func TestBookForAnInstitution(t *testing.T) {
	data := t.TempDir()
	demo, _ := startDemo(t, data)
	registry := signIn(t, demo, "greffe@tribunal.example")
	for name, c := range map[string]struct{ institution, want, note string }{
		"Arabic name": {demoCourt["ar"], demoCourt["fr"], "shows in its docket"},
		"other name":  {"Tribunal d’ailleurs", "", "shows in no docket"},
	} {
		t.Run(name, func(t *testing.T) {
			term, out := testTerminal(t.Context())
			var notes bytes.Buffer
			term.err = &notes
			err := run(term, []string{"book", "--json", "--data", data, "--institution", c.institution, "--service", "Audience",
				"--start", "2030-06-01T10:00", "--participant", "host:Amina El Fassi:fr"})
			if err != nil {
				t.Fatal(err)
			}
			var made []links
			if err := json.Unmarshal(out.Bytes(), &made); err != nil {
				t.Fatal(err)
			}
			if listed := strings.Contains(registry("/staff/docket?day=2030-06-01"), made[0].Reference); listed != (c.want != "") {
				t.Errorf("in the docket: %v", listed)
			}
			if made[0].Institution != c.want || !strings.Contains(notes.String(), c.note) {
				t.Errorf("made for %q, note %q", made[0].Institution, &notes)
			}
		})
	}
}

// Who does not know what to type is told, or told where it is told.
func TestHelpIsNear(t *testing.T) {
	term, out := testTerminal(t.Context())
	if err := run(term, nil); err != nil || !strings.HasPrefix(out.String(), "Usage: jalsa") {
		t.Errorf("the name alone: %v, %q", err, out)
	}
	for typed, want := range map[string]string{"cancel": "(see: jalsa cancel --help)", "staff": "(see: jalsa staff --help)", "load --for 3": "(see: jalsa load --help)", "fly": "(see: jalsa --help)"} {
		if err := run(term, strings.Fields(typed)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q at the end", typed, err, want)
		}
	}
}

// Now is the minute that has begun, also in the hour that clocks show twice.
func TestBookNow(t *testing.T) {
	for _, instant := range []string{"2030-10-27T00:30:00Z", "2030-10-27T01:30:00Z"} {
		now, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		c := bookCommand{Start: "now", Zone: "Europe/Paris"}
		start, err := c.start(now.Add(40 * time.Second))
		if err != nil || start.Local != "2030-10-27T02:30" || !start.Instant.Equal(now) {
			t.Errorf("%s: %+v, %v", instant, start, err)
		}
	}
}

func TestCommandsReachTheServer(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	info, err := os.Stat(filepath.Join(data, adminSocket))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("admin socket has mode %v, want 0600", info.Mode().Perm())
	}
	term, out := testTerminal(t.Context())
	book := []string{"book", "--json", "--data", data, "--institution", "Tribunal", "--service", "Audience", "--start", "2030-06-01T10:00",
		"--participant", "host:Amina El Fassi:fr", "--participant", "party:يوسف بناني:ar:a"}
	if err := run(term, book); err != nil {
		t.Fatal(err)
	}
	var made []links
	if err := json.Unmarshal(out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	if len(made) != 1 || len(made[0].Links) != 2 || made[0].Status != "too_early" {
		t.Fatalf("booked %+v", made)
	}
	if err := run(term, []string{"cancel", made[0].Reference, "--data", data}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(made[0].Links[1].URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(resp.Cookies()) != 0 {
		t.Error("a cancelled appointment's link still lets in")
	}
}

func TestCommandRefusals(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	good := []string{"book", "--institution", "T", "--service", "S", "--start", "2030-06-01T10:00", "--participant", "host:A"}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no server", []string{"cancel", "x", "--data", t.TempDir()}, "no server runs"},
		{"unknown reference", []string{"cancel", "xxxx-xxxx", "--data", data}, "xxxx-xxxx"},
		{"unknown zone", append(good, "--zone", "Mars/Olympus", "--data", data), "--zone is not"},
		{"no host", []string{"book", "--institution", "T", "--service", "S", "--start", "2030-06-01T10:00", "--participant", "party:A", "--data", data}, "nobody could open"},
		{"long", append(good, "--duration", "15h", "--data", data), "at most 14h"},
		{"hidden", append(good, "--participant", "party:a\u202eb", "--data", data), "hidden"},
		{"skipped time", append(good, "--start", "2030-03-31T02:30", "--zone", "Europe/Paris", "--data", data), "clocks go forward"},
		{"no such day", append(good, "--start", "2030-02-31T10:00", "--data", data), "--start"},
		{"unknown role", append(good, "--participant", "king:B", "--data", data), "role"},
		{"no name", append(good, "--participant", "party", "--data", data), "ROLE:NAME"},
	} {
		t.Run(c.name, func(t *testing.T) {
			term, _ := testTerminal(t.Context())
			if err := run(term, c.args); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want one with %q", err, c.want)
			}
		})
	}
}

// A new link lets in, the old one does not.
func TestReissue(t *testing.T) {
	data := t.TempDir()
	made, _ := startDemo(t, data)
	old := made[0].Links[1]
	term, out := testTerminal(t.Context())
	if err := run(term, []string{"reissue", made[0].Reference, "2", "--json", "--data", data}); err != nil {
		t.Fatal(err)
	}
	var again []links
	if err := json.Unmarshal(out.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{old.URL: http.StatusNotFound, again[0].Links[0].URL: http.StatusOK} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
}
