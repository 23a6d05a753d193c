package turn

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

func TestBucket(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBucket(10_000, now)
	taken := func(size int) (n int) {
		for n < 1<<20 && b.take(size, now) {
			n += size
		}
		return n
	}
	if b.low(now) || b.spent(now) {
		t.Error("low from the start")
	}
	if got := taken(1000); got != 3000 { // 5000, less a quarter
		t.Errorf("%d bytes of pictures at once", got)
	}
	if !b.low(now) || b.spent(now) || taken(voiceSize+1) != voiceSize+1 || !b.spent(now) {
		t.Error("not low, or spent too early, or too late")
	}
	if got := taken(100); got != 1300 {
		t.Errorf("%d bytes of voice after them", got)
	}
	now = now.Add(300 * time.Millisecond)
	if got := taken(1000); got != 1000 || b.low(now) != true {
		t.Errorf("%d bytes of pictures after 300 ms", got)
	}
	now = now.Add(time.Hour)
	if b.low(now) || b.spent(now) || taken(100) != 5000 {
		t.Error("not full after an hour")
	}
	now = now.Add(-time.Minute) // a clock that steps back
	if taken(100) != 0 {
		t.Error("full before its time")
	}
}

// TestRateOfOnePerson has one send as much as they can over both their allocations: the rate is what comes through, voice
// passes all the same, and who else relays notices nothing.
func TestRateOfOnePerson(t *testing.T) {
	const rate = 100_000
	b := start(t, func(c *Config) { c.Rate = rate })
	b.stop()
	name, password := b.Issue("p1")
	one, two, other := b.dial(t, name, password), b.dial(t, name, password), b.enter(t, "p2")
	if one.allocate() != 0 || two.allocate() != 0 {
		t.Fatal("no allocations")
	}
	for _, c := range []*client{one, two, other} {
		if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
			t.Fatal(code)
		}
	}
	picture, voice := strings.Repeat("p", 1000), strings.Repeat("v", 100)
	const seconds = 10
	relayed, heard, spared := 0, 0, 0
	for range seconds * 20 {
		b.pass(50 * time.Millisecond)
		for range 10 {
			one.sendChannel(0x4001, picture)
			two.sendChannel(0x4001, picture)
		}
		one.sendChannel(0x4001, voice)
		other.sendChannel(0x4001, "unharmed")
		for _, c := range []*client{one, two, other} { // what was sent before is relayed by the time of the answer
			if code, _ := c.ask(stun.MethodRefresh); code != 0 {
				t.Fatal(code)
			}
		}
		for len(b.media.got) > 0 {
			switch d := <-b.media.got; string(d.data) {
			case voice:
				heard, relayed = heard+1, relayed+len(d.data)
			case picture:
				relayed += len(d.data)
			default:
				spared++
			}
		}
	}
	if relayed < rate*seconds*9/10 || relayed > rate*seconds*11/10 {
		t.Errorf("%d bytes in %d s at %d bytes/s", relayed, seconds, rate)
	}
	if heard != seconds*20 || spared != seconds*20 || b.count("rate") == 0 {
		t.Errorf("heard %d, others %d of %d; %d dropped", heard, spared, seconds*20, b.count("rate"))
	}
	// Who is over the rate makes no allocation meanwhile.
	two.conn.Close()
	until(t, "one allocation", func() bool { return b.Stats().Allocations == 2 })
	if code := b.dial(t, name, password).allocate(); code != 486 || b.count("spent") != 1 {
		t.Errorf("allocate: %d, want 486", code)
	}
	b.pass(time.Second)
	if code := b.dial(t, name, password).allocate(); code != 0 {
		t.Errorf("allocate a second later: %d", code)
	}
}

// TestPicturesAreHeldBackBeforeAnyIsDropped: the SFU knows what is a picture.
func TestPicturesAreHeldBackBeforeAnyIsDropped(t *testing.T) {
	b := start(t, func(c *Config) { c.Rate = 100_000 })
	b.stop()
	c := b.enter(t, "p1")
	c.bind(0x4001, peerAttr(mediaAddr))
	socket := b.media.relay(t, c.relayed)
	for sent := 0; socket.waiting.Load() < queueLimit; sent++ {
		if sent > 30 {
			t.Fatal("not told")
		}
		socket.send(t, mediaAddr, strings.Repeat("p", 1000))
		c.expect(strings.Repeat("p", 1000))
	}
	if b.count("rate") != 0 {
		t.Error("dropped before")
	}
	b.pass(time.Second)
	socket.send(t, mediaAddr, "voice")
	c.expect("voice")
	until(t, "told again", func() bool { return socket.waiting.Load() == 0 })
}

func TestAllocationsOfAll(t *testing.T) {
	b := start(t, func(c *Config) { c.Allocations = 2 })
	first := b.enter(t, "p1")
	b.enter(t, "p2")
	name, password := b.Issue("p3")
	c := b.dial(t, name, password)
	if code := c.allocate(); code != 508 || b.count("full") != 1 {
		t.Errorf("third allocation of all: %d, want 508", code)
	}
	first.conn.Close()
	until(t, "place free", func() bool { return b.Stats().Allocations == 1 })
	if code := c.allocate(); code != 0 {
		t.Errorf("after another ended: %d", code)
	}
}

// TestUnusedGivesWay: a browser makes an allocation for each of its addresses and uses one of them.
func TestUnusedGivesWay(t *testing.T) {
	b := start(t)
	b.stop()
	name, password := b.Issue("p1")
	used, unused := b.dial(t, name, password), b.dial(t, name, password)
	if used.allocate() != 0 || unused.allocate() != 0 {
		t.Fatal("no allocations")
	}
	used.bind(0x4001, peerAttr(mediaAddr))
	for range 4 {
		if code := b.dial(t, name, password).allocate(); code != 486 {
			t.Fatalf("third allocation: %d, want 486", code)
		}
		b.pass(unusedLimit / 4)
		used.sendChannel(0x4001, "still used")
		b.media.expect(t, "still used")
	}
	b.pass(time.Second)
	if code := b.dial(t, name, password).allocate(); code != 0 {
		t.Errorf("third allocation when one is unused: %d", code)
	}
	if code, _ := unused.ask(stun.MethodRefresh); code != -1 {
		t.Errorf("the unused: %d, want closed", code)
	}
	if code, _ := used.ask(stun.MethodRefresh); code != 0 {
		t.Errorf("the used: %d", code)
	}
}
