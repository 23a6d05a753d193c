package booking

import "slices"

// Verb is something that staff pages let one do.
type Verb string

const (
	VerbDocket       Verb = "docket"       // see appointments and their people, mail and history
	VerbRun          Verb = "run"          // delays, no-shows, links, assignments, people, moves
	VerbDecide       Verb = "decide"       // accept, reject, cancel, adjourn
	VerbCreate       Verb = "create"       // hearings made directly
	VerbAttend       Verb = "attend"       // enter a hearing in which one has a place
	VerbClosures     Verb = "closures"     // closed days and absences
	VerbSetup        Verb = "setup"        // services, counters, openings
	VerbAccounts     Verb = "accounts"     // staff of the own institution
	VerbInstitution  Verb = "institution"  // name and contact of the own institution
	VerbInstitutions Verb = "institutions" // make institutions and their first admin: operator
	VerbMachine      Verb = "machine"      // counters, mail, journal checkpoints, zone data: operator
	VerbSelf         Verb = "self"         // own password and language
)

// rights of each role within its own institution. What is not here nobody may.
var rights = map[StaffRole][]Verb{
	StaffAdmin:      {VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbClosures, VerbSetup, VerbAccounts, VerbInstitution, VerbSelf},
	StaffClerk:      {VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbClosures, VerbSelf},
	StaffMagistrate: {VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbSelf},
	StaffProsecutor: {VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbSelf},
	StaffOfficial:   {VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbSelf},
}

// Rights of the operator: over the machine, and over institutions only as far as making them and their admins goes. No
// hearing is among them.
var (
	operatorOwn     = []Verb{VerbInstitutions, VerbMachine, VerbAccounts, VerbSelf}
	operatorForeign = []Verb{VerbInstitutions, VerbAccounts}
)

// May is the one decision on staff rights: whether an account may do verb in an institution. It is pure and refuses what
// no rule allows: a disabled account, another institution, and a hearing to the operator. For the operator institution is
// "" where the machine is meant; VerbAccounts in an institution is then its admins only, see [Account.Governs].
func May(a Account, verb Verb, institution string) bool {
	switch {
	case a.ID == "" || a.Disabled:
		return false
	case a.Operates() && institution == "":
		return slices.Contains(operatorOwn, verb)
	case a.Operates():
		return slices.Contains(operatorForeign, verb)
	}
	return institution == a.Institution && slices.Contains(rights[a.Role], verb)
}

// Governs reports whether a may see, make and change the account other: an admin those of the own institution, the
// operator other operators and the admins of institutions.
func (a Account) Governs(other Account) bool {
	return May(a, VerbAccounts, other.Institution) && (!a.Operates() || other.Role == StaffAdmin)
}
