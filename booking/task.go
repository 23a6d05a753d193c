package booking

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Task is something that the desk of an institution has to do for somebody on the day, such as to help who asked for it.
// It holds ids and codes only.
type Task struct {
	ID                       string
	Institution, Appointment string
	Participant              string
	Kind                     string // a code; TaskHelp
	Opened                   time.Time
	Done                     time.Time `json:",omitzero"` // zero: to do
	By                       string    // who closed it: a staff account, or the participant who took it back; "" while open
}

// TaskHelp is opened by who says that they need help.
const TaskHelp = "help"

// keepTasks is how long a task is kept after it was opened: it is a matter of the day, and the journal tells what was done.
const keepTasks = 48 * time.Hour

// key names the one task of a kind that somebody has.
func (k Task) key() string {
	return k.Institution + "/" + k.Appointment + "/" + k.Participant + "/" + k.Kind
}

// OpenTask puts something on the list of the desk. Somebody has one task of a kind, which is opened again when it was
// done; one that is open stays as it is. ErrNotFound; *Refused when the appointment is over; a *FieldError on "kind".
func (s *Store) OpenTask(appointment, participant, kind, actor string) (k Task, err error) {
	if !isCode(kind) {
		return k, &FieldError{"kind", "invalid"}
	}
	err = s.update(actor, func(t *tx) error {
		a, err := t.appointment(appointment)
		if err != nil {
			return err
		}
		if _, err := a.place(participant); err != nil {
			return err
		}
		if r := a.over(); r != ReasonNone {
			return &Refused{Decision{Reason: r}}
		}
		k = Task{ID: newID(), Institution: a.InstitutionID, Appointment: a.ID, Participant: participant, Kind: kind}
		if id := t.get(tasked, k.key()); id != nil {
			if _, err := t.getJSON(tasks, string(id), &k); err != nil {
				return err
			}
			if k.Done.IsZero() {
				return nil
			}
		}
		k.Opened, k.Done, k.By = t.now, time.Time{}, ""
		t.putJSON(tasks, k.ID, k)
		t.put(tasked, k.key(), []byte(k.ID))
		t.log(Entry{Kind: "task_opened", Appointment: a.ID, Participant: participant, Subject: k.ID, Code: kind})
		return nil
	})
	if err != nil {
		return Task{}, fmt.Errorf("open task: %w", err)
	}
	return k, nil
}

// CloseTask notes that a task was done, or taken back by who asked. Closing twice changes nothing. ErrNotFound.
func (s *Store) CloseTask(id, actor string) error {
	err := s.update(actor, func(t *tx) error {
		k, err := t.task(id)
		if err != nil || !k.Done.IsZero() {
			return err
		}
		k.Done, k.By = t.now, actor
		t.putJSON(tasks, k.ID, k)
		t.log(Entry{Kind: "task_done", Appointment: k.Appointment, Participant: k.Participant, Subject: k.ID, Code: k.Kind})
		return nil
	})
	if err != nil {
		return fmt.Errorf("close task: %w", err)
	}
	return nil
}

func (t *tx) task(id string) (k Task, err error) {
	found, err := t.getJSON(tasks, id, &k)
	if err == nil && !found {
		err = fmt.Errorf("task %w", ErrNotFound)
	}
	return k, err
}

// Task returns the task with this id. ErrNotFound.
func (s *Store) Task(id string) (k Task, err error) {
	err = s.view(func(t *tx) error {
		k, err = t.task(id)
		return err
	})
	return k, err
}

// Tasks returns what the desk of an institution has to do, the longest waiting first, and then what was done today there, the
// latest first. ErrNotFound for an unknown institution.
func (s *Store) Tasks(institution string) (all []Task, err error) {
	err = s.view(func(t *tx) error {
		var i Institution
		if err := t.mustRead(institutions, institution, "institution", &i); err != nil {
			return err
		}
		zone, err := Zone(i.Zone)
		if err != nil {
			return err
		}
		today := t.now.In(zone).Format(dateLayout)
		for _, id := range t.list(tasked, institution+"/") {
			k, err := t.task(string(id))
			if err != nil {
				return err
			}
			if k.Done.IsZero() || k.Done.In(zone).Format(dateLayout) == today {
				all = append(all, k)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Task) int {
		switch {
		case a.Done.IsZero() && b.Done.IsZero():
			return a.Opened.Compare(b.Opened)
		case a.Done.IsZero():
			return -1
		case b.Done.IsZero():
			return 1
		}
		return b.Done.Compare(a.Done)
	})
	return all, nil
}

// sweepTasks forgets tasks of days before, done or not.
func (t *tx) sweepTasks() error {
	var old []Task
	for _, value := range t.list(tasks, "") {
		var k Task
		if err := json.Unmarshal(value, &k); err != nil {
			return fmt.Errorf("read task: %w", err)
		}
		if !t.now.Before(k.Opened.Add(keepTasks)) && len(old) < sweepAtOnce {
			old = append(old, k)
		}
	}
	for _, k := range old {
		t.delete(tasks, k.ID)
		t.delete(tasked, k.key())
	}
	if len(old) > 0 {
		t.log(Entry{Kind: "forgotten", Code: "tasks"})
	}
	return nil
}
