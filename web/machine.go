package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"jalsa/booking"
)

// Machine is what the running program tells its operator. It knows how many, never who.
type Machine struct {
	Hearings int // that somebody is in
	Sessions int // open sockets of people
	Counters any // of each part of the program; shown as JSON, for whoever looks into a fault
	// Certificate that browsers are shown; nil: a proxy has it, or there is no TLS.
	Certificate *Certificate
}

// Certificate is when the server's own certificate ends.
type Certificate struct {
	Ends time.Time // zero: there is none yet
	Soon bool      // it should have been renewed
}

// shownTroubles is how many messages that were given up the machine page counts by their cause.
const shownTroubles = 1000

// machineView is templates/machine.html.
type machineView struct {
	frame
	MailOff        bool
	Queued, Failed int
	Planned        int  // reminders to come
	FailedMore     bool // there are more than were counted
	Causes         []cause
	JournalSize    int
	Checkpoint     string
	File           string // as the checkpoint is downloaded
	TZDB           string
	Rezoned        int
	Hearings       int
	Sessions       int
	Counters       string
	Told           bool // the program told of itself
	Certificate    *Certificate
	CertificateEnd string // in words; "" with no certificate yet
}

// cause is why messages were given up, in words, and how many.
type cause struct {
	Why   string
	Count int
}

func (s *site) machine(w http.ResponseWriter, r *http.Request, d desk) error {
	view := machineView{
		frame: s.staffFrame(d, d.text("machine.title"), "/staff/machine"), MailOff: !s.Bookings.Mails(), TZDB: booking.TZDBVersion(),
	}
	if err := s.countMail(d, &view); err != nil {
		return err
	}
	checkpoint, size, err := s.Bookings.Checkpoint()
	if err != nil {
		return err
	}
	view.JournalSize, view.Checkpoint, view.File = int(size), checkpoint, checkpointFile(size)
	impact, err := s.Bookings.ZoneImpact("")
	if err != nil {
		return err
	}
	view.Rezoned = len(impact.Touched)
	if s.Machine != nil {
		m := s.Machine()
		counters, err := json.MarshalIndent(m.Counters, "", "  ")
		if err != nil {
			return fmt.Errorf("write counters: %w", err)
		}
		view.Told, view.Hearings, view.Sessions, view.Counters = true, m.Hearings, m.Sessions, string(counters)
		if view.Certificate = m.Certificate; m.Certificate != nil && !m.Certificate.Ends.IsZero() {
			view.CertificateEnd = d.date(m.Certificate.Ends)
		}
	}
	return s.render(w, r, d.visitor, "machine", http.StatusOK, &view)
}

func (s *site) countMail(d desk, view *machineView) (err error) {
	if view.Queued, view.Planned, err = s.Bookings.Queued(); err != nil {
		return err
	}
	failed, err := s.Bookings.Troubles("", shownTroubles+1)
	if err != nil {
		return err
	}
	view.FailedMore = len(failed) > shownTroubles
	view.Failed = min(len(failed), shownTroubles)
	for _, m := range failed[:view.Failed] {
		view.Causes = counted(view.Causes, d.text("mail.why."+m.Why))
	}
	return nil
}

func counted(all []cause, why string) []cause {
	for i := range all {
		if all[i].Why == why {
			all[i].Count++
			return all
		}
	}
	return append(all, cause{why, 1})
}

func checkpointFile(size uint64) string { return fmt.Sprintf("jalsa-checkpoint-%d.txt", size) }

// checkpoint serves the signed size and root of the journal as a file, to be kept elsewhere.
func (s *site) checkpoint(w http.ResponseWriter, _ *http.Request, _ desk) error {
	checkpoint, size, err := s.Bookings.Checkpoint()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", checkpointFile(size)))
	_, err = io.WriteString(w, checkpoint)
	return err
}
