package signaling

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// outboxMessages and outboxBytes bound what waits for a slow client; above
	// either the session ends with "slow". A client that reads has nothing
	// waiting: answers, errors, pongs and what people say queue here, at most the
	// last of a chat at once.
	outboxMessages = 128
	outboxBytes    = 256 << 10
	// pace is the least time between two messages of one steady kind.
	pace = 200 * time.Millisecond
	// steadyBytes a second, after steadyBurst at once, are what steady kinds take in
	// all. Each tells the whole again, so that somebody who switches something on and
	// off all the time would otherwise fill the link of whoever has little.
	steadyBytes = 3 << 10
	steadyBurst = 20 << 10
)

// rhythm is the least time between any two messages that share its name.
type rhythm struct {
	name   string
	least  time.Duration
	weighs bool // against steadyBytes
}

// prompt is the rhythm of what goes at once.
var prompt rhythm

// steady is the rhythm of a kind that may change all the time.
func steady(kind string) rhythm { return rhythm{kind, pace, true} }

// outbox is what one socket still has to send: a queue of messages that must
// all arrive, and behind it the latest of each message that replaces itself, in
// turn with what people have written, so that neither holds up the other.
type outbox struct {
	wake chan struct{} // holds one: the writer looks again; a second changes nothing

	mu      sync.Mutex
	queue   [][]byte
	talk    [][]byte // lines of the chat, which must all arrive too
	turn    bool     // is the talk's
	bytes   int      // of queue and talk
	parting []byte   // goes even if the goodbye comes first; nil: none
	latest  []latest
	sent    map[string]time.Time // by rhythm
	weight  *rate.Limiter        // of what is steady, in bytes
	ping    bool
	pong    []byte // payload of a WebSocket ping to answer; nil: none
	ending  *ending
}

// latest is a message of which only the newest counts.
type latest struct {
	kind   string
	rhythm rhythm
	data   []byte
}

// ending is the last thing that a socket sends.
type ending struct {
	code   string
	before []byte // nil: nothing
	bye    []byte // nil: close without a word
	number int    // close code
	at     time.Time
}

func newOutbox() *outbox {
	return &outbox{
		wake: make(chan struct{}, 1), sent: make(map[string]time.Time), weight: rate.NewLimiter(steadyBytes, steadyBurst),
	}
}

// push queues a message that must arrive; false means that it does not fit.
func (o *outbox) push(data []byte) bool { return o.add(&o.queue, data) }

// say is push for a line of the chat: it waits for all that is pushed.
func (o *outbox) say(data []byte) bool { return o.add(&o.talk, data) }

func (o *outbox) add(to *[][]byte, data []byte) bool {
	defer o.nudge()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return true
	}
	if len(o.queue)+len(o.talk) >= outboxMessages || o.bytes+len(data) > outboxBytes {
		return false
	}
	*to = append(*to, data)
	o.bytes += len(data)
	return true
}

// takeLocked takes the first of a queue that is not empty.
func (o *outbox) takeLocked(from *[][]byte) []byte {
	data := (*from)[0]
	(*from)[0] = nil
	*from = (*from)[1:]
	o.bytes -= len(data)
	return data
}

// part queues the one message that a goodbye right behind it leaves in place.
func (o *outbox) part(data []byte) {
	defer o.nudge()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending == nil {
		o.parting = data
	}
}

// set replaces what of this kind still waits.
func (o *outbox) set(kind string, r rhythm, data []byte) {
	defer o.nudge()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return
	}
	if i := slices.IndexFunc(o.latest, func(l latest) bool { return l.kind == kind }); i >= 0 {
		o.latest[i].data = data
		return
	}
	o.latest = append(o.latest, latest{kind, r, data})
}

// drop forgets what of this kind still waits.
func (o *outbox) drop(kind string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.latest = slices.DeleteFunc(o.latest, func(l latest) bool { return l.kind == kind })
}

// forget drops everything that replaces itself, and what was said: what its
// receiver may no longer see, or is told again where they come back to.
func (o *outbox) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.talk) > 0 {
		o.takeLocked(&o.talk)
	}
	o.latest = nil
}

// control asks for a WebSocket ping, or for a pong if payload is not nil.
func (o *outbox) control(payload []byte) {
	defer o.nudge()
	o.mu.Lock()
	defer o.mu.Unlock()
	if payload == nil {
		o.ping = true
	} else {
		o.pong = payload
	}
}

// end drops everything but what was said in parting, and leaves only the goodbye;
// the first one counts.
func (o *outbox) end(e ending) bool {
	defer o.nudge()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return false
	}
	e.before = o.parting
	o.ending, o.queue, o.talk, o.parting, o.latest, o.ping, o.pong = &e, nil, nil, nil, nil, false, nil
	return true
}

// ended returns the goodbye, or nil.
func (o *outbox) ended() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ending
}

// next takes what is to be written now: queue first, then by turns a line of the
// talk and the latest of a kind whose rhythm allows it, the longest waiting first.
func (o *outbox) next(now time.Time) (data []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) > 0 {
		return o.takeLocked(&o.queue), true
	}
	if data = o.parting; data != nil {
		o.parting = nil
		return data, true
	}
	turn := o.turn
	if o.turn = !turn; turn && len(o.talk) > 0 {
		return o.takeLocked(&o.talk), true
	}
	if data = o.takeLatestLocked(now); data != nil {
		return data, true
	}
	if len(o.talk) > 0 {
		return o.takeLocked(&o.talk), true
	}
	return nil, false
}

func (o *outbox) takeLatestLocked(now time.Time) []byte {
	for i, l := range o.latest {
		if r := l.rhythm; r != prompt {
			if before, ok := o.sent[r.name]; ok && now.Before(before.Add(r.least)) {
				continue
			}
			if r.weighs && !o.weight.AllowN(now, min(len(l.data), steadyBurst)) {
				continue
			}
			o.sent[r.name] = now
		}
		o.latest = slices.Delete(o.latest, i, i+1)
		return l.data
	}
	return nil
}

// controls takes the WebSocket ping and pong that are to be written now.
func (o *outbox) controls() (ping bool, pong []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ping, pong = o.ping, o.pong
	o.ping, o.pong = false, nil
	return ping, pong
}

// held reports whether something waits only for its pace.
func (o *outbox) held() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.latest) > 0
}

func (o *outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
