// Package booking is the gate and the books: who is expected at which hearing, when they may enter, and a journal
// of what was decided. It knows nothing of sockets and media and imports no other package of this program.
//
// # Concepts
//
// An [Appointment] is one booked hearing with its [Participant] list. Each participant holds a ticket, the random
// part of their personal link, and redeems it into sessions, the random content of a cookie. Both are stored as
// SHA-256 only; a participant's id is public and grants nothing.
//
// [Admission] is the gate. It is a pure function of an appointment, a participant, a purpose and a time, and every
// door asks it: page, redemption, socket, reconnect, relay. It also says until when its answer holds, so that
// whoever keeps people inside knows when to ask again. Nothing stores "active".
//
// A time is agreed as wall clock and place, [Civil]; the instant follows from the rules of the tz database embedded
// here (zoneinfo/zoneinfo.zip, refreshed by zoneinfo/update.sh) and never from those of the system. Offsets alone
// are used; which of two is called summer time is of no meaning, Morocco's being the proof.
//
// An [Account] is a member of the staff of one institution, or the operator. Whether it may do something there is
// [May], a pure table of roles and verbs (permission.go); pages ask it, the methods of the Store do not. A desk (desk.go)
// is what an account signs in to: a session of twelve hours at most, stored as SHA-256 too. Only [Store.Login] and
// password.go know of passwords; passkeys or a single sign-on would be another way to open a desk, beside Login.
//
// # The calendar
//
// An [Institution] offers a [Service] at a [Counter], whose [Opening] list is civil time. From each opening a row of
// slots follows, one duration after the other on the clock; a [Closure] takes some away. Nothing of this is stored: plan.go
// computes the starts of a date from hours and closures alone, calendar.go takes away what is outside of notice and
// horizon and what the bucket occupied says is taken, by an appointment or by a [Hold] that has not lapsed. The pages
// ([Store.Free]) and every claim (tx.offered, inside its write transaction) ask the same.
//
// A change of hours, closures or zone rules touches appointments to come. It is first asked what it would touch, an
// [Impact] (impact.go, rezone.go), then made together with their [Treatment] in one transaction (treat.go); the digest
// of the impact makes sure that what is treated is what somebody looked at. The zone of an institution does not change
// while appointments are to come.
//
// # From a slot to an appointment
//
// A page makes a random key and claims a slot with it, a [Hold] (hold.go) that belongs to the browser's cookie; what is
// typed is kept in it (application.go). [Store.Request] spends it (request.go): the key answers with the same appointment
// for a day, so that going back, reloading and a second tab book nothing twice. How many slots a browser and a network
// have at a time is bounded, requests that nobody has proven included; how many proofs an address is sent per hour is, too.
//
// A requested appointment is proven by the link or the code that was mailed (proof.go, code.go), and confirmed then or,
// if the service asks for it, once the staff accepts; accepting stands in for a proof (docket.go). Without mail there is
// no proof: the staff accepts, and the citizen has the link from the page.
//
//	held -> requested -> (proven) -> confirmed -> started, closed: see Admission
//	  |        |-> rejected, by the staff      |-> cancelled, by who booked until the cut-off, or by the staff
//	  |        |-> expired, never decided      |-> moved, when adjourned before it began: Next took its place
//	  lapsed   '-> cancelled                   '-> missed, and who booked may move it for two weeks: missed.go
//
// Who booked moves, cancels and brings people by the link alone (manage.go), or finds it again by reference and mailed
// code. The staff moves and adjourns (move.go), has people come and go, together or apart (people.go), and makes hearings
// directly from a [Draft] (draft.go), warned of what speaks against the place (concern.go). Each decision tells people in its
// own transaction (notify.go). Whom a citizen brought they may take off again; Brought in [Participant] marks them.
//
// Before the day anybody invited may rehearse ([Store.RedeemRehearsal]): the gate is asked for another purpose, and what their browser
// found is kept with them ([Store.Rehearse], rehearsal.go) until they are erased. It informs; nothing is decided by it.
//
// While a hearing is held, what its hosts order ([Store.Sit]) is kept with it as its [Sitting] (sitting.go), so that a crash
// lets nobody hear or enter what they must not; more time for one ([Store.Extend]) delays the later ones of its day that
// need the same counter or host, and [Store.NextOf] is which of them a host calls next. A [Task] (task.go) is what the desk
// has to do for somebody on the day.
//
// On the day the staff reads a docket and notes what happens: [Store.Docket], [Store.NoShow] and [Store.Delay] are in docket.go.
// Three words for who was not there: a no-show is one person, noted by the staff (Participant.NoShow); absent is an appointment whose
// parties are all no-shows, on pages only; missed is the institution itself, found by the sweep (missed.go). Who was there, and
// how long, is read from the journal alone: [Store.Attendance] (attendance.go). status.go says where an appointment stands for
// somebody outside, [Admission] what that means at the door.
//
// What time alone makes due is done by [Store.Sweep] (sweep.go) and written down: nothing depends on its punctuality, for a lapsed
// hold takes nothing whether or not it was swept. It also erases people whose time of keeping is over (erase.go).
//
// # The path of a decision
//
// A caller asks the [Store], for instance [Store.Admit]: decisions.go opens a write transaction (store.go), reads
// the appointment (tx.go), asks the gate (admission.go), changes the value, logs an entry; the transaction writes
// the next version, appends to the journal and signs it (journal.go), and is committed and synced by bbolt with its
// default options. Then, and only then, watchers hear of it (watch.go) and the caller has the answer.
//
// A link goes: [Store.Lookup] for the page, [Store.Redeem] for its button (ticket.go, session.go), [Store.Session]
// for each request and socket that brings the cookie.
//
// # Invariants
//
//   - Check and write are one transaction. A grant is on disk before anybody acts on it.
//   - A write without a journal entry is rolled back; a repeated command changes nothing and writes nothing.
//   - Sessions open nothing: the gate does. A cancelled, removed or late person keeps theirs and reads the reason with
//     it. A reissue ends the sessions of the old link in its own transaction; who holds one open sees it in the next
//     version, where the participant's Issue is greater than the session's.
//   - Making room for a new session and old age end only sessions that are not in use ([Store.Keep]) or that no cookie
//     carries any more. The sweep deletes those that are older than any hearing can be entered.
//   - No staff session outlives the role or password that it was made for. Disabling an account ends its sessions and
//     removes it from every hearing that is not over, in one transaction; nothing gives it a seat while it is disabled.
//   - No counter is taken twice at a time, by appointments that are live and not closed and by holds that have not lapsed,
//     but by the time that a running hearing was given beyond its own; those it reaches into are delayed in the same transaction.
//     The bucket occupied is derived from both; a stale key of a lapsed hold takes nothing, and whoever takes its slot
//     takes the key over, which the lapsed one then leaves alone (tx.rewrite).
//   - Nobody has two live appointments with a service, proven or confirmed, whose time is not over, unless the institution
//     missed one; nor does a move or an adjournment make it two.
//   - A wrong code costs a try in a transaction that is committed; an unknown reference costs the same work.
//   - Refused people are not admitted, whatever the host asks. Cancelled, moved and closed are final.
//   - Watchers see the writes in the order of the journal, one at a time.
//   - No name, free text, ticket or cookie is in the journal or in the log.
//
// # Who owns what
//
// The bbolt file owns all state; a Store holds nothing but the list of watchers and news not yet told (feed.mu),
// which sessions are in use (kept.mu), and whether messages were queued (posted).
// The package starts no goroutine and never reads the clock: time comes from Options.Now and from arguments.
//
// # Smaller files
//
// record.go versions what is set up (institution.go, service.go, counter.go, closure.go, account.go); civil.go and zone.go are time;
// field.go checks one field, fault.go and errors.go say what is wrong; index.go derives every key from an appointment
// (appointment.go, participant.go); history.go reads the journal of one subject.
//
// # Buckets
//
//	appointment   appointment id                           Appointment as JSON
//	reference     reference                                appointment id
//	holder        participant id                           appointment id and SHA-256 of the valid ticket, JSON
//	ticket        SHA-256 of ticket                        participant id
//	account       account id                               Account as JSON, with the password as argon2id
//	login         e-mail address, lower case               account id
//	desk          SHA-256 of secret                        account id and when it was opened, JSON
//	session       participant id "/" SHA-256 of secret     number of the journal entry that made it, Unix seconds
//	institution, service, counter, closure: id             the record as JSON
//	occupied      counter id "/" moment of the start       end, until when if a hold, and who: see occupancy.go
//	docket        institution id or "", "/" moment of the start, appointment id
//	awaiting      the same, of requests that the staff must decide
//	assigned      account id "/" moment of the start, appointment id
//	task          task id                                  Task as JSON
//	tasked        institution "/" appointment "/" participant id "/" kind: id of the task, one of a kind for everybody
//	person        service id "/" SHA-256 of the address "/" id of a live appointment, proven or confirmed
//	erasable, expiring, missable: moment, appointment id   when to erase it; when the request expires; when its entry is over
//	hold          key                                      Hold as JSON
//	lapsing       moment, key                              when the sweep has something to do with the hold
//	share         browser or network "/" moment, key       until when a hold counts against their bounds; id of what it became
//	code          purpose "/" id or SHA-256 of an address  the code that is good, as SHA-256, and when codes were made, JSON
//	message       appointment id "/" id of its own         Message as JSON
//	due           moment and message key, while queued
//	trouble       inverted moment and message key, once given up
//	journal       number                                   Entry as JSON, the bytes that are hashed
//	hash          number                                   32 bytes of the tree
//	meta          format | key | checkpoint                "2" | signing key | signed note
//
// Numbers are 8 bytes, big endian; a moment is the number of Unix seconds.
//
// # Messages
//
// A decision that somebody must hear of queues a [Message] in its own transaction (message.go), so that there is never
// one without the other. It holds no text: whoever carries messages is woken by [Store.Posted], takes those that are
// [Store.Due], composes each from the appointment as it is then, and notes what became of it; the note is the receipt.
// A message is noted after it was carried: a crash in between sends it twice rather than never.
//
// # Journal
//
// The journal is a transparency log: entry n is leaf n-1 of the Merkle tree of RFC 6962, its hashes stored in the
// dense order of golang.org/x/mod/sumdb/tlog. After each transaction the store signs size and root as a checkpoint
// (C2SP tlog-checkpoint in a signed note, Ed25519, RFC 8032) with a key made with the file and kept in it.
// [Store.Verify] recomputes everything from the entries (checkpoint.go: also against a checkpoint of another day,
// and of a file that no server has open). history/<subject>/<number> finds the entries of an appointment, account or other
// subject, and remark/<number> holds the words to an entry, which can be erased ([Store.History]). A journal that disagrees with its checkpoint takes
// no further entry, and so the store no further decision.
//
// What this proves: an entry that was altered, removed, swapped or added without the key is found and named. Who
// holds the file holds the key, so a whole history made anew, or an older copy of the file put back, shows only
// against a checkpoint that was kept elsewhere ([Store.Checkpoint], [Store.Verify]).
package booking
