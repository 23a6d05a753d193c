package booking

import (
	"errors"
	"log/slog"
	"time"
)

var errStub = errors.New("not built yet")

const SessionCookie = "jalsa"

type Civil struct {
	Local, Zone, TZDB string
	Instant           time.Time
}
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
}
type Store struct{}
type Draft struct {
	Reference                   string
	Institution, Service        Text
	Prepare                     []Text
	Start                       Civil
	Duration, EarlyEntry, Grace time.Duration
	Participants                []Participant
}
type Invite struct {
	Participant Participant
	Ticket      string
}
type Entry struct {
	Seq                                         uint64
	Time                                        time.Time
	Kind, Appointment, Participant, Actor, Code string
}

func Open(path string, o Options) (*Store, error) { return nil, errStub }
func (s *Store) Close() error                     { return errStub }
func (s *Store) Book(d Draft, actor string) (Appointment, []Invite, error) {
	return Appointment{}, nil, errStub
}
func (s *Store) Cancel(idOrReference string, reason string, actor string) (Appointment, error) {
	return Appointment{}, errStub
}
func (s *Store) Appointment(id string) (Appointment, error) { return Appointment{}, errStub }
func (s *Store) Appointments() ([]Appointment, error)       { return nil, errStub }
func (s *Store) Lookup(ticket string) (Appointment, Participant, error) {
	return Appointment{}, Participant{}, errStub
}
func (s *Store) Redeem(ticket string) (secret string, a Appointment, p Participant, err error) {
	return "", a, p, errStub
}
func (s *Store) Session(participantID, secret string) (Appointment, Participant, error) {
	return Appointment{}, Participant{}, errStub
}
func (s *Store) Reissue(participantID, actor string) (Invite, error) { return Invite{}, errStub }
func (s *Store) Admit(appointmentID string, participantIDs []string, actor string) (Appointment, error) {
	return Appointment{}, errStub
}
func (s *Store) Remove(appointmentID, participantID, actor string) (Appointment, error) {
	return Appointment{}, errStub
}
func (s *Store) Start(appointmentID, actor string) (Appointment, error) {
	return Appointment{}, errStub
}
func (s *Store) End(appointmentID, actor string) (Appointment, error) { return Appointment{}, errStub }
func (s *Store) Postpone(appointmentID string, delay time.Duration, actor string) (Appointment, error) {
	return Appointment{}, errStub
}
func (s *Store) Record(e Entry) error                     { return errStub }
func (s *Store) Watch(fn func(Appointment)) (stop func()) { return func() {} }
func (s *Store) Journal(fn func(Entry) error) error       { return errStub }
func (s *Store) VerifyJournal() error                     { return errStub }
func Zone(name string) (*time.Location, error)            { return nil, errStub }
func TZDBVersion() string                                 { return "" }
func NewCivil(local, zone string) (Civil, error)          { return Civil{}, errStub }
