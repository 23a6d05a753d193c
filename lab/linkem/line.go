//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"jalsa/lab/link"
)

// line is one direction in real time.
type line struct {
	mu        sync.Mutex
	direction *link.Direction
	wake      chan struct{} // something changed: look again when to deliver
}

func newLine(seed uint64) *line {
	return &line{direction: link.New(link.Unlimited(), seed), wake: make(chan struct{}, 1)}
}

// do is the only way to the direction.
func (l *line) do(f func(d *link.Direction, now time.Time)) {
	l.mu.Lock()
	f(l.direction, time.Now())
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// fill takes what one end sends.
func (l *line) fill(from *os.File) error {
	for buffer := make([]byte, 1<<16); ; {
		n, err := from.Read(buffer)
		if err != nil {
			return err
		}
		packet := append([]byte(nil), buffer[:n]...)
		l.do(func(d *link.Direction, now time.Time) { d.Enter(packet, n, now) })
	}
}

// drain gives it to the other when it is due.
func (l *line) drain(to *os.File) error {
	timer := time.NewTimer(0)
	for {
		l.mu.Lock()
		due, next, ok := l.direction.Due(time.Now())
		l.mu.Unlock()
		for _, p := range due {
			if _, err := to.Write(p.Data.([]byte)); errors.Is(err, os.ErrClosed) {
				return err // any other: the device is down, and the packet lost
			}
		}
		timer.Stop()
		if ok {
			timer.Reset(time.Until(next))
		}
		select {
		case <-l.wake:
		case <-timer.C:
		}
	}
}

// lines are both directions by name; "both" is either.
type lines map[string]*line

// change sets parameters of the direction with this name.
func (ls lines) change(name, settings string) (err error) {
	if _, err := link.Unlimited().Parse(settings); err != nil {
		return err
	}
	for each, l := range ls {
		if name == each || name == "both" {
			l.do(func(d *link.Direction, now time.Time) {
				if p, e := d.Params().Parse(settings); e == nil {
					d.Change(p, now)
				}
			})
		}
	}
	return nil
}

// follow replays the trace in a file; "off" ends one.
func (ls lines) follow(name, path string) error {
	var trace *link.Trace
	if path != "off" {
		text, err := os.ReadFile(path)
		if err == nil {
			trace, err = link.ParseTrace(string(text))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for each, l := range ls {
		if name == each || name == "both" {
			l.do(func(d *link.Direction, now time.Time) { d.Follow(trace, now) })
		}
	}
	return nil
}

// ServeHTTP applies both=, ab=, ba= and the same with -trace, then answers with parameters and counts. A wrong setting
// answers 400 and changes nothing of what comes after it.
func (ls lines) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, key := range []string{"both", "ab", "ba", "both-trace", "ab-trace", "ba-trace"} {
		value, set := r.Form[key]
		if !set {
			continue
		}
		apply := ls.change
		name, traced := strings.CutSuffix(key, "-trace")
		if traced {
			apply = ls.follow
		}
		if err := apply(name, value[0]); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	state := map[string]any{}
	for name, l := range ls {
		l.do(func(d *link.Direction, _ time.Time) {
			state[name] = map[string]any{"params": d.Params(), "counts": d.Counts()}
		})
	}
	_ = json.NewEncoder(w).Encode(state) // whoever asked has gone
}
