package load

import (
	"testing"
	"time"
)

// TestServerUse: what the server used is the difference of what it told, if the same server told both.
func TestServerUse(t *testing.T) {
	at := func(seconds int, s Server) moment {
		return moment{at: began.Add(time.Duration(seconds) * time.Second), server: s}
	}
	before := Server{Run: "a", Process: Process{Processor: time.Second}, Sent: 1000, Dropped: map[string]uint64{"paced": 3, "stale": 2}}
	after := Server{Run: "a", Process: Process{Processor: 3 * time.Second}, Sent: 101_000, Dropped: map[string]uint64{"paced": 5, "stale": 2}}
	u := serverUse(at(0, before), at(4, after))
	if u.Unknown != "" || u.Cores == nil || *u.Cores != 0.5 || *u.PerPacket != 20 || *u.PerCore != 50_000 || len(u.Dropped) != 1 || u.Dropped["paced"] != 2 {
		t.Errorf("%+v", u)
	}
	after.Run, after.Sent, after.Dropped = "b", 10, map[string]uint64{"paced": 1}
	if u := serverUse(at(0, before), at(4, after)); u.Unknown == "" || u.Cores != nil || u.PerPacket != nil || len(u.Dropped) > 0 {
		t.Errorf("of a server that was started anew: %+v", u)
	}
}
