package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// The files of testdata/firewall are what the kernel made of the rules beside them, and of deploy/jalsa.nft:
//
//	unshare -n sh -c 'nft -f two.nft && nft -j list ruleset' > two.json
//
// iptables.json is of iptables-nft 1.8.9, of which nft shows some conditions by name only.
func TestFirewallIsReadAsTheKernelDoes(t *testing.T) {
	for _, c := range []struct {
		file, family, network, port string
		want                        fate
	}{
		{"deploy", "ip", "tcp", "443", passes},
		{"deploy", "ip6", "tcp", "80", passes},
		{"deploy", "ip6", "udp", "443", passes},
		{"deploy", "ip", "udp", "8443", dropped},
		{"deploy", "ip", "tcp", "8080", dropped},
		{"closed", "ip", "tcp", "443", dropped},
		{"closed", "ip6", "tcp", "80", passes},
		{"closed", "ip", "udp", "80", dropped},
		{"jumps", "ip", "tcp", "443", passes},
		{"jumps", "ip", "tcp", "446", dropped},
		{"jumps", "ip", "udp", "443", passes},
		{"jumps", "ip", "udp", "53", dropped},
		{"jumps", "ip6", "udp", "8443", passes},
		{"jumps", "ip", "udp", "8443", dropped},
		{"jumps", "ip", "udp", "9000", passes},  // by a chain that says nothing, and does not come back
		{"partly", "ip", "tcp", "443", unsure},  // for one network
		{"partly", "ip", "udp", "443", unsure},  // up to a rate
		{"partly", "ip", "udp", "8443", passes}, // by a condition on the IP header
		{"partly", "ip", "tcp", "80", dropped},
		{"partly", "ip6", "tcp", "443", unsure}, // on one card
		{"partly", "ip6", "udp", "443", dropped},
		{"two", "ip", "tcp", "443", dropped}, // one accepts, the other has the last word
		{"two", "ip", "udp", "443", passes},
		{"iptables", "ip", "tcp", "443", passes},
		{"iptables", "ip", "tcp", "8443", passes},
		{"iptables", "ip", "udp", "443", unsure},
		{"iptables", "ip6", "tcp", "80", passes}, // no rules of this family
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "firewall", c.file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := readRules(text)
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		if got := r.fate(packet{c.family, c.network, c.port}); got != c.want {
			t.Errorf("%s: %s %s/%s: fate %d, want %d", c.file, c.family, c.port, c.network, got, c.want)
		}
	}
	if _, err := readRules([]byte("table")); err == nil {
		t.Error("nonsense is read")
	}
	loop := `{"nftables":[{"chain":{"family":"ip","table":"t","name":"c","type":"filter","hook":"input","prio":0}},
		{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"jump":{"target":"c"}}]}}]}`
	if r, err := readRules([]byte(loop)); err != nil || r.fate(packet{"ip", "tcp", "443"}) != unsure {
		t.Errorf("a chain that leads to itself: %v", err)
	}
}

func TestFamilies(t *testing.T) {
	for _, c := range []struct {
		own  []netip.Addr
		want string
	}{
		{addrs("192.0.2.1"), "[ip]"}, {addrs("2001:db8::1"), "[ip6]"}, {addrs("2001:db8::1", "192.0.2.1"), "[ip ip6]"}, {nil, "[ip]"},
	} {
		if got := fmt.Sprint(familiesOf(c.own)); got != c.want {
			t.Errorf("%v: %s, want %s", c.own, got, c.want)
		}
	}
}

func TestDoctorOnTheFirewall(t *testing.T) {
	with := func(file string, doors ...packet) []finding {
		text, err := os.ReadFile(filepath.Join("testdata", "firewall", file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := readRules(text)
		if err != nil {
			t.Fatal(err)
		}
		return judgeFirewall(firewall{rules: r, families: []string{"ip", "ip6"}, doors: doors})
	}
	tcp, udp := packet{network: "tcp", port: "443"}, packet{network: "udp", port: "443"}
	checkAll(t,
		diagnosis{"open", with("deploy", tcp, udp), fine, "lets everybody into 443/tcp, 443/udp"},
		diagnosis{"closed", with("closed", tcp, udp), problem, "closes 443/tcp, 443/udp"},
		diagnosis{"open in one family only", with("jumps", packet{network: "udp", port: "8443"}), problem, "closes 8443/udp"},
		diagnosis{"for some", with("partly", tcp), unseen, "443/tcp, and perhaps not all"},
		diagnosis{"not root", judgeFirewall(firewall{err: errNotRoot}), unseen, "only root"},
	)
}
