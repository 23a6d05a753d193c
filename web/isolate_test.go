package web

import "testing"

func TestPlainTextIsolatesWhatRunsTheOtherWay(t *testing.T) {
	s := siteOf(t, newFixture(t))
	for _, c := range []struct{ lang, text, want string }{
		{"fr", "Tribunal de Rabat", "Tribunal de Rabat"},
		{"fr", "محكمة الرباط", "\u2068محكمة الرباط\u2069"},
		{"fr", "Youssef يوسف", "\u2068Youssef يوسف\u2069"},
		{"ar", "محكمة الرباط", "محكمة الرباط"},
		{"ar", "Court of Rabat", "\u2068Court of Rabat\u2069"},
		{"ar", "10:00", "\u206810:00\u2069"},
		{"ar", "UTC\u22125", "\u2068UTC\u22125\u2069"},
		{"ar", "La salle\nمغلقة\nexcuses", "\u2068La salle\u2069\nمغلقة\n\u2068excuses\u2069"},
		{"fr", "", ""},
	} {
		if got := s.catalogues[c.lang].isolate(c.text); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.lang, c.text, got, c.want)
		}
	}
}
