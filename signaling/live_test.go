package signaling

import (
	"maps"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
)

func TestAWaitingPersonReceivesOnlyTheQueue(t *testing.T) {
	r := newRig(t)
	host := r.join("host")
	expect[Admitted](host)
	lawyer := r.join("representative")
	expect[Waiting](lawyer)
	waiting := r.join("witness")
	expect(waiting, func(w Waiting) bool { return w.HostPresent && w.Position == 2 && w.Waiting == 2 })
	if _, err := r.store.Delay([]string{r.appointment.ID}, 20*time.Minute, "test"); err != nil {
		t.Fatal(err)
	}
	expect(waiting, func(w Waiting) bool { return w.DelayMinutes == 20 })

	// Everything that could leak: somebody enters, speaks, publishes, leaves;
	// the waiting person asks for what only the admitted may have.
	host.send(Admit{Number: 4})
	expect[Admitted](lawyer)
	lawyer.send(Devices{Microphone: true, Camera: true})
	host.call(1, 4)
	lawyer.call(1, 4)
	expect(host, sits(4))
	r.pause("host", 4, sfu.PauseLink)
	lawyer.send(picture(webpFile(300)))
	expect[Picture](host)
	lawyer.send(Report{PC: 1, Path: "direct", Level: "voice"})
	waiting.send(picture(webpFile(300)))
	waiting.send(Levels{Up: "small"})
	waiting.send(Report{PC: 1, Path: "direct"})
	waiting.send(Offer{PC: 1, Path: "direct", SDP: "v=0\r\n"})
	waiting.send(Prefer{PC: 1})
	waiting.send(Drop{PC: 1})
	waiting.send(Devices{Microphone: true})
	waiting.send(Admit{Number: 5})
	waiting.send(Remove{Number: 1})
	waiting.send(End{})
	expect(waiting, func(w Waiting) bool { return w.Position == 1 && w.Waiting == 1 })
	host.send(Leave{})
	expect(waiting, func(w Waiting) bool { return !w.HostPresent })
	r.followed(waiting)
	waiting.sync()

	allowed := map[string]map[string]bool{
		"waiting": {"type": true, "host_present": true, "position": true, "waiting": true, "delay_minutes": true, "state": true, "company": true, "help": true},
		"error":   {"type": true, "code": true, "re": true},
		"pong":    {"type": true, "n": true, "at": true},
	}
	errors := map[string]int{}
	for _, frame := range waiting.received() {
		m, err := DecodeServer(frame)
		if err != nil {
			t.Fatalf("%s: %v", frame, err)
		}
		if got := fields(t, frame); allowed[m.Type()] == nil || !maps.Equal(got, allowed[m.Type()]) {
			t.Errorf("one who waits received %s", frame)
		}
		for _, secret := range []string{"Name-of", "secret-relay", "v=0", r.appointment.ID} {
			if strings.Contains(string(frame), secret) {
				t.Errorf("one who waits received %s", frame)
			}
		}
		if e, ok := m.(Error); ok {
			errors[e.Code+" "+e.Re]++
		}
	}
	want := map[string]int{"not_admitted still": 1, "not_admitted level": 1, "not_admitted report": 1, "not_admitted offer": 1, "not_admitted prefer": 1, "not_admitted drop": 1, "not_admitted state": 1,
		"not_allowed admit": 1, "not_allowed remove": 1, "not_allowed end": 1}
	if !maps.Equal(errors, want) {
		t.Errorf("errors %v, want %v", errors, want)
	}
	if r.issued[r.people["witness"].ID] != 0 || r.live.Present(r.people["witness"].ID) {
		t.Error("one who waits has a relay or counts as present")
	}
}

func TestLinkedPeopleAreAdmittedAndRemovedAsOne(t *testing.T) {
	r := newRig(t)
	host := r.join("host")
	if a := expect[Admitted](host); a.Number != 1 || !a.Host || a.Seats != (SeatCount{6, 6}) || len(a.PCs) != 0 || a.Relay[0].Credential != "secret-relay" {
		t.Fatalf("%+v", a)
	}
	expect(host, inState("open"), has(2, "expected"))
	party, interpreter := r.join("party"), r.join("interpreter")
	expect[Waiting](party)
	expect[Waiting](interpreter)
	expect(host, has(2, "waiting"), has(3, "waiting"))
	host.send(Admit{Number: 3})
	if a := expect[Admitted](party); a.Host || a.Number != 2 {
		t.Fatalf("%+v", a)
	}
	expect[Admitted](interpreter)
	expect(party, inState("in_session"), has(1, "in_hearing"), has(3, "in_hearing"), hasNot(4))
	r.until("presence", func() bool { return r.live.Present(r.people["party"].ID) && r.live.Live() == 1 })

	a, err := r.store.Appointment(r.appointment.ID)
	if err != nil || a.Started.IsZero() || a.Participants[1].Admitted.IsZero() || a.Participants[2].Admitted.IsZero() || !a.Participants[3].Admitted.IsZero() {
		t.Fatalf("books say %+v %v", a, err)
	}

	host.send(Remove{Number: 2})
	party.expectEnd(4403, "removed")
	interpreter.expectEnd(4403, "removed")
	expect(host, hasNot(2), hasNot(3))
	if r.live.Present(r.people["party"].ID) || r.revoked[r.people["party"].ID] != 1 {
		t.Error("removed, but present or with a relay")
	}
	// The old cookie serves to read why; the old link too, until a new one is issued.
	r.join("party").expectEnd(4403, "removed")
	if _, _, _, err := r.store.Redeem(r.invites["party"]); err == nil {
		t.Error("a removed person redeemed again")
	}
	invite, err := r.store.Reissue(r.people["party"].ID, "test")
	if err != nil {
		t.Fatal(err)
	}
	r.cookies["party"] = r.redeem(invite.Ticket)
	expect[Waiting](r.join("party"))
}

func TestDevicesShowInTheRoster(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.send(Devices{Microphone: true, Camera: true})
	lawyer.send(Devices{Microphone: true})
	shows := func(ro Roster) bool {
		for _, p := range ro.Participants {
			if p.Number == 4 {
				return p.Microphone && !p.Camera && p.Name == "Name-of-representative" && p.Role == "representative"
			}
		}
		return false
	}
	expect(host, shows)
	expect(lawyer, shows)
}

func TestEndClosesForAllAndForGood(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	lawyer.send(End{})
	if e := expect[Error](lawyer); e.Code != "not_allowed" || e.Re != "end" {
		t.Fatalf("%+v", e)
	}
	host.send(End{})
	for _, c := range []*client{host, lawyer, waiting} {
		c.expectEnd(4411, "closed")
	}
	r.until("end in the books", func() bool {
		a, err := r.store.Appointment(r.appointment.ID)
		return err == nil && !a.Closed.IsZero()
	})
	r.join("host").expectEnd(4411, "closed")
	r.until("hearing forgotten", func() bool { s := r.live.Stats(); return s.Hearings == 0 && s.Live == 0 })
}

func TestAHearingIsForgottenAfterItsEndWhoeverWasIn(t *testing.T) {
	for _, role := range []string{"party", "witness"} {
		t.Run(role, func(t *testing.T) {
			r := newRig(t)
			host := r.join("host")
			expect[Admitted](host)
			other := r.join(role)
			expect[Waiting](other)
			host.send(Admit{Number: r.people[role].Number})
			expect[Admitted](other)
			host.send(End{})
			other.expectEnd(4411, "closed")
			r.until("hearing forgotten", func() bool { return r.live.Stats().Hearings == 0 })
		})
	}
}

func TestLeaveIsNoLoss(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.send(Leave{})
	lawyer.expectEnd(1000, "left")
	expect(host, has(4, "gone"))
	expect[Admitted](r.join("representative")) // an ordinary party comes straight back
}

func TestCancellingInTheBooksPutsEverybodyOut(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	if _, err := r.store.Cancel(r.appointment.ID, booking.Why{Code: "host_ill"}, "test"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{host, lawyer, waiting} {
		c.expectEnd(4410, "cancelled")
	}
	if r.live.Present(r.people["host"].ID) || r.live.Present(r.people["representative"].ID) {
		t.Error("present after the appointment was cancelled")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.revoked[r.people["host"].ID] != 1 || r.revoked[r.people["representative"].ID] != 1 {
		t.Errorf("relays revoked: %v", r.revoked)
	}
}

func TestTheGateFollowsTime(t *testing.T) {
	r := newRig(t)
	r.later(-31 * time.Minute)
	if bye := r.dial("representative").expectEnd(4425, "too_early"); !bye.Until.Equal(tenOClock.Add(-30 * time.Minute)) {
		t.Fatalf("%+v", bye)
	}
	r.later(91 * time.Minute) // the scheduled end; a quarter of an hour of grace is left
	host, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	r.pass(16*time.Minute, host, lawyer, waiting)
	waiting.expectEnd(4424, "too_late") // newcomers' time is over
	host.sync()                         // the hearing is not
	lawyer.sync()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	expect[Admitted](r.join("representative"))
	r.dial("witness").expectEnd(4424, "too_late")
}

// TestAClockThatIsPutBackEndsNoHearing: who is in a hearing that was started stays, and may come back, however early it is
// by the clock. Others are told that it is early.
func TestAClockThatIsPutBackEndsNoHearing(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	r.later(-time.Hour)
	waiting.expectEnd(4425, "too_early")
	host.sync()
	lawyer.sync()
	expect[Admitted](r.join("representative"))
	r.dial("witness").expectEnd(4425, "too_early")
}

func TestAfterACrashTheAdmittedReturnStraightIn(t *testing.T) {
	r := newRig(t)
	r.hearing()
	party := r.join("party")
	expect[Waiting](party)
	r.close()
	r.later(2 * time.Hour) // overtime
	r.open()
	lawyer := r.join("representative")
	expect[Admitted](lawyer)
	expect(lawyer, inState("suspended"))
	host := r.join("host")
	expect[Admitted](host)
	expect(lawyer, inState("in_session"))
	r.join("party").expectEnd(4424, "too_late")
}

func TestTheLastHostDropsAndComesBack(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	host.conn.Close()
	expect(lawyer, inState("suspended"), has(1, "reconnecting"))
	expect[Admitted](r.join("host"))
	expect(lawyer, inState("in_session"), has(1, "in_hearing"))
}

func TestALostPlaceIsKeptForTwoMinutes(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	id := r.people["representative"].ID
	if !r.live.Present(id) {
		t.Error("a lost socket cost the presence")
	}
	r.pass(2*time.Minute, host)
	expect(host, has(4, "gone"))
	if r.live.Present(id) {
		t.Error("present after two minutes")
	}
}

func TestTheJournalTellsWhoCameAndWent(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	lawyer.send(Leave{})
	lawyer.expectEnd(1000, "left")
	kinds := func() map[string]int {
		out := map[string]int{}
		err := r.store.Journal(func(e booking.Entry) error {
			if e.Participant == r.people["representative"].ID {
				out[e.Kind]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	r.until("journal entries", func() bool {
		k := kinds()
		return k["waiting"] == 1 && k["admitted"] == 1 && k["connected"] == 1 && k["left"] == 1
	})
}

// The docket asks from outside who waits and who is in; it sees every change and never waits for the hearing.
func TestPresenceFollowsTheHearing(t *testing.T) {
	r := newRig(t)
	if got := r.live.Presence(r.appointment.ID); len(got) != 0 {
		t.Errorf("before anybody came: %v", got)
	}
	shows := func(what string, want map[string]string) {
		t.Helper()
		byID := map[string]string{}
		for role, place := range want {
			byID[r.people[role].ID] = place
		}
		r.until(what, func() bool { return maps.Equal(r.live.Presence(r.appointment.ID), byID) })
	}
	host := r.join("host")
	expect[Admitted](host)
	lawyer := r.join("representative")
	expect[Waiting](lawyer)
	expect[Waiting](r.join("witness")) // stays, and with it the hearing
	shows("one in, one waiting", map[string]string{"host": "in_hearing", "representative": "waiting", "witness": "waiting"})
	host.send(Admit{Number: 4})
	expect[Admitted](lawyer)
	shows("both in", map[string]string{"host": "in_hearing", "representative": "in_hearing", "witness": "waiting"})
	lawyer.conn.Close()
	shows("a lost socket", map[string]string{"host": "in_hearing", "representative": "reconnecting", "witness": "waiting"})
	host.send(Remove{Number: 4})
	shows("a removal", map[string]string{"host": "in_hearing", "witness": "waiting"})
	before := r.live.Presence(r.appointment.ID)
	host.send(Leave{})
	shows("the host left", map[string]string{"host": "gone", "witness": "waiting"})
	if before[r.people["host"].ID] != "in_hearing" {
		t.Error("an answer changed after it was given")
	}
	if got := r.live.Presence("another"); got != nil {
		t.Errorf("of an appointment without a hearing: %v", got)
	}
}

// A delay that the staff announces for a list reaches who waits at once, and so does its end.
func TestADelayReachesThoseWhoWait(t *testing.T) {
	r := newRig(t)
	waiting := r.join("party")
	expect(waiting, func(w Waiting) bool { return w.DelayMinutes == 0 })
	for _, late := range []time.Duration{25 * time.Minute, 0} {
		told, err := r.store.Delay([]string{r.appointment.ID}, late, "test")
		if err != nil || len(told) != 1 {
			t.Fatalf("told %d, %v", len(told), err)
		}
		expect(waiting, func(w Waiting) bool { return w.DelayMinutes == int(late/time.Minute) })
	}
}
