package booking

import "time"

// Service is what one books at an institution.
type Service struct {
	ID          string
	Institution string // id
	Name        Text
	About       Text   // what it is for
	Who         Text   // who may book it
	Prepare     []Text // what to have at hand
	Judicial    bool   // shown as a hearing, else as an appointment
	Observers   string `json:",omitempty"` // how others see that observers are there: one of the constants, or ""

	Duration   time.Duration
	EarlyEntry time.Duration // entry opens this long before the start
	Grace      time.Duration // entry closes this long after the end

	Notice    time.Duration   // least time from booking to start
	Horizon   int             // days from today that are offered
	Cutoff    time.Duration   // until this long before the start the citizen may move or cancel
	Accepted  bool            // a request counts only once the staff has accepted it
	Reminders []time.Duration // before the start
	Keep      int             // days after the end until names and contacts are erased

	Hidden  bool // not listed for citizens; takes no new bookings
	Version uint64
}

// How the people of a hearing are shown its observers, whose pictures and voices nobody has.
const (
	ObserversNames = "names" // each by name; what "" stands for
	ObserversCount = "count" // how many there are
)

func observersFault(s string) string {
	switch s {
	case "", ObserversNames, ObserversCount:
		return ""
	}
	return "unknown"
}

const (
	maxHorizon = 366
	maxKeep    = 3660
)

// NewService is a service with the settings that suit most.
func NewService(institution string) Service {
	return Service{
		Institution: institution, Duration: 30 * time.Minute, EarlyEntry: 15 * time.Minute, Grace: 15 * time.Minute,
		Notice: 24 * time.Hour, Horizon: 60, Cutoff: 24 * time.Hour,
		Reminders: []time.Duration{24 * time.Hour, time.Hour}, Keep: 365,
	}
}

func (s Service) validate() error {
	var bad FieldErrors
	bad.add("name", s.Name.fault())
	bad.add("about", s.About.optional())
	bad.add("who", s.Who.optional())
	if len(s.Prepare) > 20 {
		bad.add("prepare", "too_many")
	}
	for _, t := range s.Prepare {
		if code := t.fault(); code != "" {
			bad.add("prepare", code)
			break
		}
	}
	bad.add("observers", observersFault(s.Observers))
	bad.add("duration", between(s.Duration, 5*time.Minute, overtime))
	if s.Duration%time.Minute != 0 {
		bad.add("duration", "invalid")
	}
	bad.add("early_entry", between(s.EarlyEntry, 0, maxMargin))
	bad.add("grace", between(s.Grace, 0, maxMargin))
	bad.add("notice", between(s.Notice, 0, 90*24*time.Hour))
	bad.add("cutoff", between(s.Cutoff, 0, 90*24*time.Hour))
	if s.Horizon < 1 || s.Horizon > maxHorizon {
		bad.add("horizon", "invalid")
	}
	if s.Keep < 1 || s.Keep > maxKeep {
		bad.add("keep", "invalid")
	}
	if len(s.Reminders) > 5 {
		bad.add("reminders", "too_many")
	}
	for _, r := range s.Reminders {
		if code := between(r, 5*time.Minute, 60*24*time.Hour); code != "" {
			bad.add("reminders", code)
			break
		}
	}
	return bad.err()
}

func between(d, least, most time.Duration) string {
	if d < least || d > most {
		return "invalid"
	}
	return ""
}

// PutService makes a service (ID "") or changes it; appointments keep the rules that they were booked under.
// ErrStale, FieldErrors, ErrNotFound for an unknown institution. The institution of a service never changes.
func (s *Store) PutService(v Service, actor string) (Service, error) {
	err := putRecord(s, services, "service", &v, &v.ID, &v.Version, actor, func(t *tx, old *Service) error {
		if old != nil {
			v.Institution = old.Institution
		}
		return t.mustExist(institutions, v.Institution, "institution")
	})
	return v, err
}

// Service returns the service with this id. ErrNotFound.
func (s *Store) Service(id string) (Service, error) { return getRecord[Service](s, services, id) }

// Services returns those of an institution by name, hidden ones too.
func (s *Store) Services(institution string) ([]Service, error) {
	return listRecords(s, services, func(v Service) bool { return v.Institution == institution }, func(v Service) string { return v.Name.In("fr") })
}
