package conference

import "time"

// help is a person's call for somebody of the desk. It depends on no place: one
// whose camera fails goes out and in, and still needs it.
type help struct {
	helpless bool
	task     string    // on the desk's list, once the books gave its id
	since    time.Time // the task was last asked for
}

// TaskHelp is the kind of task that a call for help makes.
const TaskHelp = "help"

// askHelp follows a person's own call, and its end.
func (c *change) askHelp(m Help) {
	p := c.find(m.By)
	switch {
	case !p.connected():
		c.reject(m.By, "help", WrongState)
	case m.On && !p.helpless:
		p.helpless = true
		c.openTask(p)
	case !m.On && p.helpless:
		p.helpless = false
		c.closeTask(p)
	}
}

// taskOpened learns the id under which a task can be closed.
func (c *change) taskOpened(m TaskOpened) {
	if p := c.find(m.ID); p != nil {
		p.task = m.Task
		if !p.helpless {
			c.closeTask(p)
		}
	}
}

// taskDone ends a call for help that the desk has dealt with; the books know.
func (c *change) taskDone(m TaskDone) {
	if p := c.find(m.ID); p != nil {
		p.helpless, p.task = false, ""
	}
}

func (c *change) openTask(p *person) {
	p.help.since = c.now
	c.emit(OpenTask{ID: p.ID, Kind: TaskHelp})
}

func (c *change) closeTask(p *person) {
	if p.task != "" {
		c.emit(CloseTask{ID: p.ID, Task: p.task})
		p.task = ""
	}
}

// floorTick offers again what could not be written.
func (c *change) floorTick() {
	for i := range c.people {
		if p := &c.people[i]; p.helpless && p.task == "" && !c.now.Before(p.help.since.Add(rewrite)) {
			c.openTask(p)
		}
	}
}
