package signaling

import "jalsa/booking"

// Words of Bye that are not refusals of the gate.
const (
	byeReplaced   = "replaced"    // another device of the same person took over
	byeSlow       = "slow"        // the client does not read what it is sent
	byeBadMessage = "bad_message" // not the protocol, or no join in time
	byeRate       = "rate"        // too many messages
	byeLeft       = "left"        // as the client asked
	byeRestart    = "restart"     // the server goes, or asks to try again
)

// closeCodes is the one table of WebSocket close codes: the word of the Bye,
// or of a silent close, and its number. 4xxx are ours (RFC 6455 §7.4.2); the
// library itself closes with 1009 above MaxMessage and 1002 for broken frames.
var closeCodes = map[string]int{
	byeLeft:    1000,
	byeRestart: 1012,

	byeBadMessage:                          4400,
	string(booking.ReasonUnknownLink):      4401,
	string(booking.ReasonRemoved):          4403,
	string(booking.ReasonAlreadyConnected): 4409,
	string(booking.ReasonCancelled):        4410,
	string(booking.ReasonClosed):           4411,
	string(booking.ReasonMoved):            4412,
	byeReplaced:                            4413,
	byeSlow:                                4414,
	string(booking.ReasonTooLate):          4424,
	string(booking.ReasonTooEarly):         4425,
	byeRate:                                4429,
	string(booking.ReasonCapacity):         4503,
}

// Codes of Error; those of the conference are in its effect.go.
const (
	errBadMessage   = "bad_message"
	errUnknownType  = "unknown_type"
	errNotAdmitted  = "not_admitted"
	errTooLarge     = "too_large"
	errTooManyLines = "too_many_lines"
	errBadSDP       = "bad_sdp"
	errUnknownPC    = "unknown_pc"
)
