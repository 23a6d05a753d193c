package signaling

import "jalsa/booking"

// Words of Bye that are not refusals of the gate.
const (
	byeReplaced   = "replaced"    // another device of the same person took over
	byeSlow       = "slow"        // the client does not read what it is sent
	byeBadMessage = "bad_message" // not the protocol, or no join in time
	byeRate       = "rate"        // too many messages
	byeLeft       = "left"        // as the client asked; of a rehearsal, its time is up
	byeRestart    = "restart"     // the server goes, or asks to try again
)

// closing is how a socket ends after a word of Bye.
type closing struct {
	number  int  // WebSocket close code
	passing bool // the client comes back by itself; otherwise only when a person asks
}

// closeCodes is the one table of WebSocket close codes, by the word of the Bye
// or of a silent close. 4xxx are ours (RFC 6455 §7.4.2); the library itself
// closes with 1009 above MaxMessage and 1002 for broken frames. The client holds
// the same table to testdata/close_codes.json.
var closeCodes = map[string]closing{
	byeLeft:    {1000, false},
	byeRestart: {1012, true},

	byeBadMessage:                          {4400, false},
	string(booking.ReasonUnknownLink):      {4401, false},
	string(booking.ReasonRemoved):          {4403, false},
	string(booking.ReasonAlreadyConnected): {4409, false},
	string(booking.ReasonCancelled):        {4410, false},
	string(booking.ReasonClosed):           {4411, false},
	string(booking.ReasonMoved):            {4412, false},
	byeReplaced:                            {4413, false},
	byeSlow:                                {4414, true},
	string(booking.ReasonTooLate):          {4424, false},
	string(booking.ReasonTooEarly):         {4425, false},
	string(booking.ReasonRequested):        {4426, false},
	byeRate:                                {4429, true},
	string(booking.ReasonCapacity):         {4503, false},
}

// Codes of Error; those of the conference are in its effect.go.
const (
	errBadMessage   = "bad_message"
	errUnknownType  = "unknown_type"
	errNotAdmitted  = "not_admitted"
	errTooLarge     = "too_large" // in bytes
	errTooLong      = "too_long"  // in characters
	errTooManyLines = "too_many_lines"
	errBadSDP       = "bad_sdp"
	errUnknownPC    = "unknown_pc"
	errRate         = "rate" // of this message alone; the socket stays
)
