//go:build lab && linux

package lab

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// browserRow is a network with Chromium in it: the room client itself chooses the path, and heals it. What happens in the
// middle of the hearing is a list of commands.
type browserRow struct {
	name   string
	lay    func(w *world) *site
	path   string // of the guest's connection at the end, as the browser calls it
	happen func(s *site) [][]string
	within float64 // seconds from what happens, or from admission, to sound both ways
	fails  bool    // nothing may come back after what happens
	proof  func(t *testing.T, s *site)
}

const (
	browserSettle = 2.0 // seconds, from both cameras on
	browserWindow = 5.0
	changeWindow  = 14.0 // with something that happens in it
	happensAfter  = 3.0
)

// TestNetworksInBrowsers puts two people with Chromium into a hearing, one of them in a network that is hard. It needs root,
// ip, nft, node and Chromium.
func TestNetworksInBrowsers(t *testing.T) {
	script, folder := driver(t), t.TempDir()
	for i, pitch := range []float64{110, 205} {
		writeWAV(t, filepath.Join(folder, fmt.Sprintf("%d.wav", i)), speech(pitch, 20*time.Second, 0, uint64(i)))
		writeFace(t, filepath.Join(folder, fmt.Sprintf("%d.y4m", i)), byte(100+25*i), uint64(i))
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "network\tpath\tadmitted to sound\tthen silent\tframes stood\tpackets to host\tpackets to guest")
	for _, row := range browserRows {
		t.Run(row.name, func(t *testing.T) {
			s := row.lay(newWorld(t))
			r := s.browse(t, row, script, folder)
			row.judge(t, r, w)
			if row.proof != nil {
				row.proof(t, s)
			}
		})
	}
	w.Flush()
	t.Logf("\n%s", &table)
}

// browse is one hearing.
func (s *site) browse(t *testing.T, row browserRow, script, folder string) *record {
	t.Helper()
	program := s.serve(t)
	made := program.book(time.Hour, "host", "party")
	p := plan{Impaired: 2, Settle: browserSettle, Window: browserWindow, Every: 100, Events: []plannedEvent{}, Admin: filepath.Join(program.data, "admin.sock")}
	trust := s.trust(t, program)
	for i, l := range made.Links {
		g := s.guests[i]
		flags := []string{"--ignore-certificate-errors-spki-list=" + trust}
		if g.proxy != "" {
			flags = append(flags, "--proxy-server=http://"+g.proxy)
		}
		g.host.resolves(serverName, g.dns)
		p.People = append(p.People, someone{Number: int(l.Number), Link: l.URL, Namespace: g.host.name, Browser: "chromium", Language: "fr-FR", Slot: i, Flags: flags,
			Audio: filepath.Join(folder, fmt.Sprintf("%d.wav", i)), Video: filepath.Join(folder, fmt.Sprintf("%d.y4m", i))})
	}
	if row.happen != nil {
		p.Window = changeWindow
		p.Events = append(p.Events, plannedEvent{After: happensAfter, Name: "change", Commands: row.happen(s)})
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	name := "net-" + strings.NewReplacer(" ", "-", "/", "-", ",", "").Replace(row.name)
	planPath, recordPath := filepath.Join(folder, name+".plan"), filepath.Join(*thinOut, name+".json")
	if err := errors.Join(os.MkdirAll(*thinOut, 0o755), os.WriteFile(planPath, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := drive(t, script, planPath, recordPath, 120*time.Second); err != nil {
		t.Fatal(err)
	}
	r, err := readRecord(recordPath)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// trust is what makes Chromium believe the server's certificate, for pages and relay alike.
func (s *site) trust(t *testing.T, p *program) string {
	t.Helper()
	var key []byte
	err := s.server.inside(func() error {
		conn, err := tls.Dial("tcp", "localhost:443", &tls.Config{InsecureSkipVerify: true, ServerName: serverName, NextProtos: []string{"h2", "http/1.1"}})
		if err != nil {
			return err
		}
		key = conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo
		return conn.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(key)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// judge holds a record against its row.
func (r browserRow) judge(t *testing.T, seen *record, w *tabwriter.Writer) {
	const host, guest = 1, 2
	for _, p := range seen.People {
		if len(p.Errors) > 0 && r.happen == nil {
			t.Logf("page of %d: %s", p.Number, strings.Join(p.Errors, "; "))
		}
	}
	first := math.Max(seen.soundAfter(guest, host, "admitted"), seen.soundAfter(host, guest, "admitted")) / 1000
	moment := seen.event("change")
	silent := math.Max(seen.silentFor(guest, host, moment), seen.silentFor(host, guest, moment)) / 1000
	frozen := math.Max(seen.freeze(guest, host, moment, seen.To), seen.freeze(host, guest, moment, seen.To)) / 1000
	path := seen.pathOf(guest)
	toHost, toGuest := seen.packets(host, guest), seen.packets(guest, host)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.0f\t%.0f\n", r.name, path, secondsOf(first), secondsOf(silent), secondsOf(frozen), toHost, toGuest)
	switch {
	case r.fails:
		if !math.IsInf(silent, 1) {
			t.Errorf("sound came back after %.1f s, over a network that lets nothing through", silent)
		}
		return
	case r.happen != nil && !(silent <= r.within && frozen <= r.within+2):
		t.Errorf("silent for %.1f s and frozen for %.1f s, want %.1f", silent, frozen, r.within)
	case r.happen == nil && !(first <= r.within):
		t.Errorf("sound both ways %.1f s after admission, want %.1f", first, r.within)
	}
	if path != r.path {
		t.Errorf("path %q, want %q", path, r.path)
	}
	if toHost < 100 || toGuest < 100 {
		t.Errorf("%.0f packets to the host and %.0f to the guest in the window", toHost, toGuest)
	}
}

// secondsOf writes a figure that may not apply, or be without an end.
func secondsOf(s float64) string {
	switch {
	case math.IsNaN(s):
		return "–"
	case math.IsInf(s, 1):
		return "for good"
	}
	return fmt.Sprintf("%.1f s", s)
}

// soundAfter is how long after a mark of the guest's a voice came from the other, in ms.
func (r *record) soundAfter(receiver, sender int, mark string) float64 {
	moment := r.person(r.Plan.Impaired).Marks[mark]
	for _, s := range r.person(receiver).Samples {
		for _, in := range s.In {
			if s.At >= moment && in.Kind == "audio" && in.Number == sender && in.Packets > 0 {
				return s.At - moment
			}
		}
	}
	return math.Inf(1)
}

// packets that one received of the other in the window.
func (r *record) packets(receiver, sender int) (n float64) {
	for _, kind := range []string{"audio", "video"} {
		for _, s := range r.spans(receiver, sender, kind, r.From, r.To) {
			n += s.Packets
		}
	}
	return n
}

// pathOf is how somebody was connected last.
func (r *record) pathOf(number int) (path string) {
	for _, s := range r.person(number).Samples {
		if s.State == "connected" && s.Path != "" {
			path = s.Path
		}
	}
	return path
}

// roams is the way from one network into another: the old address is gone before the new one is there.
func roams(s *site) [][]string {
	h := s.last().host
	var all [][]string
	for _, c := range []string{
		"link set eth0 down", "address flush dev eth0", "link set eth1 up", "address add 192.0.2.130/26 dev eth1", "route add default via 192.0.2.129 dev eth1",
	} {
		all = append(all, append([]string{"ip", "-n", h.name}, strings.Fields(c)...))
	}
	return all
}

// renumbers is what many providers do with a router at night: nobody behind it is told.
func renumbers(s *site) [][]string {
	var all [][]string
	for _, c := range []string{"address flush dev eth0", "address add 192.0.2.70/26 dev eth0", "route add default via 192.0.2.65 dev eth0"} {
		all = append(all, append([]string{"ip", "-n", s.router.name}, strings.Fields(c)...))
	}
	return all
}

// mobile is plainSite whose guest has a second network at hand, which is not on yet.
func mobile(w *world) *site {
	s := plainSite(w)
	w.wire(s.last().host, "eth1", nil, w.internet, "mobile", nil)
	w.internet.ip("address", "add", "192.0.2.129/26", "dev", "mobile")
	s.last().host.ip("link", "set", "eth1", "down")
	return s
}

var browserRows = []browserRow{
	{name: "UDP blocked", lay: rowNamed("UDP blocked"), path: "relay tls", within: relayWithin.Seconds()},
	{name: "HTTP CONNECT proxy", lay: rowNamed("HTTP CONNECT proxy"), path: "relay tls", within: relayWithin.Seconds()},
	{name: "IPv6 only, UDP blocked", lay: rowNamed("IPv6 only, UDP blocked"), path: "relay tls", within: relayWithin.Seconds()},
	{name: "another address", lay: mobile, path: "host udp", happen: roams, within: movedWithin.Seconds()},
	{name: "router with another address", lay: func(w *world) *site {
		s := plainSite(w)
		s.routed().translates()
		return s
	}, path: "prflx udp", happen: renumbers, within: unannouncedWithin.Seconds()},
	{name: "another address, without a way out", lay: func(w *world) *site {
		s := mobile(w)
		w.internet.drop(`iifname "mobile"`)
		return s
	}, happen: roams, fails: true},
}

// rowNamed is the network of another table.
func rowNamed(name string) func(*world) *site {
	for _, r := range netRows {
		if r.name == name {
			return r.lay
		}
	}
	panic("no row " + name)
}
