package pacer

import (
	"testing"
	"time"
)

var t0 = time.Unix(1_800_000_000, 0)

func at(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }

// TestGoodLinkCostsNothing: where the target is above what is sent, nothing waits, not even a key frame.
func TestGoodLinkCostsNothing(t *testing.T) {
	q := New[int](3_000_000, t0)
	for ms := range 10_000 {
		switch {
		case ms%2000 == 0: // 18 kB
			for range 15 {
				if !q.Enter(Packet[int]{Class: Video, Size: 1200, Frame: uint32(ms), Key: true}, at(ms)) {
					t.Fatalf("a packet of a key frame waits after %d ms", ms)
				}
			}
		case ms%40 == 0:
			for range 4 {
				if !q.Enter(Packet[int]{Class: Video, Size: 1200, Frame: uint32(ms)}, at(ms)) {
					t.Fatalf("a packet of a frame waits after %d ms", ms)
				}
			}
		}
	}
}

// TestKeyFrameAt300k leaves within 300 ms, and no faster than 1.5 times the target.
func TestKeyFrameAt300k(t *testing.T) {
	q := New[int](300_000, t0)
	left := 0
	for i := range 10 {
		if q.Enter(Packet[int]{Item: i, Class: Video, Size: 1200, Frame: 1, Key: i == 0}, t0) {
			left++
		}
	}
	for ms := 0; left < 10; ms += 5 {
		for _, ok := next(q, at(ms)); ok; _, ok = next(q, at(ms)) {
			left++
		}
		if ms > 300 {
			t.Fatalf("%d of 10 packets after 300 ms", left)
		}
		if bits := left * 9600; float64(bits) > 1.5*300*float64(ms)+3*9600 {
			t.Fatalf("%d bits after %d ms", bits, ms)
		}
	}
}

// TestStarvedVideoIsCut: voice uses all there is; video is dropped by age, and then up to a key frame.
func TestStarvedVideoIsCut(t *testing.T) {
	q := New[int](32_000, t0)
	dropped, left := 0, 0
	for ms := range 4500 {
		if ms%60 == 0 && !q.Enter(Packet[int]{Class: Audio, Size: 300}, at(ms)) { // 40 kbit/s
			t.Fatal("voice waits")
		}
		if ms%100 == 0 && q.Enter(Packet[int]{Item: ms, Class: Video, Size: 500, Frame: uint32(ms), Key: ms == 0 || ms == 2000}, at(ms)) {
			left++
		}
		if ms%5 == 0 {
			for _, ok := next(q, at(ms)); ok; _, ok = next(q, at(ms)) {
				left++
			}
		}
		for p, ok := q.Dropped(); ok; p, ok = q.Dropped() {
			dropped++
			if ms < 500 {
				t.Fatalf("frame %d is dropped at %d ms", p.Item, ms)
			}
		}
		if want, looked := map[int]bool{500: false, 1500: true, 2001: false, 2900: false, 4400: true}[ms]; looked && q.Broken(0) != want {
			t.Errorf("broken %v at %d ms", !want, ms)
		}
	}
	if held, _ := q.Held(); dropped != 45-left-held || left > 5 {
		t.Errorf("%d dropped, %d left of 45", dropped, left)
	}
}

// TestKeyFrameReplacesWhatWaits: of a queue that a fallen link left, nothing is sent before the picture that begins
// anew, and a key frame that takes longer than a picture may wait is not dropped for that.
func TestKeyFrameReplacesWhatWaits(t *testing.T) {
	q := New[int](64_000, t0)
	frame := func(ms, packets int, key bool) {
		for i := range packets {
			if q.Enter(Packet[int]{Item: ms, Class: Video, Size: 1000, Frame: uint32(ms), Key: key && i == 0}, at(ms)) && ms != 0 {
				t.Errorf("a packet of frame %d overtakes", ms)
			}
		}
	}
	frame(0, 1, true)
	frame(10, 4, false)
	frame(160, 6, true) // 750 ms of the link
	dropped, left := 0, map[int]int{}
	for ms := 160; ms < 1500; ms += 5 {
		for p, ok := next(q, at(ms)); ok; p, ok = next(q, at(ms)) {
			left[p.Item]++
		}
		for p, ok := q.Dropped(); ok; p, ok = q.Dropped() {
			dropped++
			if p.Item != 10 {
				t.Errorf("frame %d is dropped after %d ms", p.Item, ms)
			}
		}
	}
	if dropped != 4 || left[160] != 6 {
		t.Errorf("%d packets dropped, %v left", dropped, left)
	}
}

// TestProbeIsPaddedToItsRate, and what leaves meanwhile counts.
func TestProbeIsPaddedToItsRate(t *testing.T) {
	q := New[int](300_000, t0)
	q.Probe(Probe{Cluster: 7, Rate: 800_000, Packets: 5, Bytes: 3000}, t0)
	sent := 0
	for ms := 0; q.Pending(); ms += 5 {
		if ms%20 == 0 {
			q.Enter(Packet[int]{Class: Audio, Size: 100}, at(ms))
			if q.Cluster() == 7 {
				sent += 100
			}
		}
		for n := q.Padding(at(ms)); n > 0; n = q.Padding(at(ms)) {
			if q.Cluster() != 7 {
				t.Fatal("padding of no cluster")
			}
			sent += n
		}
		if most := 100*ms + 900; sent > most {
			t.Fatalf("%d bytes after %d ms", sent, ms)
		}
		if ms > 60 {
			t.Fatalf("%d bytes of 3000 after 60 ms", sent)
		}
	}
	if sent < 3000 || sent > 3400 {
		t.Errorf("%d bytes of 3000", sent)
	}
}

// TestBurstsAreNoIncome: video of twice the target leaves at the target, however high bursts may go; voice is charged.
func TestBurstsAreNoIncome(t *testing.T) {
	for _, target := range []int{64_000, 300_000, 2_000_000} {
		q := New[int](target, t0)
		bits, cut := 0, true
		for ms := range 20_000 {
			if ms%20 == 0 {
				q.Enter(Packet[int]{Class: Audio, Size: 60}, at(ms)) // 24 kbit/s
				bits += 8 * 60
			}
			if size := target / 10 / 8; ms%50 == 0 && q.Enter(Packet[int]{Class: Video, Size: size, Frame: uint32(ms), Key: cut}, at(ms)) {
				bits += 8 * size
			}
			for p, ok := next(q, at(ms)); ok; p, ok = next(q, at(ms)) {
				bits += 8 * p.Size
			}
			for _, ok := q.Dropped(); ok; _, ok = q.Dropped() {
			}
			cut = q.Broken(0)
		}
		if share := float64(bits) / 20 / float64(target); share < 1 || share > 1.1 {
			t.Errorf("%d bit/s: %.2f of the target leave", target, share)
		}
	}
}

// TestAnotherLayerTakesTheWay: what waits of a layer goes when the key frame of another one comes, however short a time
// it has waited; of the same layer it leaves first.
func TestAnotherLayerTakesTheWay(t *testing.T) {
	for _, anew := range []bool{true, false} {
		q := New[int](100_000, t0)
		for i := range 10 {
			q.Enter(Packet[int]{Item: i, Class: Video, Size: 1200, Frame: 1, Key: i == 0}, t0)
		}
		for _, ok := next(q, t0); ok; _, ok = next(q, t0) {
		}
		q.Enter(Packet[int]{Item: 99, Class: Video, Size: 1200, Frame: 2, Key: true, Anew: anew}, at(20))
		first, ok := -1, false
		for ms := 20; !ok; ms += 5 {
			var p Packet[int]
			p, ok = next(q, at(ms))
			first = p.Item
		}
		if (first == 99) != anew {
			t.Errorf("anew %v: %d is next", anew, first)
		}
	}
}

// TestNothingIsAllocated for a packet, whether it passes or waits.
func TestNothingIsAllocated(t *testing.T) {
	q := New[int](1_000_000, t0)
	ms := 0
	step := func() {
		for range 20 {
			q.Enter(Packet[int]{Class: Video, Size: 1000, Frame: uint32(ms), Key: true}, at(ms))
			q.Enter(Packet[int]{Class: Repair, Size: 1000}, at(ms))
		}
		for _, ok := next(q, at(ms)); ok; _, ok = next(q, at(ms)) {
		}
		for _, ok := q.Dropped(); ok; _, ok = q.Dropped() {
		}
		ms += 20
	}
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(200, step); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestPageComesLateButWhole: 80 kB of a page over 150 kbit/s beside a face that fits, while others have it begin anew
// every 4 s. The first one leaves whole before any other begins, the face goes on, and what never ends is cut by age.
func TestPageComesLateButWhole(t *testing.T) {
	const packets = 70
	q := New[uint32](150_000, t0)
	pages, faces := map[uint32]int{}, 0
	count := func(p Packet[uint32]) {
		if p.Line == 0 {
			faces++
		} else {
			pages[p.Frame]++
		}
	}
	enter := func(p Packet[uint32], ms int) {
		if p.Item = p.Frame; q.Enter(p, at(ms)) {
			count(p)
		}
	}
	whole := func(frame uint32) bool { return pages[frame] == packets }
	for ms := range 15_900 {
		switch {
		case ms%4000 == 0:
			for i := range packets {
				enter(Packet[uint32]{Class: Video, Size: 1200, Line: 1, Priority: 9, Page: true, Frame: uint32(ms), Key: i == 0}, ms)
			}
		case ms%200 == 0:
			enter(Packet[uint32]{Class: Video, Size: 1200, Line: 1, Priority: 9, Page: true, Frame: uint32(ms)}, ms)
		}
		if ms%100 == 50 {
			enter(Packet[uint32]{Class: Video, Size: 600, Frame: uint32(ms)}, ms)
		}
		if ms%5 == 0 {
			for p, ok := next(q, at(ms)); ok; p, ok = next(q, at(ms)) {
				count(p)
			}
			if pages[4000] > 0 && !whole(0) || pages[8000] > 0 && pages[4000] > 0 && !whole(4000) {
				t.Fatalf("after %d ms another page begins: %v", ms, pages)
			}
		}
	}
	if !whole(0) || !whole(4000) && !whole(8000) {
		t.Errorf("packets of pages: %v", pages)
	}
	if faces < 157 {
		t.Errorf("%d of 159 packets of a face", faces)
	}
	q.Target(20_000)
	for ms := 15_900; ms < 15_900+int(PageAge.Milliseconds())+1000; ms += 5 {
		for _, ok := next(q, at(ms)); ok; _, ok = next(q, at(ms)) {
		}
	}
	if q.Waits(1) {
		t.Error("a page waits for ever")
	}
}

// next is Queue.Next for a caller who has sent what it got before.
func next[T any](q *Queue[T], now time.Time) (Packet[T], bool) {
	p, ok := q.Next(now)
	if !ok {
		q.Sent()
	}
	return p, ok
}

// TestNothingOvertakesWhatHasNotLeft: what enters waits until the caller of Next has sent all that it got.
func TestNothingOvertakesWhatHasNotLeft(t *testing.T) {
	q := New[int](1_000_000, t0)
	q.Hold(true)
	if q.Enter(Packet[int]{Item: 1, Class: Video, Size: 100, Frame: 1, Key: true}, t0) {
		t.Fatal("left while held")
	}
	q.Hold(false)
	if p, ok := q.Next(t0); !ok || p.Item != 1 {
		t.Fatal("nothing to send")
	}
	if _, ok := q.Next(t0); ok {
		t.Fatal("something more to send")
	}
	if q.Enter(Packet[int]{Item: 2, Class: Video, Size: 100, Frame: 1}, t0) || !q.Pending() {
		t.Error("overtook what has not left")
	}
	if p, ok := q.Next(t0); !ok || p.Item != 2 {
		t.Error("did not wait for its turn")
	}
	q.Sent()
	if !q.Enter(Packet[int]{Item: 3, Class: Video, Size: 100, Frame: 1}, t0) {
		t.Error("waits for nothing")
	}
}
