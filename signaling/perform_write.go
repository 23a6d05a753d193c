package signaling

import (
	"jalsa/booking"
	"jalsa/signaling/conference"
)

// write puts an effect into the books and brings the conference what they now
// say. What is a restriction is in force before, and offered again until it is
// written; what is a grant waits for the answer.
func (h *hearing) write(e conference.Effect) conference.Command {
	books := h.server.cfg.Bookings
	switch e := e.(type) {
	case conference.WriteAdmit:
		a, err := books.Admit(h.id, e.IDs, e.By)
		if err != nil {
			h.unwritten("admit", e.By, err)
			return conference.Denied{By: e.By, IDs: e.IDs}
		}
		return conference.Granted{IDs: e.IDs, Appointment: a}
	case conference.WriteStart:
		return h.wrote(books.Start(h.id, e.By))
	case conference.WriteDismiss:
		return h.wrote(books.Dismiss(h.id, e.ID, e.By))
	case conference.WriteRemove:
		return h.wrote(books.Remove(h.id, e.ID, e.By))
	case conference.WriteEnd:
		return h.wrote(books.End(h.id, e.By))
	case conference.WriteSitting:
		a, err := books.Sit(h.id, e.Sitting, e.Kind, e.By)
		if err != nil {
			h.unwritten(e.Kind, e.By, err)
			return conference.Unwritten{By: e.By, Re: e.Kind}
		}
		return conference.Sat{Kind: e.Kind, Appointment: a}
	case conference.WriteExtend:
		a, _, err := books.Extend(h.id, e.For, e.By) // those that it delayed are told by the books
		if err != nil {
			h.unwritten("extend", e.By, err)
			return conference.Unwritten{By: e.By, Re: "extend"}
		}
		return conference.Changed{Appointment: a}
	case conference.OpenTask:
		task, err := books.OpenTask(h.id, e.ID, e.Kind, e.ID)
		if err != nil {
			h.unwritten("help", e.ID, err) // the conference asks again
			return nil
		}
		return conference.TaskOpened{ID: e.ID, Task: task.ID}
	case conference.CloseTask:
		if err := books.CloseTask(e.Task, e.ID); err != nil {
			h.unwritten("help", e.ID, err)
		}
	}
	return nil
}

// wrote brings the conference what the books now say. What could not be
// written is in force all the same, and offered again.
func (h *hearing) wrote(a booking.Appointment, err error) conference.Command {
	if err != nil {
		h.unwritten("write", "", err)
		return nil
	}
	return conference.Changed{Appointment: a}
}

func (h *hearing) unwritten(reason, by string, err error) {
	h.server.log.Error("appointment not written", "appointment", h.id, "participant", by, "reason", reason, "err", err)
}
