package signaling

import (
	"testing"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// reissue gives a role a new link and leaves the cookie of the old one.
func (r *rig) reissue(role string) (ticket string) {
	r.t.Helper()
	invite, err := r.store.Reissue(r.people[role].ID, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return invite.Ticket
}

func TestANewLinkEndsTheOldSession(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	r.reissue("witness")
	waiting.expectEnd(4401, "unknown_link")
	expect(host, has(5, "gone"))
	ticket := r.reissue("representative")
	lawyer.expectEnd(4401, "unknown_link")
	r.join("representative").expectEnd(4401, "unknown_link")
	r.cookies["representative"] = r.redeem(ticket)
	lawyer = r.join("representative")
	expect[Admitted](lawyer) // the admission is in the books as before
	lawyer.sync()
}

func TestANewLinkEndsThePlaceOfALostSocket(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	r.reissue("representative")
	expect(host, has(4, "gone"))
	if r.live.Present(r.people["representative"].ID) {
		t.Error("present after the session was revoked")
	}
}

// The newer version that a write of the hearing brings back hides the one that
// the new link made.
func TestANewLinkBesideAWriteEndsTheOldSession(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	witness := r.join("witness")
	expect[Waiting](witness)
	h := r.sessionOf(r.people["host"].ID).hearing
	h.post(r.people["host"].ID, func() {
		if _, err := r.store.Reissue(r.people["representative"].ID, "test"); err != nil {
			t.Error(err)
		}
		h.do(conference.Admit{By: r.people["host"].ID, Number: 5})
	})
	expect[Admitted](witness)
	lawyer.expectEnd(4401, "unknown_link")
}

func TestANewLinkTakesBackARemovalAtOnce(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	host.send(Remove{Number: 4})
	lawyer.expectEnd(4403, "removed")
	expect(host, hasNot(4))
	r.until("removal in the books", func() bool {
		a, err := r.store.Appointment(r.appointment.ID)
		return err == nil && !a.Participants[3].Removed.IsZero()
	})
	ticket := r.reissue("representative")
	expect(host, has(4, "gone"))
	r.cookies["representative"] = r.redeem(ticket)
	expect[Waiting](r.join("representative"))
	expect(host, has(4, "waiting"))
}

func TestRedeemingAgainAndAgainEndsNoLiveSession(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	flood := func() {
		for range 20 {
			r.redeem(r.invites["representative"])
		}
	}
	flood()
	if _, _, err := r.store.Add(r.appointment.ID, []booking.Participant{{Role: booking.RoleObserver, Name: "Salma"}}, "test"); err != nil {
		t.Fatal(err)
	}
	host.sync()
	lawyer.sync()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	flood()
	lawyer = r.join("representative") // with the cookie of the first redemption
	expect[Admitted](lawyer)

	lawyer.send(Leave{})
	host.send(Leave{})
	r.until("nothing held", func() bool { s := r.live.Stats(); return s.Hearings == 0 && s.Sessions == 0 })
	flood()
	r.join("representative").expectEnd(4401, "unknown_link")
}
