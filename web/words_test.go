package web

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"jalsa/booking"
)

// foreign are the words by which only the other kind of appointment is called.
var foreign = map[bool]map[string]*regexp.Regexp{
	true: {
		"fr": regexp.MustCompile(`(?i)rendez-vous|entretien`),
		"ar": regexp.MustCompile(`موعدكم|الموعد|مواعيد|مقابل`), // موعد is the time of a hearing, too
		"en": regexp.MustCompile(`(?i)appointment`),
	},
	false: {
		"fr": regexp.MustCompile(`(?i)audience|séance`),
		"ar": regexp.MustCompile(`جلس[ةتا]`),
		"en": regexp.MustCompile(`(?i)hearing|session`),
	},
}

// said is everything that somebody reads about one appointment of theirs, from the confirmation on, by where it stands.
func said(t *testing.T, judicial bool, lang string) map[string]string {
	t.Helper()
	b := newBureau(t)
	f := &fixture{t: t, store: b.store}
	var err error
	f.handler, err = newSite(Config{
		Bookings: b.store, PublicURL: publicURL, Now: func() time.Time { return b.now },
		Live: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "live") }), Rehearsal: http.NotFoundHandler(),
	}, testDist)
	if err != nil {
		t.Fatal(err)
	}
	offered := func(s *booking.Service) {
		s.Judicial, s.Name = judicial, booking.Text{"fr": "Dossier", "ar": "ملف", "en": "File"}
	}
	kept, off := b.proven(b.serve(offered), lang), b.proven(b.serve(offered), lang)
	ticket := b.ticket(kept)
	read := map[string]string{}
	for _, l := range b.deliver() {
		text := regexp.MustCompile(`https://\S+`).ReplaceAllString(l.Subject+"\n"+l.Text, "")
		read["letter to "+l.To] += text
	}
	page := func(name, method, target string, header ...string) document {
		d := parse(t, f.do(method, target+"?lang="+lang, header...))
		read[name] = content(d.one("title")) + " " + content(d.one("main"))
		return d
	}
	page("too early", "GET", "/j/"+ticket)
	page("too early, entering", "POST", "/j/"+ticket)
	page("cancel", "GET", "/j/"+ticket+"/cancel")
	page("add somebody", "GET", "/j/"+ticket+"/people")
	read["calendar"] = strings.ReplaceAll(f.do("GET", "/j/"+ticket+"/appointment.ics?lang="+lang).Body.String(), "audiences.example.ma", "")
	b.done(b.store.Cancel(off.ID, booking.Why{Code: "by_service"}, "clerk"))
	page("cancelled", "GET", "/j/"+b.ticket(off))
	b.now = start.Add(-5 * time.Minute)
	page("open", "GET", "/j/"+ticket)
	room, cookie := f.enter(ticket)
	boot := readBoot(t, parse(t, f.do("GET", room+"?lang="+lang, "Cookie", cookie.Name+"="+cookie.Value)))
	words := boot.brought(t, f, "inside")
	maps.Copy(words, boot.Messages)
	for key, m := range words {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		read["room, "+key] = string(text)
	}
	b.now = start.Add(24 * time.Hour)
	page("too late", "GET", "/j/"+ticket)
	page("too late, entering", "POST", "/j/"+ticket)
	return read
}

func TestAnAppointmentIsCalledWhatItIs(t *testing.T) {
	for _, judicial := range []bool{true, false} {
		for _, l := range languages {
			read := said(t, judicial, l.Code)
			for where, text := range read {
				if found := foreign[judicial][l.Code].FindString(text); found != "" {
					t.Errorf("judicial %v, %s, %s: says %q in %s", judicial, l.Code, where, found, text)
				}
			}
			own := foreign[!judicial][l.Code]
			for _, where := range []string{"too early", "cancelled", "open", "too late", "cancel", "room, room.end", "letter to youssef@example.org", "letter to sanae@example.org"} {
				if !own.MatchString(read[where]) {
					t.Errorf("judicial %v, %s, %s: calls it nothing in %q", judicial, l.Code, where, read[where])
				}
			}
		}
	}
}

// An overlaid key replaces one that there is, takes the same slots, and says something else.
func TestOverlaidKeys(t *testing.T) {
	good := `{"a":"x {n}","b":{"one":"1","other":"{n}"},"appointment.a":"y {n}"}`
	for name, bad := range map[string]string{
		"stands in for none": `{"appointment.c":"y"}`,
		"another slot":       `{"appointment.b":{"one":"1","other":"{m}"}}`,
		"not a plural":       `{"appointment.b":"{n}"}`,
	} {
		files := fstest.MapFS{}
		for _, l := range languages {
			files["locales/"+l.Code+"/a.json"] = &fstest.MapFile{Data: []byte(good)}
			files["locales/"+l.Code+"/b.json"] = &fstest.MapFile{Data: []byte(bad)}
		}
		if _, err := loadCatalogues(files); err == nil {
			t.Errorf("%s: accepted", name)
		}
		delete(files, "locales/en/b.json")
		if _, err := loadCatalogues(files); err == nil {
			t.Errorf("%s, in two languages: accepted", name)
		}
	}
	catalogues, err := ownCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	differs := map[string]bool{}
	for _, c := range catalogues {
		for key, m := range c.messages {
			if strings.HasPrefix(key, overlaid) {
				t.Errorf("%s: key %s is left among the hearing's", c.Code, key)
			}
			differs[key] = differs[key] || jsonOf(t, m) != jsonOf(t, c.appointment.messages[key])
		}
	}
	part := map[string]message{}
	text, err := localeFiles.ReadFile("locales/fr/appointment.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &part); err != nil {
		t.Fatal(err)
	}
	for key := range part {
		if of := strings.TrimPrefix(key, overlaid); !differs[of] {
			t.Errorf("key %s says the same as %s", key, of)
		}
	}
}

func jsonOf(t *testing.T, m message) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
