package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// The key is made once, for its user alone, and is never replaced: links that were sent are derived from it.
func TestLinkKeyIsMadeOnce(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, keyFile)
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	first, err := linkKey(data, logger)
	if err != nil || len(first) != keySize || log.Len() > 0 {
		t.Fatalf("%x, %v, %s", first, err, &log)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := linkKey(data, logger)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("%x, then %x, %v", first, again, err)
	}
	if files, _ := os.ReadDir(data); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	for _, junk := range []string{"", "00", strings.Repeat("zz", keySize), strings.Repeat("00", keySize+1)} {
		if err := os.WriteFile(path, []byte(junk), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := linkKey(data, logger); err == nil || !strings.Contains(err.Error(), "put back a copy") {
			t.Errorf("%q: %v", junk, err)
		}
		if text, _ := os.ReadFile(path); string(text) != junk {
			t.Error("a damaged key was written over")
		}
	}
}

func TestALostLinkKeyIsSaid(t *testing.T) {
	data := t.TempDir()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	s, err := openBooks(data, booking.Options{Now: time.Now, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if log.Len() > 0 {
		t.Errorf("new folder: %s", &log)
	}
	if err := os.Remove(filepath.Join(data, keyFile)); err != nil {
		t.Fatal(err)
	}
	if s, err = openBooks(data, booking.Options{Now: time.Now, Logger: logger}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if !strings.Contains(log.String(), "links.key was missing") {
		t.Errorf("log: %s", &log)
	}
}
