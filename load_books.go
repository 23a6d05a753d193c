package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"jalsa/booking"
	"jalsa/load"
)

// loadBooks makes the appointments of a load. They are of no institution of the server, so that no docket, desk or page of
// the staff has them; nobody in them has an address, so that no letter is written; and whoever lists them sees what they are.
type loadBooks struct {
	data    string
	now     func() time.Time
	lasting time.Duration
}

// loadPrefix begins the reference of each, with the process that made it.
const loadPrefix = "LOAD-"

var (
	loadInstitution = booking.Text{"fr": "jalsa load", "ar": "jalsa load", "en": "jalsa load"}
	loadService     = booking.Text{"fr": "ESSAI DE CHARGE, aucune audience", "ar": "اختبار الحمل، لا توجد جلسة", "en": "LOAD TEST, no hearing"}
)

// loadReason stands in the journal for why they were cancelled.
const loadReason = "load_test"

// answerTime is how long the server may take to make an appointment.
const answerTime = 30 * time.Second

func (b loadBooks) book(ctx context.Context, roles []string) (h load.Hearing, err error) {
	if err := ctx.Err(); err != nil {
		return h, err
	}
	// Once it is asked for, its reference has to be known, so that it can be cancelled.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer done()
	start, err := booking.NewCivil(b.now().UTC().Format("2006-01-02T15:04"), "UTC")
	if err != nil {
		return h, err
	}
	d := booking.Draft{
		Reference:   fmt.Sprintf("%s%d-%s", loadPrefix, os.Getpid(), rand.Text()[:8]),
		Institution: loadInstitution, Service: loadService, Start: start, Duration: b.lasting, EarlyEntry: time.Hour, Keep: 1,
	}
	for i, role := range roles {
		d.Participants = append(d.Participants, booking.Participant{Role: booking.Role(role), Name: fmt.Sprintf("Test %d", i+1)})
	}
	var made links
	if err := ask(ctx, b.data, "/book", d, &made); err != nil {
		return h, err
	}
	h.Reference = made.Reference
	for _, l := range made.Links {
		h.Links = append(h.Links, load.Link{Number: l.Number, URL: l.URL})
	}
	if made.Institution != "" {
		return h, errors.Join(fmt.Errorf("an institution of this server is called %q: its staff would see this", made.Institution), b.cancel(ctx, h.Reference))
	}
	return h, nil
}

func (b loadBooks) cancel(ctx context.Context, reference string) error {
	return ask(ctx, b.data, "/cancel", cancelRequest{reference, loadReason}, new(links))
}

// clear cancels what a load has left behind that was killed.
func (b loadBooks) clear(t terminal) error {
	var found []links
	if err := ask(t.ctx, b.data, "/list", listRequest{}, &found); err != nil {
		return err
	}
	cleared := 0
	for _, l := range found {
		made, ok := strings.CutPrefix(l.Reference, loadPrefix)
		maker, _, _ := strings.Cut(made, "-")
		pid, err := strconv.Atoi(maker)
		if !ok || err != nil || !hasEnded(pid) {
			continue
		}
		if err := b.cancel(t.ctx, l.Reference); err != nil {
			return err
		}
		cleared++
	}
	if cleared > 0 {
		fmt.Fprintf(t.err, "note: %d appointments of a load that was killed are cancelled\n", cleared)
	}
	return nil
}

func hasEnded(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
