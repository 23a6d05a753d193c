//go:build lab && linux

package lab

import (
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// serverName is what people open; each row has a DNS of its own.
const serverName = "hearings.test"

// Numbers of DESIGN.md, section 6, and what a network that is no obstacle may cost on a machine that does other things too.
const (
	directWithin = 3 * time.Second
	relayWithin  = 10 * time.Second
	movedWithin  = 4 * time.Second
	// unannouncedWithin is where no system tells the browser: silence has to last a while before it is believed.
	unannouncedWithin = 6 * time.Second
	lockedFor         = 3 * time.Second // without a page
	darkFor           = 7 * time.Second // without media: longer than any path that works has taken
)

// site is where the server is in a row, and where its people.
type site struct {
	world  *world
	server *host
	flags  []string // of the server
	guests []guest  // the host of the hearing comes first, and is never behind anything
	port   int      // of everything; 0: 443
	proxy  *connectProxy
	router *host // in front of the last guest; nil: none

	met *hearing
}

// guest is one person's machine and network.
type guest struct {
	host  *host
	at    []string // addresses of the machine
	dns   string   // where it finds the server
	proxy string
	path  string // how it tries to connect: "any" as the room client, or one only
}

// netRow is a network that must work. broken is the same one without what makes it work, or what the row would do if it
// tested nothing: there the last guest must stay without media.
type netRow struct {
	name   string
	lay    func(w *world) *site
	path   string // that wins, for the last guest
	within time.Duration
	proof  func(t *testing.T, s *site) // of what the row says of its network
	broken string                      // what is taken away
	breaks func(s *site)
	locked bool // in the broken row the last guest does not even get a page
}

// TestNetworks puts the program into networks as institutions and people have them, and wants sound and pictures both ways,
// without a loss. It needs root, ip and nft.
func TestNetworks(t *testing.T) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "network\tpath\tadmitted to media\tpackets, all arrived\twithout")
	for _, row := range netRows {
		t.Run(row.name, func(t *testing.T) {
			var path string
			var took time.Duration
			var packets int
			if !t.Run("works", func(t *testing.T) { path, took, packets = row.works(t) }) {
				return
			}
			if t.Run("broken", row.fails) {
				fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%s: no media\n", row.name, path, took.Round(time.Millisecond), packets, row.broken)
			}
		})
	}
	w.Flush()
	t.Logf("\n%s", &table)
}

func (r netRow) works(t *testing.T) (path string, took time.Duration, packets int) {
	s := r.lay(newWorld(t))
	h, took := s.meet(t)
	last := h.people[len(h.people)-1]
	if path = last.winner().path; path != r.path {
		t.Errorf("media came by the %s path, want %s", path, r.path)
	}
	if took > r.within {
		t.Errorf("media came %v after admission, want %v", took, r.within)
	}
	if r.proof != nil {
		r.proof(t, s)
	}
	c := check(h.people)
	pass(2 * time.Second)
	return path, took, c.complete(t)
}

// meet brings everybody in and waits for media, on every pair and both ways.
func (s *site) meet(t *testing.T) (*hearing, time.Duration) {
	t.Helper()
	h := s.hearing(t)
	for _, each := range h.people {
		each.enter()
		h.admit(each)
	}
	began := time.Now()
	h.untilFlowing(time.Time{})
	return h, time.Since(began)
}

func (r netRow) fails(t *testing.T) {
	s := r.lay(newWorld(t))
	r.breaks(s)
	h := s.hearing(t)
	last := h.people[len(h.people)-1]
	for _, each := range h.people {
		if each == last && r.locked {
			each.web.Timeout = lockedFor
			if page, err := each.web.Get(each.link); err == nil {
				page.Body.Close()
				t.Fatalf("the page came, though %s", r.broken)
			}
			return
		}
		each.enter()
		h.admit(each)
	}
	pass(darkFor)
	for _, other := range h.people[:len(h.people)-1] {
		if last.inbox.last(other.number, voice) > 0 || other.inbox.last(last.number, voice) > 0 {
			t.Errorf("media came, though %s", r.broken)
		}
	}
	for _, other := range h.people[:len(h.people)-1] {
		if !other.isUp() {
			t.Errorf("%s is not connected either, so that this shows nothing", other.role)
		}
	}
}

// serve starts the program on its ports.
func (s *site) serve(t *testing.T) *program {
	t.Helper()
	open, port := "https://"+serverName, ":443"
	if s.port != 0 {
		open, port = fmt.Sprintf("%s:%d", open, s.port), fmt.Sprintf(":%d", s.port)
	}
	if slices.Contains(s.flags, "--tls=off") {
		open = "http://" + serverName + ":443"
	}
	flags := append([]string{"--url", open, overTLS, "--drain", "0s"}, s.flags...)
	p := programOn(t, t.TempDir(), flags...)
	p.under, p.open, p.ports = s.server.under(), open, []string{"--listen", port}
	if !slices.Contains(s.flags, "--media") {
		p.ports = append(p.ports, "--media", port)
	}
	p.start()
	return p
}

// hearing books everybody; nobody is in it yet.
func (s *site) hearing(t *testing.T) *hearing {
	t.Helper()
	p := s.serve(t)
	roles := []string{"host", "party", "representative"}[:len(s.guests)]
	h := &hearing{t: t, program: p, booked: p.book(time.Hour, roles...)}
	for i, l := range h.booked.Links {
		h.people = append(h.people, s.guests[i].person(t, p, l.URL, l.Number, l.Role))
	}
	s.met = h
	return h
}

func (g guest) person(t *testing.T, p *program, link string, number uint32, role string) *person {
	t.Helper()
	one := newPerson(t, p.url(), link, number, role, g.path)
	one.cable.where, one.cable.proxy = g.host.inside, g.proxy
	one.cable.names = map[string]string{serverName: g.dns}
	one.cable.move(addressesOf(g.at)...)
	return one
}

func addressesOf(texts []string) (all []netip.Addr) {
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// TestAddressChanges takes somebody's network away in the middle of a hearing and gives them another, as a telephone does that
// leaves the house.
func TestAddressChanges(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		t.Run(map[bool]string{false: "works", true: "broken"}[blocked], func(t *testing.T) {
			w := newWorld(t)
			s := plainSite(w)
			phone := &s.guests[1]
			w.wire(phone.host, "eth1", []string{"192.0.2.130/26"}, w.internet, "mobile", nil)
			w.internet.ip("address", "add", "192.0.2.129/26", "dev", "mobile")
			if blocked {
				w.internet.drop(`iifname "mobile"`)
			}
			h, _ := s.meet(t)
			moving := h.people[1]
			pass(time.Second)
			phone.host.ip("address", "delete", phone.at[0]+"/26", "dev", "eth0")
			phone.host.ip("route", "replace", "default", "via", "192.0.2.129", "dev", "eth1")
			gone := time.Now()
			moving.cable.move(netip.MustParseAddr("192.0.2.130"))
			moving.nudge()
			if blocked {
				pass(darkFor)
				if moving.inbox.at(1, voice).After(gone.Add(200 * time.Millisecond)) {
					t.Error("media came over a network that lets nothing through")
				}
				return
			}
			h.untilFlowing(gone.Add(200 * time.Millisecond)) // not what was on its way
			took := time.Since(gone)
			if took > movedWithin {
				t.Errorf("media came back after %v", took)
			}
			until(t, "the new socket is in", func() bool { return moving.entries() > 1 && moving.isAdmitted() })
			if moving.isWaiting() {
				t.Error("somebody has to let them in again")
			}
			t.Logf("old address gone to media on every pair: %v", took.Round(time.Millisecond))
		})
	}
}

// alarmedAfter is how much silence the room client takes for the end of a path when the network has just changed
// (web/client/core/heal.ts).
const alarmedAfter = time.Second

// nudge is what the page does when the browser says that the network changed.
func (p *person) nudge() {
	p.cable.reset()
	p.running.Go(func() {
		select {
		case <-time.After(alarmedAfter):
			p.begin("direct")
		case <-p.ctx.Done():
		}
	})
}

// ruled returns what a set of nft holds.
func (h *host) ruled(set string) []string {
	h.world.t.Helper()
	out, err := exec.Command("ip", "netns", "exec", h.name, "nft", "list", "set", "inet", "lab", set).CombinedOutput()
	if err != nil {
		h.world.t.Fatalf("list set %s: %v: %s", set, err, out)
	}
	_, elements, _ := strings.Cut(string(out), "elements = {")
	elements, _, _ = strings.Cut(elements, "}")
	return strings.FieldsFunc(elements, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
}
