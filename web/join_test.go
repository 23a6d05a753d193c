package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// Scanners of mail services open links before people do, with GET, HEAD and OPTIONS.
func TestOnlyAPersonsPostRedeems(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	link := "/j/" + invites[1].Ticket
	before := entries(t, f.store)
	for i := range 20 {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			w := f.do(method, link, "User-Agent", "Mozilla/5.0 (compatible; SafeLinks)")
			if method != "OPTIONS" && w.Code != http.StatusOK {
				t.Fatalf("%s %d: status %d", method, i, w.Code)
			}
			if len(w.Header()["Set-Cookie"]) != 0 {
				t.Fatalf("%s sets a cookie", method)
			}
		}
	}
	if after := entries(t, f.store); after != before {
		t.Fatalf("fetching the link wrote %d journal entries", after-before)
	}
	room, cookie := f.enter(invites[1].Ticket)
	if want := "/h/" + invites[1].Participant.ID + "/"; room != want {
		t.Fatalf("sent to %s, want %s", room, want)
	}
	if _, p, err := f.store.Session(invites[1].Participant.ID, cookie.Value); err != nil || p.Name != "Youssef Bennani" {
		t.Fatalf("session: %v, %v", p.Name, err)
	}
	if again, _ := f.enter(invites[1].Ticket); again != room {
		t.Fatal("the link does not open a second time")
	}
}

func entries(t *testing.T, store *booking.Store) int {
	t.Helper()
	n := 0
	if err := store.Journal(func(booking.Entry) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSessionCookieBelongsToOneRoom(t *testing.T) {
	for _, secure := range []bool{false, true} {
		f := newFixture(t, func(c *Config) {
			if secure {
				c.PublicURL = "https://audiences.example.ma"
			}
		})
		_, invites := f.book()
		_, c := f.enter(invites[1].Ticket)
		if c.Path != "/h/"+invites[1].Participant.ID+"/" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("cookie %+v", c)
		}
		if c.Secure != secure {
			t.Errorf("public URL secure %v, cookie secure %v", secure, c.Secure)
		}
		if strings.Contains(c.Value, invites[1].Ticket) {
			t.Error("the cookie holds the ticket")
		}
	}
}

// Three links opened in one browser stay three people.
func TestThreePeopleInOneBrowser(t *testing.T) {
	f, server := serve(t)
	_, invites := f.book()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	rooms := make([]string, len(invites))
	for i, invite := range invites {
		response, err := browser.Post(server.URL+"/j/"+invite.Ticket+"?lang=en", "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		rooms[i] = response.Request.URL.String()
		if strings.Contains(rooms[i], invite.Ticket) {
			t.Fatalf("the ticket is still in the address %s", rooms[i])
		}
	}
	for i, invite := range invites {
		response, err := browser.Get(rooms[i])
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := readBoot(t, document{t, root}); got.Name != invite.Participant.Name || got.Lang != "en" {
			t.Errorf("room %d belongs to %q in %s, want %q in en", i, got.Name, got.Lang, invite.Participant.Name)
		}
	}
}

func siteOf(t *testing.T, f *fixture) *site {
	t.Helper()
	catalogues, err := ownCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := loadAssets(testDist)
	if err != nil {
		t.Fatal(err)
	}
	return &site{Config: Config{Bookings: f.store}, catalogues: catalogues, assets: loaded}
}

// checkPage holds for every page: language, direction, one heading, landmarks, names for what can be pressed.
func checkPage(t *testing.T, d document, l language) {
	t.Helper()
	root := d.one("html")
	if attribute(root, "lang") != l.Code || attribute(root, "dir") != l.Dir {
		t.Errorf("lang %q dir %q, want %s %s", attribute(root, "lang"), attribute(root, "dir"), l.Code, l.Dir)
	}
	for _, tag := range []string{"h1", "main", "title"} {
		if content(d.one(tag)) == "" {
			t.Errorf("<%s> is empty", tag)
		}
	}
	names := map[string]bool{}
	for _, n := range d.elements("nav") {
		names[attribute(n, "aria-label")] = true
	}
	if len(names) == 0 || names[""] || len(names) != len(d.elements("nav")) {
		t.Errorf("<nav> named %v", names)
	}
	current := d.all(func(n *html.Node) bool {
		return attribute(n, "aria-current") == "true" && attribute(n, "hreflang") != ""
	})
	if len(current) != 1 || attribute(current[0], "lang") != l.Code {
		t.Errorf("language switch marks %d entries", len(current))
	}
	for _, n := range append(d.elements("button"), d.elements("a")...) {
		if content(n) == "" {
			t.Errorf("nameless <%s>", n.Data)
		}
	}
	for _, n := range d.all(func(*html.Node) bool { return true }) {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s, which the policy forbids", n.Data, a.Key)
			}
		}
	}
	checkReferences(t, d)
	if text := content(root); strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}

// checkReferences holds a page to ids that occur once, and to labels and descriptions of something that is there.
func checkReferences(t *testing.T, d document) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range d.all(func(n *html.Node) bool { return attribute(n, "id") != "" }) {
		if id := attribute(n, "id"); ids[id] {
			t.Errorf("the id %s occurs twice", id)
		} else {
			ids[id] = true
		}
	}
	for _, n := range d.all(func(*html.Node) bool { return true }) {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(attribute(n, name)) {
				if !ids[id] {
					t.Errorf("<%s %s=%q> points at nothing", n.Data, name, id)
				}
			}
		}
	}
}

func checkNoTicket(t *testing.T, f *fixture, w *httptest.ResponseRecorder, invites []booking.Invite) {
	t.Helper()
	for _, invite := range invites {
		if strings.Contains(w.Body.String(), invite.Ticket) || strings.Contains(f.log.String(), invite.Ticket) {
			t.Error("a ticket stands in the page or the log")
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	hostile := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`,
		`'; alert(1); '`, "{{.}}", "${alert(1)}", "אבג (1)", `<!--`, `]]>`, `&lt;b&gt;`, `{"__proto__":{"x":1}}`,
	}
	for _, name := range hostile {
		f := newFixture(t)
		_, invites := f.book(func(d *booking.Draft) {
			d.Reference = "" // the store has rules for it
			d.Institution = booking.Text{"fr": name}
			d.Service = booking.Text{"fr": name}
			d.Prepare = []booking.Text{{"fr": name}}
			d.Participants[0].Name, d.Participants[1].Name = name, name
		})
		room, cookie := f.enter(invites[1].Ticket)
		for _, w := range []*httptest.ResponseRecorder{
			f.do("GET", "/j/"+invites[1].Ticket),
			f.do("GET", room, "Cookie", cookie.Name+"="+cookie.Value),
		} {
			d := parse(t, w)
			for _, script := range d.elements("script") {
				if attribute(script, "src") == "" && attribute(script, "type") != "application/json" {
					t.Errorf("%q became a script", name)
				}
			}
			if len(d.elements("img")) != 0 {
				t.Errorf("%q became an image", name)
			}
			if h1 := content(d.one("h1")); h1 != strings.Join(strings.Fields(name), " ") {
				t.Errorf("%q is shown as %q", name, h1)
			}
			for n := range d.one("main").Descendants() {
				if n.Type == html.TextNode && n.Data == name && n.Parent.Data != "bdi" {
					t.Errorf("%q is not isolated in <%s>", name, n.Parent.Data)
				}
			}
		}
	}
}

func TestUnknownLink(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	if _, err := f.store.Reissue(invites[1].Participant.ID, "test"); err != nil {
		t.Fatal(err)
	}
	for _, ticket := range []string{"x", strings.Repeat("a", 26), strings.Repeat("a", 4000), "%00", "..%2f", invites[1].Ticket, invites[1].Participant.ID} {
		for _, method := range []string{"GET", "POST"} {
			w := f.do(method, "/j/"+ticket)
			if w.Code != http.StatusNotFound {
				t.Errorf("%s %.20q: status %d", method, ticket, w.Code)
				continue
			}
			d := parse(t, w)
			checkPage(t, d, languages[0])
			if d.state() != "unknown_link" {
				t.Errorf("state %q", d.state())
			}
		}
	}
	checkNoTicket(t, f, f.do("GET", "/j/"+invites[1].Ticket), invites)
}
