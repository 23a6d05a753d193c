package signaling

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/sfu"
	"jalsa/signaling/conference"
)

func TestWords(t *testing.T) {
	now := tenOClock
	large := sfu.Quality{Up: sfu.LevelLarge, Down: sfu.LevelLarge}
	fresh := func(r Report) Record { return Record{At: now.Add(-10 * time.Second), Report: r} }
	for name, c := range map[string]struct {
		record Record
		server sfu.Quality
		limit  sfu.Level
		up     bool
		want   string
	}{
		"nothing measured":          {Record{}, sfu.Quality{}, sfu.LevelUnknown, true, wordGood},
		"all well":                  {fresh(Report{Level: "large", RTT: 90, Loss: 5}), large, sfu.LevelUnknown, true, wordGood},
		"down":                      {fresh(Report{Level: "large"}), large, sfu.LevelUnknown, false, wordLost},
		"some loss":                 {fresh(Report{Level: "large", Loss: 31}), large, sfu.LevelUnknown, true, wordFair},
		"loss that the server sees": {fresh(Report{Level: "large"}), sfu.Quality{LossUp: 0.05}, sfu.LevelUnknown, true, wordFair},
		"much loss":                 {fresh(Report{Level: "large", Loss: 101}), large, sfu.LevelUnknown, true, wordPoor},
		"much loss on the way down": {Record{}, sfu.Quality{LossDown: 0.2}, sfu.LevelUnknown, true, wordPoor},
		"far away":                  {fresh(Report{RTT: 401}), large, sfu.LevelUnknown, true, wordFair},
		"too far to talk":           {fresh(Report{RTT: 100}), sfu.Quality{RTT: 900 * time.Millisecond}, sfu.LevelUnknown, true, wordPoor},
		"syllables lost":            {fresh(Report{Concealed: 11}), large, sfu.LevelUnknown, true, wordFair},
		"words lost":                {fresh(Report{Concealed: 51}), large, sfu.LevelUnknown, true, wordPoor},
		"pictures stumble":          {fresh(Report{Freezes: 501}), large, sfu.LevelUnknown, true, wordFair},
		"pictures stand":            {fresh(Report{Freezes: 10_000}), large, sfu.LevelUnknown, true, wordFair},
		"sends small":               {fresh(Report{Level: "small"}), large, sfu.LevelUnknown, true, wordFair},
		"receives stills":           {fresh(Report{Level: "large"}), sfu.Quality{Up: sfu.LevelLarge, Down: sfu.LevelStills}, sfu.LevelUnknown, true, wordFair},
		"voice only":                {fresh(Report{Level: "voice"}), large, sfu.LevelUnknown, true, wordPoor},
		"voice only as they wish":   {fresh(Report{Level: "voice"}), sfu.Quality{Up: sfu.LevelVoice, Down: sfu.LevelStills}, sfu.LevelVoice, true, wordGood},
		"small as they wish":        {fresh(Report{Level: "small"}), large, sfu.LevelSmall, true, wordGood},
		"less than they wish":       {fresh(Report{Level: "stills"}), large, sfu.LevelSmall, true, wordFair},
		"much loss as they save":    {fresh(Report{Level: "voice", Loss: 101}), large, sfu.LevelVoice, true, wordPoor},
		"was bad long ago":          {Record{At: now.Add(-freshFor - 1), Report: Report{Level: "voice", Loss: 900}}, large, sfu.LevelUnknown, true, wordGood},
		"was bad just now":          {Record{At: now.Add(-freshFor), Report: Report{Level: "voice"}}, large, sfu.LevelUnknown, true, wordPoor},
	} {
		if got := word(c.record, c.server, c.limit, c.up, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestLossesAreMeans(t *testing.T) {
	var l losses
	for _, lost := range []float64{0.5, 0, 0, 0.1} {
		l.add(sfu.Quality{LossUp: lost, LossDown: lost / 2})
	}
	if q := l.over(sfu.Quality{LossUp: 0.1, LossDown: 0.1, Up: sfu.LevelSmall}); q != (sfu.Quality{LossUp: 0.15, LossDown: 0.075, Up: sfu.LevelSmall}) {
		t.Errorf("%+v", q)
	}
	if q := (losses{}).over(sfu.Quality{LossUp: 0.1}); q.LossUp != 0.1 {
		t.Errorf("nothing seen: %+v", q)
	}
}

func TestReportsHaveBounds(t *testing.T) {
	good := Report{PC: 1, Path: "relay", Level: "small", Sent: 96_000, Received: 1_480_000, Loss: 1000, RTT: 310, Concealed: 1000, Freezes: 80_000, Layer: "h"}
	for name, c := range map[string]struct {
		change func(*Report)
		want   string
	}{
		"as they come":    {func(*Report) {}, ""},
		"nothing known":   {func(r *Report) { *r = Report{PC: 1, Path: "direct"} }, ""},
		"no pc":           {func(r *Report) { r.PC = 0 }, errBadMessage},
		"no path":         {func(r *Report) { r.Path = "" }, errBadMessage},
		"unknown level":   {func(r *Report) { r.Level = "huge" }, errBadMessage},
		"negative rate":   {func(r *Report) { r.Sent = -1 }, errBadMessage},
		"too fast":        {func(r *Report) { r.Received = 2e9 }, errBadMessage},
		"more than all":   {func(r *Report) { r.Loss = 1001 }, errBadMessage},
		"much concealed":  {func(r *Report) { r.Concealed = 1001 }, errBadMessage},
		"minutes away":    {func(r *Report) { r.RTT = 60_001 }, errBadMessage},
		"frozen for ever": {func(r *Report) { r.Freezes = maxFreezes + 1 }, errBadMessage},
		"long layer":      {func(r *Report) { r.Layer = "abcdefghi" }, errBadMessage},
		"markup":          {func(r *Report) { r.Layer = "<b>" }, errBadMessage},
	} {
		r := good
		c.change(&r)
		if got := r.check(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheHostIsToldHowConnectionsDo(t *testing.T) {
	r := newRig(t)
	host, party, _, lawyer, _ := r.everybody()
	says := func(number uint32, word string) func(Quality) bool {
		return func(q Quality) bool {
			for _, p := range q.Participants {
				if p.Number == number {
					return p.Word == word
				}
			}
			return false
		}
	}
	expect(host, says(4, "good"), says(2, "good"), func(q Quality) bool { return len(q.Participants) == 3 && q.Participants[0].Number == 1 })
	bad := Report{PC: 1, Path: "direct", Level: "small", Loss: 200, Concealed: 90}
	lawyer.send(bad)
	r.followed(lawyer)
	lawyer.send(bad)
	if e := expect[Error](lawyer); e.Code != "rate" || e.Re != "report" {
		t.Errorf("%+v", e)
	}
	r.later(judgeEvery)
	expect(host, says(4, "poor"), says(2, "good"))
	desk := r.live.Connections(r.appointment.ID)
	if c := desk[r.people["representative"].ID]; c.Word != "poor" || c.Level != "small" || len(c.Records) != 1 || c.Records[0].Loss != 200 {
		t.Errorf("the desk sees %+v", c)
	}
	if words := r.live.Words(r.appointment.ID); len(words) != 3 || words[r.people["representative"].ID] != "poor" {
		t.Errorf("the docket is told %v", words)
	}
	if c, ok := desk[r.people["interpreter"].ID]; !ok || c.Word != "" {
		t.Errorf("the desk sees %+v of one without media", c)
	}

	// A path that goes down is told at once, without a new measure.
	m, transport := r.mediaOf("party")
	m.state(transport, sfu.StateDisconnected)
	expect(host, says(2, "lost"))
	m.state(transport, sfu.StateConnected)
	expect(host, says(2, "good"))

	// A host who comes back is told again; nobody else ever is.
	host.conn.Close()
	again := r.join("host")
	expect(again, says(4, "poor"))
	for _, c := range []*client{party, lawyer} {
		c.sync()
		for _, frame := range c.received() {
			if m, _ := DecodeServer(frame); m != nil && m.Type() == "quality" {
				t.Errorf("%s received %s", c.name, frame)
			}
		}
	}
	again.send(Remove{Number: 4})
	lawyer.expectEnd(4403, "removed")
	expect(again, says(2, "good"), func(q Quality) bool { return len(q.Participants) == 2 })
	if c := r.live.Connections(r.appointment.ID)[r.people["representative"].ID]; c.Word != "" || len(c.Records) != 1 {
		t.Errorf("after a removal the desk sees %+v", c)
	}
}

func TestOnlyTheLatestReportsAreKept(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	id := r.people["representative"].ID
	for i := range maxRecords + 5 {
		lawyer.send(Report{PC: 1, Path: "direct", RTT: i})
		r.followed(lawyer)
		r.later(reportEvery)
	}
	r.later(judgeEvery) // when the desk is shown them
	r.until("the last report", func() bool {
		records := r.live.Connections(r.appointment.ID)[id].Records
		return len(records) == maxRecords && records[0].RTT == 5 && records[maxRecords-1].RTT == maxRecords+4
	})
	if n := len(r.live.Stats().Errors); n != 0 {
		t.Errorf("errors: %v", r.live.Stats().Errors)
	}
}

func TestNobodyIsToldOfTheLinkOfWhomTheyMustNotMeet(t *testing.T) {
	r := newRig(t)
	a := r.add("m-", func(d *booking.Draft) { d.Screens = [][2]int{{1, 2}} },
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleClerk}, booking.Participant{Role: booking.RoleParty})
	h := &hearing{state: conference.New(a, r.now())}
	for name, want := range map[string]map[uint32]bool{"host": {}, "clerk": {3: true}, "party": {2: true}} {
		if got := h.screenedFrom(&member{id: r.people["m-"+name].ID}); !maps.Equal(got, want) {
			t.Errorf("%s is not told of %v, want %v", name, got, want)
		}
	}
}

// The file of a hearing that is over tells how people were heard; who comes to it once more takes nothing of that away.
func TestWhatWasMeasuredOutlivesTheHearing(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	id := r.people["representative"].ID
	lawyer.send(Report{PC: 1, Path: "direct", Level: "small", Loss: 70})
	r.followed(lawyer)
	host.send(End{})
	lawyer.expectEnd(4411, "closed")
	r.until("the hearing is forgotten", func() bool { return r.live.Stats().Hearings == 0 })
	c, ok := r.live.Connections(r.appointment.ID)[id]
	if !ok || c.Word != "" || len(c.Records) != 1 || c.Records[0].Loss != 70 {
		t.Errorf("the desk sees %+v", c)
	}
	if words := r.live.Words(r.appointment.ID); len(words) != 0 {
		t.Errorf("after the end somebody is connected: %v", words)
	}
}

func TestTheOldestRecordsGo(t *testing.T) {
	e := ended{all: make(map[string]map[string]Connection)}
	one := map[string]Connection{"p": {Records: make([]Record, 1)}}
	for i := range maxEnded {
		e.keep(fmt.Sprint(i), one)
	}
	e.keep("0", nil) // nothing new of the oldest
	e.keep("1", one) // the next one is held once more
	for _, id := range []string{"new", "newer"} {
		e.keep(id, one)
	}
	if len(e.all) != maxEnded || len(e.order) != maxEnded {
		t.Errorf("%d kept, %d in order", len(e.all), len(e.order))
	}
	for id, want := range map[string]bool{"0": false, "1": true, "2": false, "3": true, "new": true, "newer": true} {
		if _, kept := e.all[id]; kept != want {
			t.Errorf("%s: kept %v, want %v", id, kept, want)
		}
	}
}
