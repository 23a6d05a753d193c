package booking

// Impact is what a change of calendar or rules would touch: appointments still to come that it would leave outside.
type Impact struct {
	Touched []Appointment
	Digest  string // of what the page showed; Treatment brings it back
}

// Treatment is what becomes of the appointments that a change touches.
type Treatment struct {
	Do     string // "keep" where they are, "move" each to the next free slot of its service, "cancel"
	Digest string // of the Impact that was looked at; ErrStale if it is another one now
	Why    Why    // told to those who are moved or cancelled
}

const (
	TreatKeep   = "keep"
	TreatMove   = "move"
	TreatCancel = "cancel"
)

// CounterImpact is what would be touched if the counter became c.
func (s *Store) CounterImpact(c Counter) (Impact, error) { panic("unwritten") }

// ClosureImpact is what would be touched if these were entered, or one that is there changed to this. All are of one
// institution.
func (s *Store) ClosureImpact(all ...Closure) (Impact, error) { panic("unwritten") }

// PutClosures enters closures (ID ""), several holidays at once for example, or changes them, and treats what they touch
// together, in one transaction. Returned are the appointments that were moved or cancelled, and those left as they are
// because no slot was free. ErrStale, FieldErrors, ErrNotFound.
func (s *Store) PutClosures(all []Closure, treat Treatment, actor string) (changed, left []Appointment, err error) {
	for _, c := range all {
		if err := c.validate(); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, s.update(actor, func(t *tx) error {
		for i := range all {
			c := &all[i]
			if err := writeRecord(t, closures, "closure", c, &c.ID, &c.Version, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropClosure deletes a closure; its time can be booked again. ErrNotFound.
func (s *Store) DropClosure(id, actor string) error { panic("unwritten") }

// ZoneImpact lists the appointments to come of an institution, or of all and of none for "", whose instant is another one
// by the embedded time zone data than when they were made.
func (s *Store) ZoneImpact(institution string) (Impact, error) { panic("unwritten") }

// Rezone settles them: with "keep" the clock on the wall stays and the instant moves, with "move" the instant stays and
// the clock on the wall is told anew. Those whose instant moves are mailed. ErrStale.
func (s *Store) Rezone(institution string, treat Treatment, actor string) ([]Appointment, error) {
	panic("unwritten")
}
