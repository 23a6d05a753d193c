package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// network is where a server is reached.
type network struct {
	Listen       string        `help:"Address for pages, signalling and the TCP relay. Default: ${default}." env:"JALSA_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	URL          string        `name:"url" help:"Address that people open, e.g. https://hearings.example. Default: http://localhost and the port of --listen; with --tls=self-signed https and this machine's address." env:"JALSA_URL" placeholder:"URL"`
	Origin       []string      `help:"Further origins whose pages may open the socket." env:"JALSA_ORIGIN" placeholder:"URL"`
	TLS          string        `name:"tls" help:"Where the certificate of --listen is from: files (--tls-cert, --tls-key), acme, self-signed for a trial; off for development and behind a proxy that ends TLS. Default: ${default}." env:"JALSA_TLS" enum:"off,files,acme,self-signed" default:"off"`
	TLSCert      string        `name:"tls-cert" help:"Certificate and its chain as PEM; read again when it changes." env:"JALSA_TLS_CERT" placeholder:"FILE"`
	TLSKey       string        `name:"tls-key" help:"Its key as PEM." env:"JALSA_TLS_KEY" placeholder:"FILE"`
	ACMEEmail    string        `name:"acme-email" help:"Whom the authority may write to about the certificate." env:"JALSA_ACME_EMAIL" placeholder:"ADDRESS"`
	ACMECA       string        `name:"acme-ca" help:"ACME directory of the authority. Default: Let's Encrypt." env:"JALSA_ACME_CA" placeholder:"URL"`
	ACMECARoot   string        `name:"acme-ca-root" help:"Root certificates as PEM that a private authority's own https is checked with." env:"JALSA_ACME_CA_ROOT" placeholder:"FILE"`
	HTTP         string        `name:"http" help:"Address, usually :80, that sends http to --url and answers ACME. Off unless set." env:"JALSA_HTTP" placeholder:"HOST:PORT"`
	Proxy        []netip.Addr  `help:"Addresses of proxies in front of --listen and --http that announce their clients by PROXY protocol." env:"JALSA_PROXY" placeholder:"IP"`
	ForwardedFor []netip.Addr  `name:"forwarded-for" help:"Addresses of HTTP proxies whose X-Forwarded-For is believed." env:"JALSA_FORWARDED_FOR" placeholder:"IP"`
	Media        []string      `help:"UDP addresses for sound and video; without a host: all of the machine's. Default: ${default}." env:"JALSA_MEDIA" default:":8080" placeholder:"HOST:PORT"`
	Public       []netip.Addr  `name:"public-address" help:"Addresses at which clients reach --media, where a router translates them: one for each, in that order, or all for one." env:"JALSA_PUBLIC_ADDRESS" placeholder:"IP"`
	Single       bool          `name:"single-packets" help:"Hand each packet of sound and video to the system by itself. For a network card whose driver cuts several apart wrongly (UDP segmentation), so that voice comes and pictures do not. Costs processor time." env:"JALSA_SINGLE_PACKETS"`
	TurnUDP      string        `name:"turn-udp" help:"UDP address of a relay for those whose network lets UDP through, but not to --media. Off unless set." env:"JALSA_TURN_UDP" placeholder:"HOST:PORT"`
	RelayRate    int           `help:"Bytes a second that are relayed for one person at most, both directions together. Default: ${rate}." env:"JALSA_RELAY_RATE" default:"${rate}" placeholder:"BYTES"`
	Metrics      string        `help:"Address, usually 127.0.0.1:9100, at which GET /metrics tells the figures of jalsa stats to Prometheus and its like. Whoever reaches it may read them. Off unless set." env:"JALSA_METRICS" placeholder:"HOST:PORT"`
	Share        int           `name:"network-share" help:"How many slots people of one network (IPv4 /24, IPv6 /64; a /48 four times as many) may have at a time who have not proven their address. Default: ${default}." env:"JALSA_NETWORK_SHARE" default:"${share}" placeholder:"N"`
	Drain        time.Duration `help:"How long running hearings may go on after a first Ctrl-C or SIGTERM." env:"JALSA_DRAIN" default:"10s"`
	Plain        bool          `help:"Forward as if every link were good, for comparison." hidden:""` // lab/thin_test.go
}

// check refuses settings that do not go together, before anything is opened.
func (n network) check() error {
	if n.Share < 0 {
		return errors.New("--network-share is the number of slots and cannot be negative")
	}
	switch n.TLS {
	case tlsFiles:
		if n.TLSCert == "" || n.TLSKey == "" {
			return errors.New("--tls=files needs --tls-cert and --tls-key")
		}
	case tlsACME:
		if n.URL == "" {
			return errors.New("--tls=acme needs --url: an authority gives a certificate for a name")
		}
	}
	if n.secure() && strings.HasPrefix(strings.ToLower(n.URL), "http:") {
		return fmt.Errorf("--url %q begins with http, but --tls=%s speaks https", n.URL, n.TLS)
	}
	if n.HTTP != "" && !n.secure() && !strings.HasPrefix(strings.ToLower(n.URL), "https:") {
		return errors.New("--http sends people to https: it needs --tls, or a --url that begins with https")
	}
	return nil
}

// secure reports whether the door speaks TLS.
func (n network) secure() bool { return n.TLS != "" && n.TLS != tlsOff }

// publicURL is what people open: as set, or this machine at the port that was got.
func publicURL(n network, addr net.Addr) (string, error) {
	switch {
	case n.URL != "":
		return originOf("--url", n.URL)
	case n.secure():
		at := addr.(*net.TCPAddr).AddrPort()
		return originOf("--listen", "https://"+netip.AddrPortFrom(lanAddress(at.Addr()), at.Port()).String())
	}
	return fmt.Sprintf("http://localhost:%d", addr.(*net.TCPAddr).Port), nil
}

// lanAddress is where others reach a port that is open on all addresses: the one from which this machine would go out,
// else its first that is not its own only.
func lanAddress(listen netip.Addr) netip.Addr {
	if !listen.IsUnspecified() {
		return listen.Unmap()
	}
	if probe, err := net.Dial("udp4", "192.0.2.1:9"); err == nil { // sends nothing: RFC 5737 keeps it for documents
		defer probe.Close()
		return probe.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	}
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
			return p.Addr()
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// originOf writes an address as browsers write it in the Origin header: host in
// lower case, no default port (RFC 6454, section 6.2).
func originOf(flag, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("%s %q is not an address such as https://hearings.example", flag, address)
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != defaultPorts[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}
