package conference

import "strings"

// Beside the floor there is a channel for each language that somebody
// interprets into. An interpreter speaks into one of them or onto the floor,
// and hears the floor, or relays from another channel. Whoever listens to a
// channel gets the floor as well: their client makes it softer, nobody cuts it.

// speakInto follows an interpreter's choice of where their voice goes: back to
// the floor as anybody else, muted if all are. One who signs has no voice to send.
func (c *change) speakInto(m Channel) {
	switch p := c.find(m.By); {
	case p.Sign:
		c.reject(m.By, "channel", NotAllowed)
	case !isLanguage(m.Language):
		c.reject(m.By, "channel", WrongState)
	case p.channel != m.Language:
		p.channel = m.Language
		if m.Language == "" && c.floor.locked {
			c.silence(p, m.By, true)
		}
		c.emit(Journal{ID: p.ID, Kind: KindChannel, Code: m.Language})
	}
}

// listenTo follows anybody's choice of what they hear before the floor. Nobody
// needs to speak in it yet.
func (c *change) listenTo(m Listen) {
	switch p := c.find(m.By); {
	case !isLanguage(m.Language):
		c.reject(m.By, "listen", WrongState)
	case p.listens != m.Language:
		p.listens = m.Language
		c.emit(Journal{ID: p.ID, Kind: KindListens, Code: m.Language})
	}
}

// isLanguage reports whether s has the shape of a language tag (BCP 47: "ar",
// "zgh", "pt-BR"), or is "", the floor.
func isLanguage(s string) bool {
	if s == "" {
		return true
	}
	for i, part := range strings.Split(s, "-") {
		if least := 2 - min(i, 1); len(part) < least || len(part) > 8 {
			return false
		}
		for _, r := range part {
			letter := 'a' <= r|0x20 && r|0x20 <= 'z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return len(s) <= 20
}
