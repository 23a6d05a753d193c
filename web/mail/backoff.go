package mail

import "time"

// delays between the attempts to send one letter, the first after the first failure; then every lastDelay until the
// letter has been tried for about two days.
var delays = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

const (
	lastDelay   = 4 * time.Hour
	maxAttempts = len(delays) + 12
)

// again returns when a letter is tried again that has failed attempts times; zero: never.
func again(attempts int, now time.Time) time.Time {
	switch {
	case attempts < 1:
		return now
	case attempts <= len(delays):
		return now.Add(delays[attempts-1])
	case attempts < maxAttempts:
		return now.Add(lastDelay)
	}
	return time.Time{}
}
