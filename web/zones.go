package web

import (
	"errors"
	"net/http"

	"jalsa/booking"
)

// Countries change their clocks at short notice. Appointments made before know the instant by the older rules; here the
// institution says, for all of its own, whether the clock on the wall counts or the instant.

// zonesView is templates/setup_zones.html.
type zonesView struct {
	sheet
	TZDB    string // release of the rules in force
	Digest  string
	Touched []touched // Then: the clock at the instant that was meant
	Count   int
	MailOff bool
}

func (s *site) zones(w http.ResponseWriter, r *http.Request, d desk) error {
	return s.showZones(w, r, d, d.form(nil), false)
}

// rezone serves POST /staff/zones.
func (s *site) rezone(w http.ResponseWriter, r *http.Request, d desk) error {
	f, err := d.posted(w, r)
	if err != nil {
		return err
	}
	treat := booking.Treatment{Do: f.Values.Get("treat"), Digest: f.Values.Get("digest"), Why: booking.Why{Code: "zone_rules"}}
	if treat.Do != booking.TreatKeep && treat.Do != booking.TreatMove {
		f.fault("treat", "missing")
		return s.showZones(w, r, d, f, false)
	}
	changed, err := s.Bookings.Rezone(d.institution.ID, treat, d.account.ID)
	if errors.Is(err, booking.ErrStale) {
		return s.showZones(w, r, d, f, true)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, settled(setupPath, "zones", len(changed), nil, nil))
}

func (s *site) showZones(w http.ResponseWriter, r *http.Request, d desk, f form, stale bool) error {
	impact, err := s.Bookings.ZoneImpact(d.institution.ID)
	if err != nil {
		return err
	}
	view := zonesView{
		sheet: sheet{frame: s.staffFrame(d, d.text("setup.zones.title"), setupPath), Form: f, Stale: stale},
		TZDB:  booking.TZDBVersion(), Digest: impact.Digest, Count: len(impact.Touched), MailOff: !s.Bookings.Mails(),
	}
	view.Desk.MailOff = false // this page says more about it
	for _, a := range impact.Touched {
		t, err := d.touched(a)
		if err != nil {
			return err
		}
		t.Then = t.When
		if wall, err := booking.NewCivil(a.Start.Local, a.Start.Zone); err == nil {
			location, err := booking.Zone(a.Start.Zone)
			if err != nil {
				return err
			}
			t.When = d.moment(wall.Instant.In(location))
		}
		view.Touched = append(view.Touched, t)
	}
	view.Form.ask(field{Name: "treat", Kind: "radios", Label: d.text("setup.zones.treat"), Choices: []choice{
		{Value: booking.TreatKeep, Label: d.text("setup.zones.keep"), Hint: s.treatHint(d, "setup.zones.keep_hint", booking.TreatMove)},
		{Value: booking.TreatMove, Label: d.text("setup.zones.move"), Hint: s.treatHint(d, "setup.zones.move_hint", booking.TreatMove)},
	}})
	return s.showSheet(w, r, d, "setup_zones", &view.sheet, &view)
}
