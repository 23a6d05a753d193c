package booking

// Application is what a citizen tells when booking.
type Application struct {
	Name        string // as on the document
	Email       string
	Phone       string // E.164
	Language    string // of the hearing and of the messages
	Zone        string // IANA name of the clock that the citizen reads beside the institution's, or ""
	Interpreter string // language for which one is needed, or ""
	Needs       string // accessibility, free text
	Companions  []Companion
}

// Companion is somebody who comes along.
type Companion struct {
	Role     Role // representative, assistant, party, interpreter
	Name     string
	Email    string // their own link is sent there; "" sends none
	Language string
}

// Validate returns FieldErrors with fields name, email, phone, language, zone, interpreter, needs, companions.N.name …
func (a Application) Validate() error { panic("unwritten") }

// Request turns a filled hold into an appointment, once: the same key again returns the same appointment. A hold that
// lapsed meanwhile is taken again if the slot is still free. With mail, the appointment is requested until its contact
// is proven, by the personal link or the code that is mailed; without mail, until the staff accepts it, and the ticket
// is returned to be shown to the citizen; else ticket is "". ErrSlotTaken, ErrNotFound, ErrTooMany; FieldErrors when
// nothing was filled in.
func (s *Store) Request(key, browser string) (a Appointment, ticket string, err error) {
	panic("unwritten")
}

// AlreadyBooked is returned when the person has a live appointment with the service already. It is told only to who has
// proven the contact.
type AlreadyBooked struct{ Appointment Appointment }

func (e *AlreadyBooked) Error() string { return "already booked" }

// ProveByTicket takes a mailed link as proof of the contact: a confirmed appointment, or a requested one that waits for
// the staff. Proving twice changes nothing. *AlreadyBooked unless replace, which cancels the other one in the same
// transaction. ErrUnknownLink; *Refused when it expired or was cancelled.
func (s *Store) ProveByTicket(ticket string, replace bool) (Appointment, error) { panic("unwritten") }

// ProveByCode does the same with the mailed code, in the browser that booked. ErrWrongCode, ErrNotFound.
func (s *Store) ProveByCode(key, browser, code string, replace bool) (Appointment, error) {
	panic("unwritten")
}

// SendProof mails link and code of a request again. ErrNotFound, ErrTooMany.
func (s *Store) SendProof(key, browser string) error { panic("unwritten") }

// Accept confirms a request on behalf of the institution; it also stands in for a proof of the contact. *Refused when it
// is over.
func (s *Store) Accept(id, actor string) (Appointment, error) { panic("unwritten") }

// Reject declines a request for good. *Refused when it is no request any more.
func (s *Store) Reject(id string, why Why, actor string) (Appointment, error) { panic("unwritten") }
