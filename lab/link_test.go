package lab

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"

	"jalsa/signaling"
)

// link is one PeerConnection of a person, on one kind of path.
type link struct {
	// fixed
	person   *person
	id       int
	path     string // "direct" or "relay"
	seats    int
	pc       *webrtc.PeerConnection
	mux      ice.UDPMux       // nil over the relay
	sockets  []net.PacketConn // none over the relay
	tracks   map[layer]*webrtc.TrackLocalStaticRTP
	camera   *webrtc.RTPTransceiver
	closed   chan struct{}
	once     sync.Once
	sending  sync.Once
	answered atomic.Bool
	running  sync.WaitGroup
	wanted   map[layer]*atomic.Bool // a key frame was asked for
}

func newLink(p *person, id int, path string, a signaling.Admitted) (*link, error) {
	l := &link{
		person: p, id: id, path: path, seats: a.Seats.Video, closed: make(chan struct{}),
		tracks: map[layer]*webrtc.TrackLocalStaticRTP{}, wanted: map[layer]*atomic.Bool{low: {}, high: {}},
	}
	setting := webrtc.SettingEngine{}
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetNetworkTypes(p.cable.families())
	setting.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	setting.SetRelayAcceptanceMinWait(0) // browsers do not wait for something better, either
	setting.LoggerFactory = quiet{}
	config := webrtc.Configuration{}
	if path == "relay" {
		config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
		relays := a.Relay
		if p.otherRelay != nil {
			relays = p.otherRelay
		}
		for _, r := range relays {
			config.ICEServers = append(config.ICEServers, webrtc.ICEServer{URLs: p.reachable(r.URLs), Username: r.Username, Credential: r.Credential})
		}
		sockets, err := stdnet.NewNet()
		if err != nil {
			return nil, err
		}
		setting.SetNet(relayNet{sockets, p.cable})
		setting.SetICEProxyDialer(relayDialer{p.cable, len(relays) > 0 && strings.HasPrefix(relays[0].URLs[0], "turns:")})
	} else {
		var err error
		if l.sockets, err = p.cable.listen(); err != nil {
			return nil, err
		}
		var muxes []ice.UDPMux
		for _, socket := range l.sockets {
			muxes = append(muxes, ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: socket, Logger: quiet{}.NewLogger("")}))
		}
		l.mux = ice.NewMultiUDPMuxDefault(muxes...)
		setting.SetICEUDPMux(l.mux)
	}
	media, registry, err := engine(p.cable.thin != nil || p.cable.narrow != nil)
	if err != nil {
		return nil, err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(setting), webrtc.WithInterceptorRegistry(registry))
	if l.pc, err = api.NewPeerConnection(config); err != nil {
		return nil, err
	}
	l.pc.OnTrack(func(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		l.running.Go(func() { l.drain(r) })
		l.receive(track)
	})
	l.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			l.sending.Do(func() { l.running.Go(l.send) })
		}
		p.moved(l, s)
	})
	l.wanted[low].Store(true) // an encoder begins with a key frame
	l.wanted[high].Store(true)
	return l, l.lines(a.Seats)
}

// candidate is the path of the pair in use, as "direct" or "relay-udp".
func (l *link) candidate() string {
	pair, err := l.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	switch {
	case err != nil || pair == nil:
		return "nowhere"
	case pair.Local.Typ != webrtc.ICECandidateTypeRelay:
		return "direct"
	}
	for _, s := range l.pc.GetStats() {
		if local, ok := s.(webrtc.ICECandidateStats); ok && local.Type == webrtc.StatsTypeLocalCandidate && local.RelayProtocol != "" {
			return "relay-" + local.RelayProtocol
		}
	}
	return "relay"
}

// reachable are the addresses of a relay by the one way that a person has.
func (p *person) reachable(urls []string) []string {
	return slices.DeleteFunc(slices.Clone(urls), func(u string) bool {
		way := "tcp"
		switch {
		case strings.HasPrefix(u, "turns:"):
			way = "tls"
		case strings.HasSuffix(u, "transport=udp"):
			way = "udp"
		}
		return p.over != "" && p.over != way
	})
}

// engine speaks what browsers offer of our codecs. The server measures a link only for those who tell when packets came:
// elsewhere than on thin links every packet must arrive, also before anything is measured.
func engine(measured bool) (*webrtc.MediaEngine, *interceptor.Registry, error) {
	m, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	errs := []error{
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}}, webrtc.RTPCodecTypeAudio),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}}, webrtc.RTPCodecTypeVideo),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}}, webrtc.RTPCodecTypeVideo),
	}
	for uri, kind := range map[string]webrtc.RTPCodecType{
		sdp.AudioLevelURI: webrtc.RTPCodecTypeAudio, sdp.SDESMidURI: webrtc.RTPCodecTypeVideo,
		sdp.SDESRTPStreamIDURI: webrtc.RTPCodecTypeVideo, sdp.SDESRepairRTPStreamIDURI: webrtc.RTPCodecTypeVideo,
	} {
		errs = append(errs, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind))
	}
	errs = append(errs, webrtc.ConfigureNack(m, registry), webrtc.ConfigureRTCPReports(registry))
	if measured {
		errs = append(errs, webrtc.ConfigureTWCCSender(m, registry))
	}
	return m, registry, errors.Join(errs...)
}

// lines lays out the offer in the order of the wire: microphone, camera with
// two layers, audio seats, video seats.
func (l *link) lines(seats signaling.SeatCount) error {
	sendonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	vp8 := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	track := func(c webrtc.RTPCodecCapability, y layer, options ...func(*webrtc.TrackLocalStaticRTP)) *webrtc.TrackLocalStaticRTP {
		made, err := webrtc.NewTrackLocalStaticRTP(c, map[bool]string{true: "mic", false: "cam"}[y == voice], "me", options...)
		if err != nil {
			panic(err) // our own words
		}
		l.tracks[y] = made
		return made
	}
	microphone, err := l.pc.AddTransceiverFromTrack(track(opus, voice), sendonly)
	if err != nil {
		return err
	}
	if l.camera, err = l.pc.AddTransceiverFromTrack(track(vp8, low, webrtc.WithRTPStreamID(rids[low])), sendonly); err != nil {
		return err
	}
	sender := l.camera.Sender()
	if err := sender.AddEncoding(track(vp8, high, webrtc.WithRTPStreamID(rids[high]))); err != nil {
		return err
	}
	l.running.Go(func() { l.listen(voice, microphone.Sender().Read) })
	for _, y := range []layer{low, high} {
		l.running.Go(func() {
			l.listen(y, func(b []byte) (int, interceptor.Attributes, error) { return sender.ReadSimulcast(b, rids[y]) })
		})
	}
	recvonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	for kind, n := range map[webrtc.RTPCodecType]int{webrtc.RTPCodecTypeAudio: seats.Audio} {
		for range n {
			if _, err := l.pc.AddTransceiverFromKind(kind, recvonly); err != nil {
				return err
			}
		}
	}
	for range seats.Video {
		if _, err := l.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, recvonly); err != nil {
			return err
		}
	}
	return nil
}

// offer waits for the candidates, of which the server needs none, only because
// Pion knows its relay after gathering.
func (l *link) offer() (string, error) {
	o, err := l.pc.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(o); err != nil {
		return "", err
	}
	select {
	case <-gathered:
	case <-l.closed:
	}
	return l.pc.LocalDescription().SDP, nil
}

// accept takes the first answer; later ones answer an offer sent again.
func (l *link) accept(answer string) error {
	if l.answered.Swap(true) {
		return nil
	}
	err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if errors.Is(err, webrtc.ErrConnectionClosed) {
		return nil
	}
	return err
}

// listen reads feedback on one stream. It also drives Pion's own answers to
// NACKs, which come only while somebody reads.
func (l *link) listen(y layer, read func([]byte) (int, interceptor.Attributes, error)) {
	b := make([]byte, 1500)
	for {
		n, _, err := read(b)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			continue
		}
		for _, packet := range packets {
			if _, ok := packet.(*rtcp.PictureLossIndication); ok && y != voice {
				l.wanted[y].Store(true)
			}
		}
	}
}

// receive tallies what comes on one line.
func (l *link) receive(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		now := time.Now()
		for payload := range frames(track.Kind(), packet.Payload) {
			m, whole := readMark(payload)
			l.person.inbox.add(m, whole, packet.CSRC, now)
		}
	}
}

// drain reads sender reports, for Pion to let go of them.
func (l *link) drain(r *webrtc.RTPReceiver) {
	for {
		if _, _, err := r.ReadRTCP(); err != nil {
			return
		}
	}
}

// send speaks and shows at real pace until the link closes.
func (l *link) send() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ids := l.extensionIDs()
	for beat := 0; ; beat++ {
		select {
		case <-tick.C:
		case <-l.closed:
			return
		}
		if l.person.mute.Load() {
			continue
		}
		l.write(voice, ids)
		if l.person.unseen.Load() {
			continue
		}
		if beat%3 == 0 {
			l.write(high, ids)
		}
		if beat%6 == 0 {
			l.write(low, ids)
		}
	}
}

// extensionIDs is by kind of media and URI.
func (l *link) extensionIDs() map[string]uint8 {
	ids := map[string]uint8{}
	for _, t := range l.pc.GetTransceivers() {
		if t.Direction() == webrtc.RTPTransceiverDirectionSendonly {
			for _, x := range t.Sender().GetParameters().HeaderExtensions {
				ids[t.Kind().String()+x.URI] = uint8(x.ID)
			}
		}
	}
	return ids
}

func (l *link) write(y layer, ids map[string]uint8) {
	count := l.person.sent[y].Add(1)
	m := mark{l.person.number, y, count}
	p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(count), Timestamp: uint32(time.Now().UnixMicro() * 48 / 1000)}}
	extend := func(uri, kind string, value []byte) {
		if id := ids[kind+uri]; id != 0 {
			_ = p.SetExtension(id, value) // fails only for ids above 14
		}
	}
	if y == voice {
		p.Payload = voicePayload(m)
		extend(sdp.AudioLevelURI, "audio", []byte{0x80 | 20})
	} else {
		p.Marker, p.Timestamp = true, uint32(time.Now().UnixMicro()*90/1000)
		p.Payload = framePayload(m, l.wanted[y].Swap(false))
		extend(sdp.SDESMidURI, "video", []byte(l.camera.Mid()))
		extend(sdp.SDESRTPStreamIDURI, "video", []byte(rids[y]))
	}
	if err := l.tracks[y].WriteRTP(p); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return // the transport is going; the state change says so
	}
}

func (l *link) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// close ends the PeerConnection and waits for its goroutines.
func (l *link) close() {
	l.once.Do(func() {
		close(l.closed)
		_ = l.pc.GracefulClose()
		if l.mux != nil {
			_ = l.mux.Close()
			for _, socket := range l.sockets {
				_ = socket.Close()
			}
		}
		l.running.Wait()
	})
}
