package load

import (
	"errors"
	"fmt"
	"time"
)

// Plan is how large a crowd is, and what it does.
type Plan struct {
	Rooms        int           `json:"rooms"`
	Participants int           `json:"participants"` // in each room: they speak and are seen
	Listeners    int           `json:"listeners"`    // in each room: they only receive
	Video        int           `json:"video_kbit"`   // of the large layer of each camera; 0: no cameras
	Joins        float64       `json:"joins_per_second"`
	Duration     time.Duration `json:"-"` // of the measurement, when all are in
}

// Limits of a plan. A room cannot have more people than an appointment.
const (
	maxRooms  = 10_000
	maxPeople = 200
	maxVideo  = 5_000
	maxJoins  = 1_000
)

// Errors of a plan that nobody could carry out.
var errPlan = errors.New("no such load")

// Check tells what is wrong with a plan.
func (p Plan) Check() error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{errPlan}, args...)...)
	}
	switch {
	case p.Rooms < 1 || p.Rooms > maxRooms:
		return refuse("--rooms is 1 to %d", maxRooms)
	case p.Participants < 1:
		return refuse("--participants is at least 1: somebody has to hold the hearing")
	case p.Listeners < 0:
		return refuse("--listeners cannot be negative")
	case p.Participants+p.Listeners < 2:
		return refuse("one person alone receives nothing: --participants 2, or --listeners 1")
	case p.Participants+p.Listeners > maxPeople:
		return refuse("a hearing has at most %d people, these are %d", maxPeople, p.Participants+p.Listeners)
	case p.Video < 0 || p.Video > maxVideo:
		return refuse("--video is 0 to %d kbit/s", maxVideo)
	case !(p.Joins > 0) || p.Joins > maxJoins:
		return refuse("--joins is more than 0 and at most %d a second", maxJoins)
	case p.Duration < time.Second || p.Duration > 24*time.Hour:
		return refuse("--duration is 1s to 24h")
	}
	return nil
}

// roles are those of one room, in the order of their numbers.
func (p Plan) roles() []string {
	roles := []string{"host"}
	for len(roles) < p.Participants {
		roles = append(roles, "party")
	}
	for range p.Listeners {
		roles = append(roles, "observer")
	}
	return roles
}
