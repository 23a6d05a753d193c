package booking

import "time"

// What the staff does with appointments. Whether the actor may is asked by the caller, see May.

// Docket returns the appointments of an institution that start in [from, to), by start; over ones too.
func (s *Store) Docket(institution string, from, to time.Time) ([]Appointment, error) {
	panic("unwritten")
}

// Requests returns the appointments of an institution from now on that wait for the staff, by start.
func (s *Store) Requests(institution string) ([]Appointment, error) { panic("unwritten") }

// Place is when and at which counter an appointment takes place.
type Place struct {
	Start   Civil
	Counter string // id; "" is none, which nothing can be booked against
}

// Move gives an appointment another time and counter; reference and links stay. The staff is not bound to openings, but
// a counter has one appointment at a time. ErrSlotTaken, *Refused when it is over or has begun, FieldErrors.
func (s *Store) Move(id string, to Place, why Why, actor string) (Appointment, error) {
	panic("unwritten")
}

// Adjourn makes a new appointment at another time with the same parties, their links between them and their separation,
// and closes this one: as moved if it had not begun, else as closed. Everybody gets a new link. ErrSlotTaken, *Refused,
// FieldErrors.
func (s *Store) Adjourn(id string, to Place, why Why, actor string) (old, new Appointment, err error) {
	panic("unwritten")
}

// Assign makes a member of the staff the host; the one before is removed, whom "" removes without another. It may come
// late, also while the hearing runs. ErrNotFound, *Refused.
func (s *Store) Assign(id, account, actor string) (Appointment, error) { panic("unwritten") }

// Add adds people, each with an own link, mailed when they have an address. Given are role, name, language, email, phone
// and link. FieldErrors, *Refused.
func (s *Store) Add(id string, people []Participant, actor string) (Appointment, []Invite, error) {
	panic("unwritten")
}

// Link makes people move together, or each alone when only one is named. ErrNotFound, *Refused.
func (s *Store) Link(id string, participantIDs []string, actor string) (Appointment, error) {
	panic("unwritten")
}

// Screen keeps two people from meeting, or ends that. ErrNotFound, *Refused; FieldErrors for linked people and oneself.
func (s *Store) Screen(id, one, other string, apart bool, actor string) (Appointment, error) {
	panic("unwritten")
}

// NoShow notes who was not there, or takes it back. ErrNotFound, *Refused before the start.
func (s *Store) NoShow(id, participantID string, absent bool, actor string) (Appointment, error) {
	panic("unwritten")
}

// Delay announces to all appointments named that they begin late; over and begun ones are left out. Each page and
// message of them tells. Returns those it changed.
func (s *Store) Delay(ids []string, delay time.Duration, actor string) ([]Appointment, error) {
	panic("unwritten")
}

// SendLink mails somebody their link again. ErrNotFound, *Refused.
func (s *Store) SendLink(participantID, actor string) error { panic("unwritten") }

// Revoke ends a link and its sessions without removing the person: only Reissue gives them another. ErrNotFound.
func (s *Store) Revoke(participantID, actor string) (Appointment, error) { panic("unwritten") }

// Attend makes a session in the hearing for a member of the staff who is in it, as Redeem does for a ticket. ErrNotFound
// when they are not; *Refused.
func (s *Store) Attend(id, account string) (secret string, p Participant, err error) {
	panic("unwritten")
}
