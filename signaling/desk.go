package signaling

import "jalsa/signaling/conference"

// What the clerks' desk asks of the live hearings.

// Presence tells where the people of an appointment are now, by participant id,
// in the words of the wire: who waits, who is in, whose socket is lost, who has
// left. Who has not come is not in it. The answer is a snapshot that nobody
// changes; asking never waits for the hearing.
func (s *Server) Presence(appointmentID string) map[string]string {
	s.mu.Lock()
	h := s.hearings[appointmentID]
	s.mu.Unlock()
	if h == nil {
		return nil
	}
	if places := h.places.Load(); places != nil {
		return *places
	}
	return nil
}

// Phase tells where a live hearing is, and for a suspension why, in the words of
// the wire; "" is one that nobody is in. Like Presence it never waits.
func (s *Server) Phase(appointmentID string) (phase, reason string) {
	s.mu.Lock()
	h := s.hearings[appointmentID]
	s.mu.Unlock()
	if h == nil {
		return "", ""
	}
	if known := h.phase.Load(); known != nil {
		return string(known.phase), known.reason
	}
	return "", ""
}

// Helped says that the desk has dealt with a participant's call for help. It
// does not wait until they are told.
func (s *Server) Helped(appointmentID, participantID string) {
	h := s.hold(appointmentID)
	if h == nil {
		return
	}
	defer s.release(h)
	h.post("", func() { h.do(conference.TaskDone{ID: participantID}) })
}

// Tell brings words of the clerks' desk to a participant who waits or is in, and
// reports whether they are there to read them. It waits until the hearing has
// done what it was asked before.
func (s *Server) Tell(appointmentID, participantID, text string) bool {
	if spoken(text, maxNotice) != "" {
		return false
	}
	h := s.hold(appointmentID)
	if h == nil {
		return false
	}
	defer s.release(h)
	told := make(chan bool, 1)
	ok := h.post("", func() {
		there := false
		defer func() { told <- there }()
		if m := h.members[participantID]; m != nil && m.session != nil {
			m.session.send(Notice{From: "desk", Text: text})
			there = true
		}
	})
	if !ok {
		return false
	}
	select {
	case there := <-told:
		return there
	case <-h.done:
		return false
	}
}
