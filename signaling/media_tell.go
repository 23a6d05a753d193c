package signaling

import (
	"fmt"
	"slices"

	"jalsa/sfu"
)

// What sfu says of one participant's media, and how their session hears of it.
// Only the latest of each counts, and all of it is told again to a session that
// comes back.

// retell sends a newly attached session what it missed.
func (m *media) retell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.transports {
		m.tellLocked(t)
	}
	if len(m.transports) > 0 {
		m.tellSpeakingLocked()
	}
	if m.unheard && m.to != nil {
		m.to.sendLatest("unheard", steady("unheard"), Unheard{On: true})
	}
}

// tellLocked sends all that is known of one transport.
func (m *media) tellLocked(t *transport) {
	m.tellSeatsLocked(t)
	m.tellWantedLocked(t)
	m.tellReofferLocked(t)
}

func (m *media) seats(t *transport, seats []sfu.Seat) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.seats = slices.Clone(seats)
	m.tellSeatsLocked(t)
}

func (m *media) want(t *transport, w sfu.Wanted) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.Layers = slices.Clone(w.Layers)
	t.wanted = &w
	m.tellWantedLocked(t)
}

func (m *media) reoffer(t *transport) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.reoffer = true
	m.tellReofferLocked(t)
}

func (m *media) unhear(t *transport, on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.unheard = on
	m.tellUnheardLocked()
}

// sends hears what the participant says of their devices.
func (m *media) sends(d Devices) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.devices = d
	m.tellUnheardLocked()
}

func (m *media) speak(numbers []uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Equal(m.speaking, numbers) {
		return
	}
	m.speaking = slices.Clone(numbers)
	m.tellSpeakingLocked()
}

// hearsLocked tells whether the session can make use of news about a transport.
func (m *media) hearsLocked(t *transport) bool { return m.to != nil && t.answered && !t.over }

// tellSeatsLocked sends who sits where, empty seats left out, once the client
// has the answer that makes the seats.
func (m *media) tellSeatsLocked(t *transport) {
	if !m.hearsLocked(t) {
		return
	}
	list := make([]Seat, 0, len(t.seats))
	for _, s := range t.seats {
		if s.Number != 0 {
			list = append(list, Seat{Seat: s.Seat, Number: s.Number, Screen: s.Screen, Paused: string(s.Paused)})
		}
	}
	m.to.sendLatest(fmt.Sprintf("seats %d", t.pc), prompt, Seats{PC: t.pc, Seats: list})
}

func (m *media) tellSpeakingLocked() {
	if m.to != nil {
		m.to.sendLatest("speaking", steady("speaking"), Speaking{Numbers: m.speaking})
	}
}

func (m *media) tellWantedLocked(t *transport) {
	if w := t.wanted; w != nil && m.hearsLocked(t) {
		m.to.sendLatest(fmt.Sprintf("send %d", t.pc), prompt, Send{
			PC: t.pc, Layers: w.Layers, Screen: w.Screen, Voice: w.Voice, Still: w.Still,
		})
	}
}

func (m *media) tellReofferLocked(t *transport) {
	if t.reoffer && m.hearsLocked(t) {
		m.to.sendLatest(fmt.Sprintf("reoffer %d", t.pc), prompt, Reoffer{PC: t.pc})
	}
}

// tellUnheardLocked sends a change of whether a microphone that is on is heard
// on no path at all. One that is off is meant to be silent.
func (m *media) tellUnheardLocked() {
	silent, heard := false, false
	for _, t := range m.transports {
		silent = silent || !t.over && t.unheard
		heard = heard || !t.over && !t.unheard
	}
	unheard := m.devices.Microphone && silent && !heard
	if unheard == m.unheard {
		return
	}
	m.unheard = unheard
	if m.to != nil {
		m.to.sendLatest("unheard", steady("unheard"), Unheard{On: unheard})
	}
}
