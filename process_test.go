package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"
)

// Whoever measures the program reads what its runtime holds, and profiles of it, on the admin socket.
func TestProcessTellsOfItself(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	var before, after process
	if err := ask(t.Context(), data, "/process", processRequest{}, &before); err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), data, "/process", processRequest{Collect: true}, &after); err != nil {
		t.Fatal(err)
	}
	if after.Collections == before.Collections || after.Allocated <= before.Allocated || after.Runs == 0 || after.Goroutines == 0 || after.Heap == 0 || after.Live == 0 || after.Goal <= after.Live || after.Stacks == 0 || after.Runtime == 0 {
		t.Errorf("%+v, then %+v", before, after)
	}
	web := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(data, adminSocket))
	}}}
	for _, path := range []string{"/profile/heap", "/profile/goroutines"} {
		resp, err := web.Get("http://admin" + path)
		if err != nil {
			t.Fatal(err)
		}
		profile, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.HasPrefix(profile, []byte{0x1f, 0x8b}) {
			t.Errorf("%s answered %s with %d bytes that are no profile, %v", path, resp.Status, len(profile), err)
		}
	}
}
