package main

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// room has a track of each kind for each speaker from the beginning, so that nobody is negotiated with twice.
type room struct {
	mux    ice.UDPMux
	tracks []map[webrtc.RTPCodecType]*track // by speaker
}

// track is what a speaker sends.
type track struct {
	*webrtc.TrackLocalStaticRTP

	mu   sync.Mutex
	from *webrtc.PeerConnection // nil: nothing came yet
	ssrc webrtc.SSRC
}

func newRoom(mux ice.UDPMux, speakers int) (*room, error) {
	r := &room{mux: mux}
	for n := range speakers {
		id := fmt.Sprintf("speaker-%d", n)
		microphone, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "microphone", id)
		if err != nil {
			return nil, err
		}
		camera, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "camera", id)
		if err != nil {
			return nil, err
		}
		r.tracks = append(r.tracks, map[webrtc.RTPCodecType]*track{
			webrtc.RTPCodecTypeAudio: {TrackLocalStaticRTP: microphone}, webrtc.RTPCodecTypeVideo: {TrackLocalStaticRTP: camera},
		})
	}
	return r, nil
}

// connection is Pion with what it registers by itself.
func (r *room) connection() (*webrtc.API, *webrtc.PeerConnection, error) {
	setting := webrtc.SettingEngine{}
	setting.SetICEUDPMux(r.mux)
	setting.SetLite(true)
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	setting.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	// A sender made through the API must know the payload types that the connection negotiated.
	setting.DisableMediaEngineCopy(true)
	m, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := errors.Join(m.RegisterDefaultCodecs(), webrtc.RegisterDefaultInterceptors(m, registry)); err != nil {
		return nil, nil, err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(setting))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	return api, pc, err
}

// join answers somebody's offer; from the number of speakers on they only listen.
func (r *room) join(number int, offer string) (string, error) {
	api, pc, err := r.connection()
	if err != nil {
		return "", err
	}
	pc.OnTrack(func(in *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { r.forward(pc, in, number) })
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	if err := r.fill(api, pc, number); err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return pc.LocalDescription().SDP, nil
}

// fill puts the tracks of all others on the lines on which the client receives.
func (r *room) fill(api *webrtc.API, pc *webrtc.PeerConnection, number int) error {
	next := map[webrtc.RTPCodecType]int{}
	for _, t := range pc.GetTransceivers() {
		if t.Direction() != webrtc.RTPTransceiverDirectionSendonly {
			continue
		}
		if next[t.Kind()] == number {
			next[t.Kind()]++
		}
		n := next[t.Kind()]
		if n >= len(r.tracks) {
			continue
		}
		next[t.Kind()]++
		out := r.tracks[n][t.Kind()]
		sender, err := api.NewRTPSender(out, pc.SCTP().Transport())
		if err != nil {
			return err
		}
		if err := t.SetSender(sender, out); err != nil {
			return err
		}
		go out.listen(sender)
	}
	return nil
}

// forward writes to a speaker's track what comes from them.
func (r *room) forward(pc *webrtc.PeerConnection, in *webrtc.TrackRemote, number int) {
	if number >= len(r.tracks) {
		return
	}
	out := r.tracks[number][in.Kind()]
	out.mu.Lock()
	out.from, out.ssrc = pc, in.SSRC()
	out.mu.Unlock()
	b := make([]byte, 1500)
	packet := &rtp.Packet{}
	for {
		n, _, err := in.Read(b)
		if err != nil {
			return
		}
		if packet.Unmarshal(b[:n]) != nil {
			continue
		}
		packet.Extension, packet.Extensions = false, nil // their numbers mean something else to others
		if err := out.WriteRTP(packet); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			return
		}
	}
}

// listen passes requests for a key frame on. It also drives Pion's own answers to NACKs.
func (t *track) listen(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				t.mu.Lock()
				from, ssrc := t.from, t.ssrc
				t.mu.Unlock()
				if from != nil {
					_ = from.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(ssrc)}}) // asked for again
				}
			}
		}
	}
}
