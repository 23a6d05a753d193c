package booking

import "errors"

// SessionCookie is the name of the cookie that carries a session secret; its path is /h/<participant id>/.
const SessionCookie = "jalsa"

// maxSessions is how many sessions of one participant live; one more ends the oldest. A link stays good for several
// devices and for mail programs that open it first.
const maxSessions = 8

// Redeem makes a session for the holder of a ticket and returns its secret, which is stored as SHA-256 only. Sessions
// outlive the process. ErrUnknownLink, or *Refused when the gate refuses entry to the hearing.
func (s *Store) Redeem(ticket string) (secret string, a Appointment, p Participant, err error) {
	secret = newSecret()
	err = s.update("", func(t *tx) (err error) {
		if a, p, err = t.ticket(ticket); err != nil {
			return err
		}
		if d := a.admission(p, PurposeHearing, t.now); d.Verdict == Refuse {
			return &Refused{d}
		}
		t.actor = p.ID
		t.addSession(p.ID, secret)
		t.log(Entry{Kind: "redeemed", Appointment: a.ID, Participant: p.ID})
		return nil
	})
	if err != nil {
		return "", a, p, err
	}
	return secret, a, p, nil
}

// Session returns the participant whose session this is, or ErrUnknownSession. It does not ask the gate.
func (s *Store) Session(participantID, secret string) (a Appointment, p Participant, err error) {
	err = s.view(func(t *tx) (err error) {
		if t.get(sessions, sessionKey(participantID, secret)) == nil {
			return ErrUnknownSession
		}
		a, p, err = t.held(participantID)
		if errors.Is(err, ErrNotFound) {
			return ErrUnknownSession
		}
		return err
	})
	return a, p, err
}

func sessionKey(participantID, secret string) string { return participantID + "/" + digest(secret) }

// addSession stores a session with the number of its journal entry, which tells the oldest.
func (t *tx) addSession(participantID, secret string) {
	var oldest, least string
	count := 0
	for key, value := range t.list(sessions, participantID+"/") {
		if oldest == "" || string(value) < least {
			oldest, least = key, string(value)
		}
		count++
	}
	if count >= maxSessions {
		t.delete(sessions, oldest)
	}
	t.put(sessions, sessionKey(participantID, secret), []byte(number(t.size+1)))
}

func (t *tx) endSessions(participantID string) {
	var keys []string
	for key := range t.list(sessions, participantID+"/") {
		keys = append(keys, key)
	}
	for _, key := range keys {
		t.delete(sessions, key)
	}
}
