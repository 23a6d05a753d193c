//go:build linux

package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"jalsa/signaling"
)

const (
	priceRounds = 7
	priceWarm   = time.Second     // of media before it is measured, in each round
	priceWindow = 2 * time.Second // that is measured
	pricePeople = 6
)

// BenchmarkRelayedByTLS is what a media packet costs the server in a hearing whose people all come over TLS: six of
// them, each with 50 packets of voice a second and 500 kbit/s of video. One hearing relays through our own port, into
// memory; the other through coturn on the same machine, as is usual, and the SFU behind it is the same program. They
// take turns, and what counts is the processor time of the servers alone, by the kernel's clock of each process.
func BenchmarkRelayedByTLS(b *testing.B) {
	if _, err := exec.LookPath("turnserver"); err != nil {
		refuse := b.Skip
		if os.Getenv("CI") == "true" {
			refuse = b.Fatal
		}
		refuse("coturn is missing, with which relaying is compared: apt-get install coturn")
	}
	for b.Loop() {
		ours, theirs := newPriced(b, false), newPriced(b, true)
		var costs [2][]time.Duration
		var ratios []float64
		for range priceRounds {
			a, c := ours.cost(b), theirs.cost(b)
			costs[0], costs[1] = append(costs[0], a), append(costs[1], c)
			ratios = append(ratios, float64(a)/float64(c))
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "of-coturn")
		b.ReportMetric(float64(quantiles(costs[0]).middle())/1e3, "us/packet")
		b.ReportMetric(float64(quantiles(costs[1]).middle())/1e3, "coturn-us/packet")
	}
}

func (q quantiles) middle() time.Duration { return slices.Sorted(slices.Values(q))[len(q)/2] }

// priced is a hearing whose people come over TLS, and the processes that serve it.
type priced struct {
	hearing *hearing
	servers []int // process ids
}

func newPriced(b *testing.B, behindCoturn bool) *priced {
	p := newProgram(b, overTLS)
	d := &priced{servers: []int{p.process.Process.Pid}}
	var other []signaling.Relay
	if behindCoturn {
		c := newCoturn(b)
		d.servers = append(d.servers, c.process.Process.Pid)
		other = c.relays()
	}
	d.gather(b, p, "relay", other)
	return d
}

// gather brings six people into a hearing.
func (d *priced) gather(b *testing.B, p *program, path string, other []signaling.Relay) {
	roles := []string{"host"}
	for len(roles) < pricePeople {
		roles = append(roles, "party")
	}
	d.hearing = &hearing{t: b, program: p, booked: p.book(time.Hour, roles...)}
	for _, l := range d.hearing.booked.Links {
		one := newPerson(b, p.url(), l.URL, l.Number, l.Role, path)
		one.otherRelay = other
		one.mute.Store(true)
		d.hearing.people = append(d.hearing.people, one)
	}
	for _, each := range d.hearing.people {
		each.enter()
		d.hearing.admit(each)
	}
	for _, each := range d.hearing.people {
		until(b, each.role+" is up", each.isUp)
	}
}

// cost is the servers' processor time for each packet of media that people received.
func (d *priced) cost(b *testing.B) time.Duration {
	b.Helper()
	stop := make(chan struct{})
	var sent atomic.Int64
	for _, p := range d.hearing.people {
		p.running.Go(func() { p.winner().perform(stop, &sent) })
	}
	defer close(stop)
	pass(priceWarm)
	received, before, sentBefore := d.received(), d.spent(b), sent.Load()
	pass(priceWindow)
	packets, spent, all := d.received()-received, d.spent(b)-before, int(sent.Load()-sentBefore)
	if want := all * (pricePeople - 1); packets < want*95/100 {
		b.Errorf("%d packets of %d arrived", packets, want)
	}
	return spent / time.Duration(max(packets, 1))
}

func (d *priced) received() (packets int) {
	for _, p := range d.hearing.people {
		packets += p.inbox.packets()
	}
	return packets
}

func (d *priced) spent(b *testing.B) (sum time.Duration) {
	for _, pid := range d.servers {
		sum += processorTime(b, pid)
	}
	return sum
}

// packets counts what came.
func (b *inbox) packets() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.flows {
		n += len(f.seen)
	}
	return n
}

const (
	frameRate    = 15
	framePackets = 4    // of a frame
	framePiece   = 1020 // bytes of a frame in each: with header and extensions 500 kbit/s
)

// perform speaks 50 times a second and shows 15 frames a second of 500 kbit/s, beginning at a moment of its own.
func (l *link) perform(stop chan struct{}, sent *atomic.Int64) {
	pass(mathrand.N(20 * time.Millisecond))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ids := l.extensionIDs()
	for beat, frame := 0, 0; ; beat++ {
		select {
		case <-tick.C:
		case <-stop:
			return
		case <-l.closed:
			return
		}
		l.write(voice, ids)
		sent.Add(1)
		if frame*50 > beat*frameRate {
			continue
		}
		frame++
		l.show(ids, sent)
	}
}

// show sends one frame in several packets.
func (l *link) show(ids map[string]uint8, sent *atomic.Int64) {
	key, stamp := l.wanted[high].Swap(false), uint32(time.Now().UnixMicro()*90/1000)
	for i := range framePackets {
		count := l.person.sent[high].Add(1)
		m := mark{l.person.number, high, count}
		payload := framePayload(m, key)
		payload[2], payload[3], payload[4] = 0x80|byte(stamp>>18)&0x7f, byte(stamp>>10), 0
		if i > 0 { // RFC 7741: not the beginning of a partition
			payload[0] = 0x80
		}
		payload = append(payload[:len(payload)-markSize], make([]byte, framePiece-len(payload))...)
		p := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: i == framePackets-1, SequenceNumber: uint16(count), Timestamp: stamp}}
		p.Payload = append(payload, m.bytes()...)
		for uri, value := range map[string]string{sdp.SDESMidURI: l.camera.Mid(), sdp.SDESRTPStreamIDURI: rids[high]} {
			if id := ids["video"+uri]; id != 0 {
				_ = p.SetExtension(id, []byte(value)) // fails only for ids above 14
			}
		}
		if l.tracks[high].WriteRTP(p) == nil {
			sent.Add(1)
		}
	}
}

// coturn is Debian's, as a process.
type coturn struct {
	process *exec.Cmd
	port    int
}

func newCoturn(b *testing.B) *coturn {
	b.Helper()
	certificate, key := writeCertificate(b)
	c := &coturn{port: freePort(b)}
	c.process = exec.Command("turnserver", "-n", "--no-cli", "--log-file", "stdout", "--simple-log", "--pidfile", "", "--db", filepath.Join(b.TempDir(), "users"),
		"--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--allow-loopback-peers", "--no-udp", "--no-dtls",
		"--tls-listening-port", fmt.Sprint(c.port), "--listening-port", fmt.Sprint(freePort(b)), "--cert", certificate, "--pkey", key,
		"--lt-cred-mech", "--user", "somebody:secret", "--realm", "jalsa")
	log := &logBuffer{}
	c.process.Stdout, c.process.Stderr = log, log
	if err := c.process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.process.Process.Kill()
		_ = c.process.Wait() // killed
		if b.Failed() {
			b.Logf("coturn:\n%s", log)
		}
	})
	until(b, "coturn listens", func() bool {
		conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", c.port))
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return c
}

func (c *coturn) relays() []signaling.Relay {
	return []signaling.Relay{{URLs: []string{fmt.Sprintf("turns:127.0.0.1:%d?transport=tcp", c.port)}, Username: "somebody", Credential: "secret"}}
}

// writeCertificate makes one such as the program makes for itself.
func writeCertificate(t testing.TB) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}
