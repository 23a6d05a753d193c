//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("linkem: ")
	ab, ba := newLine(1), newLine(2)
	pair := lines{"ab": ab, "ba": ba}
	control := flag.String("ctl", "", "socket to make, at which the link is changed")
	ends := [2]end{}
	for i, name := range []string{"a", "b"} {
		e := &ends[i]
		flag.StringVar(&e.namespace, name, name, "namespace of end "+name+", made when missing")
		flag.StringVar(&e.address, name+"-addr", fmt.Sprintf("10.77.0.%d/24", i+1), "address at "+name)
		flag.StringVar(&e.device, name+"-dev", "em0", "name of the device at "+name)
		flag.StringVar(&e.route, name+"-route", []string{"default", ""}[i], "what is routed into the link at "+name)
	}
	for _, name := range []string{"both", "ab", "ba"} {
		flag.Func(name, "rate=256k,delay=60ms,jitter=10ms,loss=1,burst=3,queue=300ms,overhead=0", func(s string) error {
			return pair.change(name, s)
		})
		flag.Func(name+"-trace", "trace file to replay", func(s string) error { return pair.follow(name, s) })
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	if err := serve(&ends, pair, *control); err != nil {
		log.Fatal(err)
	}
}

// serve runs the link until a signal, or until one of its devices fails.
func serve(ends *[2]end, pair lines, control string) error {
	defer ends[0].remove()
	defer ends[1].remove()
	if err := errors.Join(ends[0].open(), ends[1].open()); err != nil {
		return err
	}
	if control != "" {
		_ = os.Remove(control)
		l, err := net.Listen("unix", control)
		if err != nil {
			return err
		}
		defer l.Close() // takes the file away too
		go http.Serve(l, pair)
	}
	failed := make(chan error, 4) // one for each pump
	a, b := ends[0].tun, ends[1].tun
	go func() { failed <- pair["ab"].fill(a) }()
	go func() { failed <- pair["ab"].drain(b) }()
	go func() { failed <- pair["ba"].fill(b) }()
	go func() { failed <- pair["ba"].drain(a) }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-stop:
		return nil
	}
}
