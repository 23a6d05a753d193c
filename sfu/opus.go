package sfu

import "errors"

// errOpus is a packet that RFC 6716 does not allow, or that cannot be packed with the others.
var errOpus = errors.New("opus packet")

const (
	maxOpusTime   = 120 * 48       // samples of a packet at most, at the 48 kHz of RTP timestamps (RFC 7587, section 4.1; RFC 6716, section 3.2.5)
	maxOpusFrames = 48             // of 2.5 ms
	maxOpusFrame  = 1275           // bytes (RFC 6716, section 3.2.1)
	packedTime    = 60 * 48        // samples of the packets that thin receivers get
	opusVBR       = 0x80           // of the frame count byte: each frame says its length
	opusPadding   = 0x40           // of the same: padding follows
	opusCode      = 0x03           // of the first byte: how many frames there are
	dtxSize       = 2              // bytes: a packet as small as this says that nothing is said
	opusCode3     = byte(opusCode) // any number of frames
)

// opusPacket is a packet of Opus as its frames (RFC 6716, section 3). The frames lie in the packet that was parsed.
type opusPacket struct {
	toc    byte // configuration and channels; the code is left out
	count  int
	frames [maxOpusFrames][]byte // an empty one was not transmitted
}

// opusFrameTime is the length of each frame of a packet in samples at 48 kHz, by its first byte (RFC 6716, table 2).
func opusFrameTime(toc byte) int {
	switch configuration := toc >> 3; {
	case configuration < 12: // SILK
		return [...]int{480, 960, 1920, 2880}[configuration&3]
	case configuration < 16: // hybrid
		return [...]int{480, 960}[configuration&1]
	default: // CELT
		return [...]int{120, 240, 480, 960}[configuration&3]
	}
}

// opusTime is the length of a packet in samples at 48 kHz; 0: it is malformed as far as its first two bytes tell.
func opusTime(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	n := 1
	switch code := packet[0] & opusCode; {
	case code == 1 || code == 2:
		n = 2
	case code == opusCode3 && len(packet) < 2:
		return 0
	case code == opusCode3:
		n = int(packet[1] &^ (opusVBR | opusPadding))
	}
	if n*opusFrameTime(packet[0]) > maxOpusTime {
		return 0
	}
	return n * opusFrameTime(packet[0])
}

// parse takes a packet apart. It refuses what RFC 6716, section 3.4, calls invalid.
func (p *opusPacket) parse(packet []byte) error {
	if opusTime(packet) == 0 {
		return errOpus
	}
	p.toc, p.count = packet[0]&^opusCode, 1
	rest := packet[1:]
	switch packet[0] & opusCode {
	case 0:
		p.frames[0] = rest
	case 1:
		return p.equal(rest, 2)
	case 2:
		n, body, ok := opusLength(rest)
		if !ok || n > len(body) {
			return errOpus
		}
		p.count, p.frames[0], p.frames[1] = 2, body[:n], body[n:]
	default:
		return p.many(rest[0], rest[1:])
	}
	return p.check()
}

// many reads a packet of code 3, behind its frame count byte.
func (p *opusPacket) many(head byte, rest []byte) error {
	count := int(head &^ (opusVBR | opusPadding))
	padding := 0
	for more := head&opusPadding != 0; more; {
		if len(rest) == 0 {
			return errOpus
		}
		n := int(rest[0])
		rest = rest[1:]
		more = n == 255
		padding += min(n, 254)
	}
	if padding > len(rest) {
		return errOpus
	}
	rest = rest[:len(rest)-padding]
	if head&opusVBR == 0 {
		return p.equal(rest, count)
	}
	var lengths [maxOpusFrames]int
	for i := range count - 1 {
		var ok bool
		if lengths[i], rest, ok = opusLength(rest); !ok {
			return errOpus
		}
	}
	for i, n := range lengths[:count-1] {
		if n > len(rest) {
			return errOpus
		}
		p.frames[i], rest = rest[:n], rest[n:]
	}
	p.count, p.frames[count-1] = count, rest
	return p.check()
}

// equal cuts body into frames of one size.
func (p *opusPacket) equal(body []byte, count int) error {
	size := len(body) / count
	if size*count != len(body) {
		return errOpus
	}
	p.count = count
	for i := range count {
		p.frames[i] = body[i*size : (i+1)*size]
	}
	return p.check()
}

func (p *opusPacket) check() error {
	for _, f := range p.frames[:p.count] {
		if len(f) > maxOpusFrame {
			return errOpus
		}
	}
	return nil
}

// time is the length of all frames in samples.
func (p *opusPacket) time() int { return p.count * opusFrameTime(p.toc) }

// add appends the frames of o. It refuses another configuration or number of channels, which one packet cannot have,
// and more than 120 ms.
func (p *opusPacket) add(o *opusPacket) error {
	if p.count > 0 && p.toc != o.toc || p.time()+o.time() > maxOpusTime {
		return errOpus
	}
	p.toc = o.toc
	p.count += copy(p.frames[p.count:], o.frames[:o.count])
	return nil
}

// write puts the frames into b as one packet, the shortest that holds one frame, else of code 3 with a length for each
// frame (RFC 6716, section 3.2.5). It returns 0 if b is too small.
func (p *opusPacket) write(b []byte) int {
	if p.count == 1 {
		if len(b) < 1+len(p.frames[0]) {
			return 0
		}
		b[0] = p.toc
		return 1 + copy(b[1:], p.frames[0])
	}
	if p.count == 0 || len(b) < p.size() {
		return 0
	}
	b[0], b[1] = p.toc|opusCode3, opusVBR|byte(p.count)
	n := 2
	for _, f := range p.frames[:p.count-1] {
		n += putOpusLength(b[n:], len(f))
	}
	for _, f := range p.frames[:p.count] {
		n += copy(b[n:], f)
	}
	return n
}

// size is what write writes for two frames or more.
func (p *opusPacket) size() int {
	n := 2
	for i, f := range p.frames[:p.count] {
		n += len(f)
		switch {
		case i == p.count-1:
		case len(f) < 252:
			n++
		default:
			n += 2
		}
	}
	return n
}

// packOpus puts the frames of packets into b as one packet and returns its length.
func packOpus(b []byte, packets ...[]byte) (int, error) {
	var all, one opusPacket
	for _, packet := range packets {
		if err := one.parse(packet); err != nil {
			return 0, err
		}
		if err := all.add(&one); err != nil {
			return 0, err
		}
	}
	n := all.write(b)
	if n == 0 {
		return 0, errOpus
	}
	return n, nil
}

// opusLength reads the length of a frame (RFC 6716, section 3.2.1) and returns what follows it.
func opusLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) == 0:
		return 0, nil, false
	case b[0] < 252:
		return int(b[0]), b[1:], true
	case len(b) < 2:
		return 0, nil, false
	}
	return int(b[1])*4 + int(b[0]), b[2:], true
}

func putOpusLength(b []byte, n int) int {
	if n < 252 {
		b[0] = byte(n)
		return 1
	}
	b[0] = byte(252 + n&3)
	b[1] = byte((n - int(b[0])) >> 2)
	return 2
}
