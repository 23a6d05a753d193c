package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

const (
	allocateLimit = 10 * time.Second // from accept, or from the end of an allocation, to the next allocation
	idleLimit     = time.Minute      // with an allocation; ICE consent (RFC 7675) speaks every few seconds
	idleSlack     = 5 * time.Second  // less: a deadline is not set anew for each packet
	stallLimit    = 15 * time.Second // for one batch of at most 2*queueLimit to leave

	inboundMTU = 1600 // Pion drops a frame that fills it

	// Bytes that may wait for the client. When pictures have filled their part there is room for voice, and answers to
	// requests have room behind both, since over TCP a client does not ask twice.
	pictureLimit = 24 << 10
	queueLimit   = 32 << 10
	replyLimit   = 2 * queueLimit

	channelHeader = 4 // of ChannelData
)

var noBytes [3]byte // that pad ChannelData

var errFrame = errors.New("turn: neither STUN nor ChannelData")

// control is a client's TCP or TLS connection (RFC 8656: the 5-tuple), between
// accept and Pion. It cuts the stream into frames with deadlines when Pion reads,
// and never lets Pion's writes wait.
type control struct {
	tuple

	// fixed
	net.Conn
	server  *Server
	local   net.Addr
	prompt  *prompt // below Conn; nil: writing to it may take time
	courier *courier
	wake    chan struct{}
	done    chan struct{} // closed by abort

	// owned by Pion's read loop
	in     *bufio.Reader
	asking purse // of answers without credential

	patientSince time.Time // deadline set then,
	patientWith  *relay    // for this one

	closing sync.Once

	// guarded by mu
	mu      sync.Mutex
	queued  []byte // whole frames
	leaving int    // bytes in the batch that is being written
	called  bool   // somebody will come and write, or does
	closed  bool
}

func newControl(s *Server, conn net.Conn, remote net.TCPAddr) *control {
	c := &control{
		Conn:   conn,
		server: s,
		local:  s.seenAs(conn.LocalAddr()),
		prompt: Below[*prompt](conn),
		wake:   make(chan struct{}, 1), // full: drain is about to look anyway
		done:   make(chan struct{}),
		in:     bufio.NewReaderSize(conn, 2*inboundMTU),
	}
	c.id, c.remote, c.end, c.relayed = s.lastID.Add(1), &remote, c.abort, c.writeChannel
	c.from = whence(remote.AddrPort().Addr())
	c.requests = newBucket(requestRate, s.config.Now())
	if c.prompt != nil {
		c.courier = s.couriers[c.id%uint64(len(s.couriers))]
		c.prompt.hurry()
	}
	return c
}

// RemoteAddr returns the same pointer each time.
func (c *control) RemoteAddr() net.Addr { return c.remote }

// LocalAddr is what Pion tells 5-tuples apart by.
func (c *control) LocalAddr() net.Addr { return c.local }

// Read returns one whole frame; p holds inboundMTU bytes.
func (c *control) Read(p []byte) (_ int, err error) {
	defer c.server.survive(&c.tuple)
	for {
		select {
		case <-c.done:
			return 0, net.ErrClosed
		default:
		}
		head, _ := c.in.Peek(c.in.Buffered())
		size, err := frameSize(head)
		if err != nil || size > len(p) {
			c.server.refused.count(closedFrame)
			return 0, errFrame
		}
		if size > 0 && size <= len(head) {
			n := 0
			switch frame := head[:size]; {
			case !sound(frame):
				c.server.refused.count(droppedUnsound)
			case isRequest(frame) && !c.await():
				return 0, net.ErrClosed
			case !c.forward(frame):
				n = copy(p, frame)
			}
			if c.in.Discard(size); n > 0 {
				return n, nil
			}
			continue
		}
		if err := c.bePatient(); err != nil {
			return 0, err
		}
		if _, err := c.in.Peek(len(head) + 1); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.server.refused.count(closedIdle)
			}
			return 0, err
		}
	}
}

// await holds back a request too many, and with it all else that the client says; false: the connection has ended.
func (c *control) await() bool {
	if c.requests.take(1, c.server.config.Now()) {
		return true
	}
	c.server.refused.count(heldRequest)
	again := time.NewTicker(time.Second / requestRate)
	defer again.Stop()
	for !c.requests.take(1, c.server.config.Now()) {
		select {
		case <-again.C:
		case <-c.done:
			return false
		}
	}
	return true
}

// bePatient sets until when the client may keep silent, if that was not done lately.
func (c *control) bePatient() error {
	now, r := c.server.config.Now(), c.serving.Load()
	if r != nil && r == c.patientWith && now.Sub(c.patientSince) < idleSlack {
		return nil
	}
	c.patientSince, c.patientWith = now, r
	return c.Conn.SetReadDeadline(c.server.patience(&c.tuple))
}

// frameSize is the length on the stream of the frame that b begins with, 0 if b is too
// short to tell. RFC 8656 section 12.5 pads ChannelData to 4 bytes over TCP.
func frameSize(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, nil
	}
	length := int(binary.BigEndian.Uint16(b[2:4]))
	size := 0
	switch {
	case b[0] <= lastSTUNByte && length%4 == 0 && (len(b) < 8 || binary.BigEndian.Uint32(b[4:]) == cookie):
		size = headerSize + length
	case b[0] >= 0x40 && b[0] <= 0x4f:
		size = 4 + (length+3)&^3
	default:
		return 0, errFrame
	}
	if size >= inboundMTU {
		return 0, errFrame
	}
	return size, nil
}

// Write queues one frame and never waits: a frame for which there is no room is
// dropped and reported as written.
func (c *control) Write(frame []byte) (int, error) {
	defer c.server.survive(&c.tuple)
	answer := len(frame) > 0 && frame[0] == 0x01 // success or error response
	if answer && !proven(frame) {
		if c.asking.earn(0, c.server.config.Now()); !c.asking.spend(0) {
			c.server.refused.count(closedAsking)
			c.abort()
			return 0, net.ErrClosed
		}
	}
	now, err := c.queue(frame, answer)
	if now {
		c.carry()
	}
	return len(frame), err
}

// queue tells whether the caller is to write what waits: an answer is not gathered with others', as its client waits
// for it to ask the next question.
func (c *control) queue(frame []byte, answer bool) (now bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false, net.ErrClosed
	}
	if c.admitLocked(len(frame), answer) {
		c.queued = append(c.roomLocked(), frame...)
	}
	now = answer && c.prompt != nil && !c.called && len(c.queued) > 0
	c.called = c.called || now
	c.queuedLocked()
	return now, nil
}

// writeChannel queues a datagram as ChannelData (RFC 8656, sections 12.4 and 12.5), as Write does a frame.
func (c *control) writeChannel(number uint16, datagram []byte) {
	padding := -len(datagram) & 3
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.admitLocked(channelHeader+len(datagram)+padding, false) {
		c.queued = binary.BigEndian.AppendUint16(c.roomLocked(), number)
		c.queued = binary.BigEndian.AppendUint16(c.queued, uint16(len(datagram)))
		c.queued = append(c.queued, datagram...)
		c.queued = append(c.queued, noBytes[:padding]...)
	}
	c.queuedLocked()
}

// admitLocked tells whether a frame is to be queued; media is also paid for.
func (c *control) admitLocked(size int, answer bool) bool {
	limit := queueLimit
	switch {
	case answer:
		limit = replyLimit
	case size > voiceSize:
		limit = pictureLimit
	}
	if len(c.queued)+c.leaving+size > limit {
		c.server.refused.count(droppedSlow)
		return false
	}
	r := c.serving.Load()
	return answer || r == nil || r.pay(size)
}

// roomLocked is where to queue. A connection for which nothing waits has no memory for it.
func (c *control) roomLocked() []byte {
	if c.queued == nil {
		return c.server.spares.take()
	}
	return c.queued
}

// queuedLocked tells of what is queued.
func (c *control) queuedLocked() {
	c.tell(len(c.queued) + c.leaving)
	c.callLocked()
}

// tell lets whoever sends media know how many bytes of it wait here. The caller holds mu, so that the last is true.
func (c *control) tell(bytes int) {
	if r := c.serving.Load(); r != nil {
		r.tell(bytes)
	}
}

// abort ends the connection and discards what is queued here and in the kernel.
// Pion's read loop then ends, and calls Close.
func (c *control) abort() {
	c.mu.Lock()
	first := !c.closed
	c.closed, c.queued = true, nil
	c.mu.Unlock()
	if !first {
		return
	}
	close(c.done)
	if tcp := Below[*net.TCPConn](c.Conn); tcp != nil {
		tcp.SetLinger(0)
		tcp.Close()
	}
	c.Conn.Close()
}

// Close is called by Pion when it reads no more.
func (c *control) Close() error {
	c.abort()
	c.closing.Do(func() { c.server.forget(c) })
	return nil
}
