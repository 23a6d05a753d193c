package conference

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jalsa/booking"
)

// The chat passes lines between people in one room, and remembers the last of
// them for those whom they reached. It is never written down.

const (
	// MaxChat is the longest line, in characters.
	MaxChat = 500
	// keptLines is how many lines of a room are told again to one who comes back.
	keptLines = 50
	// keptBytes bounds their text: on a link of 64 kbit/s it takes four seconds.
	keptBytes = 32 << 10
)

// line is one line and whom it reached.
type line struct {
	said *ChatLine
	from string   // participant
	told []string // participants, the sender too
}

// chat passes on one line. One that was written in another room, which its writer
// has left or was fetched out of while it was on its way, goes nowhere.
func (c *change) chat(m Chat) {
	p := c.find(m.By)
	switch {
	case p.place != InHearing && p.place != InConsultation || m.Room != p.room || strings.TrimSpace(m.Text) == "":
		c.reject(m.By, "chat", WrongState)
		return
	case utf8.RuneCountInString(m.Text) > MaxChat:
		c.reject(m.By, "chat", TooLong)
		return
	}
	told := []string{p.ID}
	for i := range c.people {
		if q := &c.people[i]; c.reaches(p, q, m) {
			told = append(told, q.ID)
		}
	}
	if len(told) == 1 && m.To != "all" {
		c.reject(m.By, "chat", UnknownParticipant)
		return
	}
	c.say(p, m, told)
}

// reaches reports whether q is among those whom a line of p is for, and may
// have it. To whom it may not go, nobody learns that they are there.
func (s State) reaches(p, q *person, m Chat) bool {
	if p == q || !q.housed() || q.room != p.room || !s.mayWrite(p, q) {
		return false
	}
	switch m.To {
	case "all":
		return true
	case "hosts":
		return holdsHearing(q.Role)
	case "one":
		return q.Number == m.Number
	}
	return false
}

// mayWrite reports whether two people may write to each other: never across a
// screen, observers never, and witnesses and experts in the hearing only with
// those who hold it, so that nobody puts words in their mouth.
func (s State) mayWrite(p, q *person) bool {
	if s.apart(p, q) || !May(p.Role, "chat") || !May(q.Role, "chat") {
		return false
	}
	if p.room != "" {
		return true
	}
	return !testifies(p.Role) && !testifies(q.Role) || holdsHearing(p.Role) || holdsHearing(q.Role)
}

func testifies(r booking.Role) bool { return r == booking.RoleWitness || r == booking.RoleExpert }

// say brings a line to those whom it reaches and keeps it for their return.
func (c *change) say(p *person, m Chat, told []string) {
	// Counting alone would tell one who is screened how much was said without them.
	c.floor.latest = max(c.floor.latest+1, uint64(c.now.UnixMilli()))
	said := &ChatLine{ID: c.floor.latest, From: p.Number, To: m.To, Text: m.Text, At: c.now.Truncate(time.Second)}
	if m.To == "one" {
		said.Number = m.Number
	}
	c.keep(p.room, line{said: said, from: p.ID, told: told})
	for _, id := range told {
		if q := c.find(id); q.connected() {
			c.emit(TellChat{ID: id, Line: said})
		}
	}
}

// keep adds a line to those of a room. Slices are shared between States.
func (c *change) keep(id string, l line) {
	lines := &c.floor.lines
	if id != "" {
		c.rooms = slices.Clone(c.rooms)
		lines = &c.roomOf(id).lines
	}
	*lines = latest(append(slices.Clone((*lines)[max(0, len(*lines)+1-keptLines):]), l))
}

// latest are the last of some lines that are not too much together.
func latest(lines []line) []line {
	total := 0
	for i, l := range slices.Backward(lines) {
		if total += len(l.said.Text); total > keptBytes {
			return lines[i+1:]
		}
	}
	return lines
}

// retell tells one who comes into a room, or has a new socket in it, what was
// said there that was for them.
func (c *change) retell(p *person) {
	lines := c.floor.lines
	if p.room != "" {
		lines = c.roomOf(p.room).lines
	}
	for _, l := range lines {
		from := c.find(l.from)
		if slices.Contains(l.told, p.ID) && (from == nil || !c.apart(p, from)) {
			c.emit(TellChat{ID: p.ID, Line: l.said})
		}
	}
}
