package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"jalsa/booking"
)

type serveCommand struct {
	network
	mailing
	logging
}

func (c *serveCommand) Run(t terminal, s *settings) error {
	if isDemo(s.Data) {
		return fmt.Errorf("%s holds a demo (%s), whose passwords are printed for everybody: choose another --data, or start it with: jalsa demo --data %s", s.Data, demoFile, s.Data)
	}
	frugal()
	server, err := newServer(s.Data, c.network, c.mailing, t.now, c.logger(t.err))
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Jalsa serves %s\n", server.public)
	introduce(t.out, server.certs)
	return waitAndClose(t, server)
}

// introduce says by what a browser's user knows the server's own certificate.
func introduce(w io.Writer, certs certificates) {
	if own, ok := certs.(*selfSigned); ok {
		fmt.Fprintf(w, "Browsers warn of its certificate, which it made itself; they should show this SHA-256 fingerprint:\n%s\n", fingerprint(own.current()))
	}
}

// waitAndClose serves until the process is asked to end.
func waitAndClose(t terminal, s *server) error {
	err := s.wait(t.ctx, t.err)
	if e := s.Close(); err == nil {
		err = e
	}
	return err
}

type bookCommand struct {
	Institution string        `help:"Who receives. The name (in any language) or id of an institution of this server makes the hearing its own: its staff sees it in the docket and may change it. Any other name is only shown to the people; no staff page has the hearing then." required:"" placeholder:"NAME"`
	Service     string        `help:"What it is about." required:"" placeholder:"NAME"`
	Start       string        `help:"Civil time in --zone, e.g. 2026-12-01T10:00; or now." required:"" placeholder:"TIME"`
	Language    string        `help:"Language in which --institution, --service and --prepare are written: fr, ar, en, … Default: ${default}." default:"fr" placeholder:"CODE"`
	Zone        string        `help:"Time zone of the institution. Default: ${default}." default:"Africa/Casablanca" placeholder:"ZONE"`
	Duration    time.Duration `help:"Planned length." default:"30m"`
	Early       time.Duration `help:"How long before the start people may enter." default:"30m"`
	Grace       time.Duration `help:"How long after the planned end newcomers may still enter." default:"15m"`
	Prepare     []string      `help:"What to have at hand; repeat for several." sep:"none" placeholder:"TEXT"`
	Participant []string      `help:"ROLE:NAME[:LANGUAGE[:GROUP]], repeated. Roles: host, panel, clerk, party, representative, witness, expert, interpreter, observer, assistant. People with the same GROUP, a word of your choice, are admitted and sent back to the waiting room together." required:"" sep:"none" placeholder:"PERSON"`
	JSON        bool          `name:"json" help:"Print JSON."`
}

func (c *bookCommand) Run(t terminal, s *settings) error {
	draft, err := c.draft(t.now())
	if err != nil {
		return err
	}
	var made links
	if err := ask(t.ctx, s.Data, "/book", draft, &made); err != nil {
		return err
	}
	if made.Status == string(booking.StatusTooLate) {
		fmt.Fprintln(t.err, "note: this appointment is over already; check --start and --zone")
	}
	if made.Institution == "" {
		fmt.Fprintf(t.err, "note: no institution of this server is called %q, so the hearing is of none and shows in no docket\n", c.Institution)
	} else {
		fmt.Fprintf(t.err, "note: the hearing is one of %s and shows in its docket\n", made.Institution)
	}
	return printLinks(t.out, c.JSON, made)
}

// languageCode has the form of a BCP 47 tag.
var languageCode = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

func (c *bookCommand) draft(now time.Time) (booking.Draft, error) {
	if !languageCode.MatchString(c.Language) {
		return booking.Draft{}, fmt.Errorf("--language %q is no code such as fr, ar or en", c.Language)
	}
	start, err := c.start(now)
	if err != nil {
		return booking.Draft{}, explain(err)
	}
	d := booking.Draft{
		Institution: booking.Text{c.Language: c.Institution}, Service: booking.Text{c.Language: c.Service},
		Start: start, Duration: c.Duration, EarlyEntry: c.Early, Grace: c.Grace,
	}
	for _, text := range c.Prepare {
		d.Prepare = append(d.Prepare, booking.Text{c.Language: text})
	}
	for _, text := range c.Participant {
		f := strings.Split(text, ":")
		if len(f) < 2 || len(f) > 4 {
			return d, fmt.Errorf("--participant %q: want ROLE:NAME[:LANGUAGE[:GROUP]]; a name holds no colon", text)
		}
		f = append(f, "", "")
		d.Participants = append(d.Participants, booking.Participant{
			Role: booking.Role(f[0]), Name: f[1], Language: f[2], Link: f[3],
		})
	}
	return d, nil
}

// start is when --start says, to the minute.
func (c *bookCommand) start(now time.Time) (booking.Civil, error) {
	if c.Start == "now" {
		return booking.CivilAt(now.Truncate(time.Minute), c.Zone)
	}
	return booking.NewCivil(c.Start, c.Zone)
}

type listCommand struct {
	All  bool `help:"Past, closed and cancelled ones too."`
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *listCommand) Run(t terminal, s *settings) error {
	var found []links
	if err := ask(t.ctx, s.Data, "/list", listRequest{c.All}, &found); err != nil {
		return err
	}
	if len(found) == 0 && !c.JSON {
		fmt.Fprintln(t.out, "No appointment is open or to come; --all shows the past ones.")
	}
	return printLinks(t.out, c.JSON, found...)
}

type cancelCommand struct {
	Appointment string `arg:"" help:"Reference or id of the appointment."`
	Reason      string `help:"Code of the reason, kept in the journal: letters, digits and _ - . : Default: ${default}." default:"by_service" placeholder:"CODE"`
}

func (c *cancelCommand) Run(t terminal, s *settings) error {
	var done links
	if err := ask(t.ctx, s.Data, "/cancel", cancelRequest{c.Appointment, c.Reason}, &done); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s is cancelled\n", done.Reference)
	return nil
}

type reissueCommand struct {
	Appointment string `arg:"" help:"Reference or id of the appointment."`
	Number      uint32 `arg:"" help:"Number of the participant in it, from 1."`
	JSON        bool   `name:"json" help:"Print JSON."`
}

func (c *reissueCommand) Run(t terminal, s *settings) error {
	var made links
	if err := ask(t.ctx, s.Data, "/reissue", reissueRequest{c.Appointment, c.Number}, &made); err != nil {
		return err
	}
	return printLinks(t.out, c.JSON, made)
}

type statsCommand struct{}

func (statsCommand) Run(t terminal, s *settings) error {
	var counters json.RawMessage
	if err := ask(t.ctx, s.Data, "/stats", struct{}{}, &counters); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, counters, "", "  "); err != nil {
		return fmt.Errorf("read counters: %w", err)
	}
	_, err := fmt.Fprintln(t.out, &text)
	return err
}

type versionCommand struct{}

func (versionCommand) Run(t terminal, _ *settings) error {
	version := "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		version = b.Main.Version
	}
	fmt.Fprintf(t.out, "jalsa %s (%s), time zones %s\n", version, runtime.Version(), booking.TZDBVersion())
	return nil
}

// printLinks writes appointments with their personal links, for people or for
// scripts.
func printLinks(w io.Writer, asJSON bool, made ...links) error {
	if asJSON {
		return printJSON(w, made)
	}
	for _, m := range made {
		fmt.Fprintf(w, "\n%s  %s  (%s)\n", m.Reference, m.Start, strings.ReplaceAll(m.Status, "_", " "))
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, l := range m.Links {
			fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", l.Number, l.Role, l.Name, l.URL)
		}
		table.Flush()
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
