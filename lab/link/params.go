package link

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Params describe one direction of a link.
type Params struct {
	Rate       float64       // bits per second; below 0: unlimited; 0: outage, packets wait in the queue
	Delay      time.Duration // one way, after transmission
	Jitter     time.Duration // uniform extra delay in [-Jitter, +Jitter]; packets are never reordered
	Loss       float64       // mean loss in percent
	Burst      float64       // mean length of a loss burst in packets; up to 1: independent losses
	QueueBytes float64       // drop-tail bound in bytes, or,
	QueueTime  time.Duration // when above 0, in time at the present rate (at least 3000 bytes)
	Overhead   int           // bytes charged on top of each packet
}

// Unlimited is a link that delays and loses nothing.
func Unlimited() Params { return Params{Rate: -1, QueueBytes: 256e3} }

// Parse applies "key=value" pairs, separated by commas or spaces, to p; keys are rate, delay, jitter, loss, burst, queue
// and overhead. Rates are bit/s with an optional k, M or G, or max; a queue is bytes or a duration.
func (p Params) Parse(text string) (Params, error) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.DurationVar(&p.Delay, "delay", p.Delay, "")
	fs.DurationVar(&p.Jitter, "jitter", p.Jitter, "")
	fs.Float64Var(&p.Loss, "loss", p.Loss, "")
	fs.Float64Var(&p.Burst, "burst", p.Burst, "")
	fs.IntVar(&p.Overhead, "overhead", p.Overhead, "")
	fs.Func("rate", "", func(v string) (err error) { p.Rate, err = number(v); return })
	fs.Func("queue", "", func(v string) (err error) {
		if p.QueueTime, err = time.ParseDuration(v); err != nil {
			p.QueueTime = 0
			p.QueueBytes, err = number(v)
		}
		return
	})
	for _, pair := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		key, value, _ := strings.Cut(pair, "=")
		if err := fs.Set(key, value); err != nil {
			return Params{}, fmt.Errorf("%s: %w", pair, err)
		}
	}
	return p, nil
}

// number reads "max" (as -1) or a number with an optional decimal k, M or G.
func number(s string) (float64, error) {
	if s == "max" {
		return -1, nil
	}
	n, unit := s, 1.0
	for i, u := range []string{"k", "M", "G"} {
		if t, ok := strings.CutSuffix(s, u); ok {
			n, unit = t, math.Pow(1000, float64(i+1))
		}
	}
	f, err := strconv.ParseFloat(n, 64)
	if err == nil && !(f >= 0) {
		err = errors.New("must not be negative")
	}
	return f * unit, err
}
