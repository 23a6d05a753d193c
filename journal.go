package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"jalsa/booking"
)

// journalCommand lets the operator prove what was decided, and find out that somebody changed the books. A checkpoint
// that is kept elsewhere, on paper if need be, proves it also against who could write the whole folder anew.
type journalCommand struct {
	Verify journalVerifyCommand `cmd:"" help:"Recompute the journal and name the first entry that does not hold; with --checkpoint also that nothing before it was replaced. Exit code 1 when it does not hold."`
	Export journalExportCommand `cmd:"" help:"Print the signed checkpoint, to be kept elsewhere; or with --entries every entry, with --key the public key."`
}

// verifyRequest and its answer, booking.Proof, travel through the admin socket.
type verifyRequest struct {
	Checkpoint string `json:"checkpoint"`
}

type journalVerifyCommand struct {
	Checkpoint string `help:"File with a checkpoint exported earlier." type:"existingfile" placeholder:"FILE"`
	Offline    bool   `help:"Read the file of the data folder itself, when no server runs."`
}

func (c *journalVerifyCommand) Run(t terminal, s *settings) error {
	var kept []byte
	if c.Checkpoint != "" {
		var err error
		if kept, err = os.ReadFile(c.Checkpoint); err != nil {
			return fmt.Errorf("read checkpoint: %w", err)
		}
		if len(kept) == 0 {
			return fmt.Errorf("read checkpoint: %s is empty", c.Checkpoint)
		}
	}
	var p booking.Proof
	var err error
	if c.Offline {
		p, err = verifyFile(s.Data, string(kept))
	} else {
		err = ask(t.ctx, s.Data, "/journal/verify", verifyRequest{string(kept)}, &p)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "The journal holds. Entries: %d\n", p.Entries)
	if c.Checkpoint != "" {
		fmt.Fprintf(t.out, "Attested by the checkpoint, and unchanged: %d\n", p.Kept)
	}
	return nil
}

func verifyFile(data, checkpoint string) (booking.Proof, error) {
	p, err := booking.VerifyFile(filepath.Join(data, storeFile), checkpoint)
	var bad *booking.JournalError
	switch {
	case errors.Is(err, booking.ErrLocked):
		return p, fmt.Errorf("a server runs on %s: leave out --offline", data)
	case errors.As(err, &bad):
		return p, bad
	}
	return p, err
}

type journalExportCommand struct {
	Entries bool `help:"Print every entry as a line of JSON, byte for byte as it is hashed." xor:"what"`
	Key     bool `help:"Print the public key of the checkpoints, as signed notes name it." xor:"what"`
}

func (c *journalExportCommand) Run(t terminal, s *settings) error {
	if c.Entries {
		return fetch(t.ctx, s.Data, "/journal/entries", struct{}{}, func(body io.Reader) error {
			_, err := io.Copy(t.out, body)
			return err
		})
	}
	path := "/journal/checkpoint"
	if c.Key {
		path = "/journal/key"
	}
	var text string
	if err := ask(t.ctx, s.Data, path, struct{}{}, &text); err != nil {
		return err
	}
	_, err := io.WriteString(t.out, text)
	return err
}

// serveJournal adds what the commands ask for to the admin socket.
func (s *server) serveJournal(mux *http.ServeMux) {
	mux.HandleFunc("POST /journal/verify", answer(func(r verifyRequest) (any, error) { return s.store.Verify(r.Checkpoint) }))
	mux.HandleFunc("POST /journal/checkpoint", answer(func(struct{}) (any, error) {
		signed, _, err := s.store.Checkpoint()
		return signed, err
	}))
	mux.HandleFunc("POST /journal/key", answer(func(struct{}) (any, error) {
		key, err := s.store.JournalKey()
		return key + "\n", err
	}))
	mux.HandleFunc("POST /journal/entries", func(w http.ResponseWriter, _ *http.Request) {
		err := s.store.JournalLines(func(_ uint64, line []byte) error {
			_, err := w.Write(append(line, '\n'))
			return err
		})
		if err != nil { // half an export must not look whole
			s.log.Error("export of the journal broke off", "err", err)
			panic(http.ErrAbortHandler)
		}
	})
}
