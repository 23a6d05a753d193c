package pacer

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// piece is a packet as the model knows it.
type piece struct {
	id    int
	class Class
	line  int
	frame uint32
	key   bool // of a key frame, any packet
	spare bool
	fate  fate
}

type fate int

const (
	waits fate = iota
	left
	gone
)

// model follows a Queue from outside.
type model struct {
	q       *Queue[int]
	now     time.Time
	target  int
	pieces  []*piece
	busy    bool // between a packet of Next and the next call
	order   map[int][]int
	frames  map[int]uint32
	rest    map[int]int // packets of the frame still to come, by line
	spares  map[int]bool
	keys    map[int]bool
	bits    float64 // left, of what may wait
	allowed float64 // that could have left
}

// TestQueueKeepsItsPromises, whatever enters and whenever it is asked: each packet leaves, is dropped or waits, once;
// audio never waits; a line's packets keep their order; nothing leaves of a frame after a part of it was dropped, nor of
// one that needs it; repairs and the more important go first; what waits is bounded; what leaves follows the target.
func TestQueueKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{
			now: t0, order: map[int][]int{}, frames: map[int]uint32{}, rest: map[int]int{}, spares: map[int]bool{}, keys: map[int]bool{},
			target: rapid.SampledFrom([]int{20_000, 64_000, 300_000, 2_000_000}).Draw(t, "target"),
		}
		m.q = New[int](m.target, m.now)
		m.allowed = m.q.budget.short.limit + m.q.budget.long.limit
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"video", "video", "video", "audio", "repair", "drain", "wait"}).Draw(t, "step") {
			case "audio":
				if !m.enter(t, &piece{class: Audio}, 200) {
					t.Fatal("audio waits")
				}
			case "repair":
				m.enter(t, &piece{class: Repair}, 900)
			case "video":
				m.video(t)
			case "drain":
				m.drain(t)
			case "wait":
				d := time.Duration(rapid.SampledFrom([]int{0, 1, 5, 20, 200, 600}).Draw(t, "ms")) * time.Millisecond
				m.now = m.now.Add(d)
				m.allowed += longFactor * float64(m.target) * d.Seconds()
			}
			m.check(t)
		}
		m.whole(t)
	})
}

// video enters the next packet of a line.
func (m *model) video(t *rapid.T) {
	line := rapid.IntRange(0, 3).Draw(t, "line")
	begins := m.rest[line] == 0
	if begins {
		m.frames[line]++
		m.rest[line] = rapid.IntRange(1, 5).Draw(t, "packets")
		m.keys[line] = m.frames[line] == 1 || rapid.IntRange(0, 9).Draw(t, "key") == 0
		m.spares[line] = !m.keys[line] && rapid.IntRange(0, 3).Draw(t, "spare") == 0
	}
	m.rest[line]--
	p := &piece{class: Video, line: line, frame: m.frames[line], key: m.keys[line], spare: m.spares[line]}
	m.enterVideo(t, p, begins)
}

func (m *model) enterVideo(t *rapid.T, p *piece, begins bool) {
	m.add(p)
	if m.q.Enter(Packet[int]{
		Item: p.id, Class: Video, Size: 1000, Line: p.line, Priority: p.line / 2, Frame: p.frame, Key: p.key && begins, Spare: p.spare,
	}, m.now) {
		for _, o := range m.pieces {
			if o.fate == waits && o != p && o.class != Audio {
				t.Fatalf("packet %d overtakes %d", p.id, o.id)
			}
		}
		if m.busy {
			t.Fatalf("packet %d overtakes one that is being sent", p.id)
		}
		m.leave(t, p, 1000)
	}
	m.collect(t)
}

func (m *model) enter(t *rapid.T, p *piece, size int) bool {
	m.add(p)
	ok := m.q.Enter(Packet[int]{Item: p.id, Class: p.class, Size: size}, m.now)
	if ok {
		m.leave(t, p, size)
	}
	m.collect(t)
	return ok
}

func (m *model) add(p *piece) {
	p.id = len(m.pieces)
	m.pieces = append(m.pieces, p)
}

// drain asks a few times, not always to the end.
func (m *model) drain(t *rapid.T) {
	for range rapid.IntRange(1, 5).Draw(t, "asks") {
		p, ok := next(m.q, m.now)
		m.busy = ok
		m.collect(t)
		if !ok {
			return
		}
		got := m.pieces[p.Item]
		for _, o := range m.pieces {
			if o.fate != waits || o == got {
				continue
			}
			if got.class == Video && (o.class == Repair || o.class == Video && o.line/2 < got.line/2) {
				t.Fatalf("%+v leaves before %+v", got, o)
			}
		}
		m.leave(t, got, p.Size)
	}
}

func (m *model) leave(t *rapid.T, p *piece, size int) {
	if p.fate != waits {
		t.Fatalf("%+v leaves", p)
	}
	p.fate = left
	if p.class == Audio {
		m.allowed += float64(8 * size)
	}
	if m.bits += float64(8 * size); m.bits > m.allowed+8*1000 {
		t.Fatalf("%.0f bits left of %.0f allowed", m.bits, m.allowed)
	}
	if p.class == Video {
		m.order[p.line] = append(m.order[p.line], p.id)
		if !slices.IsSorted(m.order[p.line]) {
			t.Fatalf("line %d: %v", p.line, m.order[p.line])
		}
	}
}

func (m *model) collect(t *rapid.T) {
	for p, ok := m.q.Dropped(); ok; p, ok = m.q.Dropped() {
		got := m.pieces[p.Item]
		if got.fate != waits || got.class == Audio {
			t.Fatalf("%+v is dropped", got)
		}
		got.fate = gone
	}
}

func (m *model) check(t *rapid.T) {
	n, bytes := 0, 0
	for _, p := range m.pieces {
		if p.fate == waits {
			n++
			bytes += map[Class]int{Repair: 900, Video: 1000}[p.class]
		}
	}
	held, size := m.q.Held()
	if held != n || size != bytes || held > maxPackets || size > maxBytes {
		t.Fatalf("%d packets of %d bytes wait, want %d of %d", held, size, n, bytes)
	}
	if !m.q.Pending() && (n > 0 || m.busy) {
		t.Fatal("nothing pending")
	}
}

// whole checks what each line's receiver could decode.
func (m *model) whole(t *rapid.T) {
	for line := range 4 {
		broken, skip := false, uint32(0)
		for _, p := range m.pieces {
			if p.class != Video || p.line != line {
				continue
			}
			if p.fate == gone {
				skip = p.frame
				broken = broken || !p.spare
				continue
			}
			if p.frame == skip {
				t.Fatalf("%+v outlives a part of its frame", p)
			}
			if p.key {
				broken = false
			}
			if broken {
				t.Fatalf("%+v is of no use", p)
			}
		}
	}
}
