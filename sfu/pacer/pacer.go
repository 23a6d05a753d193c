package pacer

import "time"

// Class is what a packet is to the pacer, first to leave first.
type Class uint8

// Classes of packets.
const (
	Audio  Class = iota // leaves at once
	Repair              // a retransmission
	Video
)

// Packet is a packet, and what the pacer needs to know of it.
type Packet[T any] struct {
	Item     T // the caller's
	Class    Class
	Size     int // bytes on the link
	Line     int // video: a small number; packets of a line keep their order
	Priority int // video: of its line, 0 goes first
	Frame    uint32
	Key      bool // video: first of a frame that can be decoded without earlier ones
	Anew     bool // video: and what comes before it is of another layer
	Spare    bool // video: no other frame needs this one
	Page     bool // video: of a page, which is worth waiting for

	at    time.Time // of Enter
	keyed bool      // of a frame whose first packet is Key
}

// Bounds of what waits.
const (
	MaxAge     = 500 * time.Millisecond // a picture of before is worth less than the next one
	PageAge    = 10 * time.Second       // the same of a page: 80 kB of it at 64 kbit/s
	stale      = 100 * time.Millisecond // a key frame replaces what has waited so long
	keyGrace   = 500 * time.Millisecond // more, while a key frame and what followed it leave: dropped, there would be another
	keyTime    = 2 * time.Second        // so long that takes
	maxPackets = 256                    // each holds a buffer of its caller
	maxBytes   = 256 << 10
	maxRepairs = 64
	maxLines   = 64
)

// Queue paces the packets towards one receiver. The zero value is not usable. It is not safe for concurrent use.
type Queue[T any] struct {
	// What passes straight through needs no more than this, and its line.
	budget  budget
	held    int  // packets that wait
	closed  bool // by Hold
	busy    bool // the caller of Next has not sent yet what it got
	cluster int  // of the packet let go last
	lines   []line
	probe   probe

	dropped list
	repairs list
	bytes   int
	nodes   []node[T]
	free    int32 // first unused node, -1: none
}

// node is a packet in one of the lists.
type node[T any] struct {
	packet Packet[T]
	next   int32 // -1: last
}

// list is a row of nodes; of the zero value only count is looked at.
type list struct {
	first, last int32
	count       int
}

// line is the video of one line.
type line struct {
	list
	priority int
	cut      cut
	frame    uint32    // that is being dropped
	began    time.Time // the newest key frame entered
	newest   uint32    // that frame
	page     bool
}

// cut is how far a line's frames are dropped.
type cut uint8

const (
	whole cut = iota // nothing is
	toEnd            // the rest of a frame that no other needs
	toKey            // all up to one that needs no other
)

// New makes an empty queue for a target in bit/s.
func New[T any](target int, now time.Time) *Queue[T] {
	q := &Queue[T]{free: -1}
	q.budget.at = now
	q.Target(target)
	q.budget.begin()
	return q
}

// Target sets what may be sent on average, in bit/s.
func (q *Queue[T]) Target(bits int) { q.budget.target(bits) }

// Hold keeps everything but audio back while on: the link is known to have a queue already.
func (q *Queue[T]) Hold(on bool) { q.closed = on }

// open tells whether what may wait may leave.
func (q *Queue[T]) open() bool { return !q.closed && q.budget.some() }

// Held is the number of packets that wait, and of their bytes.
func (q *Queue[T]) Held() (packets, bytes int) { return q.held, q.bytes }

// Pending tells whether Next or Padding have something, now or later.
func (q *Queue[T]) Pending() bool { return q.held > 0 || q.busy || q.probe.cluster != 0 }

// Enter takes a packet. True: send it now. False: it waits for Next, or it, or another instead of it, waits for Dropped.
func (q *Queue[T]) Enter(p Packet[T], now time.Time) bool {
	q.accrue(now)
	if p.Class == Audio {
		q.charge(p.Size)
		return true
	}
	p.at = now
	if p.Class == Video && !q.wanted(&p, now) {
		q.drop(q.node(p))
		return false
	}
	renewed := p.Class == Video && p.Key && q.renew(&q.lines[p.Line], p.Anew, now)
	if !renewed && q.held == 0 && !q.busy && q.open() {
		q.charge(p.Size)
		return true
	}
	i := q.node(p)
	q.held++
	q.bytes += p.Size
	if p.Class == Repair {
		q.push(&q.repairs, i)
		if q.repairs.count > maxRepairs {
			q.drop(q.take(&q.repairs))
		}
	} else {
		q.push(&q.lines[p.Line].list, i)
	}
	for q.held > maxPackets || q.bytes > maxBytes {
		q.relieve()
	}
	return false
}

// Next returns a packet to send now. Its caller asks again until there is none, sends what it got, and says so by Sent:
// meanwhile nothing that enters overtakes it. Only one caller at a time may do so.
func (q *Queue[T]) Next(now time.Time) (p Packet[T], ok bool) {
	q.accrue(now)
	q.expire(now)
	from := q.foremost()
	if from == nil || !q.open() {
		return p, false
	}
	q.busy = true
	i := q.take(from)
	p = q.release(i)
	q.charge(p.Size)
	return p, true
}

// Sent says that all that Next returned has left.
func (q *Queue[T]) Sent() { q.busy = false }

// Dropped returns a packet that will not be sent. Of a line's video the rest is dropped too, up to the end of the frame
// if it was spare, else up to a key frame.
func (q *Queue[T]) Dropped() (p Packet[T], ok bool) {
	if q.dropped.count == 0 {
		return p, false
	}
	return q.release(q.pop(&q.dropped)), true
}

// Waits tells whether something of a line's video does.
func (q *Queue[T]) Waits(line int) bool {
	return line >= 0 && line < len(q.lines) && q.lines[line].count > 0
}

// Broken tells whether a line's video is dropped up to a key frame.
func (q *Queue[T]) Broken(line int) bool {
	return line >= 0 && line < len(q.lines) && q.lines[line].cut == toKey
}

// Clear drops all that waits.
func (q *Queue[T]) Clear() {
	for q.repairs.count > 0 {
		q.drop(q.take(&q.repairs))
	}
	for i := range q.lines {
		for q.lines[i].count > 0 {
			q.drop(q.take(&q.lines[i].list))
		}
	}
	q.busy = false
	q.probe = probe{}
}

// Purge drops what waits and is not to be sent any more.
func (q *Queue[T]) Purge(gone func(T) bool) {
	old := func(p *Packet[T]) bool { return gone(p.Item) }
	q.sift(&q.repairs, old)
	for i := range q.lines {
		q.sift(&q.lines[i].list, old)
	}
}

func (q *Queue[T]) sift(l *list, gone func(*Packet[T]) bool) {
	for range l.count {
		if gone(&q.nodes[l.first].packet) {
			q.drop(q.take(l))
		} else {
			q.push(l, q.pop(l))
		}
	}
}

// wanted tells whether the packet can still be of use, or belongs to what was cut.
func (q *Queue[T]) wanted(p *Packet[T], now time.Time) bool {
	if p.Line < 0 || p.Line >= maxLines {
		return false
	}
	for len(q.lines) <= p.Line {
		q.lines = append(q.lines, line{})
	}
	l := &q.lines[p.Line]
	l.priority, l.page = p.Priority, p.Page
	if p.Key {
		l.began, l.newest = now, p.Frame
	}
	p.keyed = p.Frame == l.newest && !l.began.IsZero()
	switch {
	case p.Key, l.cut == toEnd && p.Frame != l.frame:
		l.cut = whole
	case l.cut != whole:
		return false
	}
	return true
}

// renew makes way for a picture that begins anew: what has waited for long is not shown any more when it comes. It
// tells whether there was any. Of a page that is leaving the rest stays: it takes so long that others may ask for
// another again and again.
func (q *Queue[T]) renew(l *line, anew bool, now time.Time) bool {
	if l.count == 0 || !anew && now.Sub(q.head(l).at) < stale {
		return false
	}
	first := *q.head(l)
	stays := l.page && first.keyed && !first.Key
	q.sift(&l.list, func(p *Packet[T]) bool { return !stays || p.Frame != first.Frame })
	return true
}

// oldest is how long a line's packets may wait now.
func (l *line) oldest(now time.Time) time.Duration {
	if l.page {
		return PageAge
	}
	if now.Sub(l.began) < keyTime {
		return MaxAge + keyGrace
	}
	return MaxAge
}

// foremost is the list whose first packet leaves next.
func (q *Queue[T]) foremost() *list {
	if q.repairs.count > 0 {
		return &q.repairs
	}
	var best *line
	for i := range q.lines {
		l := &q.lines[i]
		if l.count == 0 {
			continue
		}
		if best == nil || l.priority < best.priority || l.priority == best.priority && q.head(l).at.Before(q.head(best).at) {
			best = l
		}
	}
	if best == nil {
		return nil
	}
	return &best.list
}

// relieve drops from the least important line, among equals from the one with most, or else a repair.
func (q *Queue[T]) relieve() {
	var victim *line
	for i := range q.lines {
		l := &q.lines[i]
		if l.count == 0 {
			continue
		}
		if victim == nil || l.priority > victim.priority || l.priority == victim.priority && l.count > victim.count {
			victim = l
		}
	}
	if victim == nil {
		q.drop(q.take(&q.repairs))
		return
	}
	q.cut(victim)
}

// expire drops what is too old.
func (q *Queue[T]) expire(now time.Time) {
	for q.repairs.count > 0 && now.Sub(q.nodes[q.repairs.first].packet.at) > MaxAge {
		q.drop(q.take(&q.repairs))
	}
	for i := range q.lines {
		for l := &q.lines[i]; l.count > 0 && now.Sub(q.head(l).at) > l.oldest(now); {
			q.cut(l)
		}
	}
}

// cut drops the first frame of a line, of which a part may have left, and those that need it.
func (q *Queue[T]) cut(l *line) {
	first := q.head(l)
	l.cut, l.frame = toKey, first.Frame
	if first.Spare {
		l.cut = toEnd
	}
	q.drop(q.take(&l.list))
	for l.count > 0 {
		p := q.head(l)
		if p.Key || l.cut == toEnd && p.Frame != l.frame {
			l.cut = whole // what enters follows this one
			return
		}
		q.drop(q.take(&l.list))
	}
}

func (q *Queue[T]) head(l *line) *Packet[T] { return &q.nodes[l.first].packet }

// node puts a packet into an unused node.
func (q *Queue[T]) node(p Packet[T]) int32 {
	if q.free < 0 {
		q.nodes = append(q.nodes, node[T]{next: -1})
		q.free = int32(len(q.nodes) - 1)
	}
	i := q.free
	q.free = q.nodes[i].next
	q.nodes[i] = node[T]{packet: p, next: -1}
	return i
}

// release empties a node.
func (q *Queue[T]) release(i int32) Packet[T] {
	p := q.nodes[i].packet
	q.nodes[i] = node[T]{next: q.free}
	q.free = i
	return p
}

func (q *Queue[T]) push(l *list, i int32) {
	if l.count == 0 {
		l.first = i
	} else {
		q.nodes[l.last].next = i
	}
	l.last = i
	l.count++
}

func (q *Queue[T]) pop(l *list) int32 {
	i := l.first
	l.first = q.nodes[i].next
	q.nodes[i].next = -1
	l.count--
	return i
}

// take ends the wait of a list's first packet.
func (q *Queue[T]) take(l *list) int32 {
	i := q.pop(l)
	q.held--
	q.bytes -= q.nodes[i].packet.Size
	return i
}

func (q *Queue[T]) drop(i int32) { q.push(&q.dropped, i) }
