package booking

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"jalsa/strangers"
)

// Hold is a temporary claim of one slot by one browser, and what was typed into the form meanwhile.
type Hold struct {
	Key         string // random, made by the page: the same key again is the same booking, never a second one
	Browser     string // SHA-256 of the cookie of the browser that holds, in hexadecimal; others do not see the hold
	Network     string // /24 or /64 it came from; erased with the hold
	Service     string // id
	Counter     string // id, chosen by the books among the free ones
	Start       Civil
	End         time.Time
	First       time.Time // when the key held for the first time
	Until       time.Time // the slot is free again from then on; of a spent hold, when it was spent
	Lapsed      bool      // the slot was given back; what was typed is kept for another one
	Application Application
	Appointment string // id of what it became; the hold is spent then
}

// Bounds of holding. A slot chosen is held while one fills in a form; choosing again with the same key moves the hold
// and begins the time anew, but no key holds longer than holdAtMost from its first slot without letting go in between.
const (
	holdFor         = 10 * time.Minute
	holdAtMost      = 30 * time.Minute
	holdKept        = 24 * time.Hour // after Until: the key still answers with its appointment, the form with what was typed
	holdsPerBrowser = 3
)

// NetworkShare is how many slots one network has at a time unless Options say otherwise, requests that nobody has proven
// included. A mobile carrier puts thousands of people behind a /24 and they all come when a month is released, so it is
// wide; it keeps one machine from taking a whole calendar, and what it takes it has only until holds lapse and requests
// expire. What is proven is bounded by person, not by network. A /48 of IPv6 has as many slots as four networks in it, all of
// which one customer may have.
const NetworkShare = 200

// Hold claims a slot of a service for a browser: one write transaction looks for a counter that is free at start and
// takes it. The same key moves its hold, giving the old slot back; the same key and slot again is the same hold, and a
// spent key stays what it became. ErrNotFound for a service or slot that is not offered, ErrSlotTaken, ErrTooMany; a
// *FieldError for a key that newSecret would not make.
func (s *Store) Hold(key, browser, network, service string, start time.Time) (Hold, error) {
	if len(key) != 26 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return Hold{}, &FieldError{"key", "invalid"}
	}
	// In a rush most find their slot taken: a read tells them, which waits for nobody and lets nobody wait. What is granted
	// is decided again where it is written.
	err := s.view(func(t *tx) error {
		_, _, err := t.choose(key, browser, network, service, start)
		return err
	})
	if err != nil {
		return Hold{}, err
	}
	var h Hold
	err = s.update("", func(t *tx) (err error) {
		var settled bool
		if h, settled, err = t.choose(key, browser, network, service, start); err != nil || settled {
			return err
		}
		t.putHold(h)
		t.log(Entry{Kind: "held", Subject: service})
		return nil
	})
	if err != nil {
		return Hold{}, err
	}
	return h, nil
}

// choose returns what the hold with this key would be with the slot, or that it is settled: spent, or the same already.
func (t *tx) choose(key, browser, network, service string, start time.Time) (h Hold, settled bool, err error) {
	if h, err = t.hold(key, browser); errors.Is(err, ErrNotFound) && t.get(holds, key) == nil {
		h = Hold{Key: key, Browser: fingerprint(browser), First: t.now, Lapsed: true}
	} else if err != nil {
		return h, false, err
	}
	if h.Appointment != "" || h.holds(t.now) && h.Service == service && h.Start.Instant.Equal(start) {
		return h, true, nil
	}
	h.Network = network
	if err := t.withinShare(h); err != nil {
		return h, false, err
	}
	return h, false, t.take(&h, service, start)
}

// take gives the slot of h back, if it has one, and takes another.
func (t *tx) take(h *Hold, service string, start time.Time) error {
	if !h.holds(t.now) {
		h.First = t.now
	}
	until := h.First.Add(holdAtMost)
	if next := t.now.Add(holdFor); next.Before(until) {
		until = next
	}
	var v Service
	if err := t.mustRead(services, service, "service", &v); err != nil {
		return err
	}
	free, at, err := t.offered(v, start, h.owns)
	if err != nil {
		return err
	}
	h.Service, h.Counter, h.Start, h.End = service, free[0], at, at.Instant.Add(v.Duration)
	h.Until, h.Lapsed = until.Truncate(time.Second), false
	return nil
}

// Held returns the hold of this key and browser, also a lapsed or spent one. ErrNotFound.
func (s *Store) Held(key, browser string) (h Hold, err error) {
	err = s.view(func(t *tx) (err error) {
		h, err = t.hold(key, browser)
		return err
	})
	return h, err
}

// Fill keeps what was typed so far, also in a hold that has lapsed; a spent one stays as it is. What is typed must be good,
// what is still missing is found by Request. FieldErrors, ErrNotFound.
func (s *Store) Fill(key, browser string, a Application) (h Hold, err error) {
	a = a.tidy()
	if err := a.faults().typed().err(); err != nil {
		return Hold{}, err
	}
	err = s.update("", func(t *tx) (err error) {
		if h, err = t.hold(key, browser); err != nil || h.Appointment != "" {
			return err
		}
		h.Application = a
		t.putHold(h)
		t.log(Entry{Kind: "filled", Subject: h.Service})
		return nil
	})
	return h, err
}

// Release gives the slot back. What was typed is forgotten. Releasing twice, or a spent hold, changes nothing.
func (s *Store) Release(key, browser string) error {
	return s.update("", func(t *tx) error {
		h, err := t.hold(key, browser)
		if errors.Is(err, ErrNotFound) || err == nil && h.Appointment != "" {
			return nil
		}
		if err != nil {
			return err
		}
		t.forgetHold(h)
		t.log(Entry{Kind: "released", Subject: h.Service})
		return nil
	})
}

// holds reports whether h still has its slot.
func (h Hold) holds(now time.Time) bool {
	return !h.Lapsed && h.Appointment == "" && now.Before(h.Until)
}

// owns reports whether a range is taken by h itself.
func (h Hold) owns(o occupancy) bool { return o.hold == h.Key }

// hold returns the hold with this key, to the browser that made it. ErrNotFound.
func (t *tx) hold(key, browser string) (h Hold, err error) {
	found, err := t.getJSON(holds, key, &h)
	if err == nil && (!found || h.Browser != fingerprint(browser)) {
		return Hold{}, fmt.Errorf("hold %w", ErrNotFound)
	}
	return h, err
}

// putHold writes a hold with what it is found by: the slot, its due time for the sweep, and the shares it counts in.
func (t *tx) putHold(h Hold) {
	t.rewriteHold(h.Key, indexOfHold(h))
	t.putJSON(holds, h.Key, h)
}

func (t *tx) forgetHold(h Hold) {
	t.rewriteHold(h.Key, nil)
	t.delete(holds, h.Key)
}

func (t *tx) rewriteHold(key string, after map[indexed]string) {
	var old Hold
	if _, err := t.getJSON(holds, key, &old); err != nil && t.err == nil {
		t.err = err
	}
	t.rewrite(indexOfHold(old), after)
}

func indexOfHold(h Hold) map[indexed]string {
	keys := map[indexed]string{}
	if h.Counter == "" {
		return keys
	}
	if !h.Lapsed && h.Appointment == "" {
		o := occupancy{end: h.End, until: h.Until, hold: h.Key}
		keys[indexed{occupied, h.Counter + "/" + moment(h.Start.Instant)}] = o.String()
	}
	keys[indexed{lapsing, moment(h.due()) + h.Key}] = ""
	if !h.Lapsed {
		for _, of := range []string{h.Browser, h.Network, h.around()} {
			if of == "" {
				continue
			}
			keys[indexed{shares, of + "/" + moment(h.counts()) + h.Key}] = h.Appointment
		}
	}
	return keys
}

// due is when the sweep has something to do with h: to note that it lapsed, then to forget it.
func (h Hold) due() time.Time {
	if !h.Lapsed && h.Appointment == "" {
		return h.Until
	}
	return h.Until.Add(holdKept)
}

// counts is until when h counts in the shares of its browser and network: while it holds, and as a request until that is
// proven or expires.
func (h Hold) counts() time.Time {
	if h.Appointment == "" {
		return h.Until
	}
	return h.Until.Add(ProveWithin)
}

// around is the /48 that the network of h is in; "": there is none, or it is not known.
func (h Hold) around() string {
	if network, err := netip.ParsePrefix(h.Network); err == nil {
		if far := strangers.At(network.Addr(), strangers.Block).Far; far.IsValid() {
			return far.String()
		}
	}
	return ""
}

// withinShare returns ErrTooMany when the browser or the network of h, or the /48 around it, has its share of slots without h. It
// is asked with every slot of a rush, and so reads keys and no records.
func (t *tx) withinShare(h Hold) error {
	for _, share := range []struct {
		of   string
		most int
	}{{h.Browser, holdsPerBrowser}, {h.Network, t.networkShare}, {h.around(), strangers.Wide * t.networkShare}} {
		if share.of == "" {
			continue
		}
		taken := 0
		prefix := share.of + "/"
		for key, appointment := range t.listFrom(shares, prefix, prefix+moment(t.now.Add(time.Second))) {
			until, key := key[len(prefix):len(prefix)+8], key[len(prefix)+8:]
			if len(appointment) > 0 {
				if unproven, err := t.unproven(until, string(appointment)); err != nil {
					return err
				} else if !unproven {
					continue
				}
			}
			if key == h.Key {
				continue
			}
			if taken++; taken >= share.most {
				return ErrTooMany
			}
		}
	}
	return nil
}

// unproven reports whether an appointment is a request still that expires at a moment unless its contact is proven; without
// mail, whether it is a request, for nobody proves anything then.
func (t *tx) unproven(until, id string) (bool, error) {
	if t.mail {
		return t.get(expiring, until+id) != nil, nil
	}
	a, err := t.appointment(id)
	return err == nil && a.State == StateRequested, err
}
