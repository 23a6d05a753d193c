package booking

import "slices"

// Counter is bookable capacity of an institution, not yet a person: one appointment at a time. Its openings are civil
// time of the institution's zone.
type Counter struct {
	ID          string
	Institution string
	Name        string    // for the staff
	Services    []string  // ids of what can be booked here
	Host        string    // staff account who holds its appointments unless changed; "" when assigned later
	Openings    []Opening // weekly hours
	Hidden      bool      // takes no new bookings
	Version     uint64
}

// Opening is a weekly recurring range of bookable time, between two dates or for good.
type Opening struct {
	Weekdays    [7]bool // by time.Weekday, Sunday first
	From, To    string  // civil times, "09:00" < "12:30"; "24:00" may end a day
	First, Last string  // dates "2026-02-18", both included; "" is open
	Instead     bool    // between First and Last, its hours replace all ordinary ones of the counter (Ramadan hours)
}

func (c Counter) validate() error {
	var bad FieldErrors
	if c.Name == "" {
		bad.add("name", "missing")
	} else if !isLine(c.Name) {
		bad.add("name", "invalid")
	}
	if len(c.Services) > 100 {
		bad.add("services", "too_many")
	}
	if len(c.Openings) > 100 {
		bad.add("openings", "too_many")
	}
	for i, o := range c.Openings {
		o.faults(&bad, i)
	}
	return bad.err()
}

// PutCounter makes a counter (ID "") or changes it, and treats the appointments that the new hours no longer cover, in
// one transaction; see PutClosures and CounterImpact. ErrStale, FieldErrors, ErrNotFound. The institution of a counter
// never changes; services and host must belong to it, and the host be somebody who holds hearings.
func (s *Store) PutCounter(c Counter, treat Treatment, actor string) (stored Counter, changed, left []Appointment, err error) {
	if err := c.validate(); err != nil {
		return Counter{}, nil, nil, err
	}
	err = s.update(actor, func(t *tx) error {
		impact, err := t.counterImpact(c)
		if err != nil {
			return err
		}
		if err := writeRecord(t, counters, "counter", &c, &c.ID, &c.Version, c.belongs); err != nil {
			return err
		}
		changed, left, err = t.treat(impact, treat)
		return err
	})
	if err != nil {
		return Counter{}, nil, nil, err
	}
	return c, changed, left, nil
}

// belongs checks what c refers to, in place of old if there is one; its institution stays.
func (c *Counter) belongs(t *tx, old *Counter) error {
	if old != nil {
		c.Institution = old.Institution
	}
	for _, id := range c.Services {
		var v Service
		if found, err := t.getJSON(services, id, &v); err != nil {
			return err
		} else if !found || v.Institution != c.Institution {
			return FieldErrors{{"services", "unknown"}}
		}
	}
	if c.Host != "" {
		var a Account
		if found, err := t.getJSON(accounts, c.Host, &a); err != nil {
			return err
		} else if !found || a.Institution != c.Institution || !a.Role.Hosts() {
			return FieldErrors{{"host", "unknown"}}
		}
	}
	return t.mustExist(institutions, c.Institution, "institution")
}

// Counter returns the counter with this id. ErrNotFound.
func (s *Store) Counter(id string) (Counter, error) { return getRecord[Counter](s, counters, id) }

// Counters returns those of an institution by name, hidden ones too.
func (s *Store) Counters(institution string) ([]Counter, error) {
	return listRecords(s, counters, func(c Counter) bool { return c.Institution == institution }, func(c Counter) string { return c.Name })
}

func (c Counter) offers(service string) bool {
	return !c.Hidden && slices.Contains(c.Services, service)
}
