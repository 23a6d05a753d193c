package sfu

import (
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/deadline"

	"jalsa/lab/forge"
)

// wire is a media socket without a network.
type wire struct {
	in       chan parcel
	done     chan struct{}
	once     sync.Once
	deadline *deadline.Deadline
}

type parcel struct {
	b    []byte
	from *net.UDPAddr
}

func newWire() *wire {
	return &wire{in: make(chan parcel), done: make(chan struct{}), deadline: deadline.New()}
}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-w.in:
		return copy(b, p.b), p.from, nil
	case <-w.done:
		return 0, nil, net.ErrClosed
	case <-w.deadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	}
}

func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }
func (w *wire) Close() error                              { w.once.Do(func() { close(w.done) }); return nil }
func (w *wire) LocalAddr() net.Addr                       { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9} }
func (w *wire) SetDeadline(t time.Time) error             { return w.SetReadDeadline(t) }
func (w *wire) SetReadDeadline(t time.Time) error         { w.deadline.Set(t); return nil }
func (w *wire) SetWriteDeadline(time.Time) error          { return nil }

// proven is one who was let in: the password of the answer is theirs, and so is an address.
type proven struct {
	sfu      *SFU
	wire     *wire
	peer     *Peer
	password string
	from     *net.UDPAddr
}

func newProven(t testing.TB) *proven {
	t.Helper()
	p := &proven{wire: newWire(), from: &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1000}}
	p.sfu = testSFU(t, p.wire)
	must(t, p.begin())
	return p
}

// begin makes another peer, since the last one was given up for what it sent.
func (p *proven) begin() (err error) {
	if p.peer, err = p.sfu.Room("x").Join("p", 1, Events{}); err != nil {
		return err
	}
	answer, err := p.peer.Answer(offerText(1), LevelLarge)
	if err != nil {
		return err
	}
	p.password = textAttribute(answer, "ice-pwd")
	p.from = &net.UDPAddr{IP: p.from.IP, Port: p.from.Port%60000 + 1}
	p.send(p.signed(nil))
	return nil
}

// send has the mux take a packet.
func (p *proven) send(b []byte) { p.wire.in <- parcel{b, p.from} }

// signed is a check with more in it than there should be. What cannot be made is nil.
func (p *proven) signed(extra []byte) []byte {
	m := &stun.Message{Type: stun.BindingRequest, TransactionID: stun.NewTransactionID()}
	m.WriteHeader()
	m.Add(stun.AttrUsername, []byte(p.peer.key+":CdpT")) // of offerText
	for len(extra) >= 3 {
		kind, size := stun.AttrType(uint16(extra[0])<<8|uint16(extra[1])), min(int(extra[2]), len(extra)-3)
		if kind != stun.AttrMessageIntegrity && kind != stun.AttrMessageIntegritySHA256 && kind != stun.AttrFingerprint {
			m.Add(kind, extra[3:3+size])
		}
		extra = extra[3+size:]
	}
	if stun.NewShortTermIntegrity(p.password).AddTo(m) != nil || stun.Fingerprint.AddTo(m) != nil {
		return nil
	}
	return slices.Clone(m.Raw)
}

// FuzzProven: whatever one sends who was let in, checks with odd attributes, records of DTLS and media, it costs them their
// place at most. A fault in one of Pion's goroutines would end the program, and so this.
func FuzzProven(f *testing.F) {
	hello := forge.Hello(forge.ECDSAWithGCM)
	f.Add([]byte{0, 0x25, 0, 0, 0x24, 4, 1, 2, 3, 4}, hello, rtpBytes) // to nominate, with a priority
	f.Add([]byte{0x80, 0x2a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xc0, 0x01, 4, 0, 0, 0, 1}, forge.Broken(), []byte{0x80, 200, 0, 1, 0, 0, 0, 1})
	for _, b := range forge.Fragments(hello, 50, true) {
		f.Add([]byte{}, b, []byte{0xbf})
	}
	f.Add([]byte{0x80, 0x29, 8, 9, 9, 9, 9, 9, 9, 9, 9}, forge.Record(recordAlert, 0, 1, []byte{2, 40}), []byte{})
	p := newProven(f)
	f.Fuzz(func(t *testing.T, extra, record, media []byte) {
		if p.peer.ended.Load() {
			p.peer.Close()
			must(t, p.begin())
		}
		for _, b := range [][]byte{p.signed(extra), p.signed(nil), record, media, record} {
			p.send(b)
		}
		if n := p.sfu.Stats().PeersPanicked; n > 0 {
			t.Fatalf("%d panics", n)
		}
	})
}
