package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"jalsa/booking"
)

// The admin socket: bbolt has one opener, so the other commands ask the running
// server to act for them. Whoever can open the file (0600, in the 0700 data
// folder) is the operator; there is no further check.

const adminSocket = "admin.sock"

// maxSocketPath is what the systems we run on take in a socket's address.
const maxSocketPath = 103

// operator is the actor that the journal names for commands.
const operator = "operator"

// links is the answer to booking: the appointment and each person's own link.
type links struct {
	Reference string `json:"reference"`
	Status    string `json:"status"`
	// Institution of this server that the appointment belongs to, "" for none; told of a new one.
	Institution string    `json:"institution,omitempty"`
	Service     string    `json:"service,omitempty"`
	Start       string    `json:"start"` // civil time with zone
	Opens       time.Time `json:"opens"`
	Links       []link    `json:"links"`
}

type link struct {
	Number uint32 `json:"number"`
	Role   string `json:"role"`
	Name   string `json:"name"`
	URL    string `json:"url,omitempty"` // told once, when it is made
}

// withoutLinks is an appointment as it can be told later: the store knows only
// the hashes of tickets.
func withoutLinks(a booking.Appointment, now time.Time) links {
	var people []booking.Invite
	for _, p := range a.Participants {
		people = append(people, booking.Invite{Participant: p})
	}
	l := newLinks(a, people, "", now)
	l.Service = a.Service.In("fr")
	for i := range l.Links {
		l.Links[i].URL = ""
	}
	return l
}

func newLinks(a booking.Appointment, invites []booking.Invite, public string, now time.Time) links {
	l := links{
		Reference: a.Reference,
		Status:    string(a.Status(now)),
		Start:     a.Start.Local + " " + a.Start.Zone,
		Opens:     a.Opens(),
	}
	for _, i := range invites {
		p := i.Participant
		l.Links = append(l.Links, link{Number: p.Number, Role: string(p.Role), Name: p.Name, URL: public + "/j/" + i.Ticket})
	}
	return l
}

type cancelRequest struct {
	Appointment string `json:"appointment"`
	Reason      string `json:"reason"`
}

// longestOpen is more than any appointment can still be entered after its start.
const longestOpen = 4 * 24 * time.Hour

type listRequest struct {
	All bool `json:"all"`
}

type reissueRequest struct {
	Appointment string `json:"appointment"`
	Number      uint32 `json:"number"`
}

// listenAdmin opens the socket. The store is open by then, so a file left by a
// killed server belongs to nobody.
func listenAdmin(data string) (net.Listener, error) {
	path := filepath.Join(data, adminSocket)
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("path %s is too long for a socket (%d bytes, at most %d): choose a shorter --data", path, len(path), maxSocketPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old admin socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open admin socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect admin socket: %w", err)
	}
	return l, nil
}

func (s *server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /book", answer(func(d booking.Draft) (any, error) {
		return s.book(d)
	}))
	mux.HandleFunc("POST /cancel", answer(func(c cancelRequest) (any, error) {
		a, err := s.store.Cancel(c.Appointment, booking.Why{Code: c.Reason}, operator)
		return newLinks(a, nil, s.public, s.now()), named(err, c.Appointment)
	}))
	mux.HandleFunc("POST /list", answer(func(l listRequest) (any, error) {
		from := s.now().Add(-longestOpen)
		if l.All {
			from = time.Time{}
		}
		all, err := s.store.Appointments(from)
		found := []links{}
		for _, a := range all {
			switch a.Status(s.now()) {
			case booking.StatusCancelled, booking.StatusMoved, booking.StatusClosed, booking.StatusTooLate:
				if !l.All {
					continue
				}
			}
			found = append(found, withoutLinks(a, s.now()))
		}
		return found, err
	}))
	mux.HandleFunc("POST /reissue", answer(func(r reissueRequest) (any, error) {
		a, err := s.store.Appointment(r.Appointment)
		if err != nil {
			return nil, named(err, r.Appointment)
		}
		for _, p := range a.Participants {
			if p.Number == r.Number {
				i, err := s.store.Reissue(p.ID, operator)
				return newLinks(a, []booking.Invite{i}, s.public, s.now()), err
			}
		}
		return nil, fmt.Errorf("participant %w: %s has no number %d", booking.ErrNotFound, a.Reference, r.Number)
	}))
	mux.HandleFunc("POST /stats", answer(func(struct{}) (any, error) {
		told := s.figures()
		told.Links = linksOf(s.sfu.Links())
		return told, nil
	}))
	s.serveStaff(mux)
	s.serveJournal(mux)
	s.serveDoctor(mux)
	serveProcess(mux)
	s.serveLoad(mux)
	return mux
}

// book makes an appointment. One that names an institution of this server belongs to it, as if its staff had made it.
func (s *server) book(d booking.Draft) (made links, err error) {
	var at booking.Institution
	for _, name := range d.Institution {
		id, err := s.institutionNamed(name)
		if errors.Is(err, booking.ErrNotFound) {
			continue
		}
		if err == nil && id != "" {
			at, err = s.store.Institution(id)
		}
		if err != nil {
			return made, err
		}
	}
	if at.ID != "" {
		d.InstitutionID, d.Institution, d.Judicial = at.ID, at.Name, true // commands make hearings
	}
	a, invites, err := s.store.Book(d, operator)
	if err != nil {
		return made, err
	}
	made = newLinks(a, invites, s.public, s.now())
	made.Institution = at.Name.In("fr")
	return made, nil
}

// named says which appointment was not found.
func named(err error, appointment string) error {
	if errors.Is(err, booking.ErrNotFound) {
		return fmt.Errorf("%w: no reference or id is %q", err, appointment)
	}
	return err
}

// answer reads one JSON value, acts, and writes the result or the error's sentence.
func answer[T any](act func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			http.Error(w, "read request: "+err.Error(), http.StatusBadRequest)
			return
		}
		out, err := act(in)
		if err != nil {
			http.Error(w, explain(err).Error(), adminStatus(err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(out)
	}
}

func adminStatus(err error) int {
	var field *booking.FieldError
	switch {
	case errors.As(err, &field):
		return http.StatusBadRequest
	case errors.Is(err, booking.ErrNotFound):
		return http.StatusNotFound
	default:
		return http.StatusInternalServerError
	}
}

// Why no server was asked.
var (
	errNotRunning = errors.New("no server runs")
	errNotAllowed = errors.New("not allowed to open")
)

// ask sends one command to the server that runs on the data folder, and reads the value it answers with.
func ask(ctx context.Context, data, path string, in, out any) error {
	return fetch(ctx, data, path, in, func(body io.Reader) error {
		if err := json.NewDecoder(body).Decode(out); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		return nil
	})
}

// fetch is ask for an answer of any form.
func fetch(ctx context.Context, data, path string, in any, read func(body io.Reader) error) error {
	socket := filepath.Join(data, adminSocket)
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true,
	}}
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	resp, err := client.Do(req)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ECONNREFUSED):
		if _, err := os.Stat(filepath.Join(demoData, adminSocket)); err == nil && data == defaultData {
			return fmt.Errorf("%w on %s; the demo is reached with: --data %s", errNotRunning, data, demoData)
		}
		return fmt.Errorf("%w on %s; start it (systemctl start jalsa; by hand: jalsa serve --data %s)", errNotRunning, data, data)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w %s; run this as the user of the server", errNotAllowed, socket)
	case err != nil:
		return fmt.Errorf("reach server: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return errors.New(string(bytes.TrimSpace(text)))
	}
	return read(resp.Body)
}
