package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
)

// Why a letter was not taken: stable codes, kept with its receipt.
const (
	WhyRefused         = "refused"          // the mail server does not take it
	WhyRejectedAddress = "rejected_address" // there is nobody at this address
	WhyUnreachable     = "unreachable"      // no connection to the mail server, or it broke
	WhyTimeout         = "timeout"          // the mail server did not answer in time
	WhyTLS             = "tls"              // no trusted encryption with the mail server
	WhyAuth            = "auth"             // the mail server does not accept our user and password, or asks for them
	WhyTooLarge        = "too_large"
	WhyOther           = "other"
)

// Whys lists them.
var Whys = []string{WhyRefused, WhyRejectedAddress, WhyUnreachable, WhyTimeout, WhyTLS, WhyAuth, WhyTooLarge, WhyOther}

// Failure is why a letter was not carried.
type Failure struct {
	Why       string
	Permanent bool // trying again makes no sense
	Down      bool // it is not about this letter: others would fare the same
	Err       error
}

func (f *Failure) Error() string { return f.Why + ": " + f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// failureOf is err as a Failure.
func failureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Why: WhyOther, Err: err}
}

// stage is how far an exchange with a mail server had come.
type stage int

const (
	stageConnect stage = iota // connection, greeting
	stageTLS
	stageAuth
	stageSender // MAIL FROM
	stageRecipient
	stageContent
)

// failureAt tells what an error of an exchange means. Only what the server says for good (5xx) of the recipient or of the
// content ends a letter: what it says of us, the sender, is not the letter's fault, and somebody may set it right.
func failureAt(at stage, err error) *Failure {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return &Failure{Why: silentWhy(at, err), Down: true, Err: err}
	}
	code, detail := answer.Code, enhanced(answer)
	if at >= stageSender {
		err = fmt.Errorf("hand letter over: %w", &textproto.Error{Code: code, Msg: detail}) // its words may tell whom the letter is for
	}
	f := &Failure{Why: WhyRefused, Permanent: code >= 500 && at >= stageRecipient, Down: at < stageSender, Err: err}
	switch {
	case at == stageTLS:
		f.Why = WhyTLS
	case at == stageAuth || isAuthCode(code):
		f.Why, f.Permanent, f.Down = WhyAuth, false, true
	case code == 421: // the server closes
		f.Permanent, f.Down = false, true
	case at >= stageSender && (code == 552 || detail == "3.4"):
		f.Why, f.Permanent = WhyTooLarge, code >= 500
	case at == stageRecipient && !strings.HasPrefix(detail, "7.") && code >= 500:
		f.Why = WhyRejectedAddress
	}
	return f
}

// isAuthCode tells the replies of RFC 4954 §6.
func isAuthCode(code int) bool {
	return code == 432 || code == 454 || code == 530 || code == 534 || code == 535 || code == 538
}

// enhanced is subject and detail of an enhanced status code, "7.1" of "5.7.1" (RFC 3463), or "".
func enhanced(answer *textproto.Error) string {
	word, _, _ := strings.Cut(answer.Msg, " ")
	class, rest, _ := strings.Cut(word, ".")
	subject, detail, found := strings.Cut(rest, ".")
	_, err := strconv.Atoi(subject + detail)
	if !found || err != nil || class != strconv.Itoa(answer.Code/100) {
		return ""
	}
	return rest
}

// silentWhy is why there was no answer.
func silentWhy(at stage, err error) string {
	var wire net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &wire) && wire.Timeout():
		return WhyTimeout
	case at == stageTLS:
		return WhyTLS
	case at == stageAuth && !errors.As(err, &wire):
		return WhyAuth
	}
	return WhyUnreachable
}
