package sfu

// Level is a step of the ladder that client and server agree on, one for each direction of a link.
//
//	level   link, each way   voice           camera
//	voice   below 45k        12k, 60 ms      none
//	stills  45k to 110k      16k, 60 ms      a still picture now and then
//	small   110k to 220k     16k, 60 ms      180 lines
//	medium  220k to 500k     24k, 20 ms      360 lines
//	large   above 500k       24k, 20 ms      all layers
//
// Voice is Opus payload and packet time. The client's ladder for what it sends is web/client/core/ladder.ts; what it
// receives is decided here (congestion.go, allocate.go), where voice is thinned a little sooner, below 280k: there may be
// several.
type Level int

// Levels, thinnest first after unknown.
const (
	LevelUnknown Level = iota
	LevelVoice
	LevelStills
	LevelSmall
	LevelMedium
	LevelLarge
)

var levelNames = [...]string{"", "voice", "stills", "small", "medium", "large"}

// String names the level on the wire.
func (l Level) String() string { return levelNames[l] }

// ParseLevel reads a name; false: there is no such level.
func ParseLevel(name string) (Level, bool) {
	for i, n := range levelNames {
		if n == name {
			return Level(i), true
		}
	}
	return LevelUnknown, false
}

// Thin tells whether voice on such a link goes in packets of 60 ms.
func (l Level) Thin() bool { return l >= LevelVoice && l <= LevelSmall }

// start is what is believed of a link in bit/s before anything is measured.
func (l Level) start() int { return [...]int{150_000, 40_000, 75_000, 150_000, 240_000, 800_000}[l] }

// height is the most lines of video that a receiver who limits themselves to the level is sent.
func (l Level) height() int {
	switch l {
	case LevelVoice, LevelStills:
		return 0
	case LevelSmall:
		return low
	case LevelMedium:
		return 2 * low
	}
	return 1 << 14 // the highest that VP8 knows (RFC 6386, section 9.1)
}
