package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// A flag wins over the environment, the environment over the file, the file
// over the default.
func TestSettingsPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jalsa.yaml")
	if err := os.WriteFile(file, []byte("listen: file:1\npublic-address: [192.0.2.1, 192.0.2.2]\ndrain: 3m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, env, want string
		args            []string
	}{
		{name: "default", want: "127.0.0.1:8080"},
		{name: "file", args: []string{"--config", file}, want: "file:1"},
		{name: "environment", args: []string{"--config", file}, env: "env:2", want: "env:2"},
		{name: "flag", args: []string{"--config", file, "--listen", "flag:3"}, env: "env:2", want: "flag:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("JALSA_LISTEN", c.env)
			}
			var s settings
			parser, err := kong.New(&s, kong.Configuration(readSettings), defaults())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(append([]string{"serve"}, c.args...)); err != nil {
				t.Fatal(err)
			}
			if s.Serve.Listen != c.want {
				t.Errorf("listen = %q, want %q", s.Serve.Listen, c.want)
			}
			if len(c.args) > 0 && (len(s.Serve.Public) != 2 || s.Serve.Drain != 3*time.Minute) {
				t.Errorf("from the file: public-address %v, drain %v", s.Serve.Public, s.Serve.Drain)
			}
		})
	}
}

func TestSettingsUnknownName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jalsa.yaml")
	if err := os.WriteFile(file, []byte("lissten: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(terminal{ctx: t.Context(), out: new(bytes.Buffer), err: new(bytes.Buffer), now: time.Now}, []string{"version", "--config", file})
	if err == nil || !strings.Contains(err.Error(), "lissten") {
		t.Errorf("error = %v, want one that names lissten", err)
	}
}

// Every line of the example is a setting, those that are commented out too.
func TestExampleSettings(t *testing.T) {
	text, err := os.ReadFile("deploy/jalsa.yaml")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^(# )?([a-z-]+: \S.*)$`)
	seen := 0
	for text := range strings.Lines(string(text)) {
		m := line.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			continue
		}
		seen++
		file := filepath.Join(t.TempDir(), "jalsa.yaml")
		if err := os.WriteFile(file, []byte(m[2]), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := command(t, "", "version", "--config", file); err != nil {
			t.Errorf("%s: %v", m[2], err)
		}
	}
	if seen < 15 {
		t.Errorf("%d settings", seen)
	}
}
