package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"jalsa/sfu"
	"jalsa/signaling"
	"jalsa/turn"
)

// condition is what a running server tells the doctor of itself. It says how many, never who.
type condition struct {
	Since       time.Time
	Public      string            // what people open
	Network     network           // as it was started
	Media       []netip.AddrPort  // that clients are told
	TurnUDP     string            // address of its port, "" if it is off
	Descriptors int               // files and connections that it may have open; 0: not known on this system
	Open        int               // that it has
	Certificate *certificateState // nil: the door speaks no TLS
	Door        doorStats
	Signaling   signaling.Stats
	SFU         sfu.Stats
	Turn        turn.Stats
}

// serveDoctor adds what the doctor asks for to the admin socket.
func (s *server) serveDoctor(mux *http.ServeMux) {
	mux.HandleFunc("POST /condition", answer(func(struct{}) (any, error) { return s.condition(), nil }))
	mux.HandleFunc("POST /sounding", answer(func(struct{}) (any, error) { return s.sound(), nil }))
}

func (s *server) condition() condition {
	c := condition{Since: s.since, Public: s.public, Network: s.network, Media: s.sfu.Media(), Certificate: s.certificate(), Door: s.door.stats(), Signaling: s.live.Stats(), SFU: s.sfu.Stats(), Turn: s.relay.Stats()}
	c.Descriptors, c.Open = descriptors()
	if s.turnUDP != nil {
		c.TurnUDP = s.turnUDP.LocalAddr().String()
	}
	return c
}

// conditionOf asks the server that runs on the data folder; nil without an error: none does.
func conditionOf(ctx context.Context, data string) (*condition, error) {
	ctx, stop := within(ctx)
	defer stop()
	var c condition
	switch err := ask(ctx, data, "/condition", struct{}{}, &c); {
	case errors.Is(err, errNotRunning):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &c, nil
}

// judgeServer says whether a server runs, whether it has the settings that are looked at, and what its counters tell of
// trouble.
func judgeServer(data string, told network, running *condition, err error, now time.Time) []finding {
	switch {
	case errors.Is(err, errNotAllowed):
		return []finding{unseen.of("server", "this user may not ask the server of %s", data).so("run this as the user of the server, or as root")}
	case err != nil:
		return []finding{problem.of("server", "a server holds %s and does not answer: %v", data, err).so("look at its log: journalctl -u jalsa")}
	case running == nil:
		return []finding{fine.of("server", "none runs on %s; this looks at what one would find", data).so("if one should: journalctl -u jalsa -e says why it ended")}
	}
	found := []finding{fine.of("server", "runs for %s as %s; hearings %d, people %d", now.Sub(running.Since).Round(time.Second), running.Public, running.Signaling.Live, running.SFU.Peers)}
	if flags := differing(told, running.Network); len(flags) > 0 {
		found = append(found, warning.of("settings", "the server runs with other settings than these: %s", strings.Join(flags, ", ")).so("give the doctor the --config of the server, or restart the server to give it these"))
	}
	return append(found, judgeCounters(running)...)
}

// muchOf is the share of packets from which on a loss of our own is heard.
const muchOf = 1e-3

func judgeCounters(c *condition) (found []finding) {
	socket := c.SFU.Socket
	add := func(f finding) { found = append(found, f) }
	often := func(n, of uint64) bool { return n > 100 && float64(n) > muchOf*float64(of) }
	if often(socket.SocketFull, c.SFU.Sent) {
		add(warning.of("media", "%d of %d packets were dropped because the socket's send buffer was full", socket.SocketFull, c.SFU.Sent).so("see buffers below; if they are right, the network card or its link is too slow"))
	}
	if often(socket.Unread, socket.Received) {
		add(warning.of("media", "the system dropped %d packets beside %d that came, since they were not read in time", socket.Unread, socket.Received).so("see buffers below; if they are right, the processors are short: jalsa load --find says what they carry"))
	}
	if often(socket.SendFailed, c.SFU.Sent) {
		add(warning.of("media", "the system refused %d of %d packets", socket.SendFailed, c.SFU.Sent).so("a firewall rule or a missing route for outgoing UDP: nft list ruleset; ip route; ip -6 route"))
	}
	if socket.SendSplit > 100 {
		add(warning.of("media", "the network card refused %d messages of several packets, which then left one by one", socket.SendSplit).so("--single-packets spares the attempt; a newer driver is better"))
	}
	if n := c.Door.Refused["full"]; n > 0 {
		add(warning.of("door", "%d connections were refused because there were too many in all, or few places were left and their network had its share", n).so("see descriptors below; if those are many, somebody floods the port: jalsa stats"))
	}
	if n := c.Door.Refused["address"]; n > 0 {
		add(warning.of("door", "%d connections were refused because one address, or /48, had too many", n).so("if that is a proxy of yours: --proxy, or --forwarded-for"))
	}
	if n := c.Door.Refused["often"]; n > 0 {
		add(warning.of("door", "%d connections were refused because one address, or /48, came too often", n).so("if that is a proxy of yours: --proxy, or --forwarded-for; else somebody floods the port: jalsa stats"))
	}
	if n := c.Door.Refused["unannounced"]; n > 0 {
		add(warning.of("door", "%d connections of a proxy came without saying from whom", n).so("send-proxy-v2 at the proxy, or take it out of --proxy"))
	}
	if n := c.SFU.PeersNeverUp; n > 10 && n*10 > c.Signaling.Opened {
		add(warning.of("media", "%d connections never came up, of %d visits", n, c.Signaling.Opened).so("the UDP port of --media is closed on the way: try jalsa probe from outside"))
	}
	if n := socket.HubFull + socket.RelayFull + c.Turn.Refused["slow"]; often(n, c.Turn.ToMedia+c.Turn.FromMedia) {
		add(warning.of("relay", "%d of %d relayed packets were dropped because somebody was too slow", n, c.Turn.ToMedia+c.Turn.FromMedia).so("the processors are short, or people's links are: jalsa stats"))
	}
	if n := c.SFU.PeersPanicked + c.SFU.RoomsPanicked + c.Signaling.Panics; n > 0 {
		add(problem.of("faults", "faults of the program: %d; each cost one person their connection", n).so("report it with what the log says: journalctl -u jalsa -g panic"))
	}
	var lost uint64
	for _, n := range c.Signaling.Dropped {
		lost += n
	}
	if lost > 0 {
		add(problem.of("journal", "%d entries about live hearings were not written", lost).so("the disk is too slow or full, see disk"))
	}
	return found
}

// differing names the flags that two servers do not have in common, of those that operators are told of.
func differing(a, b network) (flags []string) {
	one, other := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range one.NumField() {
		// A list that is empty travels as one that is not there.
		name, told := strings.CutPrefix(one.Type().Field(i).Tag.Get("env"), "JALSA_")
		if told && fmt.Sprint(one.Field(i)) != fmt.Sprint(other.Field(i)) {
			flags = append(flags, "--"+strings.ReplaceAll(strings.ToLower(name), "_", "-"))
		}
	}
	return flags
}
