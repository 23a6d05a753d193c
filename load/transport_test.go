package load

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
)

// busy is the socket of a server that has no time for the first packets that come.
type busy struct {
	net.PacketConn
	came atomic.Int64
}

const ignored = 2 * checkFast

func (c *busy) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || c.came.Add(1) > ignored {
			return n, from, err
		}
	}
}

// TestABusyServerIsAskedAgain: a guest whose first checks are not answered goes on to check, as a browser does and no
// more often, instead of giving up.
func TestABusyServerIsAskedAgain(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(err)
	server := &busy{PacketConn: socket}
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: server, Logger: silent{}})
	defer mux.Close()
	theirs, err := ice.NewAgent(&ice.AgentConfig{
		Lite: true, NetworkTypes: []ice.NetworkType{ice.NetworkTypeUDP4}, CandidateTypes: []ice.CandidateType{ice.CandidateTypeHost},
		IncludeLoopback: true, MulticastDNSMode: ice.MulticastDNSModeDisabled, UDPMux: mux, LoggerFactory: silent{},
	})
	must(err)
	defer theirs.GracefulClose()
	ours, err := newTransport(netip.MustParseAddr("127.0.0.1"), time.Now)
	must(err)
	defer ours.close()
	a := answer{candidates: gathered(t, theirs)}
	a.ufrag, a.pwd, err = theirs.GetLocalUserCredentials()
	must(err)

	ctx, cancel := context.WithTimeout(t.Context(), stepTime)
	defer cancel()
	go func() { _, _ = theirs.Accept(ctx, ours.ufrag, ours.pwd) }() // it ends with the agent
	begun := time.Now()
	if _, err := ours.reach(ctx, a); err != nil {
		t.Fatalf("after %d checks of which none was answered: %v", ignored, err)
	}
	if most := checkFast + 1 + int64(time.Since(begun)/checkSlow); server.came.Load() > most {
		t.Errorf("%d checks, want %d at most", server.came.Load(), most)
	}
}

// gathered are an agent's candidates.
func gathered(t *testing.T, a *ice.Agent) (texts []string) {
	t.Helper()
	all := make(chan string, 16)
	if err := a.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(all)
			return
		}
		all <- c.Marshal()
	}); err != nil {
		t.Fatal(err)
	}
	if err := a.GatherCandidates(); err != nil {
		t.Fatal(err)
	}
	for text := range all {
		texts = append(texts, text)
	}
	return texts
}
