package sfu

import (
	"bytes"
	"slices"
	"testing"
)

// TestRedundancy: with depth n, what n lost packets in a row held is in the next one, under the numbers it had.
func TestRedundancy(t *testing.T) {
	packets := recorded(t, "silk")[:60]
	for depth := range maxRedundancy + 1 {
		var r redundancy
		got := map[uint16][]byte{}
		stamps := map[uint16]uint32{}
		var p redPacket
		for i, payload := range packets {
			h := head{sequence: uint16(65530 + i), stamp: uint32(1<<32 - 9000 + i*960)}
			var b [maxPayload]byte
			n := r.encode(b[:], payload, h.stamp, depth, 111)
			r.add(payload, h.stamp)
			if i%(depth+1) != depth {
				continue // lost
			}
			if err := p.parse(b[:n]); err != nil {
				t.Fatal(err)
			}
			if p.count != depth+1 {
				t.Fatalf("depth %d, packet %d: %d blocks", depth, i, p.count)
			}
			for k, block := range p.blocks[:p.count] {
				theirs, ok := p.numbered(k, h)
				if !ok || block.format != 111 {
					t.Fatalf("block %d: %+v", k, block)
				}
				got[theirs.sequence], stamps[theirs.sequence] = slices.Clone(block.payload), theirs.stamp
			}
		}
		if want := 60 / (depth + 1) * (depth + 1); len(got) != want {
			t.Errorf("depth %d: %d packets, want %d", depth, len(got), want)
		}
		for sequence, payload := range got {
			i := int(sequence - 65530)
			if !bytes.Equal(payload, packets[i]) || stamps[sequence] != uint32(1<<32-9000+i*960) {
				t.Errorf("depth %d: packet %d is not what was sent", depth, i)
			}
		}
	}
}

// TestRedundancyLimits: a copy is at most 1023 bytes and 16383 samples old, there is room for it, and before one that
// cannot be there is none.
func TestRedundancyLimits(t *testing.T) {
	type sent struct {
		stamp uint32
		size  int
	}
	for _, c := range []struct {
		name   string
		before []sent
		room   int
		copies int
	}{
		{"none", nil, 1500, 0},
		{"all", []sent{{15_000, 50}, {16_000, 50}, {17_000, 50}, {18_000, 50}, {19_000, 50}}, 1500, 4},
		{"too old", []sent{{1000, 50}, {26_384 - 16_383 - 1 + 10_000, 50}, {20_001, 50}}, 1500, 2},
		{"just not too old", []sent{{10_001, 50}}, 1500, 1},
		{"one sample too old", []sent{{10_000, 50}}, 1500, 0},
		{"too large", []sent{{20_000, 50}, {21_000, 1024}, {22_000, 50}}, 1500, 1},
		{"just not too large", []sent{{20_000, 50}, {21_000, 1023}, {22_000, 50}}, 1500, 3},
		{"no room", []sent{{20_000, 50}, {21_000, 50}, {22_000, 50}}, 100 + 1 + 54 + 54, 2},
		{"at the same time", []sent{{26_384, 50}}, 1500, 0},
	} {
		var r redundancy
		for _, s := range c.before {
			r.add(make([]byte, s.size), s.stamp)
		}
		b := make([]byte, c.room)
		n := r.encode(b, make([]byte, 100), 26_384, maxRedundancy, 111)
		var p redPacket
		if err := p.parse(b[:n]); err != nil || p.count != c.copies+1 {
			t.Errorf("%s: %d copies, %v, want %d", c.name, p.count-1, err, c.copies)
		}
	}
	var r redundancy
	if n := r.encode(make([]byte, 100), make([]byte, 100), 0, 1, 111); n != 0 {
		t.Errorf("%d bytes without room", n)
	}
}

func TestRedMalformed(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":             {},
		"no last header":      {0x80 | 111, 0, 0, 0},
		"half a header":       {0x80 | 111, 0},
		"a copy too long":     {0x80 | 111, 0, 4, 9, 111, 1, 2},
		"too many copies":     append(bytes.Repeat([]byte{0x80 | 111, 0, 4, 0}, maxRedBlocks), 111),
		"headers without end": bytes.Repeat([]byte{0x80}, 1500),
	} {
		var p redPacket
		if err := p.parse(b); err == nil {
			t.Errorf("%s: %d blocks", name, p.count)
		}
	}
	// Blocks out of order have no number.
	p := redPacket{}
	if err := p.parse([]byte{0x80 | 111, 4, 0, 1, 0x80 | 111, 8, 0, 1, 111, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.numbered(0, head{}); ok {
		t.Error("a copy that is younger than the next has a number")
	}
	if h, ok := p.numbered(1, head{sequence: 10, stamp: 2000}); !ok || h.sequence != 9 || h.stamp != 2000-512 {
		t.Errorf("%+v %v", h, ok)
	}
}

// FuzzRed: whatever comes, nothing panics, and what is read lies in what came.
func FuzzRed(f *testing.F) {
	var r redundancy
	for i, payload := range recorded(f, "silk")[:8] {
		var b [maxPayload]byte
		n := r.encode(b[:], payload, uint32(i*960), i%5, 111)
		r.add(payload, uint32(i*960))
		f.Add(b[:n])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p redPacket
		if p.parse(b) != nil {
			return
		}
		size := 1 + (p.count-1)*redHeader
		for i, block := range p.blocks[:p.count] {
			size += len(block.payload)
			if h, ok := p.numbered(i, head{}); ok && h.stamp != -block.lag {
				t.Fatal(h)
			}
		}
		if size != len(b) {
			t.Fatalf("%d of %d bytes read", size, len(b))
		}
	})
}

func TestVoiceAllocates(t *testing.T) {
	var r redundancy
	var p redPacket
	var o opusPacket
	var b, c [maxPayload]byte
	packets := recorded(t, "silk")[:12]
	if n := testing.AllocsPerRun(100, func() {
		for i, payload := range packets {
			n := r.encode(b[:], payload, uint32(i*960), 3, 111)
			r.add(payload, uint32(i*960))
			if p.parse(b[:n]) != nil || o.parse(payload) != nil {
				t.Fatal("malformed")
			}
		}
		if _, err := packOpus(c[:], packets[0], packets[1], packets[2]); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
