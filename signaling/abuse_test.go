package signaling

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

func TestOrigin(t *testing.T) {
	r := newRig(t)
	cookie := booking.SessionCookie + "=" + r.cookies["host"]
	for name, c := range map[string]struct {
		origins []string
		want    int
	}{
		"ours":       {[]string{origin}, 101},
		"missing":    {nil, 403},
		"null":       {[]string{"null"}, 403},
		"empty":      {[]string{""}, 403},
		"foreign":    {[]string{"https://evil.example"}, 403},
		"sub-domain": {[]string{"https://x.hearings.example"}, 403},
		"suffix":     {[]string{"https://hearings.example.evil.example"}, 403},
		"other port": {[]string{"https://hearings.example:8443"}, 403},
		"plain http": {[]string{"http://hearings.example"}, 403},
		"slash":      {[]string{origin + "/"}, 403},
		"two":        {[]string{origin, "https://evil.example"}, 403},
	} {
		header := http.Header{"Cookie": {cookie}}
		for _, o := range c.origins {
			header.Add("Origin", o)
		}
		_, response, err := r.tryDial("host", header)
		if response == nil || response.StatusCode != c.want {
			t.Errorf("%s: %v %v, want %d", name, response, err, c.want)
		}
	}
	if n := r.live.Stats().Refused["origin"]; n != 10 {
		t.Errorf("%d counted", n)
	}
}

func TestCompressionIsNeverNegotiated(t *testing.T) {
	r := newRig(t)
	_, response, err := r.tryDial("host", http.Header{
		"Origin": {origin}, "Sec-WebSocket-Extensions": {"permessage-deflate; client_max_window_bits"},
	})
	if err != nil || response.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Fatalf("%v %v", response, err)
	}
}

func TestAStrangerHearsOnlyUnknownLink(t *testing.T) {
	r := newRig(t)
	for name, cookie := range map[string]string{
		"none": "", "empty": booking.SessionCookie + "=", "wrong": booking.SessionCookie + "=AAAA",
		"another's": booking.SessionCookie + "=" + r.cookies["party"],
	} {
		c, _, err := r.tryDial("host", http.Header{"Origin": {origin}, "Cookie": {cookie}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.expectEnd(4401, "unknown_link")
		if len(c.received()) != 1 {
			t.Errorf("%s: %s", name, c.heard())
		}
	}
	r.until("nothing kept", func() bool { return r.live.Stats().Sessions == 0 && r.live.door.count() == 0 })
	if r.live.Stats().Hearings != 0 {
		t.Error("a stranger made a hearing")
	}
}

func TestWhatIsNotTheProtocolEndsBeforeJoin(t *testing.T) {
	r := newRig(t)
	for name, first := range map[string]string{
		"garbage":       "hello",
		"not joining":   `{"type":"ping","n":1}`,
		"unknown type":  `{"type":"dance"}`,
		"unknown field": `{"type":"join","version":1,"device":"d","replace":false,"x":1}`,
		"other version": `{"type":"join","version":2,"device":"d","replace":false}`,
		"no device":     `{"type":"join","version":1,"device":"","replace":false}`,
		"long device":   `{"type":"join","version":1,"device":"` + strings.Repeat("d", 65) + `","replace":false}`,
		"server's word": `{"type":"admitted","number":1,"host":true,"seats":{"audio":1,"video":1},"relay":[],"pcs":[]}`,
	} {
		c := r.dial("host")
		c.sendRaw(first)
		c.expectEnd(4400, "bad_message")
		if len(c.received()) != 1 {
			t.Errorf("%s: %s", name, c.heard())
		}
	}
}

func TestSilenceBeforeJoinEnds(t *testing.T) {
	r := newRig(t)
	c := r.dial("host")
	r.until("socket open", func() bool { return r.live.Stats().Sessions == 1 })
	r.later(9 * time.Second)
	// Nothing but time may end it.
	if err := c.conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	r.later(2 * time.Second)
	c.expectEnd(4400, "bad_message")
}

func TestSilenceAfterJoinIsALoss(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.conn.SetPingHandler(func(string) error { return nil }) // a dead client answers nothing
	r.pass(40*time.Second, host)
	expect(host, has(4, "reconnecting"))
}

func TestAClientThatAnswersPingsStays(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	pinged := make(chan struct{}, 16)
	answer := lawyer.conn.PingHandler()
	lawyer.conn.SetPingHandler(func(s string) error {
		pinged <- struct{}{}
		return answer(s)
	})
	for range 4 {
		r.later(11 * time.Second)
		at := r.live.mark(r.now())
		select {
		case <-pinged:
		case <-time.After(within):
			t.Fatal("never pinged")
		}
		r.until("the answer is read, and the ping is written", func() bool {
			c := r.sessionOf(r.people["representative"].ID)
			return c.heard.Load() >= at && c.writing.Load() == 0
		})
		host.sync()
	}
	lawyer.sync()
	if len(pinged) > 0 {
		t.Errorf("%d pings too many", len(pinged))
	}
}

func TestMistakesAfterJoinAreAnswered(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	for _, c := range []struct{ in, code, re string }{
		{`{"type":"dance"}`, "unknown_type", ""},
		{`{"type":"admit","number":3,"force":true}`, "bad_message", "admit"},
		{`not json`, "bad_message", ""},
		{`{"type":"roster","state":"open","participants":[]}`, "unknown_type", "roster"},
		{`{"type":"join","version":1,"device":"d","replace":true}`, "bad_message", "join"},
		{`{"type":"offer","pc":1,"path":"direct","sdp":"nonsense"}`, "bad_sdp", "offer"},
		{`{"type":"offer","pc":0,"path":"direct","sdp":"v=0"}`, "unknown_pc", "offer"},
		{`{"type":"offer","pc":1,"path":"teleport","sdp":"v=0"}`, "unknown_pc", "offer"},
		{`{"type":"offer","pc":2,"path":"direct","sdp":"v=0\r\n` + strings.Repeat(`m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`, 49) + `"}`, "too_many_lines", "offer"},
		{`{"type":"offer","pc":3,"path":"direct","packed":"` + pack("nonsense") + `"}`, "bad_sdp", "offer"},
		{`{"type":"offer","pc":4,"path":"direct","packed":"` + pack(strings.Repeat("v=0\r\n", maxSDP)) + `"}`, "too_large", "offer"},
		{`{"type":"offer","pc":5,"path":"direct","packed":"not base64"}`, "bad_sdp", "offer"},
		{`{"type":"offer","pc":1,"path":"direct","sdp":"v=0","packed":"` + pack("v=0") + `"}`, "bad_message", "offer"},
		{`{"type":"offer","pc":1,"path":"direct","sdp":"v=0","level":"huge"}`, "bad_message", "offer"},
		{`{"type":"level","up":"huge","limit":""}`, "bad_message", "level"},
		{`{"type":"level","up":"small","limit":"none"}`, "bad_message", "level"},
		{`{"type":"still","image":"<svg>"}`, "bad_message", "still"},
		{`{"type":"still","image":"` + strings.Repeat("A", 9<<10) + `"}`, "too_large", "still"},
		{`{"type":"report","pc":1,"path":"direct","loss":1001}`, "bad_message", "report"},
		{`{"type":"prefer","pc":7,"seats":[]}`, "unknown_pc", "prefer"},
	} {
		lawyer.sendRaw(c.in)
		if e := expect[Error](lawyer); e.Code != c.code || e.Re != c.re {
			t.Errorf("%.60s: %+v, want %s %s", c.in, e, c.code, c.re)
		}
	}
	for range 20 { // not even an eleventh time: what is to end has ended
		lawyer.send(Drop{PC: 7})
	}
	lawyer.sync()
	if n := strings.Count(lawyer.heard(), `"re":"drop"`); n != 0 {
		t.Errorf("%d errors for what is gone anyway", n)
	}
	for range 8 { // beyond ten it is no mistake any more
		lawyer.sendRaw(`{}`)
	}
	lawyer.expectEnd(4400, "bad_message")
}

func TestInvalidUTF8AndBinaryEndTheSocket(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	if err := lawyer.conn.WriteMessage(websocket.TextMessage, []byte("{\"type\":\"ping\",\"n\":1,\"\xff\":1}")); err != nil {
		t.Fatal(err)
	}
	lawyer.expectEnd(4400, "bad_message")
	if err := host.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping","n":1}`)); err != nil {
		t.Fatal(err)
	}
	host.expectEnd(4400, "bad_message")
}

func TestTooLargeAMessageCloses1009(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.sendRaw(`{"type":"state"` + strings.Repeat(" ", MaxMessage) + `}`)
	lawyer.expectEnd(1009, "")
	expect(host, has(4, "reconnecting"))
	r.until("counted", func() bool { return r.live.Stats().Ended["oversize"] == 1 })
}

func TestEndlessFragmentsEndWithTheJoinDeadline(t *testing.T) {
	r := newRig(t)
	c := r.dial("host")
	frame := func(opcode byte) []byte { return []byte{opcode, 0x80, 0, 0, 0, 0} }
	raw := c.conn.NetConn()
	if _, err := raw.Write(frame(0x01)); err != nil {
		t.Fatal(err)
	}
	empty := bytes.Repeat(frame(0x00), 1000)
	for range 100 { // 100,000 empty fragments of one message that never ends
		if _, err := raw.Write(empty); err != nil {
			break
		}
	}
	r.later(11 * time.Second)
	c.expectEnd(4400, "bad_message")
}

// A client that answers pings, and never ends its message.
func TestAMessageThatNeverEndsIsEnded(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	raw := lawyer.conn.NetConn()
	for _, opcode := range []byte{0x01, 0x00, 0x8a, 0x00} { // text, empty fragments, and a pong among them
		if _, err := raw.Write([]byte{opcode, 0x80, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
	}
	r.until("the first fragment is read", func() bool {
		sessions, _ := r.live.all()
		return slices.ContainsFunc(sessions, func(c *session) bool { return c.reading.Load() != 0 })
	})
	for range 4 {
		r.later(10 * time.Second)
		at := r.live.mark(r.now())
		if _, err := raw.Write([]byte{0x8a, 0x80, 0, 0, 0, 0}); err != nil {
			break
		}
		r.until("the pong is read", func() bool {
			c := r.sessionOf(r.people["representative"].ID)
			return c == nil || c.out.ended() != nil || c.heard.Load() >= at
		})
	}
	lawyer.expectEnd(4400, "bad_message")
}

func TestAThousandMessagesASecondEnd(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	for n := range 200 {
		lawyer.send(Ping{N: int64(n)})
	}
	lawyer.expectEnd(4429, "rate")
	host.sync()
	expect[Admitted](r.join("representative"))
}

func TestFloodsOfControlFramesEnd(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	for range 200 {
		_ = lawyer.conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second))
	}
	lawyer.expectEnd(4429, "rate")
}

func TestAHalfHandshakeIsNoSession(t *testing.T) {
	r := newRig(t)
	request, err := http.NewRequest("GET", r.web.URL+"/h/"+r.people["host"].ID+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", origin)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if s := r.live.Stats(); s.Sessions != 0 || s.Refused["handshake"] != 1 || r.live.door.count() != 0 {
		t.Errorf("%+v", s)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAPanicCostsOneParticipantOnly(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	c := r.sessionOf(r.people["representative"].ID)
	c.hearing.post(c.participant, func() { panic("a bug in this participant's path") })
	lawyer.expectEnd(1012, "restart")
	expect(host, has(4, "reconnecting"))
	back := r.join("representative")
	expect[Admitted](back)
	expect(host, has(4, "in_hearing"))

	media := r.sessionOf(r.people["representative"].ID).media.Load()
	func() {
		defer media.rescue()
		panic("a bug in an event")
	}()
	back.expectEnd(1012, "restart")
	expect[Admitted](r.join("representative"))
	host.sync()
	if n := r.live.Stats().Panics; n != 2 {
		t.Errorf("%d panics counted", n)
	}
}

func TestLogsHoldNoSecretsAndNoNames(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	lawyer.sendRaw(`{"type":"offer","pc":1,"path":"direct","sdp":"v=0 very-secret-sdp"}`)
	expect[Error](lawyer)
	host.send(End{})
	host.expectEnd(4411, "closed")
	log := r.log.String()
	for _, secret := range []string{"Name-of", r.cookies["host"], r.cookies["representative"], r.invites["host"], "secret-relay", "very-secret-sdp"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log, r.people["host"].ID) {
		t.Error("the log holds nothing at all")
	}
}

// Whoever chooses without end does not push out of the journal what others do to
// them, nor what they chose themselves.
func TestNobodyWearsTheJournalOut(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	const seconds = journalBurst + 10
	for i := range seconds {
		lawyer.send(Listen{Language: fmt.Sprint("fr-", i)})
		lawyer.send(Listen{Language: fmt.Sprint("ar-", i)})
		r.pass(time.Second, host, lawyer)
	}
	host.send(Mute{Number: r.people["representative"].Number})
	r.followed(host)
	chosen := 2*seconds - len(lawyer.mentions(`"re":"listen"`))
	r.until("the journal tells all of it", func() bool {
		kinds := map[string]int{}
		must(t, r.store.Journal(func(e booking.Entry) error {
			if e.Participant == r.people["representative"].ID {
				kinds[e.Kind]++
			}
			return nil
		}))
		return kinds[conference.KindMuted] == 1 && kinds[conference.KindListens] == chosen
	})
	if chosen > seconds {
		t.Errorf("the journal grew by %d entries in %d s", chosen, seconds)
	}
}

// Nobody rings without end at somebody who does not come.
func TestRingingIsBounded(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	citizen := r.join("party")
	expect[Waiting](citizen)
	const seconds = 30
	for range seconds {
		citizen.send(Consult{Numbers: []uint32{r.people["representative"].Number}})
		citizen.send(Return{})
		r.pass(time.Second, host, lawyer, citizen)
	}
	r.followed(citizen)
	if rang, most := len(lawyer.mentions(`"invitation"`)), ringBurst+seconds/5+1; rang < ringBurst || rang > most {
		t.Errorf("it rang %d times in %d s, want at most %d", rang, seconds, most)
	}
}

// Whoever calls for help again and again gives the desk one task, and the books
// little to write.
func TestCallsForHelpAreBounded(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	const seconds = 40
	for range seconds {
		lawyer.send(Help{On: true})
		lawyer.send(Help{})
		r.pass(time.Second, host, lawyer)
	}
	r.followed(lawyer)
	opened := 0
	must(t, r.store.Journal(func(e booking.Entry) error {
		if e.Kind == "task_opened" {
			opened++
		}
		return nil
	}))
	if most := helpBurst + seconds/10 + 1; opened < helpBurst || opened > most {
		t.Errorf("%d tasks in %d s, want at most %d", opened, seconds, most)
	}
	r.pass(time.Minute, host, lawyer)
	lawyer.send(Help{On: true})
	expect(host, func(r Roster) bool {
		return slices.ContainsFunc(r.Participants, func(p RosterEntry) bool { return p.Help })
	})
}

// Whoever writes without end fills nobody's link: what is too much is refused, and
// the socket of a reader who has little stays open.
func TestWritingIsBounded(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	const sent = 4 * talkBurst
	for _, line := range []struct {
		text     string
		at, most int // once, and with what becomes free meanwhile
	}{
		{"short", talkBurst, sent / 2},
		{strings.Repeat("ج", maxText), 3, 5},
		{strings.Repeat("🙂", maxText), 1, 2}, // 2000 bytes
	} {
		refused, heard := len(lawyer.mentions(`"rate"`)), len(host.mentions(`"chat"`))
		for range sent {
			lawyer.send(Say{To: "all", Text: line.text})
		}
		r.followed(lawyer)
		host.sync()
		refused, heard = len(lawyer.mentions(`"rate"`))-refused, len(host.mentions(`"chat"`))-heard
		if refused+heard != sent || heard < line.at || heard > line.most {
			t.Errorf("of %d messages of %d bytes %d were heard and %d refused", sent, len(line.text), heard, refused)
		}
		r.later(talkBurst / talkRate * time.Second)
	}
	for range sent / 4 { // each would have everybody seated anew
		lawyer.send(Listen{Language: "fr"})
		lawyer.send(Listen{})
	}
	r.followed(lawyer)
	if n := len(lawyer.mentions(`"re":"listen"`)); n < sent/4 {
		t.Errorf("of %d messages %d were refused", sent/2, n)
	}
	r.later(time.Second)
	lawyer.send(Say{To: "all", Text: "again"})
	expect(host, func(m Chat) bool { return m.Text == "again" })
}
