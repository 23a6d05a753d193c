//go:build linux

package lab

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"jalsa/signaling"
)

// carrier is a server that carries a call, in a process of its own.
type carrier interface {
	process() *observed
	// open prepares a call, and returns for each of its people, and for those who come late at the end, what brings them in.
	open(b *testing.B, c *call) (people, late []entrance)
}

type entrance func(late bool) *caller

// plainCarrier is lab/plain.
type plainCarrier struct {
	seen *observed
	url  string
	room int
}

// plainBuilt builds it once.
var plainBuilt = sync.OnceValues(func() (string, error) {
	path, err := built()
	if err != nil {
		return "", err
	}
	plain := filepath.Join(filepath.Dir(path), "plain")
	if out, err := exec.Command("go", "build", "-o", plain, "./plain").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build lab/plain: %w\n%s", err, out)
	}
	return plain, nil
})

func newPlainCarrier(b *testing.B, under []string) *plainCarrier {
	b.Helper()
	path, err := plainBuilt()
	if err != nil {
		b.Fatal(err)
	}
	args := append(under[:len(under):len(under)], path)
	process, log := exec.Command(args[0], args[1:]...), &logBuffer{}
	process.Stderr = log
	out, err := process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait() // killed
		if b.Failed() {
			b.Logf("plain:\n%s", log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("lab/plain said nothing: %v\n%s", err, log)
	}
	url := strings.TrimSpace(line)
	return &plainCarrier{seen: observe(process.Process.Pid, url), url: url}
}

func (p *plainCarrier) process() *observed { return p.seen }

func (p *plainCarrier) open(b *testing.B, c *call) (people, late []entrance) {
	b.Helper()
	for range c.rooms {
		p.room++
		room := p.room
		for number := range c.people() {
			people = append(people, func(late bool) *caller { return p.join(b, c, room, number, late) })
		}
	}
	for number := range latecomers {
		late = append(late, func(late bool) *caller { return p.join(b, c, p.room, c.people()+number, late) })
	}
	return people, late
}

func (p *plainCarrier) join(b *testing.B, c *call, room, number int, late bool) *caller {
	b.Helper()
	seats := c.speakers
	if number < c.speakers {
		seats--
	}
	one := newCaller(b, c, uint32(number), seats, late)
	resp, err := http.Post(fmt.Sprintf("%s/join?room=%d&speakers=%d&number=%d", p.url, room, c.speakers, number), "application/sdp", strings.NewReader(one.offer(b)))
	if err != nil {
		b.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("join: %s %s %v", resp.Status, answer, err)
	}
	one.accept(b, string(answer))
	until(b, "a caller is up", one.isUp)
	return one
}

// ourCarrier is the program, through its own gate.
type ourCarrier struct {
	program *program
	seen    *observed
}

// newOurCarrier starts the program that is at path; "": as it is built from here.
func newOurCarrier(b *testing.B, path string, under []string) *ourCarrier {
	b.Helper()
	p := programOn(b, b.TempDir(), "--log-level", "warn") // of so many people it says much
	p.under = under
	if path != "" {
		p.path = path
	}
	p.start()
	return &ourCarrier{program: p, seen: observe(p.process.Process.Pid, filepath.Join(p.data, "admin.sock"))}
}

func (o *ourCarrier) process() *observed { return o.seen }

func (o *ourCarrier) open(b *testing.B, c *call) (people, late []entrance) {
	b.Helper()
	for room := range c.rooms {
		roles := []string{"host"}
		for len(roles) < c.speakers {
			roles = append(roles, "party")
		}
		for len(roles) < c.people() || room == c.rooms-1 && len(roles) < c.people()+latecomers {
			roles = append(roles, "observer")
		}
		h := &hearing{t: b, program: o.program, booked: o.program.book(time.Hour, roles...)}
		for number := range roles {
			enter := func(late bool) *caller { return o.join(b, c, h, number, late) }
			if number < c.people() {
				people = append(people, enter)
			} else {
				late = append(late, enter)
			}
		}
	}
	return people, late
}

// join goes in by the link, as the room page does.
func (o *ourCarrier) join(b *testing.B, c *call, h *hearing, number int, late bool) *caller {
	b.Helper()
	l := h.booked.Links[number]
	p := newPerson(b, o.program.url(), l.URL, l.Number, l.Role, "direct")
	p.silent.Store(true) // their media are the caller's
	said := make(chan signaling.Message, 256)
	p.heed = func(m signaling.Message) {
		switch m.(type) {
		case signaling.Admitted, signaling.Answer:
			said <- m
		}
	}
	h.people = append(h.people, p)
	p.enter()
	h.admit(p)
	return o.offer(b, c, p, uint32(number), said, late)
}

// offer is what the room page does once it is let in.
func (o *ourCarrier) offer(b *testing.B, c *call, p *person, number uint32, said chan signaling.Message, late bool) *caller {
	b.Helper()
	a, ok := hear[signaling.Admitted](b, said)
	if !ok {
		b.Fatal("not admitted")
	}
	one := newCaller(b, c, number, a.Seats.Video, late)
	p.send(signaling.Offer{PC: 1, Path: "direct", SDP: one.offer(b), Level: "large"})
	p.send(signaling.Devices{Microphone: true, Camera: true})
	answer, ok := hear[signaling.Answer](b, said)
	if !ok {
		b.Fatal("no answer")
	}
	one.accept(b, answer.SDP)
	wishes := signaling.Prefer{PC: 1}
	for seat := range a.Seats.Video {
		wishes.Seats = append(wishes.Seats, signaling.SeatPreference{Seat: seat, Height: 360})
	}
	p.send(wishes)
	until(b, "a caller is up", one.isUp)
	return one
}

// hear waits for a message of one type, and passes over others.
func hear[M signaling.Message](b *testing.B, said chan signaling.Message) (m M, ok bool) {
	b.Helper()
	deadline := time.After(within)
	for {
		select {
		case one := <-said:
			if m, ok = one.(M); ok {
				return m, true
			}
		case <-deadline:
			return m, false
		}
	}
}
