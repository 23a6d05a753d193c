//go:build never

package main

import (
	_ "github.com/alecthomas/kong"
	_ "go.yaml.in/yaml/v3"
	_ "github.com/gorilla/websocket"
	_ "github.com/pion/dtls/v3"
	_ "github.com/pion/ice/v4"
	_ "github.com/pion/interceptor"
	_ "github.com/pion/interceptor/pkg/twcc"
	_ "github.com/pion/logging"
	_ "github.com/pion/rtcp"
	_ "github.com/pion/rtp"
	_ "github.com/pion/sdp/v3"
	_ "github.com/pion/srtp/v3"
	_ "github.com/pion/transport/v5"
	_ "github.com/pion/turn/v5"
	_ "github.com/pion/webrtc/v4"
	_ "go.etcd.io/bbolt"
	_ "go.uber.org/goleak"
	_ "golang.org/x/mod/sumdb/tlog"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/text/language"
	_ "golang.org/x/time/rate"
	_ "pgregory.net/rapid"
)
