package conference

// floor is what there is once in a conference of the talk in it.
type floor struct {
	layout    string // that the hosts want: "", grid, speaker or document
	spotlight uint32 // who has the floor, or 0
	open      bool   // showing screens is open to all
}

// turn is a person's part in the talk. It is forgotten when they go out of the
// hearing, but for help, which does not depend on a place.
type turn struct {
	hand     int    // place among the raised hands from 1, or 0
	muted    string // "", "muted" or "locked"
	channel  string // language that they speak into, or ""
	listens  string // language that they listen to, or ""
	shares   string // "", "text" or "motion": the screen that they show
	helpless bool   // has asked for help
	task     string // on the desk's list, once it is known
}

// floorCommand follows what concerns the talk: floor, chat, channels, screens,
// help and consultation rooms.
func (c *change) floorCommand(Command) {}

// floorTick lets time pass for it.
func (c *change) floorTick() {}

// leaveFloor forgets the part in the talk of one who goes out of the hearing.
func (c *change) leaveFloor(p *person) {
	p.turn = turn{helpless: p.helpless, task: p.task}
}

// switched follows what a person has switched on or off, after the change.
func (c *change) switched(p *person, before person) {}

// retell tells one who comes in what was said in the chat that was for them.
func (c *change) retell(p *person) {}
