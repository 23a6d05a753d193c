package sfu

// thinning leaves out the upper temporal layers of a VP8 stream (RFC 7741, section 4.2), whole frames only. Fewer layers
// take effect with the next frame; more of them only with a frame that needs none of what was left out.
type thinning struct {
	keep    int    // layers that are granted; 0: all
	sends   int    // in effect
	stamp   uint32 // newest frame looked at
	decided bool
	skipped bool // it is left out
}

// skips tells whether to leave out p, which is newer than what was looked at before or of the same frame.
func (h *thinning) skips(p *head) bool {
	if h.decided && h.stamp == p.stamp {
		return h.skipped
	}
	h.decided, h.stamp = true, p.stamp
	tid := p.vp8.tid()
	switch {
	case h.keep == 0 || p.vp8.keyframe || !p.vp8.layered:
		h.sends = h.keep
	case h.sends == 0 || h.keep < h.sends:
		h.sends = h.keep
	case tid >= h.sends && tid < h.keep && p.vp8.synced():
		h.sends = tid + 1
	}
	h.skipped = p.vp8.layered && h.sends > 0 && tid >= h.sends
	return h.skipped
}
