//go:build linux

// Command linkem joins two network namespaces by an emulated link, for kernels without traffic shaping and for programs
// that bring their own sockets, such as browsers. Linux, as root; it needs /dev/net/tun and ip (iproute2).
//
//	linkem -a phone -b server -both rate=64k,delay=300ms,loss=1,queue=400ms -ctl link.sock
//
// makes the namespaces that are missing, a TUN device in each, and passes IPv4 packets between the two by the rules of
// package link until SIGINT or SIGTERM; the devices vanish with the process. The link changes while it runs:
//
//	curl -s --unix-socket link.sock http://l/                              # parameters and counts
//	curl -s --unix-socket link.sock http://l/ -d ab=rate=32k -d both=loss=5
//	curl -s --unix-socket link.sock http://l/ -d both-trace=/path/edge.trace   # "off" ends it
//
// Several links into one namespace want different devices and subnets (-b-dev, -a-addr, -b-addr).
package main
