package main

import (
	"bufio"
	"os"
	"strings"
	"time"

	"jalsa/booking"
)

// Zone rules change at the word of a government, at times within weeks. Ours come with the program and those of the
// system are never used; but when the system has newer ones, there is something to catch up with.

type zoneData struct {
	ours   string // release, "2026c"
	system string // release; "" if it has none, or does not say
	now    time.Time
}

// systemZones are where systems keep the release of their zone data.
var systemZones = []string{"/usr/share/zoneinfo/tzdata.zi", "/usr/share/zoneinfo/+VERSION", "/usr/share/zoneinfo/version"}

func lookAtZones(now time.Time) zoneData {
	z := zoneData{ours: booking.TZDBVersion(), now: now}
	for _, path := range systemZones {
		if z.system = zoneRelease(path); z.system != "" {
			break
		}
	}
	return z
}

// zoneRelease reads the first line, "# version 2026c" or "2026c".
func zoneRelease(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Scan()
	release := strings.TrimPrefix(s.Text(), "# version ")
	if releaseYear(release) == 0 {
		return ""
	}
	return release
}

func judgeZones(z zoneData) []finding {
	const check, newer = "time zones", "install the current release of Jalsa; appointments whose hour changes are then listed at /staff/zones"
	switch {
	case releaseYear(z.ours) == 0:
		return []finding{problem.of(check, "the program has no zone data").so("build it from whole sources")}
	case z.system > z.ours:
		return []finding{warning.of(check, "release %s is in the program, and the system has %s: hours may be told wrong where rules changed", z.ours, z.system).so("%s", newer)}
	case z.now.Year() > releaseYear(z.ours)+1:
		return []finding{warning.of(check, "release %s is in the program, and it is %d: rules have changed since, somewhere", z.ours, z.now.Year()).so("%s", newer)}
	case z.system == "":
		return []finding{fine.of(check, "release %s is in the program", z.ours)}
	}
	return []finding{fine.of(check, "release %s is in the program; the system's is %s and is not used", z.ours, z.system)}
}
