package conference

import (
	"cmp"
	"slices"

	"jalsa/booking"
)

// The floor is who speaks and who is looked at: hands, muting, the spotlight
// and the layout. A host can take somebody's voice back and can ask for it;
// nobody is ever turned on by another.

// floor is what there is once in a conference of the talk in it.
type floor struct {
	layout    string // that the hosts want: "", grid, speaker or document
	spotlight uint32 // who has the floor, or 0
	hands     int    // raised since the beginning
	locked    bool   // all were muted and locked: so is whoever comes in now
	open      bool   // showing screens is open to all
	screens   int    // shown since the beginning
	lines     []line // of the chat in the hearing
	latest    uint64 // id of the latest line of the chat in any room
}

// turn is a person's part in the talk.
type turn struct {
	hand    int    // floor.hands when it went up, or 0: it is down
	muted   string // "", "muted" or "locked"
	rested  bool   // the microphone has been off since they were muted
	channel string // language that they speak into, or ""
	listens string // language that they listen to, or ""
	shares  string // "", "text" or "motion": the screen that they show
	shown   int    // floor.screens when it went up
	help           // has asked for it
}

// Degrees of being muted. Their text is the word of the wire.
const (
	muted       = "muted"  // until they switch off and on again themselves
	mutedLocked = "locked" // whatever they do, until somebody unlocks them
)

// Floor is the number of who has the floor; 0: nobody.
func (s State) Floor() uint32 { return s.floor.spotlight }

// floorCommand follows what concerns the talk: floor, chat, channels, screens,
// help and consultation rooms.
func (c *change) floorCommand(command Command) {
	switch m := command.(type) {
	case Hand:
		c.raise(m)
	case Lower:
		c.lower(m)
	case Mute:
		c.mute(m)
	case Unlock:
		c.unlock(m)
	case Ask:
		c.askFor(m)
	case Spotlight:
		c.shine(m)
	case Layout:
		c.layOut(m)
	case Chat:
		c.chat(m)
	case Channel:
		c.speakInto(m)
	case Listen:
		c.listenTo(m)
	case Share:
		c.share(m)
	case Sharing:
		c.openSharing(m)
	case Help:
		c.askHelp(m)
	case TaskDone:
		c.taskDone(m)
	case TaskOpened:
		c.taskOpened(m)
	case Consult:
		c.consult(m)
	case Accept:
		c.accept(m)
	case Decline:
		c.decline(m)
	case Return:
		c.comeBack(m)
	case Knock:
		c.knock(m)
	}
}

// reject answers a command that cannot be followed.
func (c *change) reject(by, re, code string) { c.emit(TellError{ID: by, Code: code, Re: re}) }

// inHearing returns the participant of a number if they have a place in the
// hearing; if not it tells who asked.
func (c *change) inHearing(number uint32, by, re string) *person {
	for i := range c.people {
		if p := &c.people[i]; p.inside() && p.Number == number {
			return p
		}
	}
	c.reject(by, re, UnknownParticipant)
	return nil
}

// raise follows one's own hand. A hand that is up keeps its place in the row
// when it is raised again.
func (c *change) raise(m Hand) {
	switch p := c.find(m.By); {
	case !m.Up:
		p.hand = 0
	case p.hand == 0:
		c.floor.hands++
		p.hand = c.floor.hands
	}
}

// lower takes down one hand, or all.
func (c *change) lower(m Lower) {
	if m.Number == 0 {
		for i := range c.people {
			c.people[i].hand = 0
		}
	} else if p := c.inHearing(m.Number, m.By, "lower"); p != nil {
		p.hand = 0
	}
}

// mute takes back one voice, or those of all but the hosts and whoever asks for
// it. Only a host mutes a host, and nobody locks one. All does not mean those who
// interpret into a channel: they are not on the floor, and somebody depends on
// them. A lock on all also holds those who are elsewhere, and whoever comes later.
func (c *change) mute(m Mute) {
	by := c.find(m.By)
	if m.Number != 0 {
		p := c.inHearing(m.Number, m.By, "mute")
		switch {
		case p == nil: // told already
		case p.Role.Hosts() && (m.Lock || !by.Role.Hosts()):
			c.reject(m.By, "mute", NotAllowed)
		default:
			c.silence(p, m.By, m.Lock)
		}
		return
	}
	c.floor.locked = c.floor.locked || m.Lock
	for i := range c.people {
		if p := &c.people[i]; p != by && !p.Role.Hosts() && p.channel == "" && (m.Lock || p.inside()) {
			c.silence(p, m.By, m.Lock)
		}
	}
}

// silence never makes less of a lock.
func (c *change) silence(p *person, by string, lock bool) {
	degree := muted
	if lock {
		degree = mutedLocked
	}
	if p.muted == degree || p.muted == mutedLocked {
		return
	}
	p.muted, p.rested = degree, !p.microphone
	if p.inside() {
		c.emit(Journal{ID: p.ID, By: by, Kind: KindMuted, Code: degree})
	}
}

// unlock lets one switch on again, or everybody. Until they do they stay muted.
func (c *change) unlock(m Unlock) {
	if m.Number != 0 {
		if p := c.inHearing(m.Number, m.By, "unlock"); p != nil {
			c.release(p, m.By)
		}
		return
	}
	c.floor.locked = false
	for i := range c.people {
		c.release(&c.people[i], m.By)
	}
}

func (c *change) release(p *person, by string) {
	if p.muted != mutedLocked {
		return
	}
	if !p.housed() {
		p.muted, p.rested = "", false
		return
	}
	p.muted, p.rested = muted, !p.microphone
	if p.inside() {
		c.emit(Journal{ID: p.ID, By: by, Kind: KindUnmuted})
	}
}

// switched follows what a person has switched on or off, after the change: one
// who was muted is heard again once they have switched on anew in the hearing.
func (c *change) switched(p *person, _ person) {
	switch {
	case p.muted == "" || p.room != "":
	case !p.microphone:
		p.rested = true
	case p.rested && p.muted == muted:
		p.muted, p.rested = "", false
	}
}

// askFor asks one to switch something on. To be asked for a microphone that is
// locked would be a trap: the question ends the lock, and the answer is theirs.
func (c *change) askFor(m Ask) {
	switch p := c.inHearing(m.Number, m.By, "ask"); {
	case p == nil: // told already
	case p.place != InHearing || p.Role == booking.RoleObserver || m.What != "microphone" && m.What != "camera":
		c.reject(m.By, "ask", WrongState)
	default:
		if m.What == "microphone" {
			c.release(p, m.By)
		}
		c.emit(TellAsked{ID: p.ID, What: m.What})
	}
}

// shine gives the floor to one, or to nobody.
func (c *change) shine(m Spotlight) {
	if m.Number == 0 {
		c.floor.spotlight = 0
		return
	}
	switch p := c.inHearing(m.Number, m.By, "spotlight"); {
	case p == nil: // told already
	case p.Role == booking.RoleObserver:
		c.reject(m.By, "spotlight", WrongState)
	default:
		c.floor.spotlight = m.Number
	}
}

// layOut follows how the hosts want the hearing to be seen.
func (c *change) layOut(m Layout) {
	switch m.Layout {
	case "grid", "speaker", "document":
		c.floor.layout = m.Layout
	default:
		c.reject(m.By, "layout", WrongState)
	}
}

// takeFloor gives one who comes into the hearing their part in the talk. It is
// called before their place changes.
func (c *change) takeFloor(p *person) {
	if !p.inside() && c.floor.locked && !p.Role.Hosts() {
		p.muted, p.rested = mutedLocked, true
	}
}

// restFloor puts down what one cannot hold from a consultation room.
func (c *change) restFloor(p *person) {
	p.hand, p.shares, p.shown = 0, "", 0
	if c.floor.spotlight == p.Number {
		c.floor.spotlight = 0
	}
}

// leaveFloor forgets the part in the talk of one who goes out of the hearing:
// all but a lock, which would otherwise end with a reload, and a call for help.
func (c *change) leaveFloor(p *person) {
	c.restFloor(p)
	t := turn{help: p.turn.help}
	if p.muted == mutedLocked {
		t.muted, t.rested = mutedLocked, true
	}
	p.turn = t
}

// sends is what may go out from a person as far as floor and screens say. A
// consultation room has no floor: nobody in it is muted.
func (p *person) sends() Pass {
	pass := PassCamera
	if p.muted == "" || p.room != "" {
		pass |= PassVoice
	}
	if p.shares != "" {
		pass |= PassScreen
	}
	return pass
}

// rankHands turns the counts of raised hands into places from 1, among those
// whom the receiver may know of.
func rankHands(entries []Entry) {
	var up []*Entry
	for i := range entries {
		if entries[i].Hand > 0 {
			up = append(up, &entries[i])
		}
	}
	slices.SortFunc(up, func(a, b *Entry) int { return cmp.Compare(a.Hand, b.Hand) })
	for i, e := range up {
		e.Hand = i + 1
	}
}
