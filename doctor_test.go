package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
	"jalsa/web/mail"
)

// diagnosis is what a judge is to say of some facts: a verdict, and words of what was found or advised.
type diagnosis struct {
	name  string
	found []finding
	want  verdict
	words string
}

func (d diagnosis) check(t *testing.T) {
	t.Helper()
	worst := fine
	var said []string
	rank := map[verdict]int{fine: 0, unseen: 1, warning: 2, problem: 3}
	for _, f := range d.found {
		if rank[f.Verdict] > rank[worst] {
			worst = f.Verdict
		}
		if f.Verdict == problem && f.Advice == "" {
			t.Errorf("%s: a problem without advice: %s", d.name, f.Found)
		}
		said = append(said, f.Found, f.Advice)
	}
	text := strings.Join(said, "\n")
	if worst != d.want || !strings.Contains(text, d.words) {
		t.Errorf("%s: %s, want %s with %q; said:\n%s", d.name, worst, d.want, d.words, text)
	}
}

func checkAll(t *testing.T, all ...diagnosis) {
	t.Helper()
	for _, d := range all {
		d.check(t)
	}
}

func TestDoctorOnTheServer(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	told := network{Listen: ":443", URL: "https://a.example"}
	running := func(change func(*condition)) []finding {
		c := condition{Since: now.Add(-time.Hour), Public: told.URL, Network: told}
		c.SFU.Sent, c.Signaling.Opened, c.Turn.ToMedia = 1_000_000, 1000, 1_000_000
		c.Signaling.Dropped = map[string]uint64{"journal_full": 0}
		change(&c)
		return judgeServer("data", told, &c, nil, now)
	}
	checkAll(t,
		diagnosis{"none", judgeServer("data", told, nil, nil, now), fine, "none runs on data"},
		diagnosis{"not ours to ask", judgeServer("data", told, nil, errNotAllowed, now), unseen, "as the user of the server"},
		diagnosis{"mute", judgeServer("data", told, nil, errors.New("reset"), now), problem, "does not answer"},
		diagnosis{"well", running(func(*condition) {}), fine, "runs for 1h0m0s as https://a.example"},
		diagnosis{"other settings", running(func(c *condition) { c.Network.TLSCert = "/x" }), warning, "other settings than these: --tls-cert"},
		diagnosis{"few lost", running(func(c *condition) { c.SFU.Socket.SocketFull = 900 }), fine, ""},
		diagnosis{"many not read", running(func(c *condition) { c.SFU.Socket.Unread = 1100 }), warning, "not read in time"},
		diagnosis{"many lost", running(func(c *condition) { c.SFU.Socket.SocketFull = 1100 }), warning, "send buffer was full"},
		diagnosis{"refused by the system", running(func(c *condition) { c.SFU.Socket.SendFailed = 1100 }), warning, "the system refused 1100"},
		diagnosis{"no segmentation", running(func(c *condition) { c.SFU.Socket.SendSplit = 101 }), warning, "--single-packets"},
		diagnosis{"media never up", running(func(c *condition) { c.SFU.PeersNeverUp = 101 }), warning, "101 connections never came up"},
		diagnosis{"slow relay", running(func(c *condition) { c.SFU.Socket.RelayFull = 1100 }), warning, "relayed packets were dropped"},
		diagnosis{"crowded", running(func(c *condition) { c.Door.Refused = map[string]uint64{"full": 3} }), warning, "3 connections were refused"},
		diagnosis{"crowded from one address", running(func(c *condition) { c.Door.Refused = map[string]uint64{"address": 3} }), warning, "--forwarded-for"},
		diagnosis{"flooded by one address", running(func(c *condition) { c.Door.Refused = map[string]uint64{"often": 3} }), warning, "came too often"},
		diagnosis{"silent proxy", running(func(c *condition) { c.Door.Refused = map[string]uint64{"unannounced": 3} }), warning, "send-proxy-v2"},
		diagnosis{"fault", running(func(c *condition) { c.SFU.PeersPanicked = 1 }), problem, "faults of the program: 1"},
		diagnosis{"journal", running(func(c *condition) { c.Signaling.Dropped["journal_full"] = 1 }), problem, "1 entries about live hearings"},
	)
}

func TestDoctorOnPorts(t *testing.T) {
	at := func(e entrance) []finding {
		e.flag, e.network = "--listen", "tcp"
		if e.address == "" {
			e.address = "0.0.0.0:443"
		}
		return judgeEntrances([]entrance{e})
	}
	checkAll(t,
		diagnosis{"free", at(entrance{}), fine, "may open 0.0.0.0:443/tcp (--listen), free now"},
		diagnosis{"ours", at(entrance{held: true}), fine, "the running server holds 0.0.0.0:443/tcp (--listen)"},
		diagnosis{"taken", at(entrance{err: os.NewSyscallError("bind", syscall.EADDRINUSE)}), problem, "ss -lp -A tcp sport = :443"},
		diagnosis{"forbidden", at(entrance{err: os.NewSyscallError("bind", syscall.EACCES)}), problem, "ports below 1024: 0.0.0.0:443/tcp (--listen)"},
		diagnosis{"not here", at(entrance{err: os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)}), problem, "--public-address"},
		diagnosis{"nonsense", at(entrance{err: &net.AddrError{Err: "missing port"}}), problem, "HOST:PORT"},
		diagnosis{"inside", at(entrance{address: "127.0.0.1:443"}), problem, "from this machine only"},
		diagnosis{"figures for this machine", at(entrance{address: "127.0.0.1:9100", inside: true, own: true}), fine, "may open 127.0.0.1:9100/tcp"},
		diagnosis{"figures for the own network", at(entrance{address: "10.0.0.5:9100", inside: true, own: true}), fine, "may open 10.0.0.5:9100/tcp"},
		diagnosis{"figures for the world", at(entrance{address: ":9100", inside: true, own: true}), warning, "may read the figures"},
		diagnosis{"inside, behind a proxy", at(entrance{address: "127.0.0.1:443", inside: true}), fine, "may open 127.0.0.1:443/tcp"},
	)
}

func TestPortOf(t *testing.T) {
	for address, want := range map[string]string{":443": "443", "0.0.0.0:https": "443", "[::]:80": "80", "": "", "nonsense": ""} {
		if got := portOf(address); got != want {
			t.Errorf("port of %q is %q, want %q", address, got, want)
		}
	}
}

// A port is tried as the server would open it.
func TestDoctorTriesPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	n := network{Listen: taken.Addr().String(), Media: []string{"127.0.0.1:0"}, Metrics: taken.Addr().String()}
	all := lookAtEntrances(t.Context(), n, nil)
	if len(all) != 3 || !errors.Is(all[2].err, syscall.EADDRINUSE) || !errors.Is(all[0].err, syscall.EADDRINUSE) || all[1].err != nil {
		t.Errorf("%+v", all)
	}
	if all = lookAtEntrances(t.Context(), n, &condition{Network: n}); !all[0].held || !all[1].held || all[0].err != nil {
		t.Errorf("with its server: %+v", all)
	}
}

func addrs(all ...string) (a []netip.Addr) {
	for _, text := range all {
		a = append(a, netip.MustParseAddr(text))
	}
	return a
}

func TestDoctorOnAddresses(t *testing.T) {
	private, public, other := addrs("10.0.0.5"), addrs("203.0.113.7"), addrs("198.51.100.1")
	both := addrs("10.0.0.5", "2001:db8::1")
	nowhere := &net.DNSError{IsNotFound: true}
	const url = "https://a.example"
	addresses := func(l location) []finding { return []finding{judgeAddresses(l)} }
	checkAll(t,
		diagnosis{"public", addresses(location{own: public, told: public}), fine, "send to 203.0.113.7, which this machine has"},
		diagnosis{"IPv6 only", addresses(location{own: addrs("2001:db8::1"), told: addrs("2001:db8::1")}), fine, "2001:db8::1"},
		diagnosis{"behind a router", addresses(location{own: private, told: public, given: public}), fine, "a router has to forward"},
		diagnosis{"behind a router, not said", addresses(location{own: private, told: private, host: "a.example", named: public}), problem, "--public-address 203.0.113.7"},
		diagnosis{"behind a router in one family, not said", addresses(location{own: both, told: both, host: "a.example", named: append(addrs("2001:db8::1"), public...)}), problem, "--public-address 203.0.113.7"},
		diagnosis{"behind a router in one family", addresses(location{own: both, told: append(addrs("2001:db8::1"), public...), given: public, host: "a.example", named: append(addrs("2001:db8::1"), public...)}), fine, "a router has to forward"},
		diagnosis{"behind a router in a family that the name has not", addresses(location{own: both, told: both, host: "a.example", named: addrs("2001:db8::1")}), fine, "which this machine has"},
		diagnosis{"private, name unknown", addresses(location{own: private, told: private, unnamed: nowhere}), problem, "--public-address with the address"},
		diagnosis{"of a carrier", addresses(location{own: addrs("100.64.3.4"), told: addrs("100.64.3.4")}), problem, "private network (100.64.3.4)"},
		diagnosis{"on a network of its own", addresses(location{own: private, told: private, named: private}), warning, "from outside of it"},
		diagnosis{"given a private one", addresses(location{own: private, told: private, given: private, named: private}), warning, "of a private network"},
		diagnosis{"loopback", addresses(location{own: public, told: addrs("127.0.0.1")}), problem, "only from itself"},
		diagnosis{"no network", addresses(location{}), problem, "only from itself"},
		diagnosis{"cannot be", addresses(location{err: errors.New("name the media address")}), problem, "see --media"},
	)
	name := func(l location) []finding {
		if l.host == "" {
			l.host = "a.example"
		}
		return []finding{judgeName(l)}
	}
	checkAll(t,
		diagnosis{"not set", name(location{url: "http://localhost:8080", host: "localhost"}), problem, "--url"},
		diagnosis{"http", name(location{url: "http://a.example"}), problem, "https pages only"},
		diagnosis{"unknown", name(location{url: url, unnamed: nowhere, own: append(private, public...)}), problem, "have it entered: 203.0.113.7"},
		diagnosis{"no resolver", name(location{url: url, unnamed: &net.DNSError{IsTimeout: true}}), unseen, "resolv.conf"},
		diagnosis{"in /etc/hosts", name(location{url: url, named: addrs("127.0.1.1"), own: public}), unseen, "/etc/hosts"},
		diagnosis{"ours", name(location{url: url, named: public, own: public}), fine, "a.example is 203.0.113.7"},
		diagnosis{"the router's", name(location{url: url, named: public, own: private, given: public}), fine, "a.example is 203.0.113.7"},
		diagnosis{"another's", name(location{url: url, named: other, own: public}), problem, "not this machine (203.0.113.7)"},
		diagnosis{"the proxy's", name(location{url: url, named: other, own: public, proxied: true}), fine, "it is the proxy"},
		diagnosis{"also another's", name(location{url: url, named: append(other, public...), own: public}), problem, "is also 198.51.100.1"},
	)
}

func TestDoctorOnLimits(t *testing.T) {
	checkAll(t,
		diagnosis{"buffers", judgeBuffers(buffers{receive: sfu.SocketBuffer, send: sfu.SocketBuffer}), fine, "4 MiB"},
		diagnosis{"small to receive", judgeBuffers(buffers{receive: 212992, send: sfu.SocketBuffer}), problem, "208 KiB to receive"},
		diagnosis{"small to send", judgeBuffers(buffers{receive: sfu.SocketBuffer, send: 212992}), problem, "net.core.wmem_max=4194304"},
		diagnosis{"elsewhere", judgeBuffers(buffers{err: fs.ErrInvalid}), unseen, ""},
		diagnosis{"descriptors", judgeDescriptors(openFiles{limit: 65536}), fine, "65536"},
		diagnosis{"few descriptors", judgeDescriptors(openFiles{limit: 1024}), warning, "LimitNOFILE"},
		diagnosis{"of the server", judgeDescriptors(openFiles{limit: 65536, open: 90, running: true}), fine, "90 of 65536"},
		diagnosis{"nearly all open", judgeDescriptors(openFiles{limit: 65536, open: 60000, running: true}), problem, "60000 of 65536"},
		diagnosis{"unknown", judgeDescriptors(openFiles{}), unseen, ""},
		diagnosis{"machine", judgeMachine(machine{cores: 2, memory: 4 << 30, free: 3 << 30}), fine, "about 8 hearings of six"},
		diagnosis{"little memory", judgeMachine(machine{cores: 2, memory: 4 << 30, free: 100 << 20}), warning, "100 MiB are free: enough for about 7 hearings"},
		diagnosis{"unknown memory", judgeMachine(machine{cores: 2}), unseen, ""},
	)
}

func TestDoctorOnTime(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	checkAll(t,
		diagnosis{"kept", judgeClock(clock{now: now, zone: "2026c", kept: true}), fine, "12:00:00 UTC and is kept"},
		diagnosis{"free", judgeClock(clock{now: now, zone: "2026c"}), warning, "timesyncd"},
		diagnosis{"unset", judgeClock(clock{now: time.Unix(0, 0), zone: "2026c", kept: true}), problem, "1970-01-01"},
		diagnosis{"not to be seen", judgeClock(clock{now: now, zone: "2026c", err: syscall.EPERM}), unseen, "a clock you trust"},
		diagnosis{"zones", judgeZones(zoneData{"2026c", "2025b", now}), fine, "2025b and is not used"},
		diagnosis{"zones of nobody else", judgeZones(zoneData{"2026c", "", now}), fine, "2026c"},
		diagnosis{"newer zones", judgeZones(zoneData{"2026c", "2026d", now}), warning, "the system has 2026d"},
		diagnosis{"old zones", judgeZones(zoneData{"2026c", "2026c", now.AddDate(2, 0, 0)}), warning, "it is 2028"},
		diagnosis{"no zones", judgeZones(zoneData{"unknown", "2026c", now}), problem, "no zone data"},
	)
	file := filepath.Join(t.TempDir(), "tzdata.zi")
	for text, want := range map[string]string{"# version 2026c\nx": "2026c", "2025b\n": "2025b", "# redo\n": "", "": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := zoneRelease(file); got != want {
			t.Errorf("release in %q is %q, want %q", text, got, want)
		}
	}
}

func TestDoctorOnTheDisk(t *testing.T) {
	on := func(change func(*disk)) []finding {
		d := disk{folder: "data", at: "/srv/data", mode: fs.ModeDir | 0o700, owner: 990, self: 990, free: 50 << 30, sync: time.Millisecond}
		change(&d)
		return judgeDisk(d)
	}
	checkAll(t,
		diagnosis{"well", on(func(*disk) {}), fine, "50 GiB free, a write takes 1ms"},
		diagnosis{"not made yet", on(func(d *disk) { d.missing = true }), fine, "made at the first start"},
		diagnosis{"not to be made", on(func(d *disk) { d.missing, d.denied = true, fs.ErrPermission }), problem, "install -d -m 0700"},
		diagnosis{"read-only", on(func(d *disk) { d.denied = fs.ErrPermission }), problem, "cannot be written"},
		diagnosis{"not ours to look at", on(func(d *disk) { d.err = fs.ErrPermission }), unseen, "as the user of the server"},
		diagnosis{"broken", on(func(d *disk) { d.err = syscall.EIO }), problem, "input/output error"},
		diagnosis{"full", on(func(d *disk) { d.free, d.denied = 0, syscall.ENOSPC }), problem, "is full"},
		diagnosis{"nearly full", on(func(d *disk) { d.free = 100 << 20 }), problem, "is full (100 MiB free)"},
		diagnosis{"filling", on(func(d *disk) { d.free = 500 << 20 }), warning, "500 MiB free"},
		diagnosis{"in memory", on(func(d *disk) { d.kind = inMemory }), problem, "in memory"},
		diagnosis{"on a network", on(func(d *disk) { d.kind = "nfs" }), warning, "kind nfs"},
		diagnosis{"slow", on(func(d *disk) { d.sync = 300 * time.Millisecond }), warning, "takes 300ms"},
		diagnosis{"open to others", on(func(d *disk) { d.mode = fs.ModeDir | 0o750 }), problem, "chmod 0700 data"},
		diagnosis{"seen by root while its server runs", on(func(d *disk) { d.self, d.held = 0, true }), fine, "50 GiB free"},
		diagnosis{"seen by root", on(func(d *disk) { d.self = 0 }), unseen, "root may do everything"},
	)
	data := filepath.Join(t.TempDir(), "not", "yet")
	if d := lookAtDisk(data, false); !d.missing || d.err != nil || d.denied != nil || d.free == 0 {
		t.Errorf("%+v", d)
	}
	if _, err := os.Stat(filepath.Dir(data)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("looking made a folder")
	}
}

func TestDoctorOnTheBooks(t *testing.T) {
	checkAll(t,
		diagnosis{"none", judgeBooks(ledger{none: true}), fine, "none yet"},
		diagnosis{"good", judgeBooks(ledger{entries: 7}), fine, "entries: 7"},
		diagnosis{"of another", judgeBooks(ledger{err: fs.ErrPermission}), unseen, "as the user of the server"},
		diagnosis{"held", judgeBooks(ledger{data: "data", err: booking.ErrLocked}), problem, "fuser -v data/jalsa.db"},
		diagnosis{"forged", judgeBooks(ledger{err: &booking.JournalError{}}), problem, "the journal does not hold"},
		diagnosis{"damaged", judgeBooks(ledger{err: booking.ErrDamaged}), problem, "put back a backup"},
		diagnosis{"without a key", judgeBooks(ledger{keyless: true, entries: 7}), problem, "links.key is missing"},
	)
	data := t.TempDir()
	if l := lookAtBooks(t.Context(), data, nil); !l.none || l.err != nil {
		t.Errorf("empty: %+v", l)
	}
	if files, _ := os.ReadDir(data); len(files) != 0 {
		t.Error("looking made books")
	}
	if err := os.WriteFile(filepath.Join(data, storeFile), make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	if l := lookAtBooks(t.Context(), data, nil); l.none || !l.keyless || !errors.Is(l.err, booking.ErrDamaged) {
		t.Errorf("damaged: %+v", l)
	}
}

func TestDoctorOnMail(t *testing.T) {
	failed := func(why string) error { return &mail.Failure{Why: why, Err: errors.New("said no")} }
	checkAll(t,
		diagnosis{"off", judgeMail(mailServer{}), warning, "--smtp HOST"},
		diagnosis{"to a folder", judgeMail(mailServer{on: true, folder: "mail"}), warning, "nobody gets them"},
		diagnosis{"wrong settings", judgeMail(mailServer{err: errors.New("--smtp needs --mail-from")}), problem, "--smtp needs --mail-from"},
		diagnosis{"good", judgeMail(mailServer{on: true, address: "m:587", user: true}), fine, "m:587 lets us sign in"},
		diagnosis{"without user", judgeMail(mailServer{on: true, address: "m:587"}), fine, "m:587 answers"},
		diagnosis{"sent", judgeMail(mailServer{on: true, address: "m:587", to: "a@example"}), fine, "whether it arrived"},
		diagnosis{"in the clear", judgeMail(mailServer{on: true, address: "m:25", clear: true}), warning, "in the clear"},
	)
	for _, why := range []string{mail.WhyUnreachable, mail.WhyTimeout, mail.WhyTLS, mail.WhyAuth, mail.WhyRefused, mail.WhyRejectedAddress} {
		diagnosis{why, judgeMail(mailServer{on: true, address: "m:587", err: failed(why)}), problem, "m:587: said no"}.check(t)
	}
}

// The doctor asks the server that runs, and tells no secret.
func TestDoctorCommand(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	t.Setenv("JALSA_SMTP_PASSWORD", "opensesame")
	out, err := command(t, "", "doctor", "--json", "--data", data, "--smtp", "127.0.0.1:1", "--smtp-user", "jalsa", "--mail-from", "a@example.ma", "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "problems found") {
		t.Errorf("a mail server that is not there: %v", err)
	}
	var told struct {
		Findings []finding
		Problems int
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || told.Problems == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	said := map[string]finding{}
	for _, f := range told.Findings {
		said[f.Check] = f
	}
	if f := said["server"]; f.Verdict != fine || !strings.Contains(f.Found, "runs for") {
		t.Errorf("server: %+v", f)
	}
	if f := said["books"]; f.Verdict != fine || !strings.Contains(f.Found, "the journal holds") {
		t.Errorf("books: %+v", f)
	}
	if f := said["mail"]; f.Verdict != problem || !strings.Contains(f.Found, "127.0.0.1:1") {
		t.Errorf("mail: %+v", f)
	}
	if _, differ := said["settings"]; differ {
		t.Errorf("settings: %+v", said["settings"])
	}
	if strings.Contains(out, "opensesame") {
		t.Error("the password was told")
	}
}

// A server says at its start what keeps people from being heard; one for this machine alone does not.
func TestServerWarnsOfPrivateAddresses(t *testing.T) {
	for url, want := range map[string]bool{"https://a.example": true, "": false} {
		var log bytes.Buffer
		n := network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}, URL: url}
		s, err := newServer(t.TempDir(), n, mailing{}, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(log.String(), "reach this machine only from itself") && strings.Contains(log.String(), "--media :443"); got != want {
			t.Errorf("%q: warned %v, log:\n%s", url, got, log.String())
		}
	}
}
