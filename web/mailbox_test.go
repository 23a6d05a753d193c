package web

import (
	netmail "net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
	"jalsa/web/mail"
)

func TestMailboxShowsWhatWasMailed(t *testing.T) {
	b := newBureau(t)
	folder := &mail.Folder{Path: filepath.Join(t.TempDir(), "mail"), From: netmail.Address{Address: "jalsa@localhost"}, Now: func() time.Time { return b.now }}
	f := newFixture(t, func(c *Config) {
		c.Mailbox = folder
		c.PublicURL = publicURL
		c.Origins = []string{"http://audiences.example.ma"}
	})
	if text := content(parse(t, f.do("GET", "/mail/?lang=fr")).one("main")); !strings.Contains(text, "Aucun message") {
		t.Errorf("an empty box: %s", text)
	}
	stories[booking.MessageAdjourned](b, "ar")
	for _, l := range b.deliver() {
		if err := folder.Carry(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range languages {
		list := parse(t, f.do("GET", "/mail/?lang="+l.Code))
		var letters []string
		for _, a := range list.elements("a") {
			if href := attribute(a, "href"); strings.HasPrefix(href, "/mail/") && !strings.HasPrefix(href, "/mail/?") {
				letters = append(letters, href)
			}
		}
		if len(letters) != 2 { // to who booked and to who comes along; what was said before is overtaken
			t.Fatalf("%d letters: %s", len(letters), content(list.one("main")))
		}
		page := parse(t, f.do("GET", letters[0]))
		for _, d := range []document{list, page} {
			wantNotIn(t, content(d.one("body")), "{")
		}
		if heading := content(page.one("h1")); !strings.Contains(heading, "تأجيل") {
			t.Errorf("heading %s", heading)
		}
		links, rehearsals, files := 0, 0, 0
		for _, a := range page.elements("a") {
			switch href := attribute(a, "href"); {
			case strings.HasSuffix(href, "/rehearsal"):
				rehearsals++
			case strings.HasPrefix(href, publicURL+"/j/"):
				links++
			case strings.HasSuffix(href, "appointment.ics"):
				files++
				w := f.do("GET", href)
				if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") {
					t.Errorf("%s: %d %s", href, w.Code, w.Header().Get("Content-Type"))
				}
				entryIn(t, w.Body.Bytes())
			}
		}
		if links != 1 || rehearsals != 1 || files != 2 {
			t.Errorf("%d links, %d to a rehearsal, %d files", links, rehearsals, files)
		}
		for _, n := range page.all(func(n *html.Node) bool { return attribute(n, "class") == "letter" }) {
			if n.Data != "pre" {
				t.Errorf("letter in <%s>", n.Data)
			}
		}
	}
	for _, missing := range []string{"/mail/nothing", "/mail/..%2f..%2fjalsa", "/mail/nothing/0/appointment.ics"} {
		if w := f.do("GET", missing); w.Code != 404 {
			t.Errorf("%s: %d", missing, w.Code)
		}
	}
}

func TestWithoutDemoThereIsNoMailbox(t *testing.T) {
	if w := newFixture(t).do("GET", "/mail/"); w.Code != 404 {
		t.Errorf("status %d", w.Code)
	}
}

func TestCalendarOfALink(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	w := f.do("GET", "/j/"+invites[1].Ticket+"/appointment.ics")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") || !strings.Contains(w.Header().Get("Content-Disposition"), `"appointment.ics"`) {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	cal, e := entryIn(t, w.Body.Bytes())
	wantTimes(t, e, "2026-11-23T10:00:00Z", "2026-11-23T10:45:00Z")
	wantIn(t, cal.Serialize(), "METHOD:PUBLISH", a.ID+"@audiences.example.ma")
	if w := f.do("GET", "/j/unknown/appointment.ics"); w.Code != 404 {
		t.Errorf("unknown link: %d", w.Code)
	}
}

// The staff sees of each message to whom, whether and when, and why not.
func TestReceiptsInEveryLanguage(t *testing.T) {
	s := siteOf(t, newFixture(t))
	civil, err := booking.NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	a := booking.Appointment{Start: civil, Participants: []booking.Participant{{ID: "p", Name: "Youssef Bennani"}}}
	whys := append([]string{"", "overtaken", "over", "expired", "removed", "erased"}, mail.Whys...)
	var all []booking.Message
	for i, kind := range allKinds {
		states := []booking.MessageState{booking.MessageQueued, booking.MessageSent, booking.MessageFailed, booking.MessageOff, booking.MessageDropped}
		all = append(all, booking.Message{Kind: kind, Participant: "p", To: "youssef@example.org", State: states[i%len(states)], Why: whys[i%len(whys)], Due: start, Done: start, Attempts: i})
	}
	pages, err := ownPages()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		v := visitor{catalogue: s.catalogues[l.Code]}
		views, err := v.receipts(a, all)
		if err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		if err := pages[s.catalogues[l.Code]].ExecuteTemplate(&page, "messages", views); err != nil {
			t.Fatal(err)
		}
		wantNotIn(t, page.String(), "mail.kind.", "mail.state.", "mail.why.", "mail.receipt", "{")
		wantIn(t, page.String(), "Youssef Bennani", "youssef@example.org", "10:00", `data-state="failed"`)
		if got := strings.Count(page.String(), "<li"); got != len(all) {
			t.Errorf("%d receipts", got)
		}
		page.Reset()
		if err := pages[s.catalogues[l.Code]].ExecuteTemplate(&page, "messages", []messageView{}); err != nil {
			t.Fatal(err)
		}
		wantIn(t, page.String(), v.text("mail.receipts_none"))
	}
}
