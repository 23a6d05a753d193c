package link

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Trace is how a link changes with time: a ride through the country, an outage. It begins again when it is over.
type Trace struct {
	steps []step
}

// step holds settings as written: a step may set the rate alone and leave the rest as it is.
type step struct {
	at       time.Duration
	settings string
}

var errTraceLength = errors.New("the last line must be later than 0 s")

// ParseTrace reads lines "SECONDS RATE" or "SECONDS key=value,..." in the order of time; # begins a comment. The time of
// the last line is the length of one round.
func ParseTrace(text string) (*Trace, error) {
	t := &Trace{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		at, err := time.ParseDuration(words[0] + "s")
		settings := strings.Join(words[1:], ",")
		if !strings.Contains(settings, "=") {
			settings = "rate=" + settings
		}
		if err == nil {
			_, err = Unlimited().Parse(settings)
		}
		if n := len(t.steps); err == nil && n > 0 && at < t.steps[n-1].at {
			err = errors.New("earlier than the line before")
		}
		if err != nil {
			return nil, fmt.Errorf("trace, line %q: %w", strings.TrimSpace(line), err)
		}
		t.steps = append(t.steps, step{at, settings})
	}
	if t.length() <= 0 {
		return nil, errTraceLength
	}
	return t, nil
}

func (t *Trace) length() time.Duration {
	if len(t.steps) == 0 {
		return 0
	}
	return t.steps[len(t.steps)-1].at
}

// replay is a trace at work on a direction.
type replay struct {
	trace *Trace
	round time.Time // when the present round began
	next  int       // step to come
}

// due is when the next step is to be taken; ok is false without a trace.
func (r *replay) due() (at time.Time, ok bool) {
	if r.trace == nil {
		return time.Time{}, false
	}
	return r.round.Add(r.trace.steps[r.next].at), true
}

// take returns the settings of the step that is due.
func (r *replay) take() string {
	settings := r.trace.steps[r.next].settings
	if r.next++; r.next == len(r.trace.steps) {
		r.next, r.round = 0, r.round.Add(r.trace.length())
	}
	return settings
}
