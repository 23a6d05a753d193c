package booking

// Sweep does what time alone makes due: lapsed holds and requests never proven give their slots back, spent holds are
// forgotten, and appointments whose time of keeping is over lose names, contacts and free text. Each is journalled.
// It does a bounded amount at a time; called once in a while.
func (s *Store) Sweep() error { panic("unwritten") }
