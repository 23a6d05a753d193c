package sfu

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

type clientOption func(*clientOptions)

type clientOptions struct {
	rids       []string
	seats      int
	interfaces *interceptor.Registry
	setting    func(*webrtc.SettingEngine)
	askAgain   bool // for lost voice
	screen     bool // it offers one
	red        bool // it knows redundant audio, and sends nothing else
}

func clientAPI(t testing.TB, o clientOptions) *webrtc.API {
	t.Helper()
	m := &webrtc.MediaEngine{}
	var voice []webrtc.RTCPFeedback
	if o.askAgain {
		voice = []webrtc.RTCPFeedback{{Type: "nack"}}
	}
	video := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "transport-cc"}}
	codecs := []webrtc.RTPCodecParameters{
		{PayloadType: 109, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1", RTCPFeedback: voice}},
		{PayloadType: 120, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: video}},
		{PayloadType: 124, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=120"}},
	}
	if o.red {
		codecs = append(codecs, webrtc.RTPCodecParameters{PayloadType: redFormat, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeRed, ClockRate: 48000, Channels: 2, SDPFmtpLine: "109/109"}})
	}
	for _, c := range codecs {
		kind := webrtc.RTPCodecTypeVideo
		if c.Channels == 2 {
			kind = webrtc.RTPCodecTypeAudio
		}
		if err := m.RegisterCodec(c, kind); err != nil {
			t.Fatal(err)
		}
	}
	for _, uri := range []string{sdp.SDESMidURI, sdp.AudioLevelURI} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	for _, uri := range []string{sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
	}
	registry := &interceptor.Registry{}
	if o.interfaces != nil {
		registry = o.interfaces
	}
	if err := webrtc.ConfigureNack(m, registry); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.ConfigureRTCPReports(registry); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.ConfigureTWCCHeaderExtensionSender(m, registry); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.ConfigureTWCCSender(m, registry); err != nil {
		t.Fatal(err)
	}
	s := webrtc.SettingEngine{LoggerFactory: newQuiet(slog.New(slog.DiscardHandler), time.Now)}
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(net.IP.IsLoopback)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if o.setting != nil {
		o.setting(&s)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(registry))
}
