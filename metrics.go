package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/net/netutil"
)

// exposition is the text that a monitoring system fetches at --metrics: Prometheus's format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). It is written here and not by client_golang, which would
// bring a registry and counters of its own, where ours live with their owners and only have to be told, and seven modules of
// 4 MB. Its parser and its lint judge what is written (metrics_test.go).
//
// Names are jalsa_<part>_<noun>, with _total for what only grows, in seconds and bytes. What a label can say is bounded by
// the program: why, or which kind. It never is a room, an address or a person. Renaming one breaks somebody's alarm.
type exposition struct{ text []byte }

const expositionType = "text/plain; version=0.0.4; charset=utf-8"

// family begins what has one name, whose lines follow it.
func (e *exposition) family(name, kind, help string) {
	e.text = fmt.Appendf(e.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (e *exposition) gauge(name string, n float64, help string) {
	e.family(name, "gauge", help)
	e.line(name, n)
}

func (e *exposition) counter(name string, n uint64, help string) {
	e.family(name, "counter", help)
	e.line(name, float64(n))
}

// counters tell one number for each word that the label can be.
func (e *exposition) counters(name, label string, by map[string]uint64, help string) {
	e.family(name, "counter", help)
	for _, word := range slices.Sorted(maps.Keys(by)) {
		e.line(fmt.Sprintf("%s{%s=%q}", name, label, word), float64(by[word]))
	}
}

func (e *exposition) line(series string, n float64) {
	e.text = append(append(e.text, series...), ' ')
	e.text = append(strconv.AppendFloat(e.text, n, 'f', -1, 64), '\n')
}

// expose tells the figures, each family once and all in one order.
func expose(f figures) []byte {
	var e exposition
	e.gauge("jalsa_start_time_seconds", unixSeconds(f.Since), "When the server began, since 1970.")
	e.resources(f)
	e.door(f)
	e.hearings(f)
	e.media(f)
	e.socket(f)
	e.relay(f)
	return e.text
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (e *exposition) resources(f figures) {
	p := f.Process
	e.family("jalsa_process_cpu_seconds_total", "counter", "Processor time taken.")
	e.line("jalsa_process_cpu_seconds_total", p.Processor)
	e.gauge("jalsa_process_resident_memory_bytes", float64(p.Resident), "Memory in use.")
	e.gauge("jalsa_process_goroutines", float64(p.Goroutines), "Goroutines.")
	e.gauge("jalsa_process_open_files", float64(p.Open), "Open files, sockets among them.")
	e.gauge("jalsa_process_max_files", float64(p.Most), "Files that the system lets it open.")
}

func (e *exposition) door(f figures) {
	d := f.Door
	e.gauge("jalsa_door_connections", float64(d.Connections), "Open TCP connections.")
	e.gauge("jalsa_door_addresses", float64(d.Addresses), "Addresses that they are from.")
	e.counter("jalsa_door_handshakes_total", d.Handshakes, "TLS handshakes that succeeded.")
	e.counters("jalsa_door_refused_total", "reason", d.Refused, "TCP connections refused.")
	if c := f.Certificate; c != nil && !c.Ends.IsZero() {
		e.gauge("jalsa_certificate_end_time_seconds", unixSeconds(c.Ends), "When the certificate ends, since 1970.")
	}
}

func (e *exposition) hearings(f figures) {
	s := f.Signaling
	e.gauge("jalsa_hearings", float64(s.Live), "Hearings that somebody was let into.")
	e.gauge("jalsa_hearings_in_memory", float64(s.Hearings), "Hearings that are kept at hand, those among them where people wait or that are about to begin.")
	e.gauge("jalsa_rehearsals", float64(s.Rehearsals), "People who test their equipment.")
	e.gauge("jalsa_sessions", float64(s.Sessions), "People whose page is connected.")
	e.counter("jalsa_sessions_opened_total", s.Opened, "Connections of pages.")
	e.counters("jalsa_sessions_refused_total", "reason", s.Refused, "Connections of pages refused before they opened.")
	e.counters("jalsa_sessions_ended_total", "reason", s.Ended, "Connections of pages ended, by the last word; the gate's refusals to join are among them.")
	e.counters("jalsa_errors_sent_total", "reason", s.Errors, "Requests of people in hearings that were refused.")
	e.counters("jalsa_journal_entries_dropped_total", "reason", s.Dropped, "Entries about hearings that were not written.")
	e.counters("jalsa_panics_total", "kind", map[string]uint64{"session": s.Panics, "peer": f.SFU.PeersPanicked, "room": f.SFU.RoomsPanicked}, "Faults of the program.")
}

func (e *exposition) media(f figures) {
	s := f.SFU
	e.gauge("jalsa_media_rooms", float64(s.Rooms), "Rooms with somebody in, private ones and rehearsals among them.")
	e.gauge("jalsa_media_peers", float64(s.Peers), "People in them.")
	e.counter("jalsa_media_packets_received_total", s.Received, "RTP packets of people.")
	e.counter("jalsa_media_packets_sent_total", s.Sent, "RTP packets to people.")
	e.counter("jalsa_media_packets_repaired_total", s.Repaired, "Packets sent again to people.")
	e.counter("jalsa_media_packets_asked_again_total", s.NACKed, "Packets of people asked for again.")
	e.counter("jalsa_media_packets_recovered_total", s.Recovered, "Packets of people that came again and filled a gap.")
	e.counters("jalsa_media_packets_dropped_total", "reason", s.Dropped, "Packets not passed on.")
	e.counter("jalsa_media_keyframes_asked_total", s.KeyframesAsked, "Whole pictures asked for.")
	e.counter("jalsa_media_switches_total", s.Switches, "Times that somebody was shown another source or layer.")
	e.counters("jalsa_media_peers_failed_total", "reason",
		map[string]uint64{"never_up": s.PeersNeverUp, "crowded": s.PeersCrowded, "over_ssrcs": s.PeersOverSSRCs},
		"Connections of sound and picture that did not come about, or were cut.")
}

func (e *exposition) socket(f figures) {
	s := f.SFU.Socket
	e.counter("jalsa_socket_packets_received_total", s.Received, "Packets from the network at the media port.")
	e.counter("jalsa_socket_packets_sent_total", s.Sent, "Packets to the network from the media port.")
	e.counters("jalsa_socket_packets_dropped_total", "reason", map[string]uint64{
		"socket_full": s.SocketFull, "send_failed": s.SendFailed, "unread": s.Unread, "hub_full": s.HubFull, "relay_full": s.RelayFull,
		"relay_gone": s.RelayGone, "refused": s.Refused, "oversize": s.Oversize, "spoofed": s.Spoofed,
	}, "Packets dropped at the media port.")
	e.counters("jalsa_socket_calls_total", "kind", map[string]uint64{"receive": s.ReceiveCalls, "send": s.SendCalls}, "Calls of the system for them.")
	e.counter("jalsa_socket_messages_sent_total", s.SendMessages, "Messages that packets were sent in.")
	e.counter("jalsa_socket_messages_split_total", s.SendSplit, "Messages that the system refused, and whose packets were sent singly.")
	e.counter("jalsa_socket_receive_failed_total", s.ReceiveFailed, "Times that the system could not say what came.")
	e.counter("jalsa_socket_alternated_total", s.Alternated, "Times that the network went before relays that sent much.")
	e.gauge("jalsa_socket_relays", float64(s.Relays), "Relays that share the media port.")
}

func (e *exposition) relay(f figures) {
	r := f.Turn
	e.gauge("jalsa_relay_connections", float64(r.Connections), "Open connections to the TURN relay.")
	e.gauge("jalsa_relay_allocations", float64(r.Allocations), "Allocations of the relay.")
	e.gauge("jalsa_relay_credentials", float64(r.Credentials), "People who may use the relay.")
	e.counter("jalsa_relay_allocations_made_total", r.Allocated, "Allocations made.")
	e.counters("jalsa_relay_packets_total", "kind", map[string]uint64{"to_media": r.ToMedia, "from_media": r.FromMedia}, "Packets relayed, by direction.")
	e.counters("jalsa_relay_refused_total", "reason", r.Refused, "Requests, packets and connections that the relay refused.")
}

// monitor answers at --metrics, apart from the door: it tells how a full door does, too.
type monitor struct {
	port  net.Listener
	pages *http.Server
}

// scrapers is how many may ask at a time. There are one or two.
const scrapers = 16

// openMonitor opens the port; nil: there is none.
func openMonitor(address string, now func() figures) (*monitor, error) {
	if address == "" {
		return nil, nil
	}
	port, err := listenTCP(address)
	if err != nil {
		return nil, fmt.Errorf("open port of --metrics: %w", elsewhere(err, "--metrics"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", expositionType)
		_, _ = w.Write(expose(now())) // who went away is told nothing
	})
	return &monitor{port: netutil.LimitListener(port, scrapers), pages: briefly(mux)}, nil
}

func (m *monitor) serve() error { return m.pages.Serve(m.port) }

// Close ends it, also before it serves.
func (m *monitor) Close() error {
	_ = m.port.Close()
	return m.pages.Close()
}
