package sfu

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Unix(1_800_000_000, 0)

func TestAssignSeats(t *testing.T) {
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	who := func(numbers ...uint32) (list []occupant) {
		for _, n := range numbers {
			list = append(list, occupant{n % 100, n > 100}) // 102 is the screen of 2
		}
		return list
	}
	sit := func(n uint32, spoke time.Time) sitter { return sitter{who(n)[0], spoke} }
	never := time.Time{}
	for _, c := range []struct {
		name     string
		seated   []occupant
		pictures int
		others   []sitter
		want     []occupant
	}{
		{"empty room", who(0, 0), 2, nil, who(0, 0)},
		{"first come", who(0, 0), 2, []sitter{sit(3, never), sit(2, never)}, who(3, 2)},
		{"who sits stays", who(2, 3), 2, []sitter{sit(3, at(9)), sit(2, at(1))}, who(2, 3)},
		{"the one who left leaves a gap", who(2, 3, 4), 3, []sitter{sit(2, at(1)), sit(4, at(1))}, who(2, 0, 4)},
		{"the gap is filled", who(2, 0, 4), 3, []sitter{sit(2, at(1)), sit(4, at(1)), sit(5, never)}, who(2, 5, 4)},
		{"no room for the silent", who(2, 3), 2, []sitter{sit(2, at(1)), sit(3, at(2)), sit(4, never)}, who(2, 3)},
		{"a speaker takes the quietest seat", who(2, 3), 2, []sitter{sit(2, at(5)), sit(3, at(2)), sit(4, at(9))}, who(2, 4)},
		{"not of who spoke later", who(2, 3), 2, []sitter{sit(2, at(9)), sit(3, at(9)), sit(4, at(8))}, who(2, 3)},
		{"speakers first among newcomers", who(0), 1, []sitter{sit(2, never), sit(3, at(1))}, who(3)},
		{"no seats", nil, 0, []sitter{sit(2, at(1))}, []occupant{}},
		{"a screen takes a free seat of its own", who(2, 0), 2, []sitter{sit(2, at(1)), sit(102, never)}, who(2, 102)},
		{"a screen goes before who speaks", who(0), 1, []sitter{sit(2, at(1)), sit(102, never)}, who(102)},
		{"a screen takes the quietest seat", who(2, 3), 2, []sitter{sit(2, at(5)), sit(3, at(2)), sit(102, never)}, who(2, 102)},
		{"who made way for it keeps a voice", who(2, 3, 0), 2, []sitter{sit(2, at(5)), sit(3, at(2)), sit(102, never)}, who(2, 102, 3)},
		{"or takes that of who spoke before them", who(2, 3, 4), 2, []sitter{sit(2, at(5)), sit(3, at(2)), sit(4, at(1)), sit(102, never)}, who(2, 102, 3)},
		{"no seat without video for a screen", who(2, 0), 1, []sitter{sit(2, at(1)), sit(102, never)}, who(102, 2)},
		{"nobody takes the seat of a screen", who(102), 1, []sitter{sit(2, at(1)), sit(102, never), sit(103, never)}, who(102)},
		{"screens leave two seats to voices", who(102, 103, 4, 5), 4, []sitter{sit(102, never), sit(103, never), sit(104, never), sit(4, at(1)), sit(5, at(2)), sit(6, at(3))}, who(102, 103, 6, 5)},
		{"also before anybody speaks", who(0, 0, 0, 0), 4, []sitter{sit(102, never), sit(103, never), sit(104, never), sit(4, never)}, who(102, 103, 4, 0)},
		{"a screen is gone before its owner", who(2, 102), 2, []sitter{sit(2, at(1))}, who(2, 0)},
	} {
		if got := assignSeats(c.seated, c.pictures, c.others); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestAssignSeatsInvariants: nobody sits twice or without being there, nor a screen where nothing is shown; nobody
// moves but for a screen; no seat stays free while somebody waits, but those that screens leave to voices, and a second
// look changes nothing.
func TestAssignSeatsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seated := make([]occupant, rapid.IntRange(0, 6).Draw(t, "seats"))
		pictures := rapid.IntRange(0, len(seated)).Draw(t, "pictures")
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			var others []sitter
			screens := 0
			for n := range uint32(8) {
				if rapid.Bool().Draw(t, "there") {
					others = append(others, sitter{occupant{number: n + 1}, t0.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "spoke")) * time.Second)})
				}
				if rapid.IntRange(0, 9).Draw(t, "shares") == 0 {
					others = append(others, sitter{occupant: occupant{n + 1, true}})
					screens++
				}
			}
			next := assignSeats(seated, pictures, others)
			free, used, shown := 0, map[occupant]bool{}, 0
			for i, who := range next {
				if who.number == 0 {
					free++
					continue
				}
				if used[who] {
					t.Fatalf("%v sits twice", who)
				}
				used[who] = true
				if who.screen {
					if shown++; i >= pictures {
						t.Fatalf("%v sits where nothing is shown", who)
					}
				}
				if !slices.ContainsFunc(others, func(o sitter) bool { return o.occupant == who }) {
					t.Fatalf("%v is not there", who)
				}
				if j := slices.Index(seated, who); j >= 0 && j != i && !next[j].screen {
					t.Fatalf("%v moved", who)
				}
			}
			if shown != min(screens, mostScreens(len(seated), pictures)) || free > 0 && len(used)-shown < len(others)-screens {
				t.Fatalf("somebody of %v waits beside %v", others, next)
			}
			if again := assignSeats(next, pictures, others); !slices.Equal(again, next) {
				t.Fatalf("%v, then %v", next, again)
			}
			seated = next
		}
	})
}

func TestChooseLayer(t *testing.T) {
	up, down, stuck := layer{alive: true}, layer{}, layer{alive: true, stuck: true}
	for _, c := range []struct {
		granted, sent int
		layers        []layer
		want          int
	}{
		{0, -1, []layer{up, up}, 0},
		{1, -1, []layer{up, up}, 1},
		{1, 0, []layer{up, up}, 1},
		{0, 1, []layer{up, up}, 0},
		{1, 0, []layer{up, down}, 0},  // not there yet
		{1, -1, []layer{up, down}, 0}, // the lower serves meanwhile
		{0, 1, []layer{down, up}, 0},  // the higher may go on, but is no choice
		{1, 0, []layer{up, stuck}, 0},
		{1, -1, []layer{up, stuck}, 0},
		{1, -1, []layer{stuck, stuck}, 1},
		{2, 0, []layer{up, up, down}, 0},
		{2, -1, []layer{up, up, down}, 1},
		{0, -1, []layer{stuck}, 0},
		{0, -1, []layer{down}, 0},
	} {
		if got := chooseLayer(c.granted, c.sent, c.layers); got != c.want {
			t.Errorf("chooseLayer(%d, %d, %v) = %d, want %d", c.granted, c.sent, c.layers, got, c.want)
		}
	}
	if defaultHeight(2) <= low || defaultHeight(3) > low {
		t.Error("default height")
	}
}

func TestKeyframesCoalesce(t *testing.T) {
	var k keyframes
	now := t0
	asked := 0
	for range 100 { // 100 wishes within a second
		if k.want(0, now) && k.due(0, now) {
			asked++
		}
		now = now.Add(10 * time.Millisecond)
	}
	if asked != 2 {
		t.Errorf("asked %d times in a second, want 2", asked)
	}
	if !k.due(0, now.Add(keyframeSpace)) {
		t.Error("not repeated while nothing came")
	}
	k.take(&incoming{head: head{vp8: vp8{keyframe: true}}, at: now})
	if k.due(0, now.Add(time.Hour)) {
		t.Error("repeated after the key frame")
	}
}

// TestKeyframesCost: a key frame is asked for again when the stream has paid for the last one, or when 300 ms have
// passed if somebody is shown nothing.
func TestKeyframesCost(t *testing.T) {
	for _, c := range []struct {
		name     string
		bytes    int
		rate     int
		newcomer bool
		want     time.Duration
	}{
		{"cheap", 1000, 300_000, false, 500 * time.Millisecond},
		{"its share", 9000, 200_000, false, 1200 * time.Millisecond}, // 72 kbit of 60 kbit/s
		{"dear", 50_000, 50_000, false, 3 * time.Second},
		{"not measured", 9000, 0, false, 3 * time.Second},
		{"newcomer", 50_000, 50_000, true, 300 * time.Millisecond},
	} {
		var k keyframes
		k.want(c.rate, t0)
		k.due(c.rate, t0)
		k.take(&incoming{head: head{stamp: 7, vp8: vp8{keyframe: true}}, payload: make([]byte, c.bytes), at: t0})
		k.take(&incoming{head: head{stamp: 8}, payload: make([]byte, 5000), at: t0})
		for at := time.Duration(0); ; at += 10 * time.Millisecond {
			k.newcomer = c.newcomer
			if k.want(c.rate, t0.Add(at)) {
				if at != c.want {
					t.Errorf("%s: after %v, want %v", c.name, at, c.want)
				}
				break
			}
		}
	}
}

// TestNeeds: three in ten seconds.
func TestNeeds(t *testing.T) {
	var n needs
	allowed := 0
	for i := range 100 {
		if n.allow(t0.Add(time.Duration(i) * 200 * time.Millisecond)) {
			allowed++
		}
	}
	if allowed != 6 {
		t.Errorf("%d in 20 s", allowed)
	}
}

func TestArrivals(t *testing.T) {
	var a arrivals
	now := t0
	note := func(seq uint16, want fate) {
		t.Helper()
		if got := a.note(seq, now); got != want {
			t.Errorf("note(%d) = %d, want %d", seq, got, want)
		}
	}
	note(65534, fresh)
	note(65534, duplicate)
	note(1, fresh) // 65535 and 0 are missing
	asking := persistence{maxTries, giveUp}
	if got := a.due(nil, now, 0, asking); len(got) != 0 {
		t.Errorf("asked at once for %v, want some patience with reordering", got)
	}
	note(65535, late)
	note(65535, duplicate)
	now = now.Add(reordered)
	if got := a.due(nil, now, 0, asking); !slices.Equal(got, []uint16{0}) {
		t.Errorf("asked for %v, want 0", got)
	}
	if got := a.due(nil, now.Add(50*time.Millisecond), 100*time.Millisecond, asking); len(got) != 0 {
		t.Errorf("asked again within a round trip for %v", got)
	}
	tries := 1
	for range 100 {
		now = now.Add(25 * time.Millisecond)
		tries += len(a.due(nil, now, 0, asking))
	}
	if tries != maxTries {
		t.Errorf("asked %d times, want %d", tries, maxTries)
	}
	note(0, late)
	note(60000, restart)
	note(60001, fresh)
	note(60000-900, stale)
	for i := range uint16(unlikely - 1) {
		note(58000+i, stale)
	}
	note(58000+unlikely-1, restart)
	note(40000, restart)
	for i := range 5000 {
		a.note(40000+uint16(i*2), now)
	}
	if len(a.losses) > maxLosses {
		t.Errorf("%d losses remembered", len(a.losses))
	}
}

func TestSpeakers(t *testing.T) {
	s := newSpeakers()
	now := t0
	hear := func(windows map[uint32]loudness) []uint32 { now = now.Add(windowEvery); return s.hear(windows, now) }
	level := func(l uint8) (w loudness) {
		for range 5 {
			w.add(l)
		}
		return w
	}
	quiet := loudness{}
	for range 10 {
		if got := hear(map[uint32]loudness{1: level(90), 2: quiet}); len(got) != 0 {
			t.Fatalf("%v speak in silence", got)
		}
	}
	windows := 0
	for ; len(s.order) == 0; windows++ {
		hear(map[uint32]loudness{1: level(20), 2: quiet})
	}
	if windows > 3 {
		t.Errorf("speaking noticed after %d windows", windows)
	}
	for range 6 { // a pause between words
		if got := hear(map[uint32]loudness{1: quiet, 2: quiet}); !slices.Equal(got, []uint32{1}) {
			t.Fatalf("%v speak during a pause", got)
		}
	}
	for range 10 {
		hear(map[uint32]loudness{1: quiet, 2: quiet})
	}
	if len(s.order) != 0 {
		t.Errorf("%v still speak", s.order)
	}
	for range 10 {
		hear(map[uint32]loudness{1: level(40), 2: level(20)})
	}
	if !slices.Equal(s.order, []uint32{2, 1}) {
		t.Errorf("order %v, want the loudest first", s.order)
	}
	for range 10 {
		hear(map[uint32]loudness{1: level(18), 2: level(20)})
	}
	if !slices.Equal(s.order, []uint32{2, 1}) {
		t.Errorf("order %v changed for two decibels", s.order)
	}
	hear(map[uint32]loudness{2: level(20)})
	if len(s.voices) != 1 {
		t.Error("who left is remembered")
	}
}

func TestCacheGives(t *testing.T) {
	c := newCache(8, 64, 16, time.Hour) // four pieces of one packet each
	b := make([]byte, 100)
	if _, _, ok := c.get(0, b); ok {
		t.Error("empty cache gives")
	}
	for i := range uint16(200) {
		c.put(entry{seq: i}, bytes.Repeat([]byte{byte(i)}, 10), t0)
		for old := range min(i+1, 50) {
			if e, n, ok := c.get(i-old, b); ok && (b[0] != byte(i-old) || b[9] != byte(i-old) || n != 10 || e.seq != i-old) {
				t.Fatalf("packet %d was overwritten and given", i-old)
			} else if ok != (old < 4) {
				t.Fatalf("packet %d of %d: %v", i-old, i, ok)
			}
		}
	}
	c.put(entry{seq: 999}, make([]byte, 17), t0)
	if _, _, ok := c.get(999, b); ok {
		t.Error("packet larger than a piece was kept")
	}
}

// TestCacheKeeps: what is not old is kept while there is room, whatever the rate and whatever was lost before it came; what
// is old is given back.
func TestCacheKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const keep = time.Second
		c := newCache(512, 64<<10, 1<<10, keep)
		now, b := t0, make([]byte, maxPayload)
		sent := map[uint16]time.Time{}
		for seq := uint16(65000); seq != 200; seq++ {
			now = now.Add(time.Duration(rapid.IntRange(8, 60).Draw(t, "pause")) * time.Millisecond)
			if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
				continue
			}
			n := rapid.IntRange(1, 200).Draw(t, "bytes")
			sent[seq] = now
			c.put(entry{seq: seq}, bytes.Repeat([]byte{byte(seq)}, n), now)
			for old, at := range sent {
				e, _, ok := c.get(old, b)
				switch {
				case ok && (b[0] != byte(old) || b[e.length-1] != byte(old)):
					t.Fatalf("packet %d is another", old)
				case !ok && now.Sub(at) <= keep:
					t.Fatalf("packet %d is gone after %v", old, now.Sub(at))
				case !ok:
					delete(sent, old)
				}
			}
		}
		if held := c.pieces.held(); held > 64<<10 {
			t.Fatalf("%d bytes", held)
		}
		now = now.Add(time.Minute)
		c.put(entry{seq: 300}, make([]byte, 600), now)
		c.put(entry{seq: 301}, make([]byte, 600), now)
		if held := c.pieces.held(); held > 2<<10 {
			t.Fatalf("%d bytes for what is sent now", held)
		}
	})
}

func (p *pieces) held() (bytes int) {
	for _, one := range p.ring {
		bytes += len(one.bytes)
	}
	return bytes
}

func TestReception(t *testing.T) {
	var r reception
	now := t0
	for i := range 100 {
		if i%10 != 3 {
			r.note(uint16(65500+i), uint32(i*960), 48000, now)
		}
		now = now.Add(20 * time.Millisecond)
	}
	report := r.report(7, now)
	if report.TotalLost != 10 || report.FractionLost != 25 || report.LastSequenceNumber != 65599 || report.SSRC != 7 {
		t.Errorf("report %+v", report)
	}
	if report.Jitter > 1 {
		t.Errorf("jitter %d of a steady stream", report.Jitter)
	}
	r.note(100, 100*960, 48000, now)
	r.lastSR, r.lastSRAt = 42, now
	if report = r.report(7, now.Add(time.Second)); report.Delay != 65536 || report.LastSenderReport != 42 {
		t.Errorf("report %+v", report)
	}
}

// TestClocks: what a publisher recorded at one instant is told to receivers as one instant of our clock, whatever the
// RTP offsets are and however the reports were delayed.
func TestClocks(t *testing.T) {
	var c sourceClock
	start := 500 * time.Second // theirs
	ours := func(theirs time.Duration) time.Time { return t0.Add(theirs - start).Add(40 * time.Millisecond) }
	audio := mapping{ntp: start, stamp: 4_294_967_000, clock: 48000}
	video := mapping{ntp: start + time.Second, stamp: 77, clock: 90000}
	c.note(audio.ntp, ours(audio.ntp))
	c.note(video.ntp, ours(video.ntp).Add(300*time.Millisecond)) // a slow report
	instant := ours(start + 10*time.Second)
	theirs, ok := c.theirs(instant)
	if !ok || theirs < start+10*time.Second-10*time.Millisecond || theirs > start+10*time.Second+10*time.Millisecond {
		t.Fatalf("theirs %v", theirs-start)
	}
	a, v := audio.stampOf(theirs), video.stampOf(theirs)
	if d := audio.ntpOf(a) - video.ntpOf(v); d > time.Millisecond || d < -time.Millisecond {
		t.Errorf("audio and video are %v apart", d)
	}
	if got := ntpTime(ntpOf(theirs)); got-theirs > time.Microsecond || theirs-got > time.Microsecond {
		t.Errorf("ntp round trip %v", got-theirs)
	}
	if got := video.ntpOf(^uint32(89999 - 77)); got != start {
		t.Errorf("a second before the report is %v", got-start)
	}
}
