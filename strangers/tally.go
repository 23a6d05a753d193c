package strangers

import "net/netip"

// Tally counts who is here, by their places. It keeps something for those alone who are.
type Tally struct {
	here map[netip.Prefix]int // of both widths; none is 0
	near int
}

// NewTally counts nobody.
func NewTally() *Tally { return &Tally{here: map[netip.Prefix]int{}} }

// Enter counts one more at a place.
func (t *Tally) Enter(p Place) {
	if t.here[p.Near]++; t.here[p.Near] == 1 {
		t.near++
	}
	if p.Far.IsValid() {
		t.here[p.Far]++
	}
}

// Leave forgets one who entered.
func (t *Tally) Leave(p Place) {
	if t.less(p.Near); t.here[p.Near] == 0 {
		t.near--
	}
	if p.Far.IsValid() {
		t.less(p.Far)
	}
}

func (t *Tally) less(of netip.Prefix) {
	if t.here[of]--; t.here[of] == 0 {
		delete(t.here, of)
	}
}

// Weight is how many are here of a network, or as many as would be if those of its /48 were shared by few. Below a limit
// of n there is room for one more.
func (t *Tally) Weight(p Place) int { return max(t.here[p.Near], t.here[p.Far]/Wide) }

// Networks is from how many networks people are here.
func (t *Tally) Networks() int { return t.near }

// Share is a limit for each network of something that all have in common, of which so much is left: most, or else a quarter of
// that. So few networks that take as much as they get leave something to who has less: sixteen of them get a twentieth each,
// and of the fifth that is left one more network gets a fifth. Nobody has to give back what they have.
func Share(most, left int) int { return min(most, max(1, left/4)) }
