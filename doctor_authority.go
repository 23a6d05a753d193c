package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// authority is what stands between a server and a certificate by ACME (RFC 8555): it has to reach the authority, and the
// authority has to reach it by the name of --url, at port 443 (RFC 8737) or 80.
type authority struct {
	on        bool
	directory string
	err       error  // of asking it
	storage   string // folder of accounts and keys
	denied    error  // why nothing could be written there
	host      string
	at443     bool // the door, or a router that forwards to it
	at80      bool // the same of --http
}

// letsEncrypt is the authority that is asked unless --acme-ca says otherwise.
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

func lookAtAuthority(ctx context.Context, n network, data string) authority {
	a := authority{on: n.TLS == "acme", directory: n.ACMECA, storage: filepath.Join(data, "acme"), host: n.host()}
	if !a.on {
		return a
	}
	if a.directory == "" {
		a.directory = letsEncrypt
	}
	// The authority connects to the name; a router that forwards may change the port, but then --url has none.
	u, _ := url.Parse(n.URL)
	a.at443, a.at80 = u != nil && u.Port() == "" || portOf(n.Listen) == "443", portOf(n.HTTP) == "80"
	ctx, stop := within(ctx)
	defer stop()
	a.err = askDirectory(ctx, a.directory, n.ACMECARoot)
	if f, err := os.CreateTemp(a.storage, ".doctor.*"); err == nil {
		a.denied = errors.Join(f.Close(), os.Remove(f.Name()))
	} else if !errors.Is(err, fs.ErrNotExist) {
		a.denied = err
	}
	return a
}

// askDirectory reads what an authority offers (RFC 8555, section 7.1.1).
func askDirectory(ctx context.Context, directory, root string) error {
	settings := &tls.Config{}
	if root != "" {
		text, err := os.ReadFile(root)
		if err != nil {
			return fmt.Errorf("read --acme-ca-root: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return fmt.Errorf("--acme-ca-root: no certificate in %s", root)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, directory, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var offered struct {
		NewOrder string `json:"newOrder"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&offered); err != nil || offered.NewOrder == "" {
		return errors.New("what it answers is no ACME directory: " + resp.Status)
	}
	return nil
}

func judgeAuthority(a authority) []finding {
	const check = "authority"
	switch {
	case !a.on:
		return nil
	case a.denied != nil:
		return []finding{problem.of(check, "%s, where keys and certificates are kept: %v", a.storage, a.denied).so("chown -R jalsa: %s", a.storage)}
	case a.err != nil:
		return []finding{problem.of(check, "%s is not reached: %v", a.directory, a.err).so("see --acme-ca and --acme-ca-root, and whether a firewall lets this machine out")}
	case net.ParseIP(a.host) != nil || a.host == "localhost":
		return []finding{problem.of(check, "a certificate is for a name, and --url has %s", a.host).so("--url https://… with the name of this machine")}
	case !a.at443 && !a.at80:
		return []finding{problem.of(check, "%s finds out at port 443 or 80 whether the name is ours, and the server is at neither", a.directory).so("--http :80")}
	}
	return []finding{
		fine.of(check, "%s is reached", a.directory),
		unseen.of(check, "whether it reaches us as %s", a.host).so("the log says what it said: journalctl -u jalsa -g certificate"),
	}
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
