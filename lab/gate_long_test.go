//go:build lab

package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/signaling"
)

// rehearse redeems the link for a test of devices, which is open long before.
func (p *person) rehearse(t *testing.T) {
	t.Helper()
	form, err := http.NewRequest(http.MethodPost, p.link, strings.NewReader("rehearsal=1"))
	if err != nil {
		t.Fatal(err)
	}
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form.Header.Set("Origin", p.url)
	page, err := p.web.Do(form)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	path := page.Request.URL.Path
	id, found := strings.CutPrefix(path, "/h/")
	if p.id, _, _ = strings.Cut(id, "/"); !found {
		t.Fatalf("the link for a test leads to %s with %d", path, page.StatusCode)
	}
}

// knocked is one try at the door.
type knocked struct {
	began, answered time.Time
	word            string // "" if it led in
}

// tryDoor opens a socket and joins, and takes the first word for the answer.
func (p *person) tryDoor(t *testing.T) (k knocked) {
	k.began = time.Now()
	conn, err := p.dial(p.url)
	if err != nil {
		t.Error(err)
		return k
	}
	defer conn.Close()
	join, err := signaling.Encode(signaling.Join{Version: 1, Device: p.device, Replace: true})
	if err != nil {
		t.Error(err)
		return k
	}
	_ = conn.WriteMessage(websocket.TextMessage, join)
	_, data, err := conn.ReadMessage()
	k.answered = time.Now()
	if err != nil {
		t.Error(err)
		return k
	}
	if m, err := signaling.DecodeServer(data); err != nil {
		t.Error(err)
	} else if bye, ok := m.(signaling.Bye); ok {
		k.word = bye.Code
	}
	return k
}

// TestGateToTheSecond knocks every tenth of a second from ten seconds before a hearing of twelve opens until ten seconds
// after it ended, by the clock of the machine.
func TestGateToTheSecond(t *testing.T) {
	p := newProgram(t)
	start := time.Now().Truncate(time.Minute).Add(time.Minute)
	if time.Until(start) < 20*time.Second {
		start = start.Add(time.Minute)
	}
	opens, end := start.Add(-5*time.Second), start.Add(7*time.Second)
	var made []appointment
	out := p.command("book", "--json", "--institution", "Tribunal", "--service", "Audience", "--zone", "UTC", "--start", start.UTC().Format("2006-01-02T15:04"),
		"--early", "5s", "--duration", "7s", "--grace", "0s", "--participant", "host:A", "--participant", "party:B")
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatal(err)
	}
	var people []*person
	for _, l := range made[0].Links {
		one := newPerson(t, p.url(), l.URL, l.Number, l.Role, "direct")
		one.rehearse(t)
		people = append(people, one)
	}
	var all []knocked
	pass(time.Until(opens.Add(-10 * time.Second)))
	for i := 0; time.Now().Before(end.Add(10 * time.Second)); i++ {
		next := time.Now().Add(100 * time.Millisecond)
		all = append(all, people[i%len(people)].tryDoor(t))
		pass(time.Until(next))
	}
	const tolerance = 100 * time.Millisecond
	in := 0
	for _, k := range all {
		switch {
		case k.answered.Before(opens.Add(-tolerance)) && k.word != "too_early", k.began.After(end.Add(tolerance)) && k.word != "too_late",
			k.began.After(opens.Add(tolerance)) && k.answered.Before(end.Add(-tolerance)) && k.word != "":
			t.Errorf("%v after it opened: %q", k.began.Sub(opens), k.word)
		}
		if k.word == "" {
			in++
		}
	}
	t.Logf("%d tries, %d of them led in", len(all), in)
	if in < 60 {
		t.Errorf("only %d tries led in", in)
	}
}
