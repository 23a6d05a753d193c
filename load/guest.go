package load

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/rtcp"

	"jalsa/signaling"
)

// guest is one participant who comes by their link and stays: page, cookie, socket, being let in, offer, ICE, DTLS, media.
// A guest who is thrown out does not come back: it counts as one who was lost.
type guest struct {
	// fixed
	crowd  *common
	room   *room
	link   Link
	speaks bool

	stop    context.CancelCauseFunc
	running sync.WaitGroup

	writing sync.Mutex
	conn    *websocket.Conn

	// Owned by run, until it has ended.
	transport   *transport
	reception   *reception
	performance *performance
	offer       signaling.Offer

	mu       sync.Mutex
	admitted time.Time // zero: not yet
	others   bool      // sent something when this one was admitted
	up       time.Time // when media could flow; zero: not yet
	failure  error     // why it did not come in, or did not stay
}

// common is what all guests have in common.
type common struct {
	now   func() time.Time
	epoch time.Time
	gate  *gate
	local netip.Addr // where their sockets are
	tally *tally
	plan  Plan
}

// Why guests did not come in.
var (
	errNotLetIn = errors.New("not let in in time")
	errNoAnswer = errors.New("no answer in time")
	errLeft     = errors.New("left") // no failure
)

// join goes the whole way in, and returns once media can flow; from then on the guest stays until leave, or a failure.
func (g *guest) join(ctx context.Context) error {
	began := g.crowd.now()
	ctx, g.stop = context.WithCancelCause(ctx)
	ready := make(chan error, 1)
	g.running.Go(func() { g.run(ctx, ready) })
	err := <-ready
	if err == nil {
		g.crowd.tally.joins.add(g.crowd.now().Sub(began))
	}
	return err
}

// run is the guest's whole life. It says once whether it came in.
func (g *guest) run(ctx context.Context, ready chan<- error) {
	err := g.come(ctx)
	if err == nil {
		g.mu.Lock()
		g.up = g.crowd.now()
		g.mu.Unlock()
		ready <- nil
		err = g.stay(ctx)
	} else {
		ready <- err
	}
	if left := context.Cause(ctx); left != nil {
		err = left
	}
	g.stop(err)
	g.mu.Lock()
	if !errors.Is(err, errLeft) {
		g.failure = err
	}
	g.mu.Unlock()
	g.part()
}

// come is everything up to the first media.
func (g *guest) come(ctx context.Context) error {
	p, err := g.crowd.gate.redeem(ctx, g.link.URL)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	conn, err := g.crowd.gate.socket(ctx, p)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	g.writing.Lock()
	g.conn = conn
	g.writing.Unlock()
	heard := make(chan said, 64)
	g.running.Go(func() { g.listen(ctx, conn, heard) })
	g.send(signaling.Join{Version: 1, Device: rand.Text(), Replace: true})
	a, err := expect[signaling.Admitted](ctx, g, heard, errNotLetIn)
	if err != nil {
		return err
	}
	now, others := g.crowd.now(), g.room.sending()
	g.mu.Lock()
	g.admitted, g.others = now, others
	g.mu.Unlock()
	if err := g.prepare(a.Seats); err != nil {
		return err
	}
	g.send(g.offer)
	answered, err := expect[signaling.Answer](ctx, g, heard, errNoAnswer)
	if err != nil {
		return err
	}
	return g.connect(ctx, answered.SDP, a.Seats.Video, heard)
}

// prepare makes the media and the offer.
func (g *guest) prepare(seats signaling.SeatCount) (err error) {
	if g.transport, err = newTransport(g.crowd.local, g.crowd.now); err != nil {
		return err
	}
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails
	of := ssrcs{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])}
	g.reception = newReception(g.room.number, of.voice, g.crowd.epoch, g.crowd.tally)
	g.performance = newPerformance(g.transport, g.crowd.tally, g.crowd.epoch, of)
	g.performance.room, g.performance.number, g.performance.people = g.room.number, g.link.Number, g.crowd.plan.Participants
	g.performance.speaks, g.performance.rate = g.speaks, g.crowd.plan.Video*1000
	g.transport.media, g.transport.control = g.reception.media, g.control
	text, err := offerOf(g.transport, of, seats.Audio, seats.Video)
	g.offer = signaling.Offer{PC: 1, Path: "direct", SDP: text, Level: "large"}
	return err
}

// control takes the RTCP of the server.
func (g *guest) control(packet []byte, at time.Time) {
	packets, err := rtcp.Unmarshal(packet)
	if err != nil {
		g.crowd.tally.faults.Add(1)
		return
	}
	for _, one := range packets {
		if report, ok := one.(*rtcp.SenderReport); ok {
			g.reception.control(report, at)
			continue
		}
		g.performance.heed(one)
	}
}

func (g *guest) connect(ctx context.Context, text string, seats int, heard <-chan said) error {
	a, err := parseAnswer(text)
	if err != nil {
		return err
	}
	g.performance.wide = a.wide
	g.reception.mu.Lock()
	g.reception.repairs = a.repairs
	g.reception.mu.Unlock()
	if g.speaks {
		g.send(signaling.Devices{Microphone: true, Camera: g.crowd.plan.Video > 0})
	}
	wishes := signaling.Prefer{PC: 1}
	for seat := range seats {
		wishes.Seats = append(wishes.Seats, signaling.SeatPreference{Seat: seat, Height: 360})
	}
	g.send(wishes)
	limited, cancel := context.WithTimeoutCause(ctx, stepTime, errors.New("no way for media: is its UDP port open to this machine?"))
	defer cancel()
	if err := g.transport.connect(limited, a); err != nil {
		if limited.Err() != nil {
			return context.Cause(limited)
		}
		return err
	}
	g.running.Go(func() { g.performance.run(ctx, g.reception) })
	g.running.Go(func() { g.follow(ctx, heard) })
	return nil
}

// stay waits for the end.
func (g *guest) stay(ctx context.Context) error {
	ping, report := time.NewTicker(pingEvery), time.NewTimer(accountEvery)
	defer ping.Stop()
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case now := <-ping.C:
			g.send(signaling.Ping{N: now.UnixNano() % 1e12})
		case <-report.C:
			g.send(g.report())
			report.Reset(accountEvery) // the server takes none sooner
		}
	}
}

// accountEvery is how often the room client says what it measured on its link (web/client/core/uplink.ts).
const accountEvery = 10 * time.Second

func (g *guest) report() signaling.Report {
	perSecond := func(octets uint64) int { return int(float64(octets*8) / accountEvery.Seconds()) }
	r := signaling.Report{PC: g.offer.PC, Path: g.offer.Path, Level: "large", Sent: perSecond(g.performance.octets.Swap(0)), Received: perSecond(g.reception.octets.Swap(0))}
	if g.performance.active[1].Load() && g.speaks && g.performance.rate > 0 {
		r.Layer = string(rune(high))
	}
	return r
}

// follow does what the server says while the guest is in.
func (g *guest) follow(ctx context.Context, heard <-chan said) {
	for {
		select {
		case <-ctx.Done():
			return
		case one := <-heard:
			switch m := one.message.(type) {
			case signaling.Send:
				g.performance.allow(m.Layers, m.Voice)
			case signaling.Reoffer:
				g.send(g.offer)
			}
			if one.err != nil {
				g.stop(one.err)
			}
		}
	}
}

// leave says goodbye, and waits until everything of the guest has ended.
func (g *guest) leave() {
	if g.stop == nil {
		return
	}
	g.send(signaling.Leave{})
	g.stop(errLeft)
	g.running.Wait()
}

// part closes what run has opened.
func (g *guest) part() {
	g.writing.Lock()
	if g.conn != nil {
		_ = g.conn.Close()
		g.conn = nil
	}
	g.writing.Unlock()
	if g.transport != nil {
		g.transport.close()
	}
}

// lost is why a guest who was in is no longer; nil: it still is, or never was.
func (g *guest) lost() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.up.IsZero() {
		return nil
	}
	return g.failure
}

// isUp reports whether media flows.
func (g *guest) isUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.up.IsZero() && g.failure == nil
}

// waited is how long after being let in the first media came; false: there was none to come.
func (g *guest) waited() (time.Duration, bool) {
	g.mu.Lock()
	admitted, there := g.admitted, g.others && !g.up.IsZero()
	g.mu.Unlock()
	if !there {
		return 0, false
	}
	first := g.reception.firstMedia()
	return first.Sub(admitted), !first.IsZero()
}
