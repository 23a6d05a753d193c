package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/pion/stun/v4"
)

// heard is what came back by UDP.
type heard struct {
	took time.Duration
	raw  []byte
	err  error
}

// UDP loses packets: each question is asked a few times, as RFC 8489, section 6.2.1, has it, but not for as long.
const (
	askings  = 6
	askEvery = 500 * time.Millisecond
)

// binding asks a media socket where it sees us, with the name and password of a sounding.
func binding(name, password string) *stun.Message {
	return stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(name+":"), stun.NewShortTermIntegrity(password), stun.Fingerprint)
}

// allocation asks a relay for an address without showing a credential: it is refused, by the relay itself. It is as long
// as one of a browser, since strangers are answered no more than they say.
func allocation() *stun.Message {
	const udp = 17
	return stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest),
		stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{udp, 0, 0, 0}},
		stun.NewSoftware("jalsa probe, which asks how far the way is open"), stun.Fingerprint)
}

// hear asks by UDP and waits for the answer to that question.
func hear(ctx context.Context, address string, question *stun.Message) (h heard) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", address)
	if err != nil {
		return heard{err: err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // who is told to end need not wait
	defer stop()
	began := time.Now()
	b := make([]byte, 1500)
	for range askings {
		if _, err := conn.Write(question.Raw); err != nil {
			return heard{err: err}
		}
		if ctx.Err() == nil {
			_ = conn.SetReadDeadline(time.Now().Add(askEvery)) // else a read would say so
		}
		for {
			n, err := conn.Read(b)
			if h.err = err; err != nil {
				break
			}
			m := &stun.Message{Raw: b[:n]}
			if m.Decode() == nil && m.TransactionID == question.TransactionID {
				return heard{took: time.Since(began), raw: b[:n]}
			}
		}
		if !errors.Is(h.err, os.ErrDeadlineExceeded) && !errors.Is(h.err, syscall.ECONNREFUSED) {
			break
		}
	}
	return h
}

// judgeMedia is about sound and video. Who signs with the password of the sounding is the server.
func judgeMedia(at netip.AddrPort, password string, h heard) finding {
	const check = "media"
	name := at.String() + "/udp"
	if h.err != nil {
		return judgeMute(check, name, at.Addr(), h.err, "; or the code is too old: ask jalsa doctor on the server for another")
	}
	m := &stun.Message{Raw: h.raw}
	var seen stun.XORMappedAddress
	if m.Decode() != nil || m.Type != stun.BindingSuccess || seen.GetFrom(m) != nil || stun.NewShortTermIntegrity(password).Check(m) != nil {
		return problem.of(check, "%s: something else answers there", name).so("see which program or router has the port")
	}
	return fine.of(check, "%s: sound and video get through, in %v; the server sees this machine as %v", name, brief(h.took), seen.IP)
}

func judgeTurnUDP(address string, h heard) finding {
	const check = "relay"
	name := address + "/udp"
	if h.err != nil {
		return judgeMute(check, name, netip.Addr{}, h.err, "")
	}
	if err := isRefusal(h.raw); err != nil {
		return problem.of(check, "%s: no relay: %v", name, err).so("see which program or router has the port")
	}
	return fine.of(check, "%s: the relay answers, in %v", name, brief(h.took))
}

// judgeMute is about a port from which nothing came.
func judgeMute(check, name string, addr netip.Addr, err error, or string) finding {
	switch {
	case errors.Is(err, syscall.ENETUNREACH) && addr.Is6():
		return unseen.of(check, "%s: this machine has no IPv6", name).so("ask from one that has")
	case errors.Is(err, syscall.ECONNREFUSED):
		return problem.of(check, "%s: nothing listens there", name).so("start the server; or have the router forward UDP too")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem.of(check, "%s: no answer", name).so("a firewall on the way closes UDP, or no router forwards it%s", or)
	}
	return problem.of(check, "%s: %v", name, err).so("see the network of this machine")
}
