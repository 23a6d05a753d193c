// Package conference decides what happens in one live hearing. It is a pure
// state machine: a State, a Command and the time go in, a new State and a list
// of Effects come out. It does no I/O, reads no clock and holds no lock, so
// that every rule about who may be where can be read, tabled and model-checked.
//
// # Concepts
//
// A conference is the live counterpart of an appointment. Its phase follows
// from what is true (order.go):
//
//	scheduled     before early entry
//	open          the waiting room is open, the session has not begun
//	countdown     a host has started it: ten seconds to come together
//	in_session    begun, and a host is in the hearing
//	paused        ordered by a host: all stay, nothing passes
//	suspended     ordered by a host with a reason, or for want of a host inside
//	              (no_host): all stay, no sound passes
//	deliberation  ordered by a host: the bench, hosts and panel, alone is inside
//	closed        ended by a host or in the books; final
//
//	open ──start──▶ countdown ──10 s──▶ in_session ⇄ paused, suspended, deliberation
//	open ──admit──────────────────────▶ in_session      any ──end──▶ closed
//
// Each participant has one place:
//
//	expected ──join──▶ waiting ──admit──▶ in_hearing ◀──join── reconnecting
//	   ▲                │  ▲ └─consult─┐     │  │  └──── lost ────▶   │
//	   │                │  │           ▼     │  │                     │
//	   │                │  │    in_consultation │                     │
//	   │                │  └─── dismiss ────────┘                     │
//	   └──── lost ──────┘                       │                     │
//	   └──── leave ─────────────────────────────┘                     │
//	   └──── two minutes without a socket ────────────────────────────┘
//	any ──remove, or removed in the books──▶ removed ──books clear it──▶ expected
//
// # Rules
//
// One table says which role may ask for what (rights.go). A command that is
// refused tells its sender alone a code, and changes nothing.
//
// The gate (booking.Admission) is asked for everybody at every join, at every
// change of the appointment and at every tick: whoever it refuses is out. So is
// whoever came with a session of an earlier link than the good one.
//
// Restrictions take effect at once and are written after (a removal, a
// dismissal, a pause, a suspension, a deliberation, a lock, the end); an
// unwritten one is offered for writing again every few seconds. Grants take
// effect only once written: Admit, Resume and the end of a lock ask for a write,
// and only the Granted or Sat that follows lets people in or media pass.
// Hosts share one State: what one ordered another ends, and who comes second is
// told wrong_state.
//
// Linked participants move as one: one admission, one dismissal, one removal,
// one consultation for all of them. If one drops, the other stays.
//
// Ordinary participants, once admitted in the books, return straight in, unless
// a host has dismissed them or locked the door behind them. A witness, an expert
// or an observer, and whoever is linked to one, needs a host's admission each
// time they come from outside: as they go, or as the countdown ends or the bench
// deliberates, their admission is taken back in the books. Within the two
// minutes of reconnecting they never left. Nor has anybody left by a restart of
// the server: whom the books then show as admitted was in, and returns straight
// in, witness or not; only into a deliberation nobody but the bench does.
//
// When the last host is lost nobody is thrown out: the session is suspended by
// itself, and the first host who comes resumes it. After five seconds without a
// host, whether the session has begun or not, nobody is heard.
//
// On the floor a voice can be taken back, and asked for; nobody is turned on by
// another. A consultation room knows no floor, and while one is in it nothing of
// theirs reaches the hearing. Who is fetched out of it comes back muted; who returns
// by themselves does not.
//
// What media passes between whom is one immutable Passes for each room
// (passes.go), which stands before all else that a command brings. People who
// must not meet (Appointment.Screens) are to each other as if they were not
// there: no media, no presence, no name, no line, no count. Observers receive.
//
// A State that holds nothing more than the books is Idle and may be forgotten.
// It becomes so within KeepPlace once everybody is gone or refused: what the
// books would refuse is not offered to them.
//
// Waiting people learn the state of the queue, and who of their own people is
// where: View has no other name for them.
//
// # Files
//
// state.go holds the nouns, command.go what may happen, effect.go what follows,
// rights.go who may ask for what; apply.go has the rules of coming and going,
// door.go of letting in and out, order.go of the phases; floor.go, channel.go,
// share.go, chat.go and help.go of the talk, consult.go, rooms.go and confide.go
// of consultations; settle.go what is drawn from the state after each command,
// passes.go what may pass, view.go what each participant may know.
package conference
