package udp

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The benchmarks here let two ways take turns, and report the time of this thread (not the hour) for each packet, and that
// of ours as part of the other's.

// clock is how long this thread has been running, or the whole process.
func clock(b *testing.B, of int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(of, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// compare has two ways of doing the same to so many packets take turns.
func compare(b *testing.B, packets int, before func(), other, ours func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	var spent [2]time.Duration
	for range b.N {
		for i, way := range []func(){other, ours} {
			before()
			start := clock(b, unix.CLOCK_THREAD_CPUTIME_ID)
			way()
			spent[i] += clock(b, unix.CLOCK_THREAD_CPUTIME_ID) - start
		}
	}
	each := float64(b.N * packets)
	b.ReportMetric(0, "ns/op") // is of both, and of what goes before
	b.ReportMetric(float64(spent[0].Nanoseconds())/each, "single-ns/packet")
	b.ReportMetric(float64(spent[1].Nanoseconds())/each, "ns/packet")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "of-single")
}

// deaf is a socket whose system drops all that comes, so that only sending is measured.
func deaf(b *testing.B, address string) *ear {
	e := earAt(b, address)
	raw, err := e.conn.SyscallConn()
	if err == nil {
		_ = raw.Control(func(fd uintptr) {
			nothing := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
			err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &nothing[0]})
		})
	}
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkSend is a burst, of so many packets to each of so many destinations, packet by packet over all of them, against
// as many calls of net.UDPConn.
func BenchmarkSend(b *testing.B) {
	for _, family := range []string{"127.0.0.1:0", "[::1]:0"} {
		for _, destinations := range []int{1, 5, 50} {
			for _, each := range []int{1, 3, 8} {
				b.Run(fmt.Sprintf("%s/to-%d/bursts-of-%d", family[:len(family)-2], destinations, each), func(b *testing.B) {
					other, h := earAt(b, family), hubOf(b, listen(b, family))
					s, burst, packet := h.sockets[0], h.NewBurst(), make([]byte, 1200)
					var to []netip.AddrPort
					for range destinations {
						to = append(to, deaf(b, family).at)
					}
					compare(b, destinations*each, func() {}, func() {
						for range each {
							for _, to := range to {
								if _, err := other.conn.WriteToUDPAddrPort(packet, to); err != nil {
									b.Fatal(err)
								}
							}
						}
					}, func() {
						for range each {
							for _, to := range to {
								copy(burst.Space(), packet)
								burst.Add(s, to, len(packet))
							}
						}
						burst.Flush()
					})
				})
			}
		}
	}
}

// BenchmarkSendOne is what goes at once and alone.
func BenchmarkSendOne(b *testing.B) {
	other, s := earAt(b, "127.0.0.1:0"), hubOf(b, listen(b, "127.0.0.1:0")).sockets[0]
	packet, to := make([]byte, 100), deaf(b, "127.0.0.1:0").at
	compare(b, 1, func() {}, func() {
		_, _ = other.conn.WriteToUDPAddrPort(packet, to)
	}, func() {
		_, _ = s.WriteToAddrPort(packet, to)
	})
}

// BenchmarkReceive is taking packets that are there already, against as many calls of net.UDPConn.
func BenchmarkReceive(b *testing.B) {
	for _, count := range []int{1, 3, 8, 32} {
		b.Run(fmt.Sprintf("bursts-of-%d", count), func(b *testing.B) {
			other, s := earAt(b, "127.0.0.1:0"), hubOf(b, listen(b, "127.0.0.1:0")).sockets[0]
			e, packet, in := newEar(b), string(make([]byte, 1200)), make([]byte, MTU)
			sum := 0
			take := lone(func(p []byte, _ netip.AddrPort) { sum += len(p) })
			next := []netip.AddrPort{other.at, s.announced[0]} // whose turn it is comes first
			compare(b, count, func() {
				for range count {
					e.say(b, packet, next[0])
				}
				next[0], next[1] = next[1], next[0]
			}, func() {
				for range count {
					if _, _, err := other.conn.ReadFromUDPAddrPort(in); err != nil {
						b.Fatal(err)
					}
				}
			}, func() {
				for sum = 0; sum < count*len(packet); {
					if err := s.readers[0].Run(take, once); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkWait is a packet that the reader has to wait for, which then has to tell the sender: the time is the process's,
// of sending and telling too.
func BenchmarkWait(b *testing.B) {
	told, e, packet := make(chan struct{}, 1), newEar(b), string(make([]byte, 1200))
	one, two := listen(b, "127.0.0.1:0"), listen(b, "127.0.0.1:0")
	defer one.Conn.Close()
	s := hubOf(b, two).sockets[0]
	go func() {
		in := make([]byte, MTU)
		for {
			if _, _, err := one.Conn.(*net.UDPConn).ReadFromUDPAddrPort(in); err != nil {
				return
			}
			told <- struct{}{}
		}
	}()
	go s.readers[0].Run(lone(func([]byte, netip.AddrPort) { told <- struct{}{} }), func() bool { return true })
	var spent [2]time.Duration
	const row = 20
	for range b.N {
		for i, to := range []netip.AddrPort{one.Announced[0], two.Announced[0]} {
			start := clock(b, unix.CLOCK_PROCESS_CPUTIME_ID)
			for range row {
				e.say(b, packet, to)
				<-told
			}
			spent[i] += clock(b, unix.CLOCK_PROCESS_CPUTIME_ID) - start
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[0].Nanoseconds())/float64(b.N*row), "single-ns/packet")
	b.ReportMetric(float64(spent[1].Nanoseconds())/float64(b.N*row), "ns/packet")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "of-single")
}

// BenchmarkReaders is forwarding, each packet to five, by one reader and by one for each processor: what passes in the same
// time, and the process's time for a packet, of sending too.
func BenchmarkReaders(b *testing.B) {
	const clients, inFlight, slice = 16, 8, 50 * time.Millisecond
	var to []netip.AddrPort
	for range 5 {
		to = append(to, deaf(b, "127.0.0.1:0").at)
	}
	var passed [2]atomic.Int64
	var media [2]netip.AddrPort
	for i, readers := range []int{1, runtime.GOMAXPROCS(0)} {
		h, s, at := spread(b, "127.0.0.1:0", readers)
		media[i] = at
		for _, r := range s.Readers() {
			out := h.NewBurst()
			go r.Run(lone(func(p []byte, from netip.AddrPort) {
				for _, to := range to {
					out.Add(s, to, copy(out.Space(), p))
				}
				out.Flush() // so that the reader, not the sender, is what cannot do more
				passed[i].Add(1)
			}), func() bool { return true })
		}
	}
	var ears []*ear
	for range clients {
		ears = append(ears, newEar(b))
	}
	packet := string(make([]byte, 1200))
	var count [2]int64
	var spent [2]time.Duration
	for range b.N {
		for i := range media {
			start, from, end := clock(b, unix.CLOCK_PROCESS_CPUTIME_ID), passed[i].Load(), time.Now().Add(slice)
			for sent := int64(0); time.Now().Before(end); {
				if sent-(passed[i].Load()-from) > clients*inFlight {
					time.Sleep(20 * time.Microsecond)
					continue
				}
				ears[sent%clients].say(b, packet, media[i])
				sent++
			}
			count[i] += passed[i].Load() - from
			time.Sleep(slice / 10)
			spent[i] += clock(b, unix.CLOCK_PROCESS_CPUTIME_ID) - start
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(count[1])/float64(count[0]), "passed-of-one-reader")
	b.ReportMetric(float64(spent[0].Nanoseconds())/float64(count[0]), "one-ns/packet")
	b.ReportMetric(float64(spent[1].Nanoseconds())/float64(count[1]), "ns/packet")
}
