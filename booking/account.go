package booking

import "time"

// Account is a member of the staff, or the operator.
type Account struct {
	ID          string
	Institution string // id; "" is the operator, who sees the machine and never a hearing
	Login       string // e-mail address, unique
	Name        string // shown to citizens as the host
	Role        StaffRole
	Language    string
	Password    string // argon2id in PHC form; never leaves this package: methods return it empty
	Disabled    bool
	Created     time.Time
	Version     uint64
}

// StaffRole is what a member of the staff is.
type StaffRole string

const (
	StaffAdmin      StaffRole = "admin"
	StaffClerk      StaffRole = "clerk"
	StaffMagistrate StaffRole = "magistrate"
	StaffProsecutor StaffRole = "prosecutor"
	StaffOfficial   StaffRole = "official"
)

// StaffRoles in the order of a form.
var StaffRoles = []StaffRole{StaffAdmin, StaffClerk, StaffMagistrate, StaffProsecutor, StaffOfficial}

// Hosts reports whether the role may hold hearings.
func (r StaffRole) Hosts() bool {
	return r == StaffMagistrate || r == StaffProsecutor || r == StaffOfficial
}

// Operates reports whether this is the operator's account.
func (a Account) Operates() bool { return a.Institution == "" }

func (a Account) validate() error { panic("unwritten") }

// Verb is something that staff pages let one do.
type Verb string

const (
	VerbDocket       Verb = "docket"       // see appointments and their people, mail and history
	VerbRun          Verb = "run"          // delays, no-shows, links, assignments, people, moves
	VerbDecide       Verb = "decide"       // accept, reject, cancel, adjourn
	VerbCreate       Verb = "create"       // hearings made directly
	VerbAttend       Verb = "attend"       // enter a hearing one is assigned to
	VerbSetup        Verb = "setup"        // services, counters, openings, closures
	VerbAccounts     Verb = "accounts"     // staff of the own institution
	VerbInstitution  Verb = "institution"  // name and contact of the own institution
	VerbInstitutions Verb = "institutions" // make institutions and their first admin: operator
	VerbMachine      Verb = "machine"      // counters, mail, journal checkpoints, zone data: operator
	VerbSelf         Verb = "self"         // own password and language
)

// May is the one decision on staff rights: whether an account may do verb in an institution. It is pure and refuses what
// no rule allows: a disabled account, another institution, and a hearing to the operator.
func May(a Account, verb Verb, institution string) bool { panic("unwritten") }

// PutAccount makes an account (ID "", with a password) or changes name, role, language and Disabled, and the password when
// one is given. A change of role or password ends all sessions of the account; disabling ends them too and takes the
// person out of every hearing at once. Login and institution never change. FieldErrors (login taken; password too_short,
// too_long, common), ErrStale, ErrNotFound.
func (s *Store) PutAccount(a Account, password, actor string) (Account, error) { panic("unwritten") }

// Account returns one by id. ErrNotFound.
func (s *Store) Account(id string) (Account, error) { panic("unwritten") }

// Accounts returns those of an institution ("" for the operator's) by name.
func (s *Store) Accounts(institution string) ([]Account, error) { panic("unwritten") }

// Login checks a password and makes a session: the content of the staff cookie. Hashing is bounded to the cores and the
// same work for unknown accounts. ErrWrongLogin.
func (s *Store) Login(login, password string) (secret string, a Account, err error) {
	panic("unwritten")
}

// Staff returns whose staff session this is. ErrUnknownSession: unknown, ended, older than its life, or the account is
// disabled.
func (s *Store) Staff(secret string) (Account, error) { panic("unwritten") }

// Logout ends a staff session. Ending twice changes nothing.
func (s *Store) Logout(secret string) error { panic("unwritten") }

// ChangePassword checks the old one, sets the new one, ends all sessions of the account and returns a new one.
// ErrWrongLogin, FieldErrors.
func (s *Store) ChangePassword(id, old, new string) (secret string, err error) { panic("unwritten") }
