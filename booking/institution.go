package booking

import (
	"slices"
	"time"
)

// Institution is a public body on this server: a ministry, a court. Its services, counters, dockets and staff are seen
// by its own people only.
type Institution struct {
	ID      string
	Name    Text
	About   Text   // one paragraph for citizens; may be empty
	Zone    string // IANA name; its calendar is in civil time of this zone
	Phone   string // for citizens who need help; may be empty
	Email   string // the same
	Hidden  bool   // not listed for citizens; takes no new bookings
	Version uint64 // 1 when made, +1 at each change
}

func (i Institution) validate() error {
	var bad FieldErrors
	bad.add("name", i.Name.fault())
	bad.add("about", i.About.optional())
	if _, err := Zone(i.Zone); err != nil {
		bad.add("zone", "unknown")
	}
	bad.add("phone", phoneFault(i.Phone, false))
	bad.add("email", emailFault(i.Email, false))
	return bad.err()
}

// PutInstitution makes an institution (ID "") or changes it. Another zone would move all openings while appointments stay,
// so it is taken only while there is no appointment to come. ErrStale if i.Version is not the stored one; FieldErrors.
func (s *Store) PutInstitution(i Institution, actor string) (Institution, error) {
	err := putRecord(s, institutions, "institution", &i, &i.ID, &i.Version, actor, func(t *tx, old *Institution) error {
		if old == nil || old.Zone == i.Zone {
			return nil
		}
		expected, err := t.starting(docket, i.ID, t.now, time.Time{})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(expected, func(a Appointment) bool { return a.isToCome(t.now) }) {
			return FieldErrors{{"zone", "in_use"}}
		}
		return nil
	})
	return i, err
}

// Institution returns the institution with this id. ErrNotFound.
func (s *Store) Institution(id string) (Institution, error) {
	return getRecord[Institution](s, institutions, id)
}

// Institutions returns all of them by name, hidden ones too.
func (s *Store) Institutions() ([]Institution, error) {
	return listRecords(s, institutions, func(i Institution) bool { return true }, func(i Institution) string { return i.Name.In("fr") })
}
