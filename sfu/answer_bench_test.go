package sfu

import (
	"testing"

	"github.com/pion/webrtc/v4"
)

// BenchmarkAnswer is somebody who is let in and offers, up to our answer.
func BenchmarkAnswer(b *testing.B) {
	b.ReportAllocs()
	s := testSFU(b, nil)
	r := s.Room("answer")
	c := newClient(b, r, 1, func(o *clientOptions) { o.seats = 8 })
	o, err := c.pc.CreateOffer(nil)
	must(b, err)
	gathered := webrtc.GatheringCompletePromise(c.pc)
	must(b, c.pc.SetLocalDescription(o))
	<-gathered
	text := c.pc.LocalDescription().SDP
	b.ResetTimer()
	for b.Loop() {
		p, err := r.Join("p", 2, Events{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Answer(text, LevelLarge); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}
