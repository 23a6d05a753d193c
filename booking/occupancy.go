package booking

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// occupancy is who has a counter from a start on: an appointment, or until a moment a hold. The starts are the keys;
// ranges of one counter never overlap but by what a running hearing was extended by, and to keep that is the whole protection against double booking: claim looks and
// writes in the same write transaction, and bbolt has one writer.
type occupancy struct {
	end         time.Time
	until       time.Time // of a hold; zero for an appointment
	hold        string    // key
	appointment string    // id
}

// String is the stored form: end and until as seconds, 8 bytes each, then "h" or "a" and the id.
func (o occupancy) String() string {
	until := uint64(0)
	if !o.until.IsZero() {
		until = uint64(o.until.Unix())
	}
	kind := "a" + o.appointment
	if o.hold != "" {
		kind = "h" + o.hold
	}
	return moment(o.end) + number(until) + kind
}

func readOccupancy(value []byte) (occupancy, error) {
	if len(value) < 18 {
		return occupancy{}, fmt.Errorf("read occupancy: %w", ErrDamaged)
	}
	o := occupancy{end: readMoment(string(value[:8]))}
	if until := binary.BigEndian.Uint64(value[8:16]); until != 0 {
		o.until = time.Unix(int64(until), 0).UTC()
	}
	if id := string(value[17:]); value[16] == 'h' {
		o.hold = id
	} else {
		o.appointment = id
	}
	return o, nil
}

// lapsed reports whether this was a hold whose time is over: it takes nothing any more, whether or not it was swept.
func (o occupancy) lapsed(now time.Time) bool { return !o.until.IsZero() && !now.Before(o.until) }

// longest bounds how far back a range that still reaches into another may begin.
const longest = overtime

// busy returns whether a counter is taken at some time in [start, end), leaving out what own names.
func (t *tx) busy(counter string, start, end time.Time, own func(occupancy) bool) (bool, error) {
	prefix := counter + "/"
	for key, value := range t.listFrom(occupied, prefix, prefix+moment(start.Add(-longest))) {
		began := readMoment(strings.TrimPrefix(key, prefix))
		if !began.Before(end) {
			return false, nil
		}
		o, err := readOccupancy(value)
		if err != nil {
			return false, err
		}
		if o.end.After(start) && !o.lapsed(t.now) && !(own != nil && own(o)) {
			return true, nil
		}
	}
	return false, nil
}

// taken returns when a counter is taken at some time in [from, to), in Unix seconds and by start, leaving out what own
// names. It reads only what it needs of each: a month of many counters asks for tens of thousands.
func (t *tx) taken(counter string, from, to int64, own func(occupancy) bool) ([]stretch, error) {
	prefix := counter + "/"
	now := t.now.Unix()
	var all []stretch
	for key, value := range t.listFrom(occupied, prefix, prefix+number(uint64(from-int64(longest/time.Second)))) {
		if len(key) < len(prefix)+8 || len(value) < 18 {
			return nil, fmt.Errorf("read occupancy: %w", ErrDamaged)
		}
		began := int64(binary.BigEndian.Uint64([]byte(key[len(prefix):])))
		if began >= to {
			break
		}
		end, until := int64(binary.BigEndian.Uint64(value)), int64(binary.BigEndian.Uint64(value[8:]))
		if end <= from || until != 0 && until <= now {
			continue
		}
		if own != nil {
			if o, err := readOccupancy(value); err != nil {
				return nil, err
			} else if own(o) {
				continue
			}
		}
		all = append(all, stretch{began, end})
	}
	return all, nil
}
