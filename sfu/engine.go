package sfu

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// mimeRed is redundant audio (RFC 2198).
const mimeRed = "audio/red"

// srtpProfiles are what media may be sealed with, the one we prefer first: AES-GCM costs us a sixth of the other, which is
// for clients that know no better.
var srtpProfiles = []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}

// engine makes PeerConnections that share the sockets and one certificate.
type engine struct {
	mux         *mux
	certificate webrtc.Certificate
	networks    []webrtc.NetworkType
	machine     *stdnet.Net // for Pion, that would list the machine's interfaces for each connection, and needs none of them
	plain       bool        // Config.Plain
	guard       *guard
	log         quiet
}

func newEngine(m *mux, plain bool, g *guard, log quiet) (*engine, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return nil, fmt.Errorf("generate certificate: %w", err)
	}
	machine, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	e := &engine{machine: machine, mux: m, certificate: *certificate, plain: plain, guard: g, log: log}
	four, six := m.networks()
	if four {
		e.networks = append(e.networks, webrtc.NetworkTypeUDP4)
	}
	if six {
		e.networks = append(e.networks, webrtc.NetworkTypeUDP6)
	}
	return e, nil
}

// close ends the muxes and with them the hub.
func (e *engine) close() error { return e.mux.Close() }

// unread is where Pion would put packets of media, which never come to it. It is told at once that there are none, and
// leaves them alone.
type unread struct{}

func (unread) Read([]byte) (int, error)    { return 0, io.EOF }
func (unread) Write(b []byte) (int, error) { return len(b), nil }
func (unread) Close() error                { return nil }

// connection makes a PeerConnection whose handshake is overheard. There is one API for each, since that is a setting of
// the API.
func (e *engine) connection(k *handshakeKeys) (*webrtc.API, *webrtc.PeerConnection, error) {
	s := webrtc.SettingEngine{LoggerFactory: e.log}
	s.BufferFactory = func(packetio.BufferPacketType, uint32) io.ReadWriteCloser { return unread{} }
	k.overhear(&s)
	s.SetLite(true)
	s.SetICEUDPMux(e.mux)
	s.SetNet(e.machine)
	s.SetNetworkTypes(e.networks)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(true)
	s.DisableActiveTCP(true)
	// Pion hears checks alone, and would take who sends few of them for gone. Who is silent is for silence.go to say.
	s.SetICETimeouts(0, 0, 0)
	s.SetSRTPProtectionProfiles(srtpProfiles...)
	// ICE hands DTLS only packets from an address that proved itself; a hello-verify would prove it once more.
	s.SetDTLSInsecureSkipHelloVerify(true)
	// Tracks are ours, see ingress.go: Pion is to neither probe nor wait for packets.
	s.SetFireOnTrackBeforeFirstRTP(true)
	// A sender made through the API must know the payload types that the connection negotiated.
	s.DisableMediaEngineCopy(true)
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, nil, fmt.Errorf("set dtls role: %w", err)
	}
	m, err := media(e.plain)
	if err != nil {
		return nil, nil, err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{
		Certificates: []webrtc.Certificate{e.certificate},
		// RFC 9335 hides what headers say, at a price per packet; Pion would accept it from whoever offers it.
		RTPHeaderEncryptionPolicy: webrtc.RTPHeaderEncryptionPolicyDisable,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("make peer connection: %w", err)
	}
	return api, pc, nil
}

// media is the one table of codecs and header extensions. Redundant audio, and asking for lost audio, are not for a
// plain SFU.
func media(plain bool) (*webrtc.MediaEngine, error) {
	voice := []webrtc.RTCPFeedback{{Type: "transport-cc"}}
	if !plain {
		voice = append(voice, webrtc.RTCPFeedback{Type: "nack"})
	}
	video := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}, {Type: "transport-cc"}}
	codecs := []struct {
		kind  webrtc.RTPCodecType
		codec webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
			RTCPFeedback: voice}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: video}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}}},
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{PayloadType: 63, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: mimeRed, ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111"}}},
	}
	if plain {
		codecs = codecs[:len(codecs)-1]
	}
	extensions := []struct {
		uri  string
		kind webrtc.RTPCodecType
	}{
		{sdp.SDESMidURI, webrtc.RTPCodecTypeAudio},
		{sdp.SDESMidURI, webrtc.RTPCodecTypeVideo},
		{sdp.AudioLevelURI, webrtc.RTPCodecTypeAudio},
		{sdp.TransportCCURI, webrtc.RTPCodecTypeAudio},
		{sdp.TransportCCURI, webrtc.RTPCodecTypeVideo},
		{sdp.SDESRTPStreamIDURI, webrtc.RTPCodecTypeVideo},
		{sdp.SDESRepairRTPStreamIDURI, webrtc.RTPCodecTypeVideo},
	}
	m := &webrtc.MediaEngine{}
	for _, c := range codecs {
		if err := m.RegisterCodec(c.codec, c.kind); err != nil {
			return nil, fmt.Errorf("register codec %s: %w", c.codec.MimeType, err)
		}
	}
	for _, x := range extensions {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: x.uri}, x.kind); err != nil {
			return nil, fmt.Errorf("register extension %s: %w", x.uri, err)
		}
	}
	return m, nil
}
