package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folder keeps letters as .eml files instead of sending them: for the demo, and to look at what would be sent. It may
// be read while letters come.
type Folder struct {
	Path string
	From mail.Address
	Now  func() time.Time
}

const suffix = ".eml"

// Carry writes one letter; the file is there whole or not at all. The same letter again replaces the first.
func (f *Folder) Carry(_ context.Context, l Letter) error {
	if err := f.write(l); err != nil {
		return fmt.Errorf("keep letter: %w", err)
	}
	return nil
}

// Rest does nothing: a folder is always there.
func (f *Folder) Rest() {}

func (f *Folder) write(l Letter) (err error) {
	m, err := l.message(f.From, f.Now())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.Path, ".coming-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	_, err = m.WriteTo(file)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(f.Path, fileName(l.ID)+suffix))
}

// fileName makes a name of an id, in which only letters and digits stay.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, id)
}

// Kept is a letter read back.
type Kept struct {
	Name string // in the folder, without the suffix
	Date time.Time
	Letter
}

// List returns the letters, newest first.
func (f *Folder) List() ([]Kept, error) {
	entries, err := os.ReadDir(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	var all []Kept
	for _, e := range entries {
		name, isLetter := strings.CutSuffix(e.Name(), suffix)
		if !isLetter {
			continue
		}
		k, err := f.Read(name)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	slices.SortStableFunc(all, func(a, b Kept) int { return b.Date.Compare(a.Date) })
	return all, nil
}

// Read returns the letter of this name. fs.ErrNotExist.
func (f *Folder) Read(name string) (Kept, error) {
	if name != fileName(name) {
		return Kept{}, fs.ErrNotExist
	}
	file, err := os.Open(filepath.Join(f.Path, name+suffix))
	if err != nil {
		return Kept{}, fmt.Errorf("read letter: %w", err)
	}
	defer file.Close()
	k := Kept{Name: name}
	m, err := mail.ReadMessage(file)
	if err == nil {
		err = k.read(m)
	}
	if err != nil {
		return Kept{}, fmt.Errorf("read letter %s: %w", name, err)
	}
	return k, nil
}

func (k *Kept) read(m *mail.Message) (err error) {
	words := new(mime.WordDecoder)
	if k.Subject, err = words.DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	if k.Date, err = m.Header.Date(); err != nil {
		return err
	}
	to, err := m.Header.AddressList("To")
	if err != nil {
		return err
	}
	k.To = to[0].Address
	k.Language = m.Header.Get("Content-Language")
	k.ID = strings.Trim(m.Header.Get("Message-ID"), "<>")
	return k.readParts(m.Header.Get("Content-Type"), m.Body)
}

// readParts reads a multipart body and those inside it.
func (k *Kept) readParts(contentType string, body io.Reader) error {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		kind, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		if strings.HasPrefix(kind, "multipart/") {
			if err := k.readParts(part.Header.Get("Content-Type"), part); err != nil {
				return err
			}
			continue
		}
		data, err := io.ReadAll(decoded(part))
		if err != nil {
			return err
		}
		switch kind {
		case "text/plain":
			k.Text = strings.ReplaceAll(string(data), "\r\n", "\n")
		case "text/html":
			k.HTML = strings.ReplaceAll(string(data), "\r\n", "\n")
		case "text/calendar":
			k.Calendars = append(k.Calendars, Calendar{parameters["name"], parameters["method"], data})
		}
	}
}

func decoded(part *multipart.Part) io.Reader {
	switch part.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, part)
	case "quoted-printable":
		return quotedprintable.NewReader(part)
	}
	return part
}
