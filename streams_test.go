package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Streams that are reset as fast as they are opened (CVE-2023-39325) start no more work than streams that are waited for, and
// the connection is ended.
func TestRapidReset(t *testing.T) {
	var busy atomic.Int64
	release := make(chan struct{})
	d := newDoor(listening(t), roomy())
	web, stun := d.begin("https://localhost", certified(t))
	pages := &http.Server{HTTP2: streams, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		busy.Add(1)
		<-release // work does not notice that nobody waits for it
	})}
	ended := make(chan error, 1)
	go func() { ended <- pages.Serve(web) }()
	defer func() {
		close(release)
		pages.Close()
		stun.Close()
		<-ended
	}()

	conn, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, http2.ClientPreface)
	f := http2.NewFramer(conn, conn)
	f.WriteSettings()
	frame, err := f.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("first came %v", frame)
	}
	if n, _ := settings.Value(http2.SettingMaxConcurrentStreams); n != uint32(streams.MaxConcurrentStreams) {
		t.Errorf("%d streams allowed", n)
	}
	f.WriteSettingsAck()

	var request bytes.Buffer
	pack := hpack.NewEncoder(&request)
	for _, h := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", "/"}} {
		pack.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
	}
	go func() {
		for stream := uint32(1); stream < 10_000; stream += 2 {
			headers := f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: request.Bytes(), EndStream: true, EndHeaders: true})
			if errors.Join(headers, f.WriteRSTStream(stream, http2.ErrCodeCancel)) != nil {
				return // ended
			}
		}
	}()
	for {
		frame, err := f.ReadFrame()
		if away, ok := frame.(*http2.GoAwayFrame); ok {
			if away.ErrCode != http2.ErrCodeEnhanceYourCalm {
				t.Errorf("ended with %v", away.ErrCode)
			}
			break
		}
		if err != nil {
			t.Fatalf("no word at the end: %v", err)
		}
	}
	if n := busy.Load(); n > int64(streams.MaxConcurrentStreams) {
		t.Errorf("%d requests worked on at once", n)
	}
}
