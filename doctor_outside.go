package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// outside is what nobody sees from inside: whether people get through to here. A second machine does, with jalsa probe.
type outside struct {
	location
	sounding *sounding // nil: no server runs that could be asked for one
	turnUDP  string    // port of --turn-udp, "" if it is off
}

// sounding is what opens the media sockets to a probe for some minutes, see sfu.Sound.
type sounding struct {
	Code  string
	Media []netip.AddrPort // that clients are told
	Until time.Time
}

func (s *server) sound() sounding {
	name, password, until := s.sfu.Sound()
	return sounding{Code: name + "." + password, Media: s.sfu.Media(), Until: until}
}

func lookOutside(ctx context.Context, data string, n network, where location, running *condition) outside {
	o := outside{location: where, turnUDP: portOf(n.TurnUDP)}
	if running == nil {
		return o
	}
	ctx, stop := within(ctx)
	defer stop()
	var s sounding
	if ask(ctx, data, "/sounding", struct{}{}, &s) == nil {
		o.sounding = &s
	}
	return o
}

// judgeOutside says how to see it.
func judgeOutside(o outside, now time.Time) []finding {
	f := unseen.of("outside", "whether people elsewhere get through to here")
	switch {
	case o.host == "" || o.host == "localhost":
		return []finding{f.so("first see name")}
	case o.sounding == nil:
		return []finding{f.so("once the server runs, ask again: jalsa doctor then says what to run on a machine elsewhere")}
	}
	command := fmt.Sprintf("jalsa probe %s --code %s", o.url, o.sounding.Code)
	for _, a := range o.sounding.Media {
		command += " --media " + a.String()
	}
	if o.turnUDP != "" {
		command += " --turn-udp " + net.JoinHostPort(o.host, o.turnUDP)
	}
	minutes := int(o.sounding.Until.Sub(now).Round(time.Minute).Minutes())
	return []finding{f.so("on a machine elsewhere, within %d minutes: %s", minutes, command)}
}
