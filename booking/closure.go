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
	switch {
	case c.From == "" && c.To != "":
		bad.add("from", "together")
	case c.From != "" && c.To == "":
		bad.add("to", "together")
	case c.From != "":
		bad.add("from", clockFault(c.From))
		bad.add("to", clockFault(c.To))
		if clockFault(c.From) == "" && clockFault(c.To) == "" && c.To <= c.From {
			bad.add("to", "order")
		}
	}
	return bad.err()
}

// PutClosures enters closures (ID ""), several holidays at once for example, or changes them, and treats what they touch
// together, in one transaction. Returned are the appointments that were moved or cancelled, and those left as they are
// because no slot was free. ErrStale, FieldErrors, ErrNotFound. The institution of a closure never changes; counter and
// staff must belong to it.
func (s *Store) PutClosures(all []Closure, treat Treatment, actor string) (changed, left []Appointment, err error) {
	for _, c := range all {
		if err := c.validate(); err != nil {
			return nil, nil, err
		}
	}
	err = s.update(actor, func(t *tx) error {
		impact, err := t.closureImpact(all)
		if err != nil {
			return err
		}
		for _, c := range all {
			if err := writeRecord(t, closures, "closure", &c, &c.ID, &c.Version, c.belongs); err != nil {
				return err
			}
		}
		changed, left, err = t.treat(impact, treat)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return changed, left, nil
}

// belongs checks what c refers to, in place of old if there is one; its institution stays.
func (c *Closure) belongs(t *tx, old *Closure) error {
	if old != nil {
		c.Institution = old.Institution
	}
	if c.Counter != "" {
		var v Counter
		if found, err := t.getJSON(counters, c.Counter, &v); err != nil {
			return err
		} else if !found || v.Institution != c.Institution {
			return FieldErrors{{"counter", "unknown"}}
		}
	}
	if c.Staff != "" {
		var a Account
		if found, err := t.getJSON(accounts, c.Staff, &a); err != nil {
			return err
		} else if !found || a.Institution != c.Institution {
			return FieldErrors{{"staff", "unknown"}}
		}
	}
	return t.mustExist(institutions, c.Institution, "institution")
}

// DropClosure deletes a closure; its time can be booked again. ErrNotFound.
func (s *Store) DropClosure(id, actor string) error {
	return s.update(actor, func(t *tx) error {
		if err := t.mustExist(closures, id, "closure"); err != nil {
			return err
		}
		t.delete(closures, id)
		t.log(Entry{Kind: "closure_dropped", Subject: id})
		return nil
	})
}

// Closures returns those of an institution by their first day.
func (s *Store) Closures(institution string) ([]Closure, error) {
	return listRecords(s, closures, func(c Closure) bool { return c.Institution == institution }, func(c Closure) string { return c.First + c.ID })
}

// Closure returns the closure with this id. ErrNotFound.
func (s *Store) Closure(id string) (Closure, error) { return getRecord[Closure](s, closures, id) }
