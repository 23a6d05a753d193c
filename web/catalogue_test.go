package web

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

func TestPluralCases(t *testing.T) {
	b, err := fs.ReadFile(localeFiles, "locales/plural_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]map[string]string
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for lang, counts := range cases {
		for count, want := range counts {
			n, err := strconv.Atoi(count)
			if err != nil {
				t.Fatal(err)
			}
			if got := plural(lang, n); got != want {
				t.Errorf("%s %d: %s, want %s", lang, n, got, want)
			}
			if got := plural(lang, -n); got != want {
				t.Errorf("%s %d: %s, want %s", lang, -n, got, want)
			}
		}
	}
	for _, l := range append(languages, language{Code: "zgh"}, language{Code: "es"}, language{Code: "it"}, language{Code: "nl"}, language{Code: "de"}) {
		if len(cases[l.Code]) == 0 {
			t.Errorf("no cases for %s", l.Code)
		}
	}
}

func TestTextFillsSlots(t *testing.T) {
	ar := siteOf(t, newFixture(t)).catalogues["ar"]
	for n, want := range map[int]string{1: "دقيقة واحدة", 2: "دقيقتان", 5: "5 دقائق", 45: "45 دقيقة", 100: "100 دقيقة"} {
		if got := ar.text("join.minutes", "n", n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if got := ar.text("no.such.key"); got != "no.such.key" {
		t.Errorf("unknown key says %q", got)
	}
	if got := string(ar.isolated("error.code", "code", "<b>{code}")); !strings.Contains(got, "<bdi>&lt;b&gt;{code}</bdi>") {
		t.Errorf("isolated slot: %s", got)
	}
	// Spanish has no "many" of its own in most catalogues.
	m := message{forms: map[string]string{"one": "x", "other": "y"}}
	if m.sentence("es", 1_000_000) != "y" {
		t.Error("a missing category is not said as other")
	}
}

func TestCataloguesThatDisagreeAreRefused(t *testing.T) {
	good := `{"a":"x {n}","b":{"one":"1","other":"{n}"}}`
	for name, bad := range map[string]string{
		"missing key":    `{"a":"x {n}"}`,
		"extra key":      `{"a":"x {n}","b":{"other":"{n}"},"c":"z"}`,
		"another slot":   `{"a":"x {m}","b":{"other":"{n}"}}`,
		"lost slot":      `{"a":"x","b":{"other":"{n}"}}`,
		"not a plural":   `{"a":"x {n}","b":"{n}"}`,
		"without other":  `{"a":"x {n}","b":{"one":"{n}"}}`,
		"not a sentence": `{"a":"x {n}","b":3}`,
		"not JSON":       `{`,
	} {
		files := fstest.MapFS{"locales/fr/a.json": {Data: []byte(good)}, "locales/ar/a.json": {Data: []byte(good)}, "locales/en/a.json": {Data: []byte(bad)}}
		if _, err := loadCatalogues(files); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := loadCatalogues(localeFiles); err != nil {
		t.Error(err)
	}
}

var (
	templateKey = regexp.MustCompile(`\bt[b]? "([^"]+)"`)
	sourceKey   = regexp.MustCompile(`"((?:` + areas + `)\.[a-z_.0-9]+)"`)
)

// areas are the first words of keys; the rest of a key says more.
const areas = "desk|join|home|page|error|reason|date|field|book|manage|find|mail|staff|docket|setup|account|machine|rehearsal"

// composed are the beginnings of keys that sources put together from a code of booking; which codes there are is tested
// beside the page that does so.
var composed = []string{
	"field.", "date.weekday_short.", "book.language.", "book.people.role.", "book.state.", "manage.state.", "manage.cancel.", "manage.people.", "manage.told.", "staff.role.", "staff.role_hint.",
	"docket.state.", "docket.is.", "docket.at.", "docket.link.", "docket.done.", "docket.event.", "docket.about.", "docket.reason.", "docket.receipt.",
	"desk.at.", "desk.state.", "desk.reason.", "desk.task.", "desk.ready.", "desk.link.",
	"docket.concern.", "docket.despite.", "docket.reject.", "docket.cancel.", "docket.move.", "docket.adjourn.",
	"setup.institution.", "setup.service.", "setup.counter.", "setup.opening.", "setup.closure.", "setup.unit.", "setup.treat.", "setup.done.",
	"rehearsal.", // most are the client's
	"mail.letter.", "mail.kind.", "mail.state.", "mail.why.",
}

// usedKeys collects every key that templates and sources of this package name, and the families they compose.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	collect := func(pattern *regexp.Regexp, glob string) {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pattern.FindAllStringSubmatch(string(b), -1) {
				if !strings.HasSuffix(m[1], ".") && !strings.HasSuffix(m[1], ".css") && !strings.HasSuffix(m[1], ".js") {
					used[m[1]] = true
				}
			}
		}
	}
	collect(templateKey, "templates/*.html")
	collect(templateKey, "templates/parts/*.html")
	collect(templateKey, "templates/mail/*")
	collect(sourceKey, "*.go")
	for _, f := range failures {
		delete(used, f.key)
		used[f.key+".title"], used[f.key+".text"] = true, true
	}
	delete(used, "error.internal")
	used["error.internal.title"], used["error.internal.text"] = true, true
	for _, standing := range []string{string(booking.StatusOpen), string(booking.StatusInSession), string(booking.StatusDelayed), booking.OrderPaused, booking.OrderSuspended, booking.OrderDeliberation} {
		for _, part := range []string{".title", ".text", ".host"} {
			used["join."+standing+part] = true
		}
	}
	for _, zone := range places {
		used["zone."+zone] = true
	}
	for i := range 7 {
		used["date.weekday."+strconv.Itoa(i)] = true
	}
	for i := range 12 {
		used["date.month."+strconv.Itoa(i+1)] = true
	}
	for _, code := range strings.Fields("unknown_link too_early too_late cancelled moved closed removed awaiting_host " +
		"already_connected capacity requested replaced slow bad_message rate left restart") {
		used["reason."+code+".title"], used["reason."+code+".text"] = true, true
	}
	return used
}

func TestEveryKeyExistsAndIsUsed(t *testing.T) {
	fr := siteOf(t, newFixture(t)).catalogues["fr"]
	used := usedKeys(t)
	for key := range used {
		if _, ok := fr.messages[key]; !ok {
			t.Errorf("key %s is used and does not exist", key)
		}
	}
	for key := range fr.messages {
		isComposed := slices.ContainsFunc(composed, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if !used[key] && !isComposed && !strings.HasPrefix(key, "room.") { // those are the client's to check
			t.Errorf("key %s is used nowhere", key)
		}
	}
	for _, role := range strings.Fields("host panel clerk party representative witness expert interpreter observer assistant") {
		if _, ok := fr.messages["room.role."+role]; !ok {
			t.Errorf("role %s has no word", role)
		}
	}
}

// French writes a space before : ; ? ! and inside « », at which no line may break.
func TestFrenchPunctuationStaysWithItsWord(t *testing.T) {
	loose := regexp.MustCompile(` [:;?!»]|« `)
	fr := siteOf(t, newFixture(t)).catalogues["fr"]
	for _, c := range []*catalogue{fr, fr.appointment} {
		for key, m := range c.messages {
			for _, text := range append([]string{m.text}, slices.Collect(maps.Values(m.forms))...) {
				if loose.MatchString(text) {
					t.Errorf("%s: an ordinary space before punctuation in %q", key, text)
				}
			}
		}
	}
}

// Whatever a test makes a page or a letter say, every slot has its value: a template that panics answers with a fault.
func init() {
	openSlot = func(key, name string) { panic("key " + key + " is said without {" + name + "}") }
}

func TestASlotWithoutValueFails(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("said all the same")
		}
	}()
	siteOf(t, newFixture(t)).catalogues["fr"].text("docket.place.at", "date", "", "clock", "")
}

// No page shows a key, an empty slot or a plural that was not chosen.
func TestNoSlotIsLeftOpen(t *testing.T) {
	f := newFixture(t)
	a, invites := f.book()
	if _, err := f.store.Delay([]string{a.ID}, 5*time.Minute, "test"); err != nil {
		t.Fatal(err)
	}
	raw := regexp.MustCompile(`\{[a-z_]+\}|\b(?:zone|room|` + areas + `)\.[a-z_]+`)
	for _, l := range languages {
		for _, target := range []string{"/", "/j/" + invites[1].Ticket, "/j/" + invites[0].Ticket, "/j/x", "/nothing"} {
			d := parse(t, f.do("GET", target+"?lang="+l.Code))
			if found := raw.FindString(content(d.one("body"))); found != "" {
				t.Errorf("%s in %s shows %s", target, l.Code, found)
			}
			for _, n := range d.all(func(n *html.Node) bool { return attribute(n, "aria-label") != "" }) {
				if raw.MatchString(attribute(n, "aria-label")) {
					t.Errorf("label %s", attribute(n, "aria-label"))
				}
			}
		}
	}
}
