package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"jalsa/booking"
	"jalsa/turn"
)

// settings is the command line. What describes the server can also be set by the
// environment variable shown in --help; every flag by its name in a YAML file.
type settings struct {
	Config kong.ConfigFlag `help:"YAML file with the same settings as the flags." env:"JALSA_CONFIG" placeholder:"FILE"`
	Data   string          `help:"Folder of the appointments and of the admin socket. Default: ${data}, for the demo ${demo_data}." env:"JALSA_DATA" placeholder:"FOLDER"`

	Demo    demoCommand    `cmd:"" help:"Start a server with invented institutions, staff and appointments, and print their links."`
	Serve   serveCommand   `cmd:"" help:"Start the server."`
	Book    bookCommand    `cmd:"" help:"Make an appointment on the running server and print its links."`
	List    listCommand    `cmd:"" help:"Print the appointments that are open or to come."`
	Cancel  cancelCommand  `cmd:"" help:"Cancel an appointment on the running server; its hearing ends at once."`
	Reissue reissueCommand `cmd:"" help:"Make a new link for one person; the old one ends. Also lets in again whom a host removed."`
	Stats   statsCommand   `cmd:"" help:"Print figures of the running server as JSON: how many are in, what was refused or dropped and why."`
	Staff   staffCommand   `cmd:"" help:"Accounts of the staff and of operators."`
	Journal journalCommand `cmd:"" help:"Prove what was decided, and that nobody changed it since."`
	Doctor  doctorCommand  `cmd:"" help:"Look at this machine and these settings, and say what is wrong and what to do. Takes the settings of serve."`
	Probe   probeCommand   `cmd:"" help:"Look at a server from a machine elsewhere: pages, sockets, relay, sound and video. jalsa doctor on the server prints the command."`
	Load    loadCommand    `cmd:"" help:"Put the running server under load: people made of Pion come to hearings that are made for it, and what became of their packets is measured."`
	Version versionCommand `cmd:"" help:"Print the versions of the program and of its time zone data."`
}

// terminal is what a command needs of the process that runs it.
type terminal struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once: whoever does not want to wait for the drain need not.
	context.AfterFunc(ctx, stop)
	t := terminal{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	if err := run(t, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "jalsa: %v\n", err)
		os.Exit(1)
	}
}

// errExit ends the program without a further word: kong has said it all.
var errExit = errors.New("exit")

// run is main without the process: it parses arguments and runs one command.
func run(t terminal, args []string) error {
	var s settings
	exit := func(int) { panic(errExit) }
	parser, err := kong.New(&s,
		kong.Name("jalsa"),
		kong.Description("Appointments and hearings by video, on your own machine.\n\nFlags, environment variables and a YAML file (--config) set the same things; a flag wins over the environment, and both win over the file."),
		kong.Configuration(readSettings),
		defaults(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.Writers(t.out, t.err),
		kong.Exit(exit),
	)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	defer func() {
		if r := recover(); r != nil && r != errExit {
			panic(r)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"} // who types the name alone asks what there is
	}
	command, err := parser.Parse(args)
	if err != nil {
		return withHelp(err)
	}
	if s.Data == "" {
		s.Data = defaultData
		if command.Command() == "demo" {
			s.Data = demoData
		}
	}
	return command.Run(t, &s)
}

// withHelp adds to an error in what was typed where the right way is told.
func withHelp(err error) error {
	var mistyped *kong.ParseError
	if !errors.As(err, &mistyped) {
		return err
	}
	of := "jalsa"
	if command := mistyped.Context.Selected(); command != nil {
		of = command.FullPath()
	}
	return fmt.Errorf("%w (see: %s --help)", err, of)
}

// Where the data is when nobody says otherwise. What the demo makes up, with passwords that everybody knows, is never where
// a server looks for the books of an institution.
const (
	defaultData = "data"
	demoData    = "demo-data"
)

// defaults are those that the tags of the settings do not say themselves.
func defaults() kong.Vars {
	return kong.Vars{"level": "info", "data": defaultData, "demo_data": demoData, "share": strconv.Itoa(booking.NetworkShare), "rate": strconv.Itoa(turn.DefaultRate)}
}

// logging is how the server writes its log, in both commands that start one.
type logging struct {
	LogLevel  slog.Level `help:"Least severe level to log: debug, info, warn, error." env:"JALSA_LOG_LEVEL" default:"${level}"`
	LogFormat string     `help:"Form of a log line: text or json." enum:"text,json" env:"JALSA_LOG_FORMAT" default:"text"`
}

func (l logging) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: l.LogLevel}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
