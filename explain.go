package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"jalsa/booking"
)

// explain puts the field and code of a refused booking into a sentence for the
// operator, by the flag that set the field. Other errors pass as they are.
func explain(err error) error {
	var field *booking.FieldError
	if !errors.As(err, &field) {
		return err
	}
	parts := strings.Split(field.Field, ".")
	if len(parts) == 3 && parts[0] == "participants" {
		return explainParticipant(parts[1], parts[2], field.Code)
	}
	if sentence, ok := fieldSentences[field.Field+" "+field.Code]; ok {
		return errors.New(sentence)
	}
	flag, ok := fieldFlags[parts[0]]
	if !ok {
		flag = parts[0]
	}
	if sentence, ok := codeSentences[field.Code]; ok {
		return fmt.Errorf("%s %s", flag, sentence)
	}
	return fmt.Errorf("%s: %s", flag, field.Code)
}

func explainParticipant(index, name, code string) error {
	number, _ := strconv.Atoi(index)
	who := fmt.Sprintf("--participant %d", number+1)
	switch {
	case name == "role":
		return fmt.Errorf("%s: there is no such role; roles: host, panel, clerk, party, representative, witness, expert, interpreter, observer, assistant", who)
	case name == "language":
		return fmt.Errorf("%s: the language is no code such as fr, ar or en", who)
	case code == "missing":
		return fmt.Errorf("%s: the %s is missing", who, name)
	}
	return fmt.Errorf("%s: the %s has hidden or control characters, spaces at an end, or more than 200 characters", who, name)
}

var fieldFlags = map[string]string{
	"institution": "--institution", "service": "--service", "prepare": "--prepare", "zone": "--zone", "start": "--start",
	"login": "--login", "name": "--name", "role": "--role", "password": "the password", "language": "--language",
	"duration": "--duration", "early_entry": "--early", "grace": "--grace", "reason": "--reason", "participants": "--participant",
}

var fieldSentences = map[string]string{
	"login invalid":        "--login is not an e-mail address",
	"login taken":          "there is already an account with this --login",
	"name too_long":        "--name is longer than 200 characters",
	"role invalid":         "an operator is an admin: leave out --role, or name the --institution",
	"password too_short":   "the password must have at least 12 characters",
	"password too_long":    "the password can have at most 200 characters",
	"password common":      "this password is too easy to guess: take several words that have nothing to do with one another",
	"start invalid":        "--start is not a time such as 2026-12-01T10:00",
	"start gap":            "--start does not exist in --zone: the clocks go forward over it that day",
	"zone unknown":         "--zone is not a time zone such as Africa/Casablanca",
	"duration invalid":     "--duration must be more than 0 and at most 14h",
	"early_entry invalid":  "--early must be between 0 and 24h",
	"grace invalid":        "--grace must be between 0 and 24h",
	"reason invalid":       "--reason must be one word of letters, digits and _ - . : such as by_service",
	"participants no_host": "nobody could open this hearing: give it a --participant host:NAME",
}

var codeSentences = map[string]string{
	"missing":  "is missing",
	"too_long": "is longer than 2000 characters",
	"too_many": "is given more than 200 times",
	"invalid":  "has hidden or control characters",
	"taken":    "is in use already",
}
