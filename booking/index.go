package booking

import (
	"encoding/binary"
	"time"
)

// What appointments are found by. Every index is derived from the record alone: putAppointment compares the keys of
// the old record with those of the new one and writes the difference, so that no rule can forget one.

// indexed is a key with its value in one of the index buckets.
type indexed struct {
	bucket bucket
	key    string
}

// indexOf returns what a is found by, with the values.
func indexOf(a Appointment) map[indexed]string {
	keys := map[indexed]string{}
	if a.ID == "" {
		return keys
	}
	start := a.Start.Instant
	keys[indexed{docket, a.InstitutionID + "/" + moment(start) + a.ID}] = ""
	if a.State.Live() && a.Closed.IsZero() && a.CounterID != "" {
		keys[indexed{occupied, a.CounterID + "/" + moment(start)}] = occupancy{end: start.Add(a.Duration), appointment: a.ID}.String()
	}
	for _, p := range a.Participants {
		if p.Staff != "" && p.Removed.IsZero() {
			keys[indexed{assigned, p.Staff + "/" + moment(start) + a.ID}] = ""
		}
	}
	if a.isLiveBooking() {
		keys[indexed{persons, personKey(a.ServiceID, a.Contact.Email) + a.ID}] = ""
	}
	if a.Keep > 0 && a.Erased.IsZero() {
		keys[indexed{erasable, moment(a.eraseAt()) + a.ID}] = ""
	}
	if until := a.expires(); !until.IsZero() {
		keys[indexed{expiring, moment(until) + a.ID}] = ""
	}
	if a.InstitutionID != "" && a.awaitsStaff() {
		keys[indexed{awaiting, a.InstitutionID + "/" + moment(start) + a.ID}] = ""
	}
	if a.mayBeMissed() {
		keys[indexed{missable, moment(a.entryEnds(true)) + a.ID}] = ""
	}
	return keys
}

func (t *tx) reindex(old, new Appointment) { t.rewrite(indexOf(old), indexOf(new)) }

// rewrite writes what differs between what a record was found by and what it is found by now. A key that somebody else
// has taken over meanwhile, as an appointment takes the slot of its hold, is theirs and stays.
func (t *tx) rewrite(before, after map[indexed]string) {
	for k, value := range before {
		if _, still := after[k]; !still && string(t.get(k.bucket, k.key)) == value {
			t.delete(k.bucket, k.key)
		}
	}
	for k, value := range after {
		if was, there := before[k]; !there || was != value {
			t.put(k.bucket, k.key, []byte(value))
		}
	}
}

// isLiveBooking reports whether this is a live appointment of which its person may have one with the service: confirmed, or
// proven and before the staff.
func (a Appointment) isLiveBooking() bool {
	return a.ServiceID != "" && a.Contact.Email != "" && a.State.Live() && a.Closed.IsZero() &&
		(a.State == StateConfirmed || !a.Contact.Proven.IsZero())
}

// keepExpired is how many days a request is kept whose contact was never proven: the address may be a stranger's.
const keepExpired = 7

func (a Appointment) eraseAt() time.Time {
	at := a.End().AddDate(0, 0, a.Keep)
	if early := a.Created.AddDate(0, 0, keepExpired); a.State == StateExpired && a.Contact.Proven.IsZero() && early.Before(at) {
		return early
	}
	return at
}

// ProveWithin is how long a request waits for the proof of its contact. Mail may take an hour to arrive; a slot must not
// be kept from others much longer.
const ProveWithin = 2 * time.Hour

// expires is when a request is over that nobody has decided: whose contact was not proven in time, or which the staff has
// left until its own time had passed. Zero for what is no request.
func (a Appointment) expires() time.Time {
	switch {
	case a.State != StateRequested:
		return time.Time{}
	case a.awaitsStaff():
		return a.entryEnds(true)
	}
	return a.Created.Add(ProveWithin)
}

// personKey names a person at a service without telling who it is.
func personKey(service, email string) string {
	return service + "/" + digest(foldEmail(email)) + "/"
}

// moment is an instant as a key that sorts by time, in seconds. What lies before 1970 comes first, as that does.
func moment(at time.Time) string { return number(uint64(max(0, at.Unix()))) }

func readMoment(key string) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64([]byte(key))), 0).UTC()
}
