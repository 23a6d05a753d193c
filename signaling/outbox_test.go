package signaling

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestOutboxSendsTheQueueFirstAndOnlyTheLatestOfAKind(t *testing.T) {
	o, now := newOutbox(), tenOClock
	o.set("roster", steady("roster"), []byte("r1"))
	o.push([]byte("a"))
	o.set("seats 1", prompt, []byte("s1"))
	o.set("roster", steady("roster"), []byte("r2"))
	o.push([]byte("b"))
	if got := drain(o, now); got != "a b r2 s1" {
		t.Errorf("got %s", got)
	}
	o.set("roster", steady("roster"), []byte("r3"))
	o.set("seats 1", prompt, []byte("s2"))
	o.set("roster", steady("roster"), []byte("r4"))
	if got := drain(o, now.Add(pace-1)); got != "s2" || !o.held() {
		t.Errorf("before its pace: %s", got)
	}
	if got := drain(o, now.Add(pace)); got != "r4" || o.held() {
		t.Errorf("at its pace: %s", got)
	}
}

// On a thin link fifty lines of a chat must not hold up the answer that brings
// sound, nor a roster that changes all the time the chat.
func TestOutboxLetsTheChatWait(t *testing.T) {
	o, now := newOutbox(), tenOClock
	for _, line := range []string{"c1", "c2", "c3", "c4"} {
		o.say([]byte(line))
	}
	o.push([]byte("answer"))
	o.set("seats 1", prompt, []byte("s1"))
	o.set("seats 2", prompt, []byte("s2"))
	if got := drain(o, now); got != "answer s1 c1 s2 c2 c3 c4" {
		t.Errorf("got %s", got)
	}
	o.say([]byte("of another room"))
	o.forget()
	if got := drain(o, now); got != "" || o.bytes != 0 {
		t.Errorf("in another room: %s, %d bytes", got, o.bytes)
	}
	for range outboxMessages {
		o.say([]byte("x"))
	}
	if o.say([]byte("x")) || o.push([]byte("x")) {
		t.Error("no bound on what is said")
	}
}

// What changes all the time takes no more of a link than it can spare, and in the
// end its latest arrives; what must be known at once does not wait behind it.
func TestOutboxWeighsWhatIsSteady(t *testing.T) {
	o, now := newOutbox(), tenOClock
	roster, sent := bytes.Repeat([]byte("r"), 4<<10), 0
	for range 100 { // twenty seconds
		o.set("roster", steady("roster"), roster)
		o.set("seats 1", prompt, []byte("s1"))
		got := drain(o, now)
		if !strings.Contains(got, "s1") {
			t.Fatalf("seats wait behind rosters: %.10s", got)
		}
		sent += strings.Count(got, "r")
		now = now.Add(pace)
	}
	if least, most := steadyBurst+10*steadyBytes, steadyBurst+20*steadyBytes; sent < least || sent > most {
		t.Errorf("%d bytes of rosters in 20 s, want %d to %d", sent, least, most)
	}
	o.set("roster", steady("roster"), []byte("the latest"))
	if got := drain(o, now.Add(time.Second)); got != "the latest" || o.held() {
		t.Errorf("in the end: %.10s", got)
	}
	now = now.Add(time.Minute)
	o.set("roster", steady("roster"), bytes.Repeat([]byte("r"), 2*steadyBurst))
	if drain(o, now) == "" {
		t.Error("what is larger than the bound never goes")
	}
}

func drain(o *outbox, now time.Time) string {
	var all []string
	for {
		data, ok := o.next(now)
		if !ok {
			return strings.Join(all, " ")
		}
		all = append(all, string(data))
	}
}

func TestOutboxIsBounded(t *testing.T) {
	o := newOutbox()
	for i := range outboxMessages {
		if !o.push([]byte("x")) {
			t.Fatalf("refused message %d", i)
		}
	}
	if o.push([]byte("x")) {
		t.Error("no bound on messages")
	}
	drain(o, tenOClock)
	half := bytes.Repeat([]byte("x"), outboxBytes/2+1)
	if !o.push(half) || o.push(half) {
		t.Error("no bound on bytes")
	}
	drain(o, tenOClock)
	if !o.push(half) {
		t.Error("what was sent still counts")
	}
}

func TestOutboxEndsOnceAndTakesNothingMore(t *testing.T) {
	o := newOutbox()
	o.push([]byte("a"))
	o.set("roster", steady("roster"), []byte("r"))
	if !o.end(ending{code: byeSlow}) || o.end(ending{code: byeRate}) {
		t.Error("the first goodbye does not count")
	}
	o.set("roster", steady("roster"), []byte("r"))
	if !o.push([]byte("b")) {
		t.Error("a message after the end counts as overflow")
	}
	if got := drain(o, tenOClock); got != "" || o.ended().code != byeSlow {
		t.Errorf("left: %s, %s", got, o.ended().code)
	}
}
