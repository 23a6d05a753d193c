package lab

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"jalsa/signaling"
)

// P09: a call, and who joins, under a flood of what strangers send.

// flooder builds lab/flood once, beside the program.
var flooder = sync.OnceValues(func() (string, error) {
	program, err := built()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(program), "flood")
	if out, err := exec.Command("go", "build", "-o", path, "jalsa/lab/flood").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the flood: %w\n%s", err, out)
	}
	return path, nil
})

// flooded is what lab/flood reports of one target.
type flooded struct {
	Packets, Bytes, Answered    uint64
	Kinds                       map[string]uint64
	MilliSeconds                int64
	Disconnected, Unconnectable uint64
}

// flood runs lab/flood beside everybody else, and only on what they leave of the processor.
func (p *program) flood(t *testing.T, args ...string) (all map[string]flooded) {
	t.Helper()
	path, err := flooder()
	if err != nil {
		t.Error(err)
		return nil
	}
	args = append([]string{"-i", "0", path, "-media", fmt.Sprintf("127.0.0.1:%d", p.media), "-tcp", fmt.Sprintf("127.0.0.1:%d", p.web)}, args...)
	out, err := exec.Command("chrt", args...).Output()
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		t.Errorf("flood: %v", err)
	}
	return all
}

// figures are those of "jalsa stats" that tell of strangers.
type figures struct {
	Process struct {
		Goroutines int `json:"goroutines"`
	} `json:"process"`
	SFU struct {
		PeersPanicked uint64            `json:"peers_panicked"`
		Dropped       map[string]uint64 `json:"packets_dropped"`
	} `json:"sfu"`
}

func (p *program) figures() (f figures) {
	p.t.Helper()
	if err := json.Unmarshal(p.command("stats"), &f); err != nil {
		p.t.Fatal(err)
	}
	return f
}

// strangers is how many packets were dropped for what a stranger's is dropped for.
func (f figures) strangers() (n uint64) {
	for _, name := range []string{"noise", "stun_no_check", "stun_unknown", "stun_forged", "stranger_dtls", "stranger_media"} {
		n += f.SFU.Dropped[name]
	}
	return n
}

// smoothness is how a call went between two looks at it.
type smoothness struct {
	sent, lost int
	gap        time.Duration // longest that somebody's voice stood still for somebody
}

func (s smoothness) String() string {
	return fmt.Sprintf("%d of %d packets lost, longest gap %v", s.lost, s.sent, s.gap.Round(time.Millisecond))
}

// ride watches a call while something else is done.
func (h *hearing) ride(meanwhile func()) (s smoothness) {
	each := func(look func(to, from *person)) {
		for _, to := range h.people {
			for _, from := range h.people {
				if to != from {
					look(to, from)
				}
			}
		}
	}
	before := check(h.people)
	each(func(to, from *person) { to.inbox.longestGap(from.number, voice) })
	meanwhile()
	each(func(to, from *person) { s.gap = max(s.gap, to.inbox.longestGap(from.number, voice)) })
	ends := check(h.people)
	pass(time.Second) // for what is on its way, or sent again
	for pair, layers := range before {
		for y, first := range layers {
			last := ends[pair][y]
			s.sent += int(last - first)
			s.lost += pair[0].inbox.missing(pair[1].number, y, first+1, last)
		}
	}
	return s
}

// TestFlood is P09. A short one only counts: what strangers send is dropped by its name, answered with nothing by the
// media and with little by the relay, and takes nothing from the call.
func TestFlood(t *testing.T) {
	alongside(t)
	relay := freePort(t)
	p := newProgram(t, "--turn-udp", fmt.Sprintf("127.0.0.1:%d", relay), "--log-level", "debug")
	h := newHearing(t, p, time.Hour, "host", "party", "party/relay", "witness/absent")
	span, rate := time.Duration(rounds(1, 60))*time.Second, rounds(2000, 10_000)
	quiet := h.ride(func() { pass(time.Duration(rounds(1, 20)) * time.Second) })
	base, rss, files, wrote := p.figures(), p.status("VmRSS"), p.descriptors(), len(p.log.String())

	var sent map[string]flooded
	var most int
	under := h.ride(func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			sent = p.flood(t, "-turn", fmt.Sprintf("127.0.0.1:%d", relay), "-name", localName(h.guestLink(1)), "-rate", fmt.Sprint(rate), "-for", span.String())
		}()
		if inLab {
			pass(span / 3)
			h.joinDuring(t)
		}
		for over := false; !over; {
			select {
			case <-done:
				over = true
			case <-time.After(250 * time.Millisecond):
				most = max(most, p.status("VmRSS"))
			}
		}
	})
	t.Logf("quiet: %v", quiet)
	t.Logf("under the flood: %v", under)
	for target, f := range sent {
		t.Logf("%s: %d packets in %d ms, %d bytes, answered %d; %v", target, f.Packets, f.MilliSeconds, f.Bytes, f.Answered, f.Kinds)
	}
	media := sent["media"]
	if media.Answered > 0 || 2*sent["turn"].Answered > 3*sent["turn"].Bytes || 2*sent["tcp"].Answered > 3*sent["tcp"].Bytes || sent["tcp"].Packets == 0 {
		t.Error("strangers are answered too much, or nothing was asked")
	}
	until(t, "all of it is counted", func() bool { return p.figures().strangers()-base.strangers() >= media.Packets*999/1000 })
	if n := p.figures().strangers() - base.strangers(); n > media.Packets+50 { // who leaves is a stranger for the last packets
		t.Errorf("%d packets of %d are counted", n, media.Packets)
	}
	if n := len(p.log.String()) - wrote; n > 1<<20/rounds(50, 1) {
		t.Errorf("%d bytes of log", n)
	}
	if grown := most - rss; grown > 32<<10 {
		t.Errorf("RSS grew by %d KB", grown)
	}
	waitUntil(t, 30*time.Second, "goroutines and files are as before", func() bool {
		return p.figures().Process.Goroutines <= base.Process.Goroutines && p.descriptors() <= files
	})
	t.Logf("RSS %d KB, then %d KB at most; log %d bytes; %d goroutines, then %d", rss, most, len(p.log.String())-wrote, base.Process.Goroutines, p.figures().Process.Goroutines)
	if !inLab {
		return
	}
	if want := uint64(rate) * uint64(span.Seconds()) * 9 / 10; media.Packets < want {
		t.Errorf("only %d packets were sent: the machine is too busy for this to prove anything", media.Packets)
	}
	if bound := float64(under.sent)*0.001 + float64(quiet.lost)/float64(quiet.sent)*float64(under.sent); float64(under.lost) > bound {
		t.Errorf("lost %d of %d packets", under.lost, under.sent)
	}
	if under.gap > max(200*time.Millisecond, quiet.gap*3/2) {
		t.Errorf("a voice stood still for %v", under.gap)
	}
}

// guestLink is the PeerConnection of one of the people.
func (h *hearing) guestLink(i int) *link { return h.people[i].winner() }

// localName is what our answer calls the ICE of a PeerConnection, which an eavesdropper reads in every check.
func localName(l *link) string { return attribute(l.pc.RemoteDescription().SDP, "ice-ufrag") }

// joinDuring brings the absent one in, and takes the time until they hear and see everybody.
func (h *hearing) joinDuring(t *testing.T) {
	t.Helper()
	late := h.guest(4)
	began := time.Now()
	late.enter()
	h.admit(late)
	for _, from := range h.people {
		until(t, "the late one hears and sees", func() bool { return late.inbox.heardAndSeen(from.number, began) })
	}
	took := time.Since(began)
	late.send(signaling.Leave{})
	until(t, "the late one has left", func() bool { return late.dismissed() != "" })
	late.close()
	t.Logf("joined, let in, and heard and saw everybody after %v", took.Round(time.Millisecond))
	if took > 3*time.Second {
		t.Errorf("a join took %v", took)
	}
}
