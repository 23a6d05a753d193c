package booking

// Event is an entry of the journal with the words that lie beside it.
type Event struct {
	Entry
	Remark string // "" when there are none, or they were erased
}

// History returns what happened to an appointment (or another subject, by id), in order.
func (s *Store) History(id string) ([]Event, error) { panic("unwritten") }
