package main

import (
	"strconv"
	"time"

	"jalsa/booking"
)

// The clock decides who may enter. Nobody outside is asked what time it is: the kernel knows whether something keeps it.

type clock struct {
	now  time.Time
	zone string // release of our zone data, which the present cannot be older than
	kept bool   // the kernel's word
	err  error
}

func lookAtClock(now time.Time) clock {
	c := clock{now: now, zone: booking.TZDBVersion()}
	c.kept, c.err = kernelClock()
	return c
}

func judgeClock(c clock) []finding {
	const check, keep = "clock", "apt install systemd-timesyncd (or chrony), and name your time server if the machine may not reach others; then: timedatectl"
	at := c.now.UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case c.now.Year() < releaseYear(c.zone):
		return []finding{problem.of(check, "it says %s, which is over: links open at the wrong time", at).so("timedatectl set-time …; then %s", keep)}
	case c.err != nil:
		return []finding{unseen.of(check, "it says %s; whether anything keeps it right: %v", at, c.err).so("compare it with a clock you trust")}
	case !c.kept:
		return []finding{warning.of(check, "it says %s, and nothing keeps it right", at).so("%s", keep)}
	}
	return []finding{fine.of(check, "it says %s and is kept right", at)}
}

// releaseYear is the year of a release such as "2026c"; 0 of none.
func releaseYear(release string) int {
	if len(release) < 4 {
		return 0
	}
	year, _ := strconv.Atoi(release[:4])
	return year
}
