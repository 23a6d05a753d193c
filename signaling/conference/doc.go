// Package conference decides what happens in one live hearing. It is a pure
// state machine: a State, a Command and the time go in, a new State and a list
// of Effects come out. It does no I/O, reads no clock and holds no lock, so
// that every rule about who may be where can be read, tabled and model-checked.
//
// # Concepts
//
// A conference is the live counterpart of an appointment. Its phase is not
// stored but follows from what is true:
//
//	scheduled   before early entry
//	open        the waiting room is open, nobody has been admitted yet
//	in_session  started, and a host is in the hearing
//	suspended   started, and no host is there; nobody is thrown out
//	closed      ended by a host or in the books; final
//
// Each participant has one place:
//
//	expected ──join──▶ waiting ──admit──▶ in_hearing ◀──join── reconnecting
//	   ▲                  │                   │  └──── lost ────▶   │
//	   └──── lost ────────┘                   │                     │
//	   └──── leave ───────────────────────────┘                     │
//	   └──── two minutes without a socket ──────────────────────────┘
//	any ──remove, or removed in the books──▶ removed ──books clear it──▶ expected
//
// # Rules
//
// The gate (booking.Admission) is asked for everybody at every join, at every
// change of the appointment and at every tick: whoever it refuses is out. So is
// whoever came with a session of an earlier link than the good one.
//
// Restrictions take effect at once and are written after (Remove, End); an
// unwritten one is offered for writing again every few seconds. Grants take
// effect only once written: Admit asks for a write, and only the Granted or
// Changed that follows lets people in.
//
// Linked participants move as one: one admission and one removal for all of
// them. If one drops, the other stays.
//
// Ordinary participants, once admitted in the books, return straight in. A
// witness, an expert or an observer, and whoever is linked to one, needs a
// host's admission each time they come from outside: as they go, their
// admission is taken back in the books. Within the two minutes of reconnecting
// they never left. Nor has anybody left by a restart of the server: whom the
// books then show as admitted was in, and returns straight in, witness or not.
//
// A State that holds nothing more than the books is Idle and may be forgotten.
// It becomes so within KeepPlace once everybody is gone or refused: what the
// books would refuse is not offered to them.
//
// Waiting people learn the state of the queue and nothing else: View has no
// name for them.
//
// # Files
//
// state.go holds the nouns, command.go what may happen, effect.go what follows,
// apply.go the rules, settle.go what is drawn from the state after each of
// them, view.go what each participant may know.
package conference
