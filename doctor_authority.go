package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/caddyserver/certmagic"
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

func lookAtAuthority(ctx context.Context, n network, where location, data string) authority {
	a := authority{on: n.TLS == tlsACME, directory: cmp.Or(n.ACMECA, certmagic.LetsEncryptProductionCA), storage: filepath.Join(data, acmeFolder), host: where.host}
	if !a.on {
		return a
	}
	a.at443, a.at80 = where.port == "443", n.HTTP != "" // or a router forwards from there
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
	roots, err := rootsOf("--acme-ca-root", root, nil)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, directory, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}}
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
