package sfu

// An echo is a room whose peers are their own others: somebody rehearses alone, and sees and hears what the server got of
// them. Seats, layers, repair and congestion control are those of a hearing. It holds nobody to a level, so what a peer
// may send there is bounded instead.
const (
	echoRate  = 500_000  // bit/s of RTP, all lines of a peer together
	echoBurst = 32 << 10 // bytes at once: a key frame of 360 lines
)
