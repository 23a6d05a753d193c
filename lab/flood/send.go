package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"jalsa/lab/forge"
)

// stranger is where all comes from: an address of this machine that nobody else uses, so that no limit for one address
// hits who is not meant.
var stranger = net.IPv4(127, 0, 0, 2)

const variants = 64 // packets of each kind that are made, since to make one costs more than to send it

// pace calls send as often as is due, beginning at once, and makes up for what it missed.
func pace(rate int, span time.Duration, send func(i int)) (took time.Duration) {
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for sent := 0; ; <-tick.C {
		passed := time.Since(began)
		for due := int(min(passed, span).Seconds() * float64(rate)); sent < due; sent++ {
			send(sent)
		}
		if passed >= span {
			return passed
		}
	}
}

// datagrams sends all kinds in turn, each from the next of so many ports.
func datagrams(to string, kinds []forge.Kind, ports, rate int, span time.Duration) (report, error) {
	target, err := net.ResolveUDPAddr("udp4", to)
	if err != nil {
		return report{}, err
	}
	var answered atomic.Uint64
	var reading sync.WaitGroup
	var sockets []*net.UDPConn
	defer func() {
		for _, s := range sockets {
			s.Close()
		}
		reading.Wait()
	}()
	for range ports {
		s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: stranger})
		if err != nil {
			return report{}, err
		}
		sockets = append(sockets, s)
		reading.Go(func() { count(s, &answered) })
	}
	made := make([][][]byte, len(kinds))
	for i, k := range kinds {
		for range variants {
			made[i] = append(made[i], k.Make())
		}
	}
	r := report{Kinds: map[string]uint64{}}
	sent := make([]uint64, len(kinds))
	took := pace(rate, span, func(i int) {
		kind := i % len(kinds)
		b := made[kind][i/len(kinds)%variants]
		// What the system cannot send is not sent: the flood is as strong as it says.
		if _, err := sockets[i%len(sockets)].WriteToUDP(b, target); err == nil {
			sent[kind]++
			r.Bytes += uint64(len(b))
		}
	})
	time.Sleep(300 * time.Millisecond) // for the last answers
	for i, k := range kinds {
		r.Kinds[k.Name] = sent[i]
		r.Packets += sent[i]
	}
	r.Answered, r.MilliSeconds = answered.Load(), took.Milliseconds()
	return r, nil
}

// count reads until the connection is closed.
func count(c net.Conn, bytes *atomic.Uint64) {
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		bytes.Add(uint64(n))
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
	}
}

// line is a connection to the relay, which is opened again whenever the server closes it.
type line struct {
	conn     net.Conn
	answered *atomic.Uint64
	reading  *sync.WaitGroup
}

func (l *line) open(to string) error {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: stranger}, Timeout: time.Second}
	conn, err := d.Dial("tcp4", to)
	if err != nil {
		return err
	}
	l.conn = conn
	l.reading.Go(func() { count(conn, l.answered); conn.Close() })
	return nil
}

// requests sends what a relay might answer over a few connections.
func requests(to string, kinds []forge.Kind, rate int, span time.Duration) (report, error) {
	var answered atomic.Uint64
	var reading sync.WaitGroup
	lines := make([]line, 20)
	r := report{Kinds: map[string]uint64{}}
	took := pace(rate, span, func(i int) {
		k := kinds[i%len(kinds)]
		l := &lines[i%len(lines)]
		if l.conn == nil {
			*l = line{answered: &answered, reading: &reading}
			if err := l.open(to); err != nil {
				r.Unconnectable++
				return
			}
		}
		b := k.Make()
		_ = l.conn.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := l.conn.Write(b); err != nil {
			l.conn.Close()
			l.conn = nil
			r.Disconnected++
			return
		}
		r.Packets++
		r.Bytes += uint64(len(b))
		r.Kinds[k.Name]++
	})
	time.Sleep(300 * time.Millisecond) // for the last answers
	for i := range lines {
		if lines[i].conn != nil {
			lines[i].conn.Close()
		}
	}
	reading.Wait()
	r.Answered, r.MilliSeconds = answered.Load(), took.Milliseconds()
	return r, nil
}
