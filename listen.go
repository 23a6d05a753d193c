package main

import (
	"context"
	"net"
	"time"
)

// unackedLimit ends a connection whose data nobody has acknowledged for so long (TCP_USER_TIMEOUT, RFC 5482), instead of
// the quarter of an hour of the system: whoever is behind it has come back by another by then.
const unackedLimit = time.Minute

// alive asks silent clients whether they are still there; with unackedLimit the dead are gone after two minutes.
var alive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// listenTCP opens a port that does not keep the dead.
func listenTCP(address string) (net.Listener, error) {
	c := net.ListenConfig{KeepAliveConfig: alive, Control: limitUnacked}
	return c.Listen(context.Background(), "tcp", address)
}
