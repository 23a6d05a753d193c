package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
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
	return load.Server{
		Process: load.Process{Processor: u.Processor, Resident: u.Resident},
		Same:    u.Process == thisProcess, Elsewhere: u.Machine != thisMachineID(),
		Received: u.SFU.Received, Sent: u.SFU.Sent, Dropped: u.SFU.Dropped, Goroutines: u.Goroutines, Peers: u.SFU.Peers,
	}, nil
}

func machineNow() (m load.Machine) {
	m.Processor, m.Resident = used()
	m.Busy = busy()
	return m
}

// Files that each guest has open, and that everything else needs.
const (
	filesOfGuest = 2
	otherFiles   = 64
)

// checkFiles refuses a load for which the system lets this program have too few connections.
func checkFiles(people int) error {
	if limit, _ := descriptors(); limit > 0 && people*filesOfGuest+otherFiles > limit {
		return fmt.Errorf("%d people need %d connections from this program, and the system lets it have %d: ask for fewer, or raise it: ulimit -n", people, people*filesOfGuest, limit)
	}
	return nil
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
