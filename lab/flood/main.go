package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"time"

	"jalsa/lab/forge"
)

// report is what is printed, by target.
type report struct {
	Packets       uint64            // datagrams, or requests over TCP
	Bytes         uint64            // of them
	Answered      uint64            // bytes that came back
	Kinds         map[string]uint64 // packets
	MilliSeconds  int64
	Disconnected  uint64 // times that the server closed a connection
	Unconnectable uint64 // times that it took none
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("flood: ")
	media := flag.String("media", "", "UDP address of the media")
	turn := flag.String("turn", "", "UDP address of the relay")
	tcp := flag.String("tcp", "", "TCP address of the relay")
	name := flag.String("name", "x", "what the answer of somebody in a call calls their ICE")
	ports := flag.Int("ports", 1000, "that the datagrams come from")
	rate := flag.Int("rate", 10_000, "datagrams a second to the media; to the relay go a tenth as many, over TCP a hundredth")
	span := flag.Duration("for", time.Minute, "how long")
	hellos := flag.Bool("hellos", false, "nothing but ClientHellos")
	flag.Parse()
	kinds := forge.Kinds(*name)
	if *hellos {
		kinds = forge.Hellos()
	}
	running := map[string]func() (report, error){}
	if *media != "" {
		running["media"] = func() (report, error) { return datagrams(*media, kinds, *ports, *rate, *span) }
	}
	if *turn != "" {
		running["turn"] = func() (report, error) { return datagrams(*turn, kinds, *ports/10+1, *rate/10, *span) }
	}
	if *tcp != "" {
		running["tcp"] = func() (report, error) { return requests(*tcp, kinds, *rate/100, *span) }
	}
	type result struct {
		target string
		report report
		err    error
	}
	done := make(chan result)
	for target, run := range running {
		go func() {
			r, err := run()
			done <- result{target, r, err}
		}()
	}
	all := map[string]report{}
	for range running {
		r := <-done
		if r.err != nil {
			log.Fatal(r.err)
		}
		all[r.target] = r.report
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		log.Fatal(err)
	}
}
