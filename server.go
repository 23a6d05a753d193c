package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
	"jalsa/signaling"
	"jalsa/turn"
	"jalsa/web"
	"jalsa/web/mail"
)

// server is the whole product in one value: what main starts, and what the
// end-to-end tests start on port 0 in a temporary folder.
type server struct {
	log     *slog.Logger
	now     func() time.Time
	network network   // as it was asked for
	since   time.Time // when it began

	store *booking.Store
	sfu   *sfu.SFU
	relay *turn.Server
	live  *signaling.Server
	pages *http.Server
	admin *http.Server

	postman *mail.Postman // nil: mail is off
	mailbox *mail.Folder  // of the demo; else nil

	door    *door
	certs   certificates // nil: the door speaks no TLS
	ending  ending       // owned by sweep
	clear   net.Listener // --http; else nil
	signs   *http.Server // answers there
	turnUDP *net.UDPConn // nil: the relay has no port of its own
	public  string       // what people open, without a trailing slash
	drain   time.Duration
	monitor *monitor // nil: --metrics is off
	ended   context.CancelFunc
	running sync.WaitGroup
	failed  chan error // first error of a serving goroutine; the rest are dropped, one ends the server
}

// newServer opens the store and every port, and starts serving. Close releases
// all of it, also after an error half way.
func newServer(data string, n network, m mailing, now func() time.Time, log *slog.Logger) (_ *server, err error) {
	s := &server{log: log, now: now, network: n, since: now(), drain: n.Drain, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := m.check(); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if s.store, err = openBooks(data, booking.Options{Now: now, Logger: log, Mail: m.on(), NetworkShare: n.Share}); err != nil {
		return nil, err
	}
	if s.door, err = openDoor(n); err != nil {
		return nil, err
	}
	if s.public, err = publicURL(n, s.door.Addr()); err != nil {
		return nil, err
	}
	if err = s.secure(data, n); err != nil {
		return nil, err
	}
	if s.sfu, err = sfu.New(sfu.Config{Media: n.Media, Public: n.Public, Single: n.Single, Plain: n.Plain, Now: steady(), Logger: log, Failed: s.report}); err != nil {
		return nil, fmt.Errorf("open media port: %w", elsewhere(err, "--media"))
	}
	if s.turnUDP, err = openTurnUDP(n.TurnUDP); err != nil {
		return nil, err
	}
	if s.monitor, err = openMonitor(n.Metrics, s.figures); err != nil {
		return nil, err
	}
	if err = s.hire(m); err != nil {
		return nil, err
	}
	if err = s.wire(n); err != nil {
		return nil, err
	}
	s.warn()
	return s, s.serve(data)
}

// maxHeader bounds what a request says of itself, in bytes.
const maxHeader = 16 << 10

// streams of one HTTP/2 connection. Go runs no more handlers at a time than this, also when streams are reset as fast as
// they are opened, and closes a connection with four times as many waiting (CVE-2023-39325; streams_test.go).
var streams = &http.HTTP2Config{
	MaxConcurrentStreams:          100, // RFC 9113 advises no fewer; the heaviest page asks for a dozen files
	MaxReceiveBufferPerStream:     64 << 10,
	MaxReceiveBufferPerConnection: 256 << 10,
}

// elsewhere says by which flag a port is changed that another program has.
func elsewhere(err error, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: choose another port with %s", err, flag)
	}
	return err
}

// secure opens the port of --http and gets the certificate; both are there to be asked by an authority.
func (s *server) secure(data string, n network) (err error) {
	if n.HTTP != "" {
		if s.clear, err = listenTCP(n.HTTP); err != nil {
			return fmt.Errorf("open port of --http: %w", elsewhere(err, "--http"))
		}
		s.clear = s.door.share(behind(s.clear, n.Proxy))
	}
	if s.certs, err = openCertificates(data, n, s.public, s.door.Addr(), s.clear, s.now, s.log); err != nil {
		return err
	}
	if s.clear != nil {
		acme, _ := s.certs.(*acmeCertificates)
		s.signs = briefly(signpost(s.public, acme.challenged))
	}
	return nil
}

// wire binds the packages to one another; none of them knows the others.
func (s *server) wire(n network) (err error) {
	s.relay, err = turn.New(turn.Config{
		Realm:   "jalsa",
		Relay:   s.sfu.Relay,
		Media:   s.sfu.Media(),
		Allowed: func(user string) bool { return s.live.Present(user) },
		Now:     steady(),
		Logger:  s.log,
		Rate:    n.RelayRate,
	})
	if err != nil {
		return fmt.Errorf("prepare relay: %w", err)
	}
	origins := []string{s.public}
	for _, further := range n.Origin {
		origin, err := originOf("--origin", further)
		if err != nil {
			return err
		}
		origins = append(origins, origin)
	}
	s.live = signaling.New(signaling.Config{
		Bookings: s.store,
		SFU:      s.sfu,
		Relay:    s.relayFor,
		Revoke:   s.relay.Revoke,
		Network:  web.NetworkOf,
		Attend:   web.AttendPath,
		Origins:  origins,
		Now:      s.now,
		Logger:   s.log,
	})
	pages, err := web.New(web.Config{Bookings: s.store, PublicURL: s.public, Origins: origins, Unvouched: n.TLS == tlsSelfSigned, Plain: n.Plain, Live: s.live, Rehearsal: s.live.Rehearsal(), Ready: s.live.Welcoming, Presence: s.live.Presence, Connections: s.live.Words, Measured: measured(s.live), Phase: s.live.Phase, Tell: s.live.Tell, Helped: s.live.Helped, Machine: s.machine, Mailbox: s.mailbox, Now: s.now, Logger: s.log})
	if err != nil {
		return fmt.Errorf("prepare pages: %w", err)
	}
	s.pages = &http.Server{
		Handler:           forwarded(pages, n.ForwardedFor),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             streams,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// serve starts the goroutines that end with Close.
func (s *server) serve(data string) error {
	socket, err := listenAdmin(data)
	if err != nil {
		return err
	}
	s.admin = &http.Server{Handler: s.adminHandler(), ReadHeaderTimeout: 10 * time.Second}
	web, stun := s.door.begin(s.public, s.certs)
	var ctx context.Context
	ctx, s.ended = context.WithCancel(context.Background())
	s.running.Go(func() { s.report(s.pages.Serve(web)) })
	s.running.Go(func() { s.report(s.relay.Serve(stun)) })
	if s.turnUDP != nil {
		s.running.Go(func() { s.report(s.relay.ServeUDP(s.turnUDP)) })
	}
	s.running.Go(func() { s.report(s.admin.Serve(socket)) })
	if s.clear != nil {
		s.running.Go(func() { s.report(s.signs.Serve(s.clear)) })
	}
	if s.monitor != nil {
		s.running.Go(func() { s.report(s.monitor.serve()) })
	}
	s.running.Go(func() { s.tick(ctx) })
	s.running.Go(func() { s.sweep(ctx) })
	if s.postman != nil {
		s.running.Go(func() { s.postman.Run(ctx) })
	}
	return nil
}

// report keeps the first error that is not an orderly end.
func (s *server) report(err error) {
	if err == nil || errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return
	}
	select {
	case s.failed <- err:
	default:
	}
}

// certificate is nil if the door speaks no TLS.
func (s *server) certificate() *certificateState {
	if s.certs == nil {
		return nil
	}
	state := stateOf(s.certs.source(), s.certs.current(), s.now())
	return &state
}

// wait returns when ctx ends and running hearings have had their time to
// finish, or with the error that ended the server.
func (s *server) wait(ctx context.Context, tell io.Writer) error {
	select {
	case err := <-s.failed:
		return err
	case <-ctx.Done():
	}
	s.live.Drain()
	if live := s.live.Live(); live > 0 && s.drain > 0 {
		fmt.Fprintf(tell, "Hearings running: %d. They may go on for %v; interrupt again to end them now.\n", live, s.drain)
	}
	deadline := time.NewTimer(s.drain)
	defer deadline.Stop()
	look := time.NewTicker(tickPeriod)
	defer look.Stop()
	for s.live.Live() > 0 {
		select {
		case <-look.C:
		case <-deadline.C:
			return nil
		case err := <-s.failed:
			return err
		}
	}
	return nil
}

// Close ends every hearing with the word that the server restarts, then closes
// what newServer opened, in reverse order.
func (s *server) Close() error {
	var errs []error
	closing := func(err error) { errs = append(errs, err) }
	if s.live != nil {
		closing(s.live.Close())
	}
	if s.ended != nil {
		s.ended()
	}
	if s.admin != nil {
		closing(s.admin.Close())
	}
	if s.pages != nil {
		closing(s.pages.Close())
	}
	if s.monitor != nil {
		closing(s.monitor.Close())
	}
	if s.signs != nil {
		closing(s.signs.Close())
	}
	if s.relay != nil {
		closing(s.relay.Close())
	}
	if s.turnUDP != nil {
		_ = s.turnUDP.Close() // if nothing serves it yet
	}
	if s.door != nil {
		if err := s.door.Close(); !errors.Is(err, net.ErrClosed) {
			closing(err)
		}
	}
	if s.clear != nil {
		if err := s.clear.Close(); !errors.Is(err, net.ErrClosed) {
			closing(err)
		}
	}
	s.running.Wait()
	if s.certs != nil {
		closing(s.certs.Close())
	}
	if s.sfu != nil {
		closing(s.sfu.Close())
	}
	if s.store != nil {
		closing(s.store.Close())
	}
	return errors.Join(errs...)
}
