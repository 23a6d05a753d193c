package mail

import (
	"errors"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFolderKeepsLettersAsTheyAre(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	f := &Folder{Path: filepath.Join(t.TempDir(), "mail"), From: mail.Address{Address: "audiences@example.ma"}, Now: func() time.Time { return now }}
	if all, err := f.List(); err != nil || len(all) != 0 {
		t.Fatalf("before the first letter: %v, %v", all, err)
	}
	letter := letterTo("youssef@example.org")
	letter.Subject = "تأكيد موعدكم: الثلاثاء فاتح دجنبر 2026 على الساعة 10:00 (UTC+0)"
	letter.Text = strings.Repeat("مرحبا \u2068Youssef\u2069،\nموعدكم مؤكد = نعم.\n", 20)
	letter.HTML = "<p dir=rtl>" + letter.Text + "</p>"
	for range 2 { // the same letter again replaces the first
		if err := f.Carry(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Minute)
	later := letterTo("salma@example.org")
	later.ID = "another@audiences.example.ma"
	if err := f.Carry(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	all, err := f.List()
	if err != nil || len(all) != 2 || all[0].To != "salma@example.org" {
		t.Fatalf("%d letters, %v", len(all), err)
	}
	got := all[1]
	if got.Subject != letter.Subject || got.Text != letter.Text || got.HTML != letter.HTML || got.ID != letter.ID || got.Language != "fr" {
		t.Errorf("read back %+v", got)
	}
	if len(got.Calendars) != 1 || got.Calendars[0].Method != "REQUEST" || string(got.Calendars[0].Data) != string(letter.Calendars[0].Data) {
		t.Errorf("calendars %+v", got.Calendars)
	}
	if !got.Date.Equal(now.Add(-time.Minute)) {
		t.Errorf("date %v", got.Date)
	}
	entries, err := os.ReadDir(f.Path)
	if err != nil || len(entries) != 2 {
		t.Errorf("files %v, %v", entries, err)
	}
	for _, name := range []string{"../secret", "no-such", "", ".", "a/b"} {
		if _, err := f.Read(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
