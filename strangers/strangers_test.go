package strangers

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(address string) Place { return At(netip.MustParseAddr(address), Address) }

// walk is an address in the n-th /64 of a customer's /48.
func walk(n int) Place {
	a := netip.MustParseAddr("2001:db8:1::1").As16()
	binary.BigEndian.PutUint16(a[6:], uint16(n))
	return At(netip.AddrFrom16(a), Address)
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		address   string
		four      int
		near, far string
	}{
		{"203.0.113.7", Address, "203.0.113.7/32", "invalid Prefix"},
		{"203.0.113.7", Block, "203.0.113.0/24", "invalid Prefix"},
		{"::ffff:203.0.113.7", Address, "203.0.113.7/32", "invalid Prefix"}, // on a socket of both families
		{"2001:db8:1:2:3:4:5:6", Block, "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"fe80::1%eth0", Address, "fe80::/64", "fe80::/48"},
		{"fe80::1%eth1", Address, "fe80::/64", "fe80::/48"},
	} {
		if p := At(netip.MustParseAddr(c.address), c.four); p.Near.String() != c.near || p.Far.String() != c.far {
			t.Errorf("%s is at %v", c.address, p)
		}
	}
	if p := At(netip.Addr{}, Address); !p.Near.IsValid() || p != At(netip.Addr{}, Block) {
		t.Errorf("no address is at %v", p)
	}
}

// Who walks through the /64s of a /48 has the pace of four of them, and is in nobody's way outside.
func TestPacesOfAWalk(t *testing.T) {
	p := NewPaces(5, 10)
	now := time.Unix(1, 0)
	come := func() (let int) {
		for n := range 1000 {
			if p.Take(walk(n), now) {
				let++
			}
		}
		return let
	}
	if n := come(); n != Wide*5 {
		t.Errorf("%d at once", n)
	}
	if !p.Take(at("2001:db8:2::1"), now) && !p.Take(at("2001:db8:3::1"), now) || !p.Take(at("203.0.113.1"), now) && !p.Take(at("203.0.113.2"), now) {
		t.Error("others are in its way")
	}
	now = now.Add(100 * time.Millisecond)
	if n := come(); n != Wide {
		t.Errorf("%d after 100 ms", n)
	}
}

// One with a /64 who comes too often keeps nobody else of the institution out, and what is refused is not counted.
func TestPacesOfAnInstitution(t *testing.T) {
	p := NewPaces(5, 10)
	now := time.Unix(1, 0)
	let := 0
	for range 1000 {
		if p.Take(walk(0), now) {
			let++
		}
	}
	if let != 5 {
		t.Errorf("%d at once", let)
	}
	for n := 1; let < Wide*5; n++ {
		if p.Take(walk(n), now) {
			let++
		} else if n > 20 { // of those some may have the hash of another
			t.Fatalf("%d others come in", let-5)
		}
	}
	for _, passed := range []struct {
		by   time.Duration
		want int
	}{{300 * time.Millisecond, 3}, {time.Hour, 5}, {-time.Minute, 0}} { // as clocks do
		now, let = now.Add(passed.by), 0
		for range 20 {
			if p.Take(walk(0), now) {
				let++
			}
		}
		if let != passed.want {
			t.Errorf("%d after %v", let, passed.by)
		}
	}
}

func TestPacesAllocateNothing(t *testing.T) {
	p, now, n := NewPaces(5, 10), time.Unix(1, 0), 0
	if allocated := testing.AllocsPerRun(1000, func() { n++; p.Take(walk(n), now) }); allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}

// Whatever comes and goes: nobody is counted who is gone, no network has more than its limit, and no /48 more than four.
func TestTally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 3
		tally := NewTally()
		here := []Place{}
		places := rapid.SampledFrom([]Place{walk(0), walk(1), walk(2), walk(3), walk(4), walk(5), at("2001:db8:2::1"), at("203.0.113.1"), at("203.0.113.2")})
		count := func(is func(Place) bool) (n int) {
			for _, p := range here {
				if is(p) {
					n++
				}
			}
			return n
		}
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				p := places.Draw(t, "from")
				near := count(func(other Place) bool { return other.Near == p.Near })
				far := count(func(other Place) bool { return p.Far.IsValid() && other.Far == p.Far })
				room := tally.Weight(p) < limit
				if room != (near < limit && far < Wide*limit) {
					t.Fatalf("%d of it and %d around are here, one more: %v", near, far, room)
				}
				if room {
					tally.Enter(p)
					here = append(here, p)
				}
			},
			"leave": func(t *rapid.T) {
				if len(here) > 0 {
					tally.Leave(here[0])
					here = here[1:]
				}
			},
			"": func(t *rapid.T) {
				networks := map[netip.Prefix]bool{}
				for _, p := range here {
					networks[p.Near] = true
				}
				if tally.Networks() != len(networks) || len(here) == 0 && len(tally.here) > 0 {
					t.Fatalf("%d networks, %d of them counted, %d kept", len(networks), tally.Networks(), len(tally.here))
				}
			},
		})
	})
}

// However many networks, or /48s that are walked, take all that they get: who has nothing gets something.
func TestShareLeavesSome(t *testing.T) {
	const most = 16 << 10
	for _, c := range []struct {
		name     string
		networks int
		of       func(i int) Place
		least    int // what is left for one more network
	}{
		{"addresses", 16, func(i int) Place { return At(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), Address) }, 600},
		{"a botnet", 1000, func(i int) Place { return At(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), Address) }, 10},
		{"a walk", 1 << 16, walk, 1024},
	} {
		tally, inside := NewTally(), 0
		for more := true; more; {
			more = false
			for i := range c.networks {
				if p := c.of(i); inside < most && tally.Weight(p) < Share(1024, most-inside) {
					tally.Enter(p)
					inside++
					more = true
				}
			}
		}
		honest, got := at("198.51.100.1"), 0
		for ; inside < most && tally.Weight(honest) < Share(1024, most-inside); inside++ {
			tally.Enter(honest)
			got++
		}
		if got < c.least {
			t.Errorf("%s: %d of %d are taken, one more network got %d", c.name, inside-got, most, got)
		}
	}
}
