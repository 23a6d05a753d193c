package signaling

import (
	"cmp"
	"slices"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
)

const (
	maxRecords  = 60               // ten minutes of one participant
	reportEvery = 5 * time.Second  // least time between two; clients send one in 10 s
	freshFor    = 25 * time.Second // a report counts; two may be late
	judgeEvery  = 10 * time.Second
	maxFreezes  = 3_600_000   // ms: a picture that was paused counts as frozen once it moves again, in every seat
	maxEnded    = 64          // hearings that are over whose records are kept; those of six people take some 50 KB
	lookEvery   = time.Second // sfu tells the losses of a second, in which a thin link has 16 packets
)

// Words for a connection, best first. "" is one that was never up yet.
const (
	wordGood = "good"
	wordFair = "fair" // noticed by who listens closely
	wordPoor = "poor" // words are lost
	wordLost = "lost"
)

// Record is a Report and when it came.
type Record struct {
	At time.Time
	Report
}

// Connection is how somebody in a hearing is connected, for the desk.
type Connection struct {
	Word    string   // good, fair, poor or lost; "": not known yet
	Level   string   // of the thinner direction, a name of sfu.Level; "": not known yet
	Records []Record // latest last, never changed
}

// check refuses a report that no link can give; "" is no error.
func (r Report) check() (code string) {
	within := func(n, most int) bool { return n >= 0 && n <= most }
	_, known := sfu.ParseLevel(r.Level)
	sound := known && r.PC >= 1 && (r.Path == "direct" || r.Path == "relay") &&
		within(r.Sent, 1e9) && within(r.Received, 1e9) && within(r.Loss, 1000) && within(r.RTT, 60_000) &&
		within(r.Concealed, 1000) && within(r.Freezes, maxFreezes) && len(r.Layer) <= 8
	for _, c := range []byte(r.Layer) {
		sound = sound && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9')
	}
	if !sound {
		return errBadMessage
	}
	return ""
}

// word says in one word how a connection that was up once does now: what its
// client measured last, if that is not old, and what the server sees. Pictures
// alone never make it poor: people are here to hear and be heard. Nor does their
// own limit, "save data": of a level that goes no lower the link has no part.
func word(r Record, q sfu.Quality, limit sfu.Level, up bool, now time.Time) string {
	if !up {
		return wordLost
	}
	if now.Sub(r.At) > freshFor {
		r = Record{}
	}
	level := levelOf(r, q)
	if limit != sfu.LevelUnknown && level >= limit {
		level = sfu.LevelUnknown
	}
	rtt := max(time.Duration(r.RTT)*time.Millisecond, q.RTT)
	loss := max(float64(r.Loss)/1000, q.LossDown, q.LossUp)
	switch {
	case level == sfu.LevelVoice, loss > 0.10, rtt > 800*time.Millisecond, r.Concealed > 50:
		return wordPoor
	case level == sfu.LevelStills, level == sfu.LevelSmall, loss > 0.03, rtt > 400*time.Millisecond, r.Concealed > 10, r.Freezes > 500:
		return wordFair
	}
	return wordGood
}

// levelOf is the level of the thinner direction.
func levelOf(r Record, q sfu.Quality) sfu.Level {
	reported, _ := sfu.ParseLevel(r.Level)
	return thinner(reported, thinner(q.Up, q.Down))
}

// thinner is the lower of two levels, of those that are known.
func thinner(a, b sfu.Level) sfu.Level {
	if a == sfu.LevelUnknown || b == sfu.LevelUnknown {
		return max(a, b)
	}
	return min(a, b)
}

// losses are the means of what sfu told since they were last judged.
type losses struct {
	n        int
	up, down float64 // sums
}

func (l *losses) add(q sfu.Quality) {
	l.n, l.up, l.down = l.n+1, l.up+q.LossUp, l.down+q.LossDown
}

// over puts the means in place of the last second's losses.
func (l losses) over(q sfu.Quality) sfu.Quality {
	if l.n > 0 {
		q.LossUp, q.LossDown = l.up/float64(l.n), l.down/float64(l.n)
	}
	return q
}

// report keeps a checked report of a member.
func (h *hearing) report(m *member, r Report) {
	now := h.server.cfg.Now()
	switch {
	case m.media == nil:
		m.session.fail(errNotAdmitted, r.Type())
		return
	case now.Before(m.latest().At.Add(reportEvery)):
		m.session.fail(errRate, r.Type())
		return
	}
	from := max(0, len(m.records)-maxRecords+1)
	m.records = append(slices.Clone(m.records[from:]), Record{At: now, Report: r}) // others hold the old list
}

// latest is the last report, or a zero one.
func (m *member) latest() Record {
	if len(m.records) == 0 {
		return Record{}
	}
	return m.records[len(m.records)-1]
}

// judge finds the words of all connections every 10 s, and at once when one is
// up or down; hosts are told what changed.
func (h *hearing) judge(now time.Time) {
	regular, look := !now.Before(h.judged.Add(judgeEvery)), !now.Before(h.looked.Add(lookEvery))
	due := regular
	for _, m := range h.members {
		up, ever := m.media.up()
		due = due || up != m.up || ever != m.ever
		if m.up, m.ever = up, ever; up && look {
			m.losses.add(m.media.quality())
		}
	}
	if look {
		h.looked = now
	}
	if due {
		h.find(now)
	}
	if regular {
		h.judged = now
		for _, m := range h.members {
			m.losses = losses{}
		}
	}
}

// find finds the words.
func (h *hearing) find(now time.Time) {
	list := make([]QualityEntry, 0, len(h.members))
	connections := make(map[string]Connection, len(h.members))
	for _, m := range h.members {
		one := Connection{Records: m.records}
		if m.ever {
			q := m.losses.over(m.media.quality())
			one.Word = word(m.latest(), q, m.media.saves(), m.up, now)
			one.Level = levelOf(m.latest(), q).String()
			list = append(list, QualityEntry{Number: m.media.number, Word: one.Word})
		}
		connections[m.id] = one
	}
	h.connections.Store(&connections)
	slices.SortFunc(list, func(a, b QualityEntry) int { return cmp.Compare(a.Number, b.Number) })
	if slices.Equal(list, h.quality) {
		return
	}
	h.quality = list
	for _, m := range h.members {
		h.tellQuality(m)
	}
}

// tellQuality sends one who is in and sees the whole roster how everybody's
// connection does, but of those from whom they are screened.
func (h *hearing) tellQuality(m *member) {
	role := h.roleOf(m)
	if role != booking.RoleHost && role != booking.RoleClerk || m.session == nil || m.media == nil || h.quality == nil {
		return
	}
	hidden := h.screenedFrom(m)
	m.session.sendLatest(Quality{}.Type(), steady(Quality{}.Type()), Quality{
		Participants: slices.DeleteFunc(slices.Clone(h.quality), func(q QualityEntry) bool { return hidden[q.Number] }),
	})
}

// screenedFrom are the numbers of those whom a member must not meet.
func (h *hearing) screenedFrom(m *member) map[uint32]bool {
	a := h.state.Appointment()
	hidden := make(map[uint32]bool)
	for _, pair := range a.Screens {
		for i, id := range pair {
			if p, _ := a.Participant(pair[1-i]); id == m.id {
				hidden[p.Number] = true
			}
		}
	}
	return hidden
}

// up tells whether any path of the participant carries media, and whether one
// ever did. A participant without media has neither.
func (m *media) up() (up, ever bool) {
	if m == nil {
		return false, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	up = slices.ContainsFunc(m.transports, func(t *transport) bool { return t.connected && !t.over })
	return up, m.ever
}

// quality is what sfu knows of the path that came up last.
func (m *media) quality() sfu.Quality {
	m.mu.Lock()
	var peer *sfu.Peer
	for _, t := range m.transports {
		if t.connected && !t.over {
			peer = t.peer
		}
	}
	m.mu.Unlock()
	if peer == nil {
		return sfu.Quality{}
	}
	return peer.Quality()
}

// saves is the most that the person wants of their link, if they said so.
func (m *media) saves() sfu.Level {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limit
}

// Words is the word of each of Connections that has one, for whoever needs no more.
func (s *Server) Words(appointmentID string) map[string]string {
	out := make(map[string]string)
	for id, one := range s.Connections(appointmentID) {
		if one.Word != "" {
			out[id] = one.Word
		}
	}
	return out
}

// ended are the records of the latest hearings that are over, for who is asked
// afterwards why somebody was hardly heard. They end with the program.
type ended struct {
	all   map[string]map[string]Connection // by appointment; without words: nobody is connected
	order []string                         // its keys, oldest first
}

// keep takes what a hearing leaves; one in which nothing was measured leaves
// what an earlier one of the same appointment did.
func (e *ended) keep(appointmentID string, left map[string]Connection) {
	if len(left) == 0 {
		return
	}
	if _, known := e.all[appointmentID]; known {
		e.order = slices.DeleteFunc(e.order, func(id string) bool { return id == appointmentID })
	} else if len(e.order) == maxEnded {
		delete(e.all, e.order[0])
		e.order = slices.Delete(e.order, 0, 1)
	}
	e.all[appointmentID], e.order = left, append(e.order, appointmentID)
}

// left is what is kept of a hearing's connections when it ends.
func (h *hearing) left() map[string]Connection {
	left := make(map[string]Connection, len(h.members))
	for id, m := range h.members {
		if len(m.records) > 0 {
			left[id] = Connection{Records: m.records}
		}
	}
	return left
}

// Connections tells how the people of an appointment are connected, by
// participant id, as of at most ten seconds ago; once the hearing is over, what
// was measured last. It is a snapshot that nobody changes; asking never waits
// for the hearing.
func (s *Server) Connections(appointmentID string) map[string]Connection {
	s.mu.Lock()
	h, left := s.hearings[appointmentID], s.ended.all[appointmentID]
	s.mu.Unlock()
	if h == nil {
		return left
	}
	if known := h.connections.Load(); known != nil {
		return *known
	}
	return nil
}
