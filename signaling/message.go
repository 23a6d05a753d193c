package signaling

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"jalsa/signaling/conference"
)

// MaxMessage is the largest message in bytes that either side may send. It
// covers the largest session description that sfu accepts in practice; the
// WebSocket library closes with 1009 above it.
const MaxMessage = 64 << 10

// maxDepth bounds the nesting of a message; the URLs of a relay are deepest.
const maxDepth = 4

// Errors of Decode. On the wire they are bad_message and unknown_type.
var (
	// ErrBadMessage covers malformed, too deep or duplicated JSON, invalid
	// UTF-8, unknown fields and anything after the object.
	ErrBadMessage = errors.New("bad message")
	// ErrUnknownType says that the object is sound but its type is not ours.
	ErrUnknownType = errors.New("unknown message type")
)

// Message is one message of the wire. Every implementation is a plain struct in
// one of the message_*.go files, stands in the catalogue, and has one golden file
// in testdata/messages.
type Message interface {
	// Type is the value of the message's "type" field. The two directions share
	// some: what a client says and what others hear of it.
	Type() string
}

// ClientMessage is a message that clients send; a server refuses any other.
type ClientMessage interface {
	Message
	fromClient()
}

// commanding is a message that the conference follows or refuses.
type commanding interface {
	ClientMessage
	command(by string) conference.Command
}

// Decode parses one message of a client. It is strict: fields match by exact
// name, once each, and are never null; a missing field keeps its zero value, whose
// meaning is judged by whoever handles the message. The error is ErrBadMessage or
// ErrUnknownType, possibly wrapped.
func Decode(data []byte) (ClientMessage, error) {
	m, err := fromClient.decode(data)
	if err != nil {
		return nil, err
	}
	return m.(ClientMessage), nil
}

// DecodeServer parses one message of the server as strictly, for clients written
// in Go.
func DecodeServer(data []byte) (Message, error) { return fromServer.decode(data) }

func (c catalogue) decode(data []byte) (Message, error) {
	if len(data) > MaxMessage || !utf8.Valid(data) || !shallow(data) {
		return nil, ErrBadMessage
	}
	fields, err := split(data)
	if err != nil {
		return nil, err
	}
	var name string
	if err := json.Unmarshal(fields["type"], &name); err != nil {
		return nil, fmt.Errorf("%w: no type", ErrBadMessage)
	}
	kind, known := c[name]
	if !known {
		return nil, ErrUnknownType
	}
	delete(fields, "type")
	value := reflect.New(kind).Elem()
	for i := range value.NumField() {
		field := fieldName(kind.Field(i))
		raw, ok := fields[field]
		if !ok {
			continue
		}
		if err := strictly(raw, value.Field(i).Addr().Interface()); err != nil || string(raw) == "null" {
			return nil, fmt.Errorf("%w: field %s", ErrBadMessage, field)
		}
		delete(fields, field)
	}
	if len(fields) > 0 {
		return nil, fmt.Errorf("%w: unknown field", ErrBadMessage)
	}
	return value.Interface().(Message), nil
}

// Encode writes one message as a JSON object whose first field is its type.
// Lists are never null. It fails only on values that no message holds.
func Encode(m Message) ([]byte, error) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(withLists(m)); err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Type(), err)
	}
	fields := bytes.TrimSuffix(bytes.TrimSpace(body.Bytes()), []byte("}"))[1:]
	out := make([]byte, 0, len(fields)+len(m.Type())+12)
	out = append(out, `{"type":"`...)
	out = append(out, m.Type()...)
	out = append(out, '"')
	if len(fields) > 0 {
		out = append(out, ',')
		out = append(out, fields...)
	}
	return append(out, '}'), nil
}

// withLists replaces the nil lists at the top of a message by empty ones.
func withLists(m Message) any {
	v := reflect.New(reflect.TypeOf(m)).Elem()
	v.Set(reflect.ValueOf(m))
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.IsNil() {
			f.Set(reflect.MakeSlice(f.Type(), 0, 0))
		}
	}
	return v.Interface()
}

// fieldName is the name of a struct field on the wire.
func fieldName(f reflect.StructField) string {
	name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
	return string(name)
}

// split cuts one JSON object into its top-level fields and refuses a name that
// appears twice, since two readers could otherwise disagree about the message.
func split(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: not an object", ErrBadMessage)
	}
	fields := make(map[string]json.RawMessage, 8)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: field name", ErrBadMessage)
		}
		name, ok := key.(string)
		if _, twice := fields[name]; twice || !ok {
			return nil, fmt.Errorf("%w: field name", ErrBadMessage)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("%w: field value", ErrBadMessage)
		}
		fields[name] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: not closed", ErrBadMessage)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: data after the object", ErrBadMessage)
	}
	return fields, nil
}

// strictly decodes one value, refusing fields that its type does not have.
func strictly(raw json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// shallow reports whether brackets outside strings nest at most maxDepth deep.
// It runs before the parser, so that no parser ever recurses on hostile input.
func shallow(data []byte) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}
