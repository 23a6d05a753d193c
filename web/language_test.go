package web

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestAccepted(t *testing.T) {
	for header, want := range map[string][]string{
		"":                                    {},
		"fr":                                  {"fr"},
		"en;q=0.5, ar-MA, fr ; q=0.8":         {"ar-ma", "fr", "en"},
		"gzip;q=0, br":                        {"br"},
		"fr;q=x, en":                          {"en"},
		"a,,b, ,c;q=0.1;":                     {"a", "b"},
		"fr;level=1":                          {},
		strings.Repeat("en,", 30) + "fr":      slices.Repeat([]string{"en"}, acceptedLimit),
		"nl-BE,nl;q=0.9,fr-BE;q=0.8,en;q=0.7": {"nl-be", "nl", "fr-be", "en"},
	} {
		if got := accepted(header); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestWhoChoosesTheLanguage(t *testing.T) {
	f := newFixture(t)
	s := siteOf(t, f)
	for _, c := range []struct{ query, cookie, booked, header, want string }{
		{"", "", "", "", "fr"},
		{"", "", "", "zgh, nl;q=0.9, en;q=0.5", "en"},
		{"", "", "", "de, it", "fr"},
		{"", "", "ar", "en", "ar"},
		{"", "en", "ar", "fr", "en"},
		{"fr", "en", "ar", "ar", "fr"},
		{"xx", "yy", "zz", "ar-MA", "ar"},
	} {
		r := httptest.NewRequest("GET", "/?lang="+c.query, nil)
		r.Header.Set("Cookie", "lang="+c.cookie)
		r.Header.Set("Accept-Language", c.header)
		v := s.visitor(r, c.booked)
		if v.Code != c.want {
			t.Errorf("%+v: got %s", c, v.Code)
		}
		if v.chosen.Has(languageChoice) != spoken(c.query) {
			t.Errorf("%+v: choice carried: %v", c, v.chosen)
		}
	}
}

func TestSwitchKeepsTheZone(t *testing.T) {
	s := siteOf(t, newFixture(t))
	v := s.visitor(httptest.NewRequest("GET", "/?zone=America/Toronto&lang=en&x=y", nil), "")
	for _, link := range v.switches() {
		if want := "?lang=" + link.Code + "&zone=America%2FToronto"; link.Href != want || link.Current != (link.Code == "en") {
			t.Errorf("link %+v, want %s", link, want)
		}
	}
}

func TestWhoChoosesTheZone(t *testing.T) {
	for _, c := range []struct{ query, cookie, header, want string }{
		{"", "", "", defaultZone},
		{"", "", "ar-MA, ar;q=0.9", defaultZone},
		{"", "", "en-US", defaultZone},
		{"", "", "nl-BE, fr;q=0.5", "Europe/Brussels"},
		{"", "", "ar, fr-CA;q=0.5", "America/Toronto"},
		{"", "Asia%2FTokyo", "nl-BE", "Asia/Tokyo"},
		{"", "Asia/Tokyo", "nl-BE", "Asia/Tokyo"},
		{"Europe/Rome", "Asia/Tokyo", "", "Europe/Rome"},
		{"../../etc/passwd", "%zz", "", defaultZone},
		{strings.Repeat("a", 500), "", "it-IT", "Europe/Rome"},
		{"Local", "", "", defaultZone},
	} {
		r := httptest.NewRequest("GET", "/?zone="+c.query, nil)
		r.Header.Set("Cookie", "zone="+c.cookie)
		r.Header.Set("Accept-Language", c.header)
		if got := zoneOf(r); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}
