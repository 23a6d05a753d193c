package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"jalsa/booking"
)

const passphrase = "une phrase que personne ne devine"

// command runs one as a shell would, with typed on its standard input.
func command(t *testing.T, typed string, args ...string) (string, error) {
	t.Helper()
	terminal, out := testTerminal(t.Context())
	terminal.in = strings.NewReader(typed)
	err := run(terminal, args)
	return out.String(), err
}

func TestStaffCommands(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	operatorArgs := []string{"staff", "add", "--data", data, "--login", "op@example.ma", "--name", "Hind Alami", "--password-stdin"}
	out, err := command(t, passphrase+"\r\n", operatorArgs...)
	if err != nil || !strings.Contains(out, "op@example.ma is admin of the operation") {
		t.Fatalf("%s, %v", out, err)
	}
	for _, c := range []struct {
		name, typed string
		args        []string
		want        string
	}{
		{"taken", passphrase, operatorArgs, "already an account with this --login"},
		{"short", "short", []string{"staff", "add", "--data", data, "--login", "a@example.ma", "--name", "A", "--password-stdin"}, "at least 12 characters"},
		{"no address", passphrase, []string{"staff", "add", "--data", data, "--login", "a", "--name", "A", "--password-stdin"}, "--login is not an e-mail address"},
		{"operator clerk", passphrase, []string{"staff", "add", "--data", data, "--login", "a@example.ma", "--name", "A", "--role", "clerk", "--password-stdin"}, "an operator is an admin"},
		{"unknown role", passphrase, []string{"staff", "add", "--data", data, "--login", "a@example.ma", "--name", "A", "--role", "king", "--password-stdin"}, "--role must be one of"},
		{"unknown institution", passphrase, []string{"staff", "add", "--data", data, "--login", "a@example.ma", "--name", "A", "--institution", "Nowhere", "--password-stdin"}, `none has the name or id "Nowhere"`},
		{"no terminal", passphrase, []string{"staff", "password", "--data", data, "op@example.ma"}, "--password-stdin"},
		{"nobody", passphrase, []string{"staff", "password", "--data", data, "nobody@example.ma", "--password-stdin"}, `nobody signs in as "nobody@example.ma"`},
		{"nobody to disable", "", []string{"staff", "disable", "--data", data, "nobody@example.ma"}, "nobody signs in as"},
		{"empty password", "", []string{"staff", "password", "--data", data, "op@example.ma", "--password-stdin"}, "the password is missing"},
	} {
		if out, err := command(t, c.typed, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v", c.name, out, err)
		}
	}
	if out, err := command(t, "another phrase at last\n", "staff", "password", "--data", data, "OP@example.ma", "--password-stdin"); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, "", "staff", "disable", "--data", data, "op@example.ma"); err != nil || out != "op@example.ma is disabled\n" {
		t.Errorf("%s, %v", out, err)
	}
	out, err = command(t, "", "staff", "list", "--data", data, "--json")
	var all []staffMember
	if e := json.Unmarshal([]byte(out), &all); err != nil || e != nil || !slices.Contains(all, staffMember{"", "op@example.ma", "Hind Alami", "admin", true}) {
		t.Errorf("%s, %v", out, err)
	}
	if strings.Contains(out, "argon") {
		t.Error("the list tells hashes")
	}
}

func TestInstitutionIsNamedInAnyLanguage(t *testing.T) {
	store, err := booking.Open(filepath.Join(t.TempDir(), "jalsa.db"), booking.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s := &server{store: store}
	var ids []string
	for _, name := range []booking.Text{{"fr": "Tribunal de Rabat", "ar": "محكمة الرباط"}, {"fr": "Parquet"}, {"fr": "parquet"}} {
		i, err := store.PutInstitution(booking.Institution{Name: name, Zone: "Africa/Casablanca"}, operator)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, i.ID)
	}
	for wanted, want := range map[string]string{"": "", ids[1]: ids[1], "tribunal de rabat": ids[0], " محكمة الرباط ": ids[0]} {
		if got, err := s.institutionNamed(wanted); err != nil || got != want {
			t.Errorf("%q: %q, %v", wanted, got, err)
		}
	}
	if _, err := s.institutionNamed("Parquet"); err == nil || !strings.Contains(err.Error(), "2 institutions") {
		t.Errorf("a name of two: %v", err)
	}
}

func TestJournalCommands(t *testing.T) {
	data := t.TempDir()
	_, stop := startDemo(t, data)
	checkpoint, err := command(t, "", "journal", "export", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := command(t, "", "journal", "export", "--key", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(checkpoint), note.VerifierList(verifier)); err != nil {
		t.Errorf("the exported checkpoint does not open with the exported key: %v", err)
	}
	kept := filepath.Join(t.TempDir(), "checkpoint.txt")
	if err := os.WriteFile(kept, []byte(checkpoint), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, passphrase, "staff", "add", "--data", data, "--login", "op@example.ma", "--name", "A", "--password-stdin")
	entries, err := command(t, "", "journal", "export", "--entries", "--data", data)
	if lines := strings.Count(entries, "\n"); err != nil || lines < 10 || !strings.HasPrefix(entries, `{"seq":1,`) {
		t.Errorf("%d lines, %v", lines, err)
	}
	if out, err := command(t, "", "journal", "verify", "--data", data, "--checkpoint", kept); err != nil || !strings.Contains(out, "The journal holds.") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command(t, "", "journal", "verify", "--offline", "--data", data); err == nil || !strings.Contains(err.Error(), "leave out --offline") {
		t.Errorf("while the server runs: %v", err)
	}
	stop()
	if _, err := command(t, "", "journal", "verify", "--data", data); err == nil || !strings.Contains(err.Error(), "no server runs") {
		t.Errorf("without a server: %v", err)
	}
	if out, err := command(t, "", "journal", "verify", "--offline", "--data", data, "--checkpoint", kept); err != nil || !strings.Contains(out, "unchanged") {
		t.Errorf("%s, %v", out, err)
	}
	flipEntry(t, filepath.Join(data, storeFile))
	if _, err := command(t, "", "journal", "verify", "--offline", "--data", data); err == nil || !strings.HasPrefix(err.Error(), "journal entry 2: ") {
		t.Errorf("after a change of entry 2: %v", err)
	}
}

// flipEntry changes what the file says of the second entry, as who can write the file would.
func flipEntry(t *testing.T, path string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.ReplaceAll(file, []byte(`{"seq":2,"time":"2`), []byte(`{"seq":2,"time":"3`))
	if bytes.Equal(file, changed) {
		t.Fatal("entry 2 is not in the file")
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
}
