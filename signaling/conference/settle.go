package conference

import "slices"

// settle draws the consequences that follow from the state alone, whatever the
// command was: the start, what may pass, and what each participant must be told.
func (c *change) settle() {
	c.count()
	c.tendRooms()
	c.beginByAdmission()
	c.watch()
	c.setPasses()
	c.tellAll()
}

// beginByAdmission begins the session with the first admission of one who is no
// host, unless it is about to begin anyway.
func (c *change) beginByAdmission() {
	if c.started || c.closed || !c.until.IsZero() || !c.hostInside() {
		return
	}
	if slices.ContainsFunc(c.people, func(p person) bool { return p.granted && !p.Role.Hosts() }) {
		c.begin(c.firstHost())
	}
}

func (c *change) firstHost() string {
	for i := range c.people {
		if p := &c.people[i]; p.place == InHearing && p.Role.Hosts() {
			return p.ID
		}
	}
	return ""
}

// setPasses puts what may pass before all that the command brings: what no
// longer may stops before anything is written.
func (c *change) setPasses() {
	var set []Effect
	if p := c.passesIn(""); !p.equal(c.passes) {
		c.passes = p
		set = append(set, SetPasses{Passes: p})
	}
	cloned := false
	for i := range c.rooms {
		id := c.rooms[i].id
		p := c.passesIn(id)
		if p.equal(c.rooms[i].passes) {
			continue
		}
		if !cloned {
			c.rooms, cloned = slices.Clone(c.rooms), true
		}
		c.rooms[i].passes = p
		set = append(set, SetPasses{Room: id, Passes: p})
	}
	c.effects = append(set, c.effects...)
}

// tellAll tells everybody what has changed for them. Rosters that say the same
// are the same pointer, now and since they were last told.
func (c *change) tellAll() {
	known, views := c.told, map[viewer]*Roster{}
	c.told = nil
	for i := range c.people {
		p := &c.people[i]
		switch p.place {
		case InHearing, InConsultation:
			v := c.viewer(p)
			roster := views[v]
			if roster == nil {
				roster = c.roster(v).same(known).same(c.told)
				views[v], c.told = roster, append(c.told, roster)
			}
			if p.roster != roster {
				p.roster = roster
				c.emit(TellRoster{ID: p.ID, Roster: roster})
			}
		case Waiting:
			c.tellWaiting(p)
		}
	}
}

// tellWaiting leaves out those who are about to enter.
func (c *change) tellWaiting(p *person) {
	if p.asked {
		return
	}
	view, _ := c.WaitingView(p.ID)
	if p.waiting == nil || !p.waiting.equal(view) {
		p.waiting = &view
		c.emit(TellWaiting{ID: p.ID, View: view})
	}
}
