package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"jalsa/booking"
)

// The staff may create and move against openings, absences and what an officer holds already, but not unknowingly: the
// form comes back with what speaks against it, and a box to do it all the same. The box counts for what was listed beside
// it; what has come up since is shown first.

// despite is the box of such a form.
const despite = "despite"

// objected notes in f what speaks against a proposal, unless the reader has seen just that and wants it all the same.
func (s *site) objected(d desk, f *form, p booking.Proposal) (bool, error) {
	all, err := s.Bookings.Concerns(p)
	if err != nil {
		return false, fmt.Errorf("find concerns: %w", err)
	}
	var faults []fieldFault
	for _, c := range all {
		if c.Code == booking.ConcernPast && p.Appointment != "" {
			return false, nil // nothing is moved into the past
		}
		text, err := s.concernText(d, c)
		if err != nil {
			return false, err
		}
		faults = append(faults, fieldFault{Field: despite, Code: c.Code, Text: text})
	}
	if len(faults) == 0 || f.ticked(despite, digestOf(faults)) {
		return false, nil
	}
	f.Faults = append(f.Faults, faults...)
	return true, nil
}

func (s *site) concernText(d desk, c booking.Concern) (string, error) {
	name := ""
	if c.Host != "" {
		host, err := s.Bookings.Account(c.Host)
		if err != nil && !errors.Is(err, booking.ErrNotFound) {
			return "", fmt.Errorf("name host: %w", err)
		}
		name = host.Name
	}
	key := "docket.concern." + c.Code
	if c.Code == booking.ConcernClosed && len(c.Closure.Name) > 0 {
		return d.isolatedText(key+"_named", "closure", c.Closure.Name.In(d.Code)), nil
	}
	if c.Appointment == "" {
		return d.isolatedText(key, "name", name), nil
	}
	a, err := s.Bookings.Appointment(c.Appointment)
	if err != nil {
		return "", fmt.Errorf("describe appointment: %w", err)
	}
	zone, err := booking.Zone(d.institution.Zone)
	if err != nil {
		return "", fmt.Errorf("describe appointment: %w", err)
	}
	return d.isolatedText(key, "name", name, "reference", a.Reference,
		"from", a.Start.Instant.In(zone).Format("15:04"), "to", a.End().In(zone).Format("15:04")), nil
}

// digestOf is the value of the box beside these objections.
func digestOf(faults []fieldFault) string {
	h := sha256.New()
	for _, x := range faults {
		if x.Field == despite {
			fmt.Fprintln(h, x.Text)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// askDespite puts the box into a form that has objections; what is create, move or adjourn.
func (d desk) askDespite(f *form, what string) {
	if !slices.ContainsFunc(f.Faults, func(x fieldFault) bool { return x.Field == despite }) {
		return
	}
	f.ask(field{
		Name: despite, Kind: "checkboxes", Label: d.text("docket.despite.label"), Error: d.text("docket.despite.error"),
		Choices: []choice{{Value: digestOf(f.Faults), Label: d.text("docket.despite." + what)}},
	})
}
