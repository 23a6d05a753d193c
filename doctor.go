package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// doctorCommand looks at the machine with the eyes of a server that has these settings, and says what is wrong before
// citizens find out. It changes nothing, opens no place to anybody, and asks nobody but whom the settings name: the mail
// server, the certificate authority, and the resolver of this machine for the name of --url.
//
// What was observed (lookAt…) is apart from what it means (judge…, pure). A running server is asked through its admin
// socket, for it holds the ports and the books.
type doctorCommand struct {
	network
	mailing
	MailTo string `name:"mail-to" help:"Send one test letter to this address; without it the mail server is only greeted." placeholder:"ADDRESS"`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// verdict on one thing that was looked at.
type verdict string

const (
	fine    verdict = "ok"
	unseen  verdict = "cannot_see" // from here, or with these rights; the advice says how to see it
	warning verdict = "warning"    // works, but not well or not for everybody
	problem verdict = "problem"    // people will not get through, or the books are in danger
)

// finding is one line of the doctor's.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Found   string  `json:"found"`
	Advice  string  `json:"advice,omitempty"`
}

func (v verdict) of(check, format string, args ...any) finding {
	return finding{Check: check, Verdict: v, Found: fmt.Sprintf(format, args...)}
}

// so adds what to do.
func (f finding) so(format string, args ...any) finding {
	f.Advice = fmt.Sprintf(format, args...)
	return f
}

// lookTime is how long each thing may take that is asked of another program or machine.
const lookTime = 10 * time.Second

func (c *doctorCommand) Run(t terminal, s *settings) error {
	return tell(t.out, c.JSON, c.examine(t, s))
}

func (c *doctorCommand) examine(t terminal, s *settings) []finding {
	now, data := t.now(), s.Data
	running, err := conditionOf(t.ctx, data)
	where := lookAtLocation(t.ctx, c.network, running)
	return slices.Concat(
		judgeServer(data, c.network, running, err, now),
		judgeEntrances(lookAtEntrances(t.ctx, c.network, running)),
		judgeFirewall(lookAtFirewall(t.ctx, c.network, where.own)),
		judgeLocation(where),
		judgeOutside(lookOutside(t.ctx, data, c.network, where, running), now),
		judgeCertificates(c.network, lookAtCertificates(t.ctx, c.network, where, running, now)),
		judgeAuthority(lookAtAuthority(t.ctx, c.network, where, data)),
		judgeBuffers(lookAtBuffers()),
		judgeDescriptors(lookAtDescriptors(running)),
		judgeMachine(lookAtMachine()),
		judgeClock(lookAtClock(now)),
		judgeZones(lookAtZones(now)),
		judgeDisk(lookAtDisk(data, running != nil)),
		judgeFiles(readerOf(data, os.Geteuid()), lookAtFiles(c.files(s))),
		judgeBooks(lookAtBooks(t.ctx, data, running)),
		judgeMail(c.lookAtMail(t)),
	)
}

// tell prints findings. Its error makes the exit code 1: there is a problem.
func tell(w io.Writer, asJSON bool, found []finding) error {
	count := map[verdict]int{}
	for _, f := range found {
		count[f.Verdict]++
	}
	if asJSON {
		err := printJSON(w, struct {
			Findings []finding `json:"findings"`
			Problems int       `json:"problems"`
			Warnings int       `json:"warnings"`
		}{found, count[problem], count[warning]})
		if err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintf(w, "%-10s  %-11s  %s\n", strings.ReplaceAll(string(f.Verdict), "_", " "), f.Check, f.Found)
			if f.Advice != "" {
				fmt.Fprintf(w, "%25s→ %s\n", "", f.Advice)
			}
		}
	}
	if n := count[problem]; n > 0 {
		return fmt.Errorf("problems found: %d", n)
	}
	return nil
}

// warn says at the start, a line each, what the doctor would call a problem and is seen at once. Of a server for this
// machine alone, such as the demo, nothing is expected.
func (s *server) warn() {
	where := location{own: ownAddresses(), given: s.network.Public, told: addressesOf(s.sfu.Media())}
	if u, err := url.Parse(s.public); err != nil || u.Hostname() == "localhost" {
		return
	}
	for _, f := range append(judgeBuffers(lookAtBuffers()), judgeAddresses(where)) {
		if f.Verdict == problem {
			s.log.Warn(f.Found, "do", f.Advice)
		}
	}
}

// within bounds one look.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, lookTime)
}
