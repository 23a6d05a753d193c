package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"jalsa/load"
)

// lookAtServer asks the running server what it has used and forwarded so far.
func lookAtServer(ctx context.Context, data string) (l load.Server, err error) {
	var u usage
	if err := ask(ctx, data, "/usage", struct{}{}, &u); err != nil {
		return l, err
	}
	dropped := map[string]uint64{"unread": u.SFU.Socket.Unread} // by its system
	maps.Copy(dropped, u.SFU.Dropped)
	return load.Server{
		Process: load.Process{Processor: u.Processor, Resident: u.Resident},
		Run:     u.Process,
		Same:    u.Process == thisProcess, Elsewhere: u.Machine != thisMachineID(),
		Received: u.SFU.Received, Sent: u.SFU.Sent, Dropped: dropped, Goroutines: u.Goroutines, Peers: u.SFU.Peers,
	}, nil
}

func machineNow() (m load.Machine) {
	m.Processor, m.Resident = used()
	m.Busy = busy()
	return m
}

const (
	filesOfGuest = 2  // that each has open
	otherFiles   = 64 // that everything else needs, the connections among them that guests share
)

// mostPeople is how many people this machine can bring to a server at most, and why no more: the system bounds the
// connections of a program, and the server's door those of an address (crowd.go), loopback excepted.
func mostPeople(ctx context.Context, public, at string) (most int, why string) {
	most = math.MaxInt
	if limit, _ := descriptors(); limit > 0 {
		most, why = (limit-otherFiles)/filesOfGuest, fmt.Sprintf("the system lets this program have %d connections, and each takes %d: raise it with ulimit -n", limit, filesOfGuest)
	}
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		if u, err := url.Parse(public); err == nil {
			host = u.Hostname()
		}
	}
	all, _ := resolve(ctx, host) // where it does not lead anywhere, that is told when somebody goes there
	if slices.ContainsFunc(all, func(a netip.Addr) bool { return !a.IsLoopback() }) && addressLimit-otherFiles < most {
		most, why = addressLimit-otherFiles, fmt.Sprintf("the server takes %d connections from one address: on its own machine go by --at 127.0.0.1:PORT", addressLimit)
	}
	return most, why
}

// localOf is the address of this machine from which the media of a server is reached.
func localOf(media []netip.AddrPort) (netip.Addr, error) {
	err := errors.New("it announces none")
	for _, six := range []bool{false, true} {
		for _, to := range media {
			if to.Addr().Unmap().Is6() != six {
				continue
			}
			var conn net.Conn
			if conn, err = net.Dial("udp", to.String()); err != nil { // sends nothing
				continue
			}
			defer conn.Close()
			return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no way to the media of the server: %w", err)
}

// progressLine tells how a load does: on a terminal one line that changes, else one every few seconds.
type progressLine struct {
	out     io.Writer
	changes bool
	shown   int // characters of the line that stands there
	told    int
}

func newProgressLine(out io.Writer) *progressLine {
	file, ok := out.(*os.File)
	return &progressLine{out: out, changes: ok && term.IsTerminal(int(file.Fd()))}
}

// rarely is how often a line is written where none can change.
const rarely = 5

func (l *progressLine) tell(p load.Progress) {
	text := fmt.Sprintf("coming in: %d of %d", p.In, p.All)
	if p.Measuring {
		text = fmt.Sprintf("%v left: %d people in, %.0f packets/s in, %.0f/s out, loss %.2f %%, p99 %v, server %.2f cores, this load %.2f",
			p.Left, p.In, p.Out, p.Back, p.Loss*100, p.P99.Round(10*time.Microsecond), p.Server, p.Own)
	}
	l.told++
	switch {
	case l.changes:
		fmt.Fprintf(l.out, "\r%s%s", text, strings.Repeat(" ", max(l.shown-len(text), 0)))
		l.shown = len(text)
	case l.told%rarely == 1:
		fmt.Fprintln(l.out, text)
	}
}

// end leaves the line for what is written next.
func (l *progressLine) end() {
	if l.shown > 0 {
		fmt.Fprintln(l.out)
		l.shown = 0
	}
}
