package sfu

import "time"

const (
	silence  = 2 * time.Second // a layer without packets for so long is dead
	patience = 3 * time.Second // a layer that gives no key frame for so long is passed over, if there is another
	low      = 180             // lines of the lower layer
)

// layer is what the choice needs to know of a stream.
type layer struct {
	alive bool
	stuck bool // has owed us a key frame for longer than patience
}

// chooseLayer returns the index of the layer to show, lowest quality first in layers, for a wished height in lines;
// -1: keep what is shown. The wish 0 is not asked here, it means nothing at all.
func chooseLayer(height int, layers []layer) int {
	best := -1
	for i, l := range layers {
		if !l.alive {
			continue
		}
		better := best < 0 || height > low
		if best >= 0 && layers[best].stuck != l.stuck {
			better = layers[best].stuck
		}
		if better {
			best = i
		}
	}
	return best
}

// defaultHeight is the wish of a receiver who never said one: a hearing of two or three shows faces, a larger one
// thumbnails.
func defaultHeight(occupied int) int {
	if occupied <= 2 {
		return 2 * low
	}
	return low
}
