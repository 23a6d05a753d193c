package conference

import "testing"

// Order and door, told as stories. The judge and the lawyer are in, unless the
// story says how they came in.
var orderStories = map[string]string{
	"a countdown ends with the ordinary parties inside and the witness waiting": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		witness joins           > waiting lawyer 1/2 host; waiting witness 2/2 host | open
		citizen joins           > waiting citizen 1/3 host; waiting lawyer 2/3 host; waiting witness 3/3 host | open
		judge starts            > waiting citizen 1/3 host; waiting lawyer 2/3 host; waiting witness 3/3 host | countdown
		judge starts            > error judge wrong_state | countdown
		9s passes               > - | countdown
		1s passes               > write start; write admit citizen+interpreter+lawyer; waiting witness 1/1 host; admitted citizen; admitted lawyer | in_session`,

	"a witness let in during the countdown waits at its end": `
		judge joins             > write admit judge; admitted judge | open
		judge starts            > - | countdown
		witness joins           > waiting witness 1/1 host | countdown
		judge admits witness    > write admit witness+voice; admitted witness | countdown
		10s passes              > write start; media off witness; write dismiss witness; write dismiss voice; waiting witness 1/1 host | in_session`,

	"the end of a countdown lets in nobody who was sent out": `
		judge joins             > write admit judge; admitted judge | open
		judge starts            > - | countdown
		lawyer joins            > waiting lawyer 1/1 host | countdown
		citizen joins           > waiting citizen 1/2 host; waiting lawyer 2/2 host | countdown
		judge admits citizen    > write admit citizen+interpreter; waiting lawyer 1/1 host; admitted citizen; waiting lawyer 1/1 host | countdown
		judge dismisses citizen > media off citizen; write dismiss citizen; write dismiss interpreter; waiting citizen 1/2 host; waiting lawyer 2/2 host | countdown
		10s passes              > write start; write admit lawyer; waiting citizen 1/1 host; admitted lawyer; waiting citizen 1/1 host | in_session
		judge admits citizen    > write admit citizen+interpreter; admitted citizen | in_session`,

	"a lock outlasts the countdown": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge locks             > write locked | open
		judge starts            > waiting lawyer 1/1 host | countdown
		10s passes              > write start; waiting lawyer 1/1 host | in_session
		judge admits lawyer     > write admit lawyer; admitted lawyer | in_session`,

	"a countdown without a host at its end has not been": `
		judge joins             > write admit judge; admitted judge | open
		judge starts            > - | countdown
		judge drops             > - | countdown
		10s passes              > - | open
		judge joins             > admitted judge | open
		judge starts            > - | countdown
		judge ends              > media off judge; bye judge closed; write end | closed`,

	"a pause is in force at once, its end once written": `
		session
		lawyer pauses           > error lawyer not_allowed | in_session
		judge pauses            > write paused | paused
		judge pauses            > error judge wrong_state | paused
		disk fills              > - | paused
		judge resumes           > write resumed; error judge failed | paused
		disk heals              > - | paused
		judge resumes           > write resumed | in_session
		judge resumes           > error judge wrong_state | in_session`,

	"a suspension that cannot be written is in force, and offered again": `
		session
		disk fills              > - | in_session
		judge suspends          > write suspended | suspended
		judge suspends          > error judge wrong_state | suspended
		disk heals              > - | suspended
		4s passes               > - | suspended
		1s passes               > write suspended | suspended
		5s passes               > - | suspended
		server crashes          > - | suspended
		judge joins             > admitted judge | suspended
		judge resumes           > write resumed | in_session`,

	"an order that was never written ends by a written resumption": `
		session
		disk fills              > - | in_session
		judge pauses            > write paused | paused
		disk heals              > - | paused
		judge resumes           > write resumed | in_session
		5s passes               > - | in_session`,

	"two hosts act on one truth": `
		session
		colleague joins         > write admit colleague; admitted colleague | in_session
		judge pauses            > write paused | paused
		colleague pauses        > error colleague wrong_state | paused
		colleague suspends      > write suspended | suspended
		judge resumes           > write resumed | in_session
		colleague resumes       > error colleague wrong_state | in_session`,

	"the bench deliberates alone, also after a crash": `
		session
		witness joins           > waiting witness 1/1 host | in_session
		judge admits witness    > write admit witness+voice; admitted witness | in_session
		judge deliberates       > media off lawyer; media off witness; write deliberation; write dismiss witness; write dismiss voice; waiting lawyer 1/2 host; waiting witness 2/2 host | deliberation
		judge admits lawyer     > error judge wrong_state | deliberation
		judge admits-all        > error judge wrong_state | deliberation
		lawyer drops            > waiting witness 1/1 host | deliberation
		lawyer joins            > waiting lawyer 1/2 host; waiting witness 2/2 host | deliberation
		citizen joins           > waiting citizen 1/3 host; waiting lawyer 2/3 host; waiting witness 3/3 host | deliberation
		server crashes          > - | deliberation
		lawyer joins            > waiting lawyer 1/1 no host | deliberation
		witness joins           > waiting lawyer 1/2 no host; waiting witness 2/2 no host | deliberation
		judge joins             > admitted judge; waiting lawyer 1/2 host; waiting witness 2/2 host | deliberation
		judge resumes           > write resumed; admitted lawyer; waiting witness 1/1 host | in_session`,

	"a witness in a deliberation that was not written is not brought back by a crash": `
		session
		witness joins           > waiting witness 1/1 host | in_session
		judge admits witness    > write admit witness+voice; admitted witness | in_session
		judge deliberates       > media off lawyer; media off witness; write deliberation; write dismiss witness; write dismiss voice; waiting lawyer 1/2 host; waiting witness 2/2 host | deliberation
		books admit witness     > - | deliberation
		server crashes          > - | deliberation
		witness joins           > waiting witness 1/1 no host | deliberation
		judge joins             > admitted judge; waiting witness 1/1 host | deliberation
		judge resumes           > write resumed; waiting witness 1/1 host | in_session`,

	"the next case closes or pauses this one": `
		session
		judge pauses-for-next   > next judge; write paused | paused
		judge pauses-for-next   > next judge | paused
		judge closes-for-next   > next judge; media off judge; bye judge closed; media off lawyer; bye lawyer closed; write end | closed`,

	"time is given once it is written": `
		judge joins             > write admit judge; admitted judge | open
		judge extends           > error judge wrong_state | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		judge extends           > write extend 15m0s | in_session
		disk fills              > - | in_session
		judge extends           > write extend 15m0s; error judge failed | in_session
		lawyer extends          > error lawyer not_allowed | in_session`,

	"all are admitted but those who need it each time": `
		judge joins             > write admit judge; admitted judge | open
		judge admits-all        > error judge wrong_state | open
		witness joins           > waiting witness 1/1 host | open
		lawyer joins            > waiting lawyer 1/2 host; waiting witness 2/2 host | open
		interpreter joins       > waiting interpreter 1/3 host; waiting lawyer 2/3 host; waiting witness 3/3 host | open
		judge admits-all        > write admit citizen+interpreter+lawyer; waiting witness 1/1 host; admitted interpreter; admitted lawyer; write start; waiting witness 1/1 host | in_session
		citizen joins           > admitted citizen | in_session
		judge admits-all        > error judge wrong_state | in_session`,

	"who is dismissed waits, with whoever is linked, until recalled": `
		session
		judge admits citizen    > write admit citizen+interpreter | in_session
		citizen joins           > admitted citizen | in_session
		interpreter joins       > admitted interpreter | in_session
		judge dismisses citizen > media off citizen; media off interpreter; write dismiss citizen; write dismiss interpreter; waiting citizen 1/2 host; waiting interpreter 2/2 host | in_session
		judge dismisses citizen > error judge wrong_state | in_session
		citizen drops           > waiting interpreter 1/1 host | in_session
		citizen joins           > waiting citizen 1/2 host; waiting interpreter 2/2 host | in_session
		judge admits interpreter > write admit citizen+interpreter; admitted citizen; admitted interpreter | in_session
		judge dismisses judge   > error judge unknown_participant | in_session
		judge dismisses colleague > error judge not_allowed | in_session
		judge dismisses nobody  > error judge unknown_participant | in_session`,

	"a dismissal is in force before it is written": `
		session
		disk fills              > - | in_session
		judge dismisses lawyer  > media off lawyer; write dismiss lawyer; waiting lawyer 1/1 host | in_session
		books remove voice      > - | in_session
		lawyer drops            > - | in_session
		lawyer joins            > waiting lawyer 1/1 host | in_session
		disk heals              > - | in_session
		5s passes               > write dismiss lawyer | in_session`,

	"a locked door opens to a host's admission alone": `
		session
		judge admits citizen    > write admit citizen+interpreter | in_session
		citizen joins           > admitted citizen | in_session
		judge locks             > write locked; write dismiss interpreter | in_session
		judge locks             > error judge wrong_state | in_session
		interpreter joins       > waiting interpreter 1/1 host | in_session
		lawyer drops            > - | in_session
		lawyer joins            > admitted lawyer | in_session
		lawyer leaves           > media off lawyer; bye lawyer left; write dismiss lawyer | in_session
		lawyer joins            > waiting interpreter 1/2 host; waiting lawyer 2/2 host | in_session
		judge leaves            > media off judge; bye judge left; waiting interpreter 1/2 no host; waiting lawyer 2/2 no host | suspended
		judge joins             > admitted judge; waiting interpreter 1/2 host; waiting lawyer 2/2 host | in_session
		judge admits lawyer     > write admit lawyer; waiting interpreter 1/1 host; admitted lawyer | in_session
		disk fills              > - | in_session
		judge unlocks           > write unlocked; error judge failed | in_session
		disk heals              > - | in_session
		judge unlocks           > write unlocked | in_session
		lawyer leaves           > media off lawyer; bye lawyer left | in_session
		lawyer joins            > admitted lawyer | in_session`,

	"who left a locked hearing stays out when the lock ends": `
		session
		judge locks             > write locked | in_session
		disk fills              > - | in_session
		lawyer leaves           > media off lawyer; bye lawyer left; write dismiss lawyer | in_session
		disk heals              > - | in_session
		judge unlocks           > write unlocked | in_session
		lawyer joins            > waiting lawyer 1/1 host | in_session
		5s passes               > write dismiss lawyer | in_session`,

	"a room is cleared of all but the bench": `
		session
		judge clears            > media off lawyer; write dismiss lawyer; waiting lawyer 1/1 host | in_session
		judge clears            > error judge wrong_state | in_session
		judge notifies          > notice lawyer | in_session
		lawyer notifies         > error lawyer not_allowed | in_session`,
}

// session stands for the acts by which most stories begin.
const session = `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session`

func TestOrderAndDoor(t *testing.T) { tell(t, orderStories) }
