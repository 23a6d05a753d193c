package signaling

import (
	"slices"
	"strings"
	"testing"

	"jalsa/sfu"
)

// mediaOf is a participant's media and its first transport.
func (r *rig) mediaOf(role string) (*media, *transport) {
	r.t.Helper()
	m := r.sessionOf(r.people[role].ID).media.Load()
	return m, m.live()[0]
}

func TestWhatToSendIsToldAndToldAgain(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	b := lawyer.call(1, 4)
	m, transport := r.mediaOf("representative")
	m.want(transport, sfu.Wanted{Layers: []string{"l", "h"}, Voice: 24_000})
	expect(lawyer, func(s Send) bool { return s.PC == 1 && len(s.Layers) == 2 })
	m.want(transport, sfu.Wanted{Voice: 16_000, Still: true})
	thin := func(s Send) bool {
		return s.PC == 1 && s.Layers != nil && len(s.Layers) == 0 && s.Voice == 16_000 && s.Still
	}
	expect(lawyer, thin)
	m.seats(transport, []sfu.Seat{{Seat: 0, Number: 1, Paused: sfu.PauseLink}, {Seat: 1}})
	paused := func(s Seats) bool { return slices.Equal(s.Seats, []Seat{{Seat: 0, Number: 1, Paused: "link"}}) }
	expect(lawyer, paused)
	m.reoffer(transport)
	expect(lawyer, func(re Reoffer) bool { return re.PC == 1 })

	// Whoever comes back hears all of it once more, also what is still asked for.
	lawyer.conn.Close()
	again := r.join("representative")
	expect[Admitted](again)
	expect(again, paused)
	expect(again, thin)
	expect[Reoffer](again)

	// An offer is what was asked for: the next socket is not asked.
	b.client = again
	b.offerAgain()
	expect[Answer](again)
	again.conn.Close()
	last := r.join("representative")
	expect[Admitted](last)
	expect(last, thin)
	last.sync()
	for _, frame := range last.received() {
		if m, _ := DecodeServer(frame); m == (Reoffer{PC: 1}) {
			t.Error("asked once more for an offer that was answered")
		}
	}
}

// What the answer says of the voice follows the ladder, one offer for each change.
func TestAThinLadderIsAskedForAnotherOffer(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	b := lawyer.call(1, 2)
	lawyer.send(Levels{Up: "voice"})
	expect[Reoffer](lawyer)
	b.offerAt("voice")
	if sdp := b.pc.RemoteDescription().SDP; !strings.Contains(sdp, "a=ptime:60\r\n") {
		t.Errorf("the answer to a thin link is\n%s", sdp)
	}
	lawyer.send(Levels{Up: "stills"})
	lawyer.send(Levels{Up: "large"})
	expect[Reoffer](lawyer)
	b.offerAt("large")
	if sdp := b.pc.RemoteDescription().SDP; strings.Contains(sdp, "a=ptime:60\r\n") {
		t.Errorf("the answer to a wide link is\n%s", sdp)
	}
}

func TestOnlyAMicrophoneThatIsOnIsUnheard(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.call(1, 4)
	m, transport := r.mediaOf("representative")
	m.unhear(transport, true) // says nothing while the microphone is off
	lawyer.send(Devices{Microphone: true})
	expect(lawyer, func(u Unheard) bool { return u.On })
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	lawyer = r.join("representative")
	expect(lawyer, func(u Unheard) bool { return u.On })
	m.unhear(transport, false)
	expect(lawyer, func(u Unheard) bool { return !u.On })
	m.unhear(transport, true)
	expect(lawyer, func(u Unheard) bool { return u.On })
	lawyer.send(Devices{})
	expect(lawyer, func(u Unheard) bool { return !u.On })
}

// The second path of a race is heard from, whatever became of the first.
func TestOneHeardPathIsEnough(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	lawyer.call(1, 1)
	lawyer.call(2, 1)
	lawyer.send(Devices{Microphone: true})
	lawyer.sync()
	m, _ := r.mediaOf("representative")
	paths := m.live()
	m.unhear(paths[0], true)
	lawyer.sync()
	m.mu.Lock()
	early := m.unheard
	m.mu.Unlock()
	m.unhear(paths[1], true)
	expect(lawyer, func(u Unheard) bool { return u.On })
	if early {
		t.Error("unheard on one of two paths")
	}
}

func TestLevelsReachEveryPath(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	lawyer.call(1, 1)
	m, transport := r.mediaOf("representative")
	up := func(want sfu.Level, what string) {
		t.Helper()
		r.until(what, func() bool { return transport.peer.Quality().Up == want })
	}
	up(sfu.LevelMedium, "level of the offer")
	lawyer.send(Levels{Up: "stills", Limit: "voice"})
	up(sfu.LevelStills, "level of the ladder")
	second := lawyer.prepare(2, 1)
	second.offerAt("")
	for _, each := range m.live() {
		if got := each.peer.Quality().Up; got != sfu.LevelStills {
			t.Errorf("path %d begins at %q", each.pc, got)
		}
	}
}

// Who is given the floor is looked at: their picture goes before those of others, until somebody else has the floor or
// nobody.
func TestTheFloorIsSeen(t *testing.T) {
	r := newRig(t)
	host, _, _, _, _ := r.everybody()
	seen := func(role string) bool {
		_, transport := r.mediaOf(role)
		return transport.peer.Rank().Floor
	}
	host.send(Spotlight{Number: 4})
	r.until("the lawyer has the floor", func() bool { return seen("representative") && !seen("party") })
	host.send(Spotlight{Number: 2})
	r.until("the party has it", func() bool { return seen("party") && !seen("representative") })
	host.send(Spotlight{})
	r.until("nobody has it", func() bool { return !seen("party") && !seen("representative") })
}
