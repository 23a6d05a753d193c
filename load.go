package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"jalsa/load"
)

// loadCommand lets an operator see what their own server carries: it makes appointments, brings people made of Pion into
// them by their links, measures, and cancels what it has made.
type loadCommand struct {
	Rooms        int           `help:"Hearings at a time; with --find how many to begin with. Default: ${default}." default:"1" placeholder:"N"`
	Participants int           `help:"People in each who speak and show themselves. Default: ${default}." default:"6" placeholder:"N"`
	Listeners    int           `help:"People in each who only hear and see. Default: ${default}." default:"0" placeholder:"N"`
	Video        int           `help:"kbit/s of the large picture of each camera, beside a small one of 50; 0: no cameras. Default: ${default}." default:"300" placeholder:"KBIT"`
	Joins        float64       `help:"People who come in a second. Default: ${default}." default:"10" placeholder:"N"`
	Duration     time.Duration `help:"How long to measure, once all are in. Default: ${default}." default:"30s"`
	Find         bool          `help:"Look for the largest number of rooms with a loss below 0.1 % and a p99 of forwarding below 20 ms."`
	At           string        `help:"Where to reach the server for pages and sockets, if not where its name leads from here." placeholder:"HOST:PORT"`
	CARoot       string        `name:"ca-root" help:"Root certificates as PEM of an authority of your own." type:"existingfile" placeholder:"FILE"`
	JSON         bool          `name:"json" help:"Print JSON."`
}

// errInterrupted is what a load ends with that was told to end.
var errInterrupted = errors.New("interrupted; its appointments are cancelled")

// errNotCarried makes the exit code say what the result says.
var errNotCarried = errors.New("this load did not hold")

func (c *loadCommand) Run(t terminal, s *settings) (err error) {
	plan := load.Plan{Rooms: c.Rooms, Participants: c.Participants, Listeners: c.Listeners, Video: c.Video, Joins: c.Joins, Duration: c.Duration}
	if err := plan.Check(); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(c.At); c.At != "" && err != nil {
		return fmt.Errorf("--at %q is not HOST:PORT", c.At)
	}
	var server usage
	if err := ask(t.ctx, s.Data, "/usage", struct{}{}, &server); err != nil {
		return err
	}
	most, why := mostPeople(t.ctx, server.Public, c.At)
	if c.people() > most {
		return fmt.Errorf("%d people are more than this machine can bring, %d: %s", c.people(), most, why)
	}
	config, err := c.config(s.Data, server)
	if err != nil {
		return err
	}
	books := loadBooks{data: s.Data, now: t.now, lasting: c.lasting()}
	if err := books.clear(t); err != nil {
		return err
	}
	line := newProgressLine(t.err)
	config.Plan, config.Book, config.Cancel, config.Progress = plan, books.book, books.cancel, line.tell
	config.Most = most / (c.Participants + c.Listeners)
	crowd, err := load.New(config)
	if err != nil {
		return err
	}
	err = c.measure(t, crowd, line)
	line.end()
	ended := c.end(t, crowd)
	if t.ctx.Err() != nil && ended == nil {
		return errInterrupted
	}
	return errors.Join(err, ended)
}

func (c *loadCommand) people() int { return c.Rooms * (c.Participants + c.Listeners) }

// config is how the load reaches the server, and what it asks of it.
func (c *loadCommand) config(data string, server usage) (f load.Config, err error) {
	if f.Roots, err = c.roots(data); err != nil {
		return f, err
	}
	if f.Local, err = localOf(server.Media); err != nil {
		return f, err
	}
	f.Now, f.At, f.Own = steady(), c.At, machineNow
	f.Look = func(ctx context.Context) (load.Server, error) { return lookAtServer(ctx, data) }
	return f, nil
}

func (c *loadCommand) measure(t terminal, crowd *load.Crowd, line *progressLine) error {
	if c.Find {
		return c.find(t, crowd, line)
	}
	if err := crowd.Grow(t.ctx, c.Rooms); err != nil {
		return err
	}
	r, err := crowd.Measure(t.ctx)
	if err != nil {
		return err
	}
	line.end()
	if c.JSON {
		err = printJSON(t.out, r)
	} else {
		err = r.Write(t.out)
	}
	if err == nil && !r.Held {
		err = fmt.Errorf("%w: %s", errNotCarried, r.Why)
	}
	return err
}

func (c *loadCommand) find(t terminal, crowd *load.Crowd, line *progressLine) error {
	found, err := crowd.Find(t.ctx, func(r load.Result) {
		line.end()
		fmt.Fprintln(t.err, r.Line())
	})
	if err != nil {
		return err
	}
	line.end()
	if c.JSON {
		err = printJSON(t.out, found)
	} else {
		err = found.Write(t.out)
	}
	if err == nil && found.Largest == nil {
		err = fmt.Errorf("%w: not even %d rooms", errNotCarried, found.Beyond.Load.Rooms)
	}
	return err
}

// lasting is for how long an appointment is made: longer than anybody stays, and not much, since what is left of a load
// that was killed ends by itself then.
func (c *loadCommand) lasting() time.Duration {
	joins := time.Duration(float64(c.people()) / c.Joins * float64(time.Second))
	lasting := 10*time.Minute + c.Duration + joins
	if c.Find {
		lasting = 6 * time.Hour
	}
	return min(lasting.Round(time.Minute), 12*time.Hour)
}

// endTime is how long a load takes to cancel what it has made, at most.
const endTime = time.Minute

// end cancels everything, also when the command was interrupted.
func (c *loadCommand) end(t terminal, crowd *load.Crowd) error {
	if t.ctx.Err() != nil {
		fmt.Fprintln(t.err, "interrupted: the appointments of this load are being cancelled")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), endTime)
	defer cancel()
	if err := crowd.Close(ctx); err != nil {
		return fmt.Errorf("%w; the next load does it", err)
	}
	return nil
}

// roots are whom the load trusts to have signed the server's certificate: the system's authorities, the one that is
// named, and the server's own certificate.
func (c *loadCommand) roots(data string) (*x509.CertPool, error) {
	roots, err := trusted(c.CARoot)
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile(filepath.Join(data, selfSignedFile))
	if err != nil {
		return roots, nil // it has none
	}
	if roots == nil {
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
	}
	roots.AppendCertsFromPEM(own)
	return roots, nil
}
