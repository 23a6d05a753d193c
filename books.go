package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"jalsa/booking"
)

// What the books consist of, in the data folder: the store, and beside it the key that personal links are derived
// from. They are apart so that a copy of the store alone opens no place; a whole backup has both.
const (
	storeFile = "jalsa.db"
	keyFile   = "links.key"
)

const keySize = 32

// openBooks opens the store of a data folder with its key, with a sentence for the operator when it cannot.
func openBooks(data string, o booking.Options) (_ *booking.Store, err error) {
	if o.LinkKey, err = linkKey(data, o.Logger); err != nil {
		return nil, err
	}
	store, err := booking.Open(filepath.Join(data, storeFile), o)
	switch {
	case errors.Is(err, booking.ErrLocked):
		return nil, fmt.Errorf("data folder %s is in use by another server", data)
	case errors.Is(err, booking.ErrDamaged):
		return nil, fmt.Errorf("%w; put back a copy of the file", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, unwritable(data)
	}
	return store, err
}

func unwritable(data string) error {
	return fmt.Errorf("data folder %s cannot be written: %w", data, fs.ErrPermission)
}

// linkKey reads the key of the links, or makes one. It is on disk before anything is derived from it: a link that was
// mailed must be the same after a power cut.
func linkKey(data string, log *slog.Logger) ([]byte, error) {
	path := filepath.Join(data, keyFile)
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) != keySize {
			return nil, fmt.Errorf("%s is damaged; put back a copy of the file", path)
		}
		return key, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s cannot be read: %w", path, fs.ErrPermission)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read key of the links: %w", err)
	}
	if _, err := os.Stat(filepath.Join(data, storeFile)); err == nil {
		log.Warn("links.key was missing and is made anew: links sent so far stay good, but are not told again in later messages; reissue them")
	}
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	if err := writeKey(data, path, hex.EncodeToString(key)+"\n"); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, unwritable(data)
		}
		return nil, fmt.Errorf("write key of the links: %w", err)
	}
	return key, nil
}

// writeKey puts the file there whole or not at all, for its user alone.
func writeKey(data, path, text string) error {
	temporary, err := os.CreateTemp(data, keyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(text)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	// Not by renaming, which would replace the key that another start has made at the same moment.
	if err := os.Link(temporary.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(data)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
