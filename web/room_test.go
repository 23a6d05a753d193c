package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// booted is what the client reads; the messages may be a string or plural forms.
type booted struct {
	Lang, Name, Role, Socket string
	LinkHint                 string `json:"link_hint"`
	Docket                   string
	Number                   uint32
	Host                     bool
	Hearing                  struct {
		Service, Reference string
	}
	Messages map[string]any
	Later    map[string][]string
}

// brought are the words that the files of a later part bring.
func (b booted) brought(t *testing.T, f *fixture, part string) map[string]any {
	t.Helper()
	words := map[string]any{}
	for _, address := range b.Later[part] {
		w := f.do("GET", address)
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %s", address, w.Code, w.Header().Get("Cache-Control"))
		}
		if !strings.HasSuffix(address, ".json") {
			continue
		}
		if err := json.Unmarshal(w.Body.Bytes(), &words); err != nil {
			t.Fatalf("%s: %v", address, err)
		}
	}
	return words
}

func readBoot(t *testing.T, d document) booted {
	t.Helper()
	for _, script := range d.elements("script") {
		if attribute(script, "id") == "boot" {
			var b booted
			if err := json.Unmarshal([]byte(script.FirstChild.Data), &b); err != nil {
				t.Fatalf("boot: %v in %s", err, script.FirstChild.Data)
			}
			return b
		}
	}
	t.Fatal("no boot in the page")
	return booted{}
}

func TestRoomPage(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	room, cookie := f.enter(invites[2].Ticket)
	for _, l := range languages {
		w := f.do("GET", room+"?lang="+l.Code, "Cookie", cookie.Name+"="+cookie.Value)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		d := parse(t, w)
		checkPage(t, d, l)
		b := readBoot(t, d)
		if b.Lang != l.Code || b.Name != "سناء العلوي" || b.Role != "representative" || b.Host ||
			b.Number != invites[2].Participant.Number || b.Socket != room+"ws" || b.LinkHint == "" || b.Docket != "" {
			t.Errorf("boot %+v", b)
		}
		if b.Hearing.Reference != "RBT-2026-0417" {
			t.Errorf("hearing %+v", b.Hearing)
		}
		later := b.brought(t, f, "inside")
		if b.Messages["room.waiting.title"] == nil || later["reason.removed.title"] == nil || later["room.floor.me"] == nil {
			t.Error("words are missing")
		}
		if later["room.bench.start"] != nil || b.Later["bench"] != nil {
			t.Error("a lawyer reads the words of the bench")
		}
		for _, c := range siteOf(t, f).catalogues {
			if c.Code != l.Code {
				continue
			}
			for key := range c.messages {
				in := 0
				for _, words := range []map[string]any{b.Messages, later} {
					if words[key] != nil {
						in++
					}
				}
				ours := strings.HasPrefix(key, "room.") && !strings.HasPrefix(key, "room.bench.") || strings.HasPrefix(key, "reason.")
				if (in == 1) != ours || in > 1 {
					t.Errorf("%s is brought %d times", key, in)
				}
			}
		}
		want := []string{"/static/inside-1.css", "/static/inside-1.js"}
		if got := b.Later["live"]; !slices.Equal(got, []string{"/static/live-1.js"}) {
			t.Errorf("files of what flows: %v", got)
		}
		if got := b.Later["inside"]; len(got) != 3 || !slices.Equal(got[:2], want) {
			t.Errorf("files of the later part: %v", got)
		}
		checkNoTicket(t, f, w, invites)
		if strings.Contains(w.Body.String(), cookie.Value) {
			t.Error("the session stands in the page")
		}
	}
	hosts, cookieOfHost := f.enter(invites[0].Ticket)
	b := readBoot(t, parse(t, f.do("GET", hosts, "Cookie", cookieOfHost.String())))
	if !b.Host || b.brought(t, f, "inside")["room.bench.start"] == nil || !slices.Equal(b.Later["bench"], []string{"/static/bench-1.js"}) {
		t.Errorf("the host lacks the bench or its words: %v", b.Later)
	}
	if got := content(parse(t, f.do("GET", room, "Cookie", cookie.String())).one("noscript")); got == "" {
		t.Error("nothing is said to a browser without script")
	}
	if w := f.do("GET", strings.TrimSuffix(room, "/")); w.Code != http.StatusSeeOther || w.Header().Get("Location") != room {
		t.Errorf("without slash: %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w := f.do("GET", room+"ws"); w.Body.String() != "live "+invites[2].Participant.ID {
		t.Errorf("socket answers %q", w.Body)
	}
}

func TestRoomNeedsItsOwnSession(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	room, cookie := f.enter(invites[1].Ticket)
	other, _ := f.enter(invites[2].Ticket)
	own := booking.SessionCookie + "=" + cookie.Value
	for name, c := range map[string]struct{ address, cookie string }{
		"no cookie":            {room, "x=y"},
		"made up":              {room, booking.SessionCookie + "=" + strings.Repeat("a", 26)},
		"empty":                {room, booking.SessionCookie + "="},
		"of somebody else":     {other, own},
		"nobody's room":        {"/h/aaaaaaaaaaaaaaaa/", own},
		"ticket as a session":  {room, booking.SessionCookie + "=" + invites[1].Ticket},
		"an address too large": {"/h/" + strings.Repeat("a", 3000) + "/", own},
	} {
		w := f.do("GET", c.address, "Cookie", c.cookie)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d", name, w.Code)
			continue
		}
		d := parse(t, w)
		checkPage(t, d, languages[0])
		if d.state() != "no_session" {
			t.Errorf("%s: state %q", name, d.state())
		}
	}
}

func TestRevokedSessionGetsAPage(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	room, cookie := f.enter(invites[1].Ticket)
	if _, err := f.store.Reissue(invites[1].Participant.ID, "test"); err != nil {
		t.Fatal(err)
	}
	w := f.do("GET", room, "Cookie", cookie.Name+"="+cookie.Value)
	if state := parse(t, w).state(); w.Code != http.StatusForbidden || state != "no_session" {
		t.Errorf("status %d, state %q", w.Code, state)
	}
}

// The room page asks the gate again.
func TestRoomIsRefusedWithItsReason(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	room, cookie := f.enter(invites[1].Ticket)
	session := cookie.Name + "=" + cookie.Value
	f.now = start.Add(2 * time.Hour)
	w := f.do("GET", room, "Cookie", session)
	if state := parse(t, w).state(); w.Code != http.StatusGone || state != "too_late" {
		t.Errorf("status %d, state %q, want 410 too_late", w.Code, state)
	}
	if _, err := f.store.End(a.ID, "test"); err != nil {
		t.Fatal(err)
	}
	w = f.do("GET", room+"?lang=ar", "Cookie", session)
	if w.Code == http.StatusOK {
		t.Error("a closed hearing is still shown as a room")
	}
	checkPage(t, parse(t, w), languages[1])
}

// A choice made on the page of the link, or in the room, is kept for that room only.
func TestChoicesAreKeptInTheRoom(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	w := f.do("POST", "/j/"+invites[1].Ticket+"?lang=en&zone=America/Toronto")
	room := w.Header().Get("Location")
	jar := []string{}
	for _, c := range w.Result().Cookies() {
		if c.Path != room {
			t.Errorf("cookie %s has path %s", c.Name, c.Path)
		}
		jar = append(jar, c.Name+"="+c.Value)
	}
	d := parse(t, f.do("GET", room, "Cookie", strings.Join(jar, "; "), "Accept-Language", "ar"))
	if b, page := readBoot(t, d), content(d.root); b.Lang != "en" || !strings.Contains(page, "Toronto") {
		t.Errorf("room in %s, Toronto shown: %t", b.Lang, strings.Contains(page, "Toronto"))
	}
	w = f.do("GET", room+"?lang=ar", "Cookie", strings.Join(jar, "; "))
	if c := find(t, w, languageChoice); c.Value != "ar" || c.Path != room {
		t.Errorf("switch sets %+v", c)
	}
}

// Whoever was put out, or whose hearing was called off, reads so with the session of before, and nothing else.
func TestASessionServesToReadTheRefusal(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	for i, c := range []struct {
		state string
		act   func(booking.Participant) error
	}{
		{"removed", func(p booking.Participant) error { _, err := f.store.Remove(a.ID, p.ID, "test"); return err }},
		{"cancelled", func(booking.Participant) error {
			_, err := f.store.Cancel(a.ID, booking.Why{Code: "judge_ill"}, "test")
			return err
		}},
	} {
		invite := invites[i+1]
		room, cookie := f.enter(invite.Ticket)
		if err := c.act(invite.Participant); err != nil {
			t.Fatal(err)
		}
		w := f.do("GET", room, "Cookie", cookie.Name+"="+cookie.Value)
		d := parse(t, w)
		if w.Code == http.StatusOK || d.state() != c.state {
			t.Errorf("status %d, state %q, want %q", w.Code, d.state(), c.state)
		}
		if len(d.elements("script")) != 0 {
			t.Errorf("%s: the page still starts a room", c.state)
		}
	}
}
