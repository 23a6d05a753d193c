package main

import (
	"fmt"
	"net"

	"jalsa/sfu"
)

// Socket buffers. Media comes and goes in bursts: a picture for fifty people is a thousand packets at once, and what the
// buffer does not take is lost. The kernel cuts silently what a program asks for to net.core.rmem_max and wmem_max.

// buffers are the sizes that a socket was given when it asked for sfu.SocketBuffer, in bytes.
type buffers struct {
	receive, send int
	err           error
}

func lookAtBuffers() (b buffers) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return buffers{err: err}
	}
	defer conn.Close()
	if b.err = conn.SetReadBuffer(sfu.SocketBuffer); b.err == nil {
		b.err = conn.SetWriteBuffer(sfu.SocketBuffer)
	}
	if b.err == nil {
		b.receive, b.send, b.err = socketBuffers(conn)
	}
	return b
}

func judgeBuffers(b buffers) []finding {
	const check = "buffers"
	if b.err != nil {
		return []finding{unseen.of(check, "sizes of socket buffers: %v", b.err)}
	}
	if b.receive < sfu.SocketBuffer || b.send < sfu.SocketBuffer {
		return []finding{problem.of(check, "the kernel gives media sockets %s to receive and %s to send, of %s asked for: bursts of pictures are lost",
			size(b.receive), size(b.send), size(sfu.SocketBuffer)).
			so("sysctl -w net.core.rmem_max=%[1]d net.core.wmem_max=%[1]d, and for good: deploy/jalsa.sysctl to /etc/sysctl.d/jalsa.conf; then restart the server", sfu.SocketBuffer)}
	}
	return []finding{fine.of(check, "media sockets have %s each way", size(sfu.SocketBuffer))}
}

// fewDescriptors is what a server should not have less of: half of them are for connections at the door (crowd.go), and a
// person takes up to eight at the worst moment (six of a browser that loads the page, the socket of the hearing, the relay).
const fewDescriptors = 8192

// openFiles are how many a server may have and has open.
type openFiles struct {
	limit, open int
	running     bool // the server's own figures; else what this user's would be
}

func lookAtDescriptors(running *condition) openFiles {
	if running != nil {
		return openFiles{running.Descriptors, running.Open, true}
	}
	limit, _ := descriptors()
	return openFiles{limit: limit}
}

func judgeDescriptors(o openFiles) []finding {
	const check, raise = "descriptors", "LimitNOFILE=65536 in the unit, see deploy/jalsa.service"
	switch {
	case o.limit == 0:
		return []finding{unseen.of(check, "how many connections this system allows")}
	case o.running && o.open*10 > o.limit*8:
		return []finding{problem.of(check, "%d of %d files and connections are open: soon nobody gets in any more", o.open, o.limit).so("%s", raise)}
	case o.limit < fewDescriptors:
		return []finding{warning.of(check, "a server may have %d files and connections open, enough for about %d people who come at once", o.limit, o.limit/2/8).so("%s", raise)}
	case o.running:
		return []finding{fine.of(check, "%d of %d files and connections are open", o.open, o.limit)}
	}
	return []finding{fine.of(check, "a server may have %d files and connections open", o.limit)}
}

// size is bytes as people read them.
func size(n int) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
