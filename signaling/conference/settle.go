package conference

// settle draws the consequences that follow from the state alone, whatever the
// command was: the start, and what each participant must be told.
func (c *change) settle() {
	c.tendRooms()
	c.start()
	c.hosts = c.roster(true).same(c.hosts)
	c.others = c.roster(false).same(c.others)
	for i := range c.people {
		p := &c.people[i]
		switch p.place {
		case InHearing:
			c.tellRoster(p)
		case InConsultation:
			c.tellRoom(p)
		case Waiting:
			c.tellWaiting(p)
		}
	}
}

// start begins the session with the first admission of one who is no host.
func (c *change) start() {
	if c.started || c.closed {
		return
	}
	for i := range c.people {
		if p := &c.people[i]; p.granted && !p.Role.Hosts() && c.hostInside() {
			c.started, c.wroteAt = true, c.now
			c.startedBy = c.firstHost()
			c.emit(WriteStart{By: c.startedBy})
			return
		}
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

func (c *change) tellRoster(p *person) {
	roster := c.others
	if p.Role.Hosts() {
		roster = c.hosts
	}
	if p.roster != roster {
		p.roster = roster
		c.emit(TellRoster{ID: p.ID, Roster: roster})
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
