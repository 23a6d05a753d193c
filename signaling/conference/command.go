package conference

import "jalsa/booking"

// Command is something that happened or that somebody asks for.
type Command interface{ command() }

// Join says that a participant has a socket, new or in place of an older one.
// Issue numbers the link that its session came from: once the books show a
// greater one, the session is revoked.
type Join struct {
	ID    string
	Issue uint32
}

// Lost says that a participant's socket is gone without a word.
type Lost struct{ ID string }

// Leave says that a participant goes on purpose.
type Leave struct{ ID string }

// Devices says what a participant sends.
type Devices struct {
	ID                 string
	Microphone, Camera bool
}

// Admit asks to let in the participant of a number and whoever is linked.
type Admit struct {
	By     string
	Number uint32
}

// Granted says that the admission of IDs is written; Appointment shows it.
type Granted struct {
	IDs         []string
	Appointment booking.Appointment
}

// Denied says that the admission of IDs could not be written.
type Denied struct {
	By  string
	IDs []string
}

// Remove asks to take out the participant of a number and whoever is linked.
type Remove struct {
	By     string
	Number uint32
}

// End asks to close the conference.
type End struct{ By string }

// Changed brings a newer version of the appointment.
type Changed struct{ Appointment booking.Appointment }

// Tick lets time pass.
type Tick struct{}

func (Join) command()    {}
func (Lost) command()    {}
func (Leave) command()   {}
func (Devices) command() {}
func (Admit) command()   {}
func (Granted) command() {}
func (Denied) command()  {}
func (Remove) command()  {}
func (End) command()     {}
func (Changed) command() {}
func (Tick) command()    {}
