package web

import (
	"strings"
	"testing"

	"jalsa/booking"
)

// Where no mail is sent, no page of a citizen promises any, and the institution gets a number to call.
func TestWithoutMailNoPagePromisesAny(t *testing.T) {
	f := newFixture(t)
	c := f.citizen(f.offer())
	c.hold(start.AddDate(0, 0, 1))
	for _, l := range languages {
		words := siteOf(t, f).catalogues[l.Code]
		for page, not := range map[string]string{
			c.at("you"):    "book.you.email_hint",
			c.at("needs"):  "book.needs.language_hint",
			c.at("people"): "book.people.email_hint",
			"/":            "home.lost_text",
		} {
			text := content(parse(t, c.get(page+"?lang="+l.Code)).one("main"))
			if strings.Contains(text, words.text(not)) {
				t.Errorf("%s in %s says %s", page, l.Code, not)
			}
		}
	}
	if w := c.post(c.at("you"), "name", "Fatima", "email", "fatima@example.org", "phone", ""); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#phone"`) {
		t.Errorf("without a number: %d", w.Code)
	}
	c.fillIn("fatima@example.org")
	wantSentTo(t, c.post(c.at("check")), c.at("done"))
	text := content(parse(t, c.get(c.at("done")+"?lang=fr")).one("main"))
	const rehearses = "Tester ma connexion" // no letter will say so
	if strings.Contains(text, rehearses) {
		t.Error("the connection may be tested for a request")
	}
	wantIn(t, text, "Votre demande est enregistrée", "doit d’abord l’accepter", "revenez par ce lien", publicURLOf(t, f)+"/j/")
	if _, err := f.store.Accept(c.appointment().ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	wantIn(t, content(parse(t, c.get(c.at("done")+"?lang=fr")).one("main")), "est confirmé", "/j/", rehearses)
}

func publicURLOf(t *testing.T, f *fixture) string { return siteOf(t, f).PublicURL }

// With mail the number is asked for and may be left out.
func TestWithMailTheNumberMayBeLeftOut(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.hold(start.AddDate(0, 0, 1))
	wantSentTo(t, c.post(c.at("you"), "name", "Fatima", "email", "fatima@example.org", "phone", ""), c.at("needs"))
	wantIn(t, content(parse(t, f.do("GET", "/?lang=en")).one("main")), "code sent by e-mail")
	a := booking.Application{Name: "Fatima", Email: "fatima@example.org", Language: "fr"}
	if a.Validate(true) != nil || a.Validate(false) == nil {
		t.Error("whether a number must be given does not depend on mail")
	}
}
