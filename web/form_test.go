package web

import (
	"errors"
	"html/template"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// formPage renders the parts of a form alone.
func formPage(t *testing.T, v visitor, f form) document {
	t.Helper()
	parts := template.Must(template.New("form").Funcs(template.FuncMap{"t": v.text, "tb": v.isolated}).
		ParseFS(templateFiles, "templates/parts/*.html"))
	template.Must(parts.Parse(`{{template "errors" .}}{{template "fields" .}}`))
	var page strings.Builder
	if err := parts.Execute(&page, f); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(page.String()))
	if err != nil {
		t.Fatal(err)
	}
	return document{t, root}
}

func formVisitor(t *testing.T, lang string) visitor {
	t.Helper()
	return visitor{catalogue: siteOf(t, newFixture(t)).catalogues[lang]}
}

// Every fault stands at its field and, linked to it, in the summary; what was typed is still there.
func TestFaultsStandAtTheirFields(t *testing.T) {
	v := formVisitor(t, "fr")
	f := v.form(url.Values{"name": {`"><b>x`}, "email": {"nobody"}, "note": {"\none\r\ntwo"}, "role": {"b"}, "days": {"1", "3"}})
	err := booking.FieldErrors{{Field: "email", Code: "invalid"}, {Field: "role", Code: "unknown"}, {Field: "elsewhere", Code: "new_code"}}
	if f.blame(errors.New("disk")) || !f.blame(err) {
		t.Fatal("blame takes the wrong errors")
	}
	f.ask(
		field{Name: "name", Label: "Nom", Auto: "name"},
		field{Name: "email", Kind: "email", Label: "Adresse", Hint: "la vôtre"},
		field{Name: "note", Kind: "textarea", Label: "Mot"},
		field{Name: "role", Kind: "radios", Label: "Rôle", Choices: []choice{{Value: "a", Label: "A", Chosen: true}, {Value: "b", Label: "B"}}},
		field{Name: "days", Kind: "checkboxes", Label: "Jours", Choices: []choice{{Value: "1", Label: "lundi"}, {Value: "2", Label: "mardi"}, {Value: "3", Label: "mercredi"}}},
	)
	d := formPage(t, v, f)
	links := d.elements("a")
	for i, want := range []string{"L’adresse électronique doit être de la forme nom@exemple.com.", "Rôle : Choisissez dans la liste.", "Ce texte ou cette valeur n’est pas valable."} {
		if content(links[i]) != want {
			t.Errorf("summary says %q, want %q", content(links[i]), want)
		}
	}
	for _, link := range links[:2] {
		id := strings.TrimPrefix(attribute(link, "href"), "#")
		if len(d.all(func(n *html.Node) bool { return attribute(n, "id") == id })) != 1 {
			t.Errorf("link to %s leads nowhere", id)
		}
	}
	checked := map[string]bool{}
	for _, n := range d.elements("input") {
		switch attribute(n, "name") {
		case "name":
			if attribute(n, "value") != `"><b>x` || attribute(n, "dir") != "auto" || attribute(n, "autocomplete") != "name" {
				t.Errorf("name: %+v", n.Attr)
			}
		case "email":
			if attribute(n, "aria-describedby") != "email-hint email-error" || attribute(n, "aria-invalid") != "true" || attribute(n, "dir") != "ltr" {
				t.Errorf("email: %+v", n.Attr)
			}
		default:
			for _, a := range n.Attr {
				if a.Key == "checked" {
					checked[attribute(n, "name")+attribute(n, "value")] = true
				}
			}
		}
	}
	if len(checked) != 3 || !checked["roleb"] || !checked["days1"] || !checked["days3"] {
		t.Errorf("checked %v", checked)
	}
	if len(d.elements("b")) != 0 {
		t.Error("typed markup became markup")
	}
	if got := f.paragraph("note"); got != "one\ntwo" {
		t.Errorf("paragraph %q", got)
	}
}

func TestFaultTextIsTheMostSpecial(t *testing.T) {
	words := &catalogue{messages: map[string]message{
		"field.invalid": {text: "general"}, "field.name.missing": {text: "name"}, "field.people.name.missing": {text: "people name"},
	}}
	for _, c := range []struct {
		field, code, text string
		general           bool
	}{
		{"people.2.name", "missing", "people name", false},
		{"other.12.name", "missing", "name", false},
		{"name", "invalid", "general", true},
		{"name", "never_heard", "general", true},
	} {
		if text, general := words.fault(c.field, c.code); text != c.text || general != c.general {
			t.Errorf("%s %s: %q, %v", c.field, c.code, text, general)
		}
	}
}

func TestFormsAreBounded(t *testing.T) {
	for body, ok := range map[string]bool{
		"name=x": true, "": true,
		"name=" + strings.Repeat("x", formLimit): false,
		"name=%zz":                               false,
	} {
		r := httptest.NewRequest("POST", "/x?name=y&other=z", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		values, err := readForm(httptest.NewRecorder(), r)
		if (err == nil) != ok {
			t.Errorf("%.20q: %v", body, err)
		}
		if values.Has("other") {
			t.Error("the address is taken for a part of the form")
		}
	}
}
