package main

import (
	"runtime"
	"time"

	"jalsa/sfu"
	"jalsa/signaling"
	"jalsa/turn"
	"jalsa/web"
)

// figures are what the program tells its operator of itself: `jalsa stats` and the machine page as JSON, --metrics as
// lines for a monitoring system (metrics.go). They say how many, never who. Each part of the program counts for itself;
// what counts goes up from the start of the program, the rest is as of now. Keys carry their unit where the noun does not.
type figures struct {
	Since       time.Time         `json:"since"`
	Process     resources         `json:"process"`
	Door        doorStats         `json:"door"`
	Certificate *certificateState `json:"certificate"` // null: the door speaks no TLS
	Signaling   signaling.Stats   `json:"signaling"`
	SFU         sfu.Stats         `json:"sfu"`
	Turn        turn.Stats        `json:"turn"`
	Links       []peerLink        `json:"links,omitempty"` // for `jalsa stats` alone
}

// resources are what the program takes of its machine. Where a system does not tell, they are 0.
type resources struct {
	Processor  float64 `json:"cpu_seconds"`
	Resident   uint64  `json:"resident_bytes"`
	Goroutines int     `json:"goroutines"`
	Open       int     `json:"open_files"` // sockets among them
	Most       int     `json:"max_files"`
}

// peerLink is one person's connection, by the number that they have in their hearing.
type peerLink struct {
	Room     string    `json:"room"` // id of the appointment, and of the private room
	Number   uint32    `json:"number"`
	Down     direction `json:"down"`   // towards the person
	Up       direction `json:"up"`     // from the person
	RTT      float64   `json:"rtt_ms"` // 0: not known yet
	Withheld int       `json:"videos_withheld"`
}

// direction of a link, over the last second.
type direction struct {
	Level    string  `json:"level"` // of the ladder; "": not known yet
	Rate     int     `json:"bits_per_second"`
	Estimate int     `json:"estimate_bits_per_second,omitempty"` // that it would carry; of what the server sends only
	Loss     float64 `json:"loss"`                               // 0 to 1
}

func (s *server) figures() figures {
	return figures{
		Since: s.since.UTC(), Process: takenResources(), Door: s.door.stats(), Certificate: s.certificate(),
		Signaling: s.live.Stats(), SFU: s.sfu.Stats(), Turn: s.relay.Stats(),
	}
}

// machine counts for the operator's page.
func (s *server) machine() web.Machine {
	live := s.live.Stats()
	m := web.Machine{Hearings: live.Live, Sessions: live.Sessions, Counters: s.figures()}
	if s.certs != nil {
		m.Certificate = &web.Certificate{}
		if c := s.certs.current(); c != nil {
			m.Certificate.Ends, m.Certificate.Soon = c.Leaf.NotAfter, endsSoon(c.Leaf, s.now())
		}
	}
	return m
}

func takenResources() resources {
	r := resources{Goroutines: runtime.NumGoroutine()}
	r.Most, r.Open = descriptors()
	var processor time.Duration
	processor, r.Resident = used()
	r.Processor = processor.Seconds()
	return r
}

func linksOf(all []sfu.PeerLink) (links []peerLink) {
	for _, l := range all {
		links = append(links, peerLink{
			Room: l.Room, Number: l.Number, RTT: float64(l.RTT.Microseconds()) / 1000, Withheld: l.Pauses,
			Down: direction{Level: l.Down.String(), Rate: l.Sent, Estimate: l.Target, Loss: l.LossDown},
			Up:   direction{Level: l.Up.String(), Rate: l.Received, Loss: l.LossUp},
		})
	}
	return links
}
