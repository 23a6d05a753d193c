package sfu

import "time"

const (
	silence    = 2 * time.Second     // a layer without packets for so long does not come,
	stopped    = time.Second / 2     // or for so long while another layer does,
	ended      = time.Second / 5     // or only so long if that one began anew
	abreast    = time.Second / 10    // when the layers that stay begin within so long of one another
	patience   = 3 * time.Second     // what was asked of a publisher and does not come for so long is passed over
	impatience = 3 * time.Second / 2 // the same while nothing is shown
	ending     = 2 * time.Second     // from the word that a layer will not be sent, until what comes counts again
	barred     = 10 * time.Second    // until a layer that gave no key frame is tried again
	low        = 180                 // lines of the lower layer

	unturned     = time.Minute // silence of a screen: a page may lie there for long
	screenHeight = 720
	screenBits   = 80_000 // bit/s of datagrams, that are reserved for a screen at first: pages that are turned now and then,
	screenLeast  = 50_000 // and at least, while one lies there

	datagram = 68 // bytes of a datagram beside the payload: IPv4, UDP, RTP with CSRC and extension, SRTP (AES-GCM)
)

// layer is what the choice needs to know of a stream.
type layer struct {
	alive bool
	stuck bool // has owed us a key frame for longer than patience
}

// usable tells whether a line can go over to the layer.
func (l layer) usable() bool { return l.alive && !l.stuck }

// chooseLayer returns the index of the layer to go over to, for the one that is granted and the one that is sent (-1:
// none). While the granted one does not come, what is sent goes on, or else the best below serves.
func chooseLayer(granted, sent int, layers []layer) int {
	if layers[granted].usable() || sent >= 0 && sent <= granted && layers[sent].alive {
		if layers[granted].usable() {
			return granted
		}
		return sent
	}
	for i := granted - 1; i >= 0; i-- {
		if layers[i].usable() {
			return i
		}
	}
	return granted
}

// nominal is what a layer of the track is expected to be before it was measured.
func (t *track) nominal(i int) (height, bits int) {
	if t.screen {
		return screenHeight, screenBits
	}
	if t.rids[i] == "h" && Level(t.peer.up.Load()) == LevelMedium {
		return nominal("") // alone, as of a camera with one layer
	}
	return nominal(t.rids[i])
}

// nominal is what a layer of a camera is expected to be before it was measured: what our own client is set to
// (web/client/core).
func nominal(rid string) (height, bits int) {
	switch rid {
	case "l":
		height, bits = low, 50_000
	case "m":
		height, bits = 2*low, 110_000
	case "h":
		height, bits = 2*low, 300_000
	case "": // the only one
		height, bits = 2*low, 150_000
	default:
		height, bits = low, 150_000
	}
	return height, bits + 10*(1+bits/120_000)*datagram*8
}

// defaultHeight is the wish of a receiver who never said one: a hearing of two or three shows faces, a larger one
// thumbnails.
func defaultHeight(occupied int) int {
	if occupied <= 2 {
		return 2 * low
	}
	return low
}
