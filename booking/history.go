package booking

import (
	"encoding/json"
	"fmt"
)

// Event is an entry of the journal with the words that lie beside it.
type Event struct {
	Entry
	Remark string // "" when there are none, or they were erased
}

// History returns what happened to an appointment (or another subject, by id), in order. Nothing for who is unknown.
func (s *Store) History(id string) (events []Event, err error) {
	err = s.view(func(t *tx) error {
		events, err = t.events(id)
		return err
	})
	return events, err
}

func (t *tx) events(id string) (events []Event, err error) {
	prefix := id + "/"
	for key := range t.list(history, prefix) {
		seq := key[len(prefix):]
		var e Event
		data := t.get(journal, seq)
		if data == nil {
			return nil, fmt.Errorf("history of %s: journal entry is missing", id)
		}
		if err := json.Unmarshal(data, &e.Entry); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		e.Remark = string(t.get(remarks, seq))
		events = append(events, e)
	}
	return events, nil
}
