package booking

import (
	"cmp"
	"slices"
	"time"
)

// Treatment is what becomes of the appointments that a change touches.
type Treatment struct {
	Do     string // "keep" where they are, "move" each to the next free slot of its service, "cancel"; any when none is touched
	Digest string // of the Impact that was looked at; ErrStale if it is another one now
	Why    Why    // told to those who are moved or cancelled
}

const (
	TreatKeep   = "keep"
	TreatMove   = "move"
	TreatCancel = "cancel"
)

// treat does to what a change touches what was decided, after the change is written. changed were moved or cancelled,
// left found no slot.
func (t *tx) treat(i Impact, treat Treatment) (changed, left []Appointment, err error) {
	if treat.Digest != i.Digest {
		return nil, nil, ErrStale
	}
	if len(i.Touched) == 0 || treat.Do == TreatKeep {
		return nil, nil, nil
	}
	if treat.Do != TreatMove && treat.Do != TreatCancel {
		return nil, nil, FieldErrors{{"do", "invalid"}}
	}
	if err := treat.Why.validate(); err != nil {
		return nil, nil, err
	}
	if treat.Do == TreatMove {
		return t.moveAll(i.Touched, treat.Why)
	}
	for _, a := range i.Touched {
		t.cancel(&a, treat.Why)
		t.putAppointment(&a)
		changed = append(changed, a)
	}
	return changed, nil, nil
}

// vacancy is a free slot at a counter.
type vacancy struct {
	start   int64
	counter Counter
}

// moveAll gives each appointment the next free slot of its service, in the order of their starts. None comes to lie
// earlier than it was; the notice of the service holds, its horizon counts from the day that is given up, hidden or not.
func (t *tx) moveAll(touched []Appointment, why Why) (changed, left []Appointment, err error) {
	c, err := t.calendar(touched[0].InstitutionID)
	if err != nil {
		return nil, nil, err
	}
	queues := map[string][]vacancy{} // by service, by start; what lies before the appointment at hand is gone
	kinds := map[string]Service{}
	for _, a := range touched {
		v, known := kinds[a.ServiceID]
		if !known {
			if _, err := t.getJSON(services, a.ServiceID, &v); err != nil {
				return nil, nil, err
			}
			if queues[a.ServiceID], err = t.vacanciesFor(c, v, touched); err != nil {
				return nil, nil, err
			}
			kinds[a.ServiceID] = v
		}
		to, rest, err := t.nextVacancy(queues[a.ServiceID], a, v.Duration)
		if err != nil {
			return nil, nil, err
		}
		queues[a.ServiceID] = rest
		if to == nil {
			left = append(left, a)
			continue
		}
		a.Duration, a.Reason, a.Remark = v.Duration, why.Code, why.Text
		if err := t.relocate(&a, c.civil(to.start), to.counter.ID); err != nil {
			return nil, nil, err
		}
		t.logWhy(Entry{Kind: "moved", Appointment: a.ID, Subject: to.counter.ID}, why)
		t.putAppointment(&a)
		changed = append(changed, a)
	}
	return changed, left, nil
}

// vacanciesFor returns the free slots of a service into which its touched appointments could go. Their own places count
// as free here, because they may be left meanwhile.
func (t *tx) vacanciesFor(c *calendar, v Service, touched []Appointment) (all []vacancy, err error) {
	if v.ID == "" {
		return nil, nil
	}
	leaving := map[string]bool{}
	w := c.window(v, t.now)
	for _, a := range touched {
		leaving[a.ID] = true
		if last := c.date(a.Start.Instant).AddDate(0, 0, v.Horizon); a.ServiceID == v.ID && last.After(w.last) {
			w.last, w.to = last, last.Add(48*time.Hour).Unix()
		}
	}
	err = t.vacancies(c, v, w, func(o occupancy) bool { return leaving[o.appointment] }, func(counter Counter, start int64) {
		all = append(all, vacancy{start, counter})
	})
	slices.SortFunc(all, func(a, b vacancy) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(lot(a.counter.ID, a.start), lot(b.counter.ID, b.start)))
	})
	return all, err
}

// nextVacancy returns the first in the queue that does not lie before a and is free still, at its own counter if it can
// choose, and the rest of the queue. Nil when none is left.
func (t *tx) nextVacancy(queue []vacancy, a Appointment, duration time.Duration) (*vacancy, []vacancy, error) {
	for len(queue) > 0 {
		for i := range queue {
			if queue[i].start != queue[0].start {
				break
			}
			if queue[i].counter.ID == a.CounterID {
				queue[0], queue[i] = queue[i], queue[0]
				break
			}
		}
		next := queue[0]
		queue = queue[1:]
		at := time.Unix(next.start, 0).UTC()
		if at.Before(a.Start.Instant) {
			continue
		}
		if busy, err := t.busy(next.counter.ID, at, at.Add(duration), a.owns); err != nil {
			return nil, nil, err
		} else if !busy {
			return &next, queue, nil
		}
	}
	return nil, queue, nil
}
