package load

import "testing"

// A search finds a bound to a tenth, in few steps, wherever it begins.
func TestSearch(t *testing.T) {
	for bound := 0; bound <= 300; bound++ {
		for _, begin := range []int{1, 7, 64} {
			s, tried := search{}, 0
			for rooms := begin; rooms > 0; rooms = s.next() {
				s = s.learn(rooms, rooms <= bound)
				if tried++; tried > 20 {
					t.Fatalf("bound %d from %d: no end", bound, begin)
				}
			}
			if s.held > bound || s.broke <= bound || s.broke-s.held > max(s.held/closely, 1) {
				t.Errorf("bound %d from %d: %d held, %d did not", bound, begin, s.held, s.broke)
			}
		}
	}
	s := search{}
	for rooms := 1; rooms > 0; rooms = s.next() {
		s = s.learn(rooms, true)
	}
	bounded := search{most: 21}
	for rooms := 4; rooms > 0; rooms = bounded.next() {
		bounded = bounded.learn(rooms, true)
	}
	if bounded.held != 21 {
		t.Errorf("of 21 that can be made %d are tried", bounded.held)
	}
	if s.held != maxRooms {
		t.Errorf("a server that carries all is believed to carry %d", s.held)
	}
}
