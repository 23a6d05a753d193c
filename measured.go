package main

import (
	"jalsa/signaling"
	"jalsa/web"
)

// measured lets pages read what clients measured of their connections (web.Config.Measured).
func measured(live *signaling.Server) func(appointmentID string) map[string][]web.Measure {
	return func(appointmentID string) map[string][]web.Measure {
		all := map[string][]web.Measure{}
		for id, c := range live.Connections(appointmentID) {
			for _, r := range c.Records {
				all[id] = append(all[id], web.Measure{
					At: r.At, Path: r.Path, Sent: r.Sent, Received: r.Received, Loss: r.Loss, RTT: r.RTT, Concealed: r.Concealed, Frozen: r.Freezes,
				})
			}
		}
		return all
	}
}
