package signaling

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/booking"
	"jalsa/sfu"
)

func sits(number uint32) func(Seats) bool {
	return func(s Seats) bool {
		return slices.ContainsFunc(s.Seats, func(seat Seat) bool { return seat.Number == number })
	}
}

func TestTwoPeopleHearEachOther(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	expect(host, sits(4), func(s Seats) bool { return s.PC == 1 })
	expect(lawyer, sits(1))
	a.hears()
	b.hears()
	host.send(Prefer{PC: 1, Seats: []SeatPreference{{Seat: 0, Height: 180}}})
	host.sync()

	// The answer comes before any seat of its PC.
	for _, frame := range host.received() {
		m, _ := DecodeServer(frame)
		if _, ok := m.(Seats); ok {
			t.Error("seats before the answer")
		}
		if _, ok := m.(Answer); ok {
			break
		}
	}
}

func TestMediaOutlivesTheSocket(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	b.hears()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	a.hears() // the lost one is still heard
	b.hears() // and still hears
	again := r.join("representative")
	if m := expect[Admitted](again); !slices.Equal(m.PCs, []int{1}) || m.Relay[0].Username != "u1" {
		t.Fatalf("%+v", m)
	}
	expect(again, sits(1)) // what the old socket was told is told again
	b.client = again
	again.send(Offer{PC: 2, Path: "relay", SDP: "broken"})
	if e := expect[Error](again); e.Code != "bad_sdp" {
		t.Fatalf("%+v", e)
	}
	b.hears()
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := r.people["representative"].ID; r.issued[id] != 1 || r.revoked[id] != 0 {
		t.Errorf("relay issued %d times, revoked %d times", r.issued[id], r.revoked[id])
	}
}

func TestTwoPCsRaceAndOneIsDropped(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, first := host.call(1, 4), lawyer.call(1, 4)
	second := lawyer.call(2, 4)
	third := lawyer.prepare(3, 1)
	offer, err := third.pc.CreateOffer(nil)
	must(t, err)
	lawyer.send(Offer{PC: 3, Path: "direct", SDP: offer.SDP})
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.send(Drop{PC: 1})
	r.until("first PC closed", func() bool {
		return first.pc.ConnectionState() == webrtc.PeerConnectionStateClosed || first.pc.ConnectionState() == webrtc.PeerConnectionStateDisconnected
	})
	second.hears()
	a.hears()
	lawyer.send(Offer{PC: 1, Path: "direct", SDP: offer.SDP}) // what was dropped stays dropped
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	if m := expect[Admitted](r.join("representative")); !slices.Equal(m.PCs, []int{2}) {
		t.Fatalf("%+v", m)
	}
}

// TestBeginningsAreBounded: who begins PeerConnections without end is answered rate, and can begin another later.
func TestBeginningsAreBounded(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	pc := 2
	for code := errBadSDP; code != errRate; pc++ {
		if pc > 2*beginBurst {
			t.Fatalf("%d have begun", pc)
		}
		lawyer.send(Offer{PC: pc, Path: "direct", SDP: "broken"})
		code = expect(lawyer, func(e Error) bool { return e.Re == "offer" }).Code
	}
	a.hears()
	b.hears()
	r.later(time.Second)
	lawyer.send(Offer{PC: pc, Path: "direct", SDP: "broken"})
	expect(lawyer, func(e Error) bool { return e.Code == errBadSDP })
}

func TestAnotherDeviceAsksBeforeItReplaces(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	b.hears()
	r.joinFrom("representative", "telephone", false).expectEnd(4409, "already_connected")
	b.hears()
	phone := r.joinFrom("representative", "telephone", true)
	lawyer.expectEnd(4413, "replaced")
	if m := expect[Admitted](phone); len(m.PCs) != 0 || m.Relay[0].Username != "u2" {
		t.Fatalf("%+v", m)
	}
	b.deaf()
	c := phone.call(1, 4)
	c.hears()
	a.hears()

	// The same tab again: no question, no goodbye, media untouched.
	again := r.joinFrom("representative", "telephone", false)
	phone.expectEnd(4413, "")
	if m := expect[Admitted](again); !slices.Equal(m.PCs, []int{1}) {
		t.Fatalf("%+v", m)
	}
	c.hears()
	if !r.live.Present(r.people["representative"].ID) {
		t.Error("not present")
	}
}

func TestRemovedPeopleHearNothingMore(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
	host.send(Remove{Number: 4})
	lawyer.expectEnd(4403, "removed")
	a.deaf()
	b.deaf()
	host.sync()
	r.until("peer gone", func() bool { return r.sfu.Stats().Peers == 1 })
}

func TestCancellingStopsAllMedia(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
	if _, err := r.store.Cancel(r.appointment.ID, booking.Why{Code: "host_ill"}, "test"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	r.until("no peers", func() bool { return r.sfu.Stats().Peers == 0 })
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
	a.deaf()
	b.deaf()
}

func TestAPeerThatFailsIsClosedAndItsPersonStays(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	b := lawyer.call(1, 4)
	m := r.sessionOf(r.people["representative"].ID).media.Load()
	m.mu.Lock()
	transport := m.transports[0]
	m.mu.Unlock()
	m.state(transport, sfu.StateFailed)
	r.until("peer gone", func() bool { return r.sfu.Stats().Peers == 0 })
	lawyer.sync()
	b.offerAgain()
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.call(2, 4)
}

// offerAgain sends the local description once more.
func (a *caller) offerAgain() {
	a.r.t.Helper()
	a.send(Offer{PC: a.id, Path: "direct", SDP: a.pc.LocalDescription().SDP})
}

func TestACrashLeavesNobodyOutside(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	host.call(1, 4)
	lawyer.call(1, 4)
	r.close()
	r.open()
	host, lawyer = r.join("host"), r.join("representative")
	if m := expect[Admitted](lawyer); len(m.PCs) != 0 {
		t.Fatalf("%+v", m)
	}
	expect[Admitted](host)
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
}

func TestDrainLetsOnlyTheAdmittedBackIn(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	r.live.Drain()
	r.dial("party").expectEnd(1012, "restart")
	lawyer.conn.Close()
	lawyer = r.join("representative")
	expect[Admitted](lawyer)
	waiting.sync()
	if r.live.Live() != 1 {
		t.Errorf("%d live", r.live.Live())
	}
	if err := r.live.Close(); err != nil {
		t.Fatal(err)
	}
	lawyer.expectEnd(1012, "restart")
	waiting.expectEnd(1012, "restart")
	if s := r.live.Stats(); s.Sessions != 0 || r.live.Present(r.people["host"].ID) {
		t.Errorf("%+v", s)
	}
	if _, response, err := r.tryDial("host", map[string][]string{"Origin": {origin}}); err == nil {
		t.Errorf("a closed server answered %v", response)
	}
}
