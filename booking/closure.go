package booking

// Closure is time in which nothing can be booked: a holiday, a closed office, somebody's absence.
type Closure struct {
	ID          string
	Institution string
	Counter     string // only this counter; "" is every counter
	Staff       string // an absence: only counters whose host is this account; "" is everybody
	First, Last string // dates, both included, in the institution's zone
	From, To    string // civil times on each of these dates; both "" is the whole day
	Name        Text   // told to those whose appointment it touches; may be empty
	Version     uint64
}

func (c Closure) validate() error {
	var bad FieldErrors
	bad.add("name", c.Name.optional())
	bad.add("first", dateFault(c.First, true))
	bad.add("last", dateFault(c.Last, true))
	if len(bad) == 0 && c.Last < c.First {
		bad.add("last", "order")
	}
	if c.From != "" || c.To != "" {
		bad.add("from", clockFault(c.From))
		bad.add("to", clockFault(c.To))
		if clockFault(c.From) == "" && clockFault(c.To) == "" && c.To <= c.From {
			bad.add("to", "order")
		}
	}
	return bad.err()
}

// Closures returns those of an institution by their first day.
func (s *Store) Closures(institution string) ([]Closure, error) {
	return listRecords(s, closures, func(c Closure) bool { return c.Institution == institution }, func(c Closure) string { return c.First + c.ID })
}

// Closure returns the closure with this id. ErrNotFound.
func (s *Store) Closure(id string) (Closure, error) { return getRecord[Closure](s, closures, id) }
