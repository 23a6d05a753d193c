package booking

import (
	"fmt"
	"strings"
)

// FieldError says which field of an input is bad and why, so that a form can show it there.
type FieldError struct {
	Field string // path as in "participants.2.name"
	Code  string // stable: missing, invalid, too_short, too_long, too_many, taken, unknown, in_use, common, own, gap, no_host, past, order
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Code) }

// FieldErrors is every bad field of one input, in the order of the form.
type FieldErrors []*FieldError

func (e FieldErrors) Error() string {
	var all []string
	for _, f := range e {
		all = append(all, f.Error())
	}
	return strings.Join(all, ", ")
}

// Unwrap lets errors.As find the first one.
func (e FieldErrors) Unwrap() []error {
	var all []error
	for _, f := range e {
		all = append(all, f)
	}
	return all
}

// add notes a bad field; code "" notes nothing, which lets checks stand in a row.
func (e *FieldErrors) add(field, code string) {
	if code != "" {
		*e = append(*e, &FieldError{field, code})
	}
}

// err is nil when no field is bad.
func (e FieldErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
