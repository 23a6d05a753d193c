package booking

// erasedName stands where a name was, so that the record still reads as one.
const erasedName = "—"

func (t *tx) sweepErasable() error {
	for _, id := range t.dueIn(erasable) {
		a, err := t.appointment(id)
		if err == nil {
			err = t.erase(&a)
		}
		if err != nil {
			return err
		}
		t.putAppointment(&a)
	}
	return nil
}

// erase takes from an appointment, and from what lies around it, everything that tells who was there: names, addresses,
// numbers and free text, the links and sessions. What stays is when, where, of what kind, which case, and what became of
// it. The journal holds none of what goes and verifies as before.
func (t *tx) erase(a *Appointment) error {
	for i := range a.Participants {
		p := &a.Participants[i]
		if err := t.endTicket(*p); err != nil {
			return err
		}
		t.delete(holders, p.ID)
		p.Name, p.Email, p.Phone, p.Language = erasedName, "", "", ""
		p.Rehearsal = Rehearsal{}
	}
	a.Contact = Contact{Proven: a.Contact.Proven, Posted: a.Contact.Posted}
	a.Interpreter, a.Needs, a.Remark = "", "", ""
	t.eraseMessages(a.ID)
	for _, purpose := range []string{proofPurpose, findPurpose} {
		t.delete(codes, purpose+a.ID)
	}
	events, err := t.events(a.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		t.delete(remarks, number(e.Seq))
	}
	a.Erased = t.now
	t.log(Entry{Kind: "erased", Appointment: a.ID})
	return nil
}
