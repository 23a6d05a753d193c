package web

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// testDist stands for the built style and client.
var testDist = fstest.MapFS{
	"manifest.json":    {Data: []byte(`{"room.js":"room-1.js","room.css":"room-1.css","live.js":"live-1.js","inside.js":"inside-1.js","inside.css":"inside-1.css","bench.js":"bench-1.js","zone.js":"zone-1.js","rehearsal.js":"rehearsal-1.js","rehearsal.css":"rehearsal-1.css","pages.css":"pages-1.css","staff.css":"staff-1.css"}`)},
	"room-1.js":        {Data: []byte("plain script")},
	"room-1.js.br":     {Data: []byte("brotli script")},
	"room-1.js.gz":     {Data: []byte("gzip script")},
	"live-1.js":        {Data: []byte("plain media")},
	"inside-1.js":      {Data: []byte("plain inside")},
	"inside-1.css":     {Data: []byte("plain stage")},
	"bench-1.js":       {Data: []byte("plain bench")},
	"room-1.css":       {Data: []byte("plain room")},
	"room-1.css.gz":    {Data: []byte("gzip room")},
	"zone-1.js":        {Data: []byte("plain clock")},
	"rehearsal-1.js":   {Data: []byte("plain rehearsal")},
	"rehearsal-1.css":  {Data: []byte("plain trial")},
	"pages-1.css":      {Data: []byte("plain pages")},
	"staff-1.css":      {Data: []byte("plain staff")},
	"pages-1.css.br":   {Data: []byte("brotli pages")},
	"notes-of-mine.md": {Data: []byte("not an asset")},
}

// fixture is a site on a real store, at an hour that the test sets.
type fixture struct {
	t        testing.TB
	now      time.Time
	store    *booking.Store
	handler  http.Handler
	log      bytes.Buffer
	accounts int // made so far
}

// start of the hearing that the tests book, in winter time of the new rules: Casablanca is on UTC+0.
var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

var linkKey = []byte("the key of the links of the tests")

func newFixture(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	return openFixture(t, booking.Options{LinkKey: linkKey}, change...)
}

// newMailFixture is a site that sends mail, with links in it.
func newMailFixture(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	return openFixture(t, booking.Options{LinkKey: linkKey, Mail: true}, change...)
}

func openFixture(t testing.TB, options booking.Options, change ...func(*Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, now: start.Add(-15 * time.Minute)}
	clock := func() time.Time { return f.now }
	options.Now = clock
	store, err := booking.Open(filepath.Join(t.TempDir(), "jalsa.db"), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	f.store = store
	config := Config{
		Bookings:  store,
		PublicURL: "http://audiences.example.ma",
		Live: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "live "+r.PathValue("participant"))
		}),
		Rehearsal: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "rehearsal "+r.PathValue("participant"))
		}),
		Now:    clock,
		Logger: slog.New(slog.NewTextHandler(&f.log, nil)),
	}
	for _, c := range change {
		c(&config)
	}
	if f.handler, err = newSite(config, testDist); err != nil {
		t.Fatal(err)
	}
	return f
}

// book makes the hearing of the tests: a judge, a party and a representative, open from 09:30 to 10:45 and 15
// minutes of grace.
func (f *fixture) book(change ...func(*booking.Draft)) (booking.Appointment, []booking.Invite) {
	f.t.Helper()
	civil, err := booking.NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		f.t.Fatal(err)
	}
	draft := booking.Draft{
		Reference:   "RBT-2026-0417",
		Institution: booking.Text{"fr": "Tribunal de Rabat", "ar": "محكمة الرباط", "en": "Court of Rabat"},
		Service:     booking.Text{"fr": "Audience de conciliation", "ar": "جلسة صلح"},
		Prepare:     []booking.Text{{"fr": "Votre passeport"}},
		Start:       civil,
		Duration:    45 * time.Minute, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute,
		Participants: []booking.Participant{
			{Role: booking.RoleHost, Name: "Amina El Fassi"},
			{Role: booking.RoleParty, Name: "Youssef Bennani", Language: "fr"},
			{Role: booking.RoleRepresentative, Name: "سناء العلوي", Language: "ar"},
		},
	}
	for _, c := range change {
		c(&draft)
	}
	a, invites, err := f.store.Book(draft, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	return a, invites
}

// do sends one request; header holds name, value pairs.
func (f *fixture) do(method, target string, header ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	if strings.HasPrefix(target, "/") {
		r.Host = "audiences.example.ma"
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// serve starts the site on a real port, which it knows as one of its own.
func serve(t *testing.T) (*fixture, *httptest.Server) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	f := newFixture(t, func(c *Config) { c.Origins = []string{"http://" + server.Listener.Addr().String()} })
	server.Config.Handler = f.handler
	server.Start()
	t.Cleanup(server.Close)
	return f, server
}

// enter redeems a ticket and returns the address of the room and the session cookie.
func (f *fixture) enter(ticket string) (string, *http.Cookie) {
	f.t.Helper()
	w := f.do("POST", "/j/"+ticket)
	if w.Code != http.StatusSeeOther {
		f.t.Fatalf("redeem: status %d", w.Code)
	}
	return w.Header().Get("Location"), find(f.t, w, booking.SessionCookie)
}

func find(t testing.TB, w *httptest.ResponseRecorder, name string) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %s in %v", name, w.Header()["Set-Cookie"])
	return nil
}

// document is a parsed page.
type document struct {
	t    testing.TB
	root *html.Node
}

func parse(t testing.TB, w *httptest.ResponseRecorder) document {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Fatalf("Content-Type %q", got)
	}
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return document{t, root}
}

func (d document) all(match func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			found = append(found, n)
		}
	}
	return found
}

func (d document) elements(tag string) []*html.Node {
	return d.all(func(n *html.Node) bool { return n.Data == tag })
}

// one returns the only element of a tag.
func (d document) one(tag string) *html.Node {
	d.t.Helper()
	found := d.elements(tag)
	if len(found) != 1 {
		d.t.Fatalf("%d elements <%s>, want 1", len(found), tag)
	}
	return found[0]
}

// state is what the page says of itself for tests and style.
func (d document) state() string {
	for _, n := range d.all(func(n *html.Node) bool { return attribute(n, "data-state") != "" }) {
		return attribute(n, "data-state")
	}
	return ""
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var all strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			all.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(all.String()), " ")
}
