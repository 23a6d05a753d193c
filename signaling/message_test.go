package signaling

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// goldens reads testdata/messages, which the TypeScript tests read as well.
func goldens(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/messages/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden messages: %v", err)
	}
	out := make(map[string][]byte)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = bytes.TrimSpace(data)
	}
	return out
}

// decodeGolden reads a golden message by the side that its name begins with.
func decodeGolden(name string, data []byte) (Message, error) {
	if strings.HasPrefix(name, "client-") {
		return Decode(data)
	}
	return DecodeServer(data)
}

func TestGoldenMessagesRoundTripByteForByte(t *testing.T) {
	for name, data := range goldens(t) {
		m, err := decodeGolden(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Encode(m)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s:\n got %s\nwant %s (%v)", name, again, data, err)
		}
		if _, side, _ := strings.Cut(name, "-"); side != m.Type() {
			t.Errorf("%s holds a %s", name, m.Type())
		}
		if b, ok := m.(bounded); ok && b.check() != "" {
			t.Errorf("%s is out of bounds: %s", name, b.check())
		}
	}
}

func TestEveryTypeHasAGoldenFile(t *testing.T) {
	known := goldens(t)
	for side, messages := range map[string]catalogue{"client-": fromClient, "server-": fromServer} {
		for name := range messages {
			if known[side+name] == nil {
				t.Errorf("no golden file %s%s", side, name)
			}
		}
	}
	if wanted := len(fromClient) + len(fromServer); len(known) != wanted {
		t.Errorf("%d golden files, %d wanted", len(known), wanted)
	}
}

// TestGoldenMessagesShowEveryField keeps a field from being left out of the schema
// that the goldens are to the client.
func TestGoldenMessagesShowEveryField(t *testing.T) {
	for name, data := range goldens(t) {
		m, err := decodeGolden(name, data)
		if err != nil {
			t.Fatal(err)
		}
		shown := fields(t, data)
		for i := range reflect.TypeOf(m).NumField() {
			if field := fieldName(reflect.TypeOf(m).Field(i)); !shown[field] {
				t.Errorf("%s does not show %s", name, field)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty":                {``, ErrBadMessage},
		"not json":             {`hello`, ErrBadMessage},
		"list":                 {`[]`, ErrBadMessage},
		"number":               {`3`, ErrBadMessage},
		"no type":              {`{}`, ErrBadMessage},
		"null type":            {`{"type":null}`, ErrUnknownType},
		"type not a string":    {`{"type":3}`, ErrBadMessage},
		"unknown type":         {`{"type":"dance"}`, ErrUnknownType},
		"unknown field":        {`{"type":"admit","number":3,"force":true}`, ErrBadMessage},
		"field in wrong case":  {`{"type":"admit","Number":3}`, ErrBadMessage},
		"field twice":          {`{"type":"admit","number":3,"number":4}`, ErrBadMessage},
		"type twice":           {`{"type":"end","type":"leave"}`, ErrBadMessage},
		"unknown nested field": {`{"type":"prefer","pc":1,"seats":[{"seat":0,"height":1,"x":1}]}`, ErrBadMessage},
		"null value":           {`{"type":"admit","number":null}`, ErrBadMessage},
		"wrong value":          {`{"type":"admit","number":"3"}`, ErrBadMessage},
		"negative number":      {`{"type":"admit","number":-3}`, ErrBadMessage},
		"trailing data":        {`{"type":"end"} {"type":"end"}`, ErrBadMessage},
		"trailing garbage":     {`{"type":"end"}]`, ErrBadMessage},
		"cut":                  {`{"type":"end"`, ErrBadMessage},
		"invalid utf-8":        {"{\"type\":\"join\",\"device\":\"\xff\"}", ErrBadMessage},
		"deep":                 {`{"type":"end","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, ErrBadMessage},
		"too long":             {`{"type":"join","device":"` + strings.Repeat("a", MaxMessage) + `"}`, ErrBadMessage},
	} {
		if m, err := Decode([]byte(c.in)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, %v; want %v", name, m, err, c.want)
		}
	}
}

func TestEncodeNeverWritesNullLists(t *testing.T) {
	for _, m := range []Message{Waiting{}, Admitted{}, Seats{}, Send{}, Quality{}, Speaking{}, Roster{}, Prefer{}, Consult{}} {
		data, err := Encode(m)
		if err != nil || bytes.Contains(data, []byte("null")) {
			t.Errorf("%s: %s %v", m.Type(), data, err)
		}
	}
}

func TestEncodeLeavesOutAnUnknownUntil(t *testing.T) {
	data, err := Encode(Bye{Code: "removed"})
	if err != nil || string(data) != `{"type":"bye","code":"removed"}` {
		t.Errorf("%s %v", data, err)
	}
}

// FuzzDecode: no input panics, and what decodes survives a round trip.
func FuzzDecode(f *testing.F) {
	for name, data := range goldens(f) {
		f.Add(strings.HasPrefix(name, "client-"), data)
	}
	for _, s := range []string{`{"type":"end","type":"end"}`, `{"type":"prefer","seats":null}`, `{"type":"bye","until":"x"}`,
		`{"type":"join","device":"\ud800"}`, `{"type":"ping","n":1e3}`, `{"type":"ping","n":9223372036854775808}`, "\x00", `{{{{`} {
		f.Add(true, []byte(s))
		f.Add(false, []byte(s))
	}
	f.Fuzz(func(t *testing.T, client bool, data []byte) {
		side := fromServer
		if client {
			side = fromClient
		}
		m, err := side.decode(data)
		if err != nil {
			if !errors.Is(err, ErrBadMessage) && !errors.Is(err, ErrUnknownType) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		once, err := Encode(m)
		if err != nil {
			t.Skip() // a time outside what JSON can say
		}
		m2, err := side.decode(once)
		if err != nil && len(once) <= MaxMessage {
			t.Fatalf("own encoding refused: %v\n%s", err, once)
		}
		if err == nil {
			if twice, err := Encode(m2); err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("not stable (%v):\n%s\n%s", err, once, twice)
			}
		}
	})
}

func TestShallowCountsBracketsOutsideStringsOnly(t *testing.T) {
	for in, want := range map[string]bool{
		`{"a":[{"b":[1]}]}`:         true,
		`{"a":[{"b":[[1]]}]}`:       false,
		`{"a":"[[[[[[{{{{\"[[[["}`:  true,
		`{"a":"\\","b":[[[[[[1]]]]`: false,
		`[][][][][][]`:              true,
	} {
		if got := shallow([]byte(in)); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}
