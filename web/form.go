package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"jalsa/booking"
)

// A page with a form reads from top to bottom:
//
//	f, err := v.posted(w, r)                            // POST only; too long or unreadable is a page of its own (400)
//	f := v.form(url.Values{"name": {stored.Name}})      // on GET
//	err = s.Bookings.PutThing(thing{Name: f.line("name")}, …)
//	if f.blame(err) { err = nil }                       // booking.FieldErrors become the faults of the form
//	…
//	f.ask(
//		field{Name: "name", Label: label, Auto: "name"},
//		field{Name: "email", Kind: "email", Label: label, Hint: hint},
//		field{Name: "role", Kind: "select", Label: label, Choices: roles},
//	)
//	view := thingView{frame: s.frame(v, title), Form: f}
//	return s.showForm(w, r, v, "thing", &view.frame, f, &view)   // 200, or 422 with faults; keeps the origin
//
// and its template: {{template "errors" .Form}} above the heading, then
// <form method="post" novalidate>{{template "fields" .Form}}<button class="button">…</button></form>; or one field where
// it belongs, {{template "field" (.Form.Field "name")}}. A good form ends with 303 (seeOther), never with a page.
//
// The text of a fault is the catalogue's field.<field>.<code>, where numbers in a path are left out and its first words
// may be too ("participants.2.name": field.participants.name.missing, then field.name.missing), else the general
// field.<code> with the label before it. A fault may name a field that the page does not show; it is told all the same.

// form is what was typed, what is asked and what is wrong.
type form struct {
	Values url.Values
	Fields []field
	Faults []fieldFault
	Status int // of a page with faults, where it is not 422
	words  *catalogue
}

// fieldFault is an entry of the summary: text and the control it leads to.
type fieldFault struct {
	Field   string // name of the control, which is its id too
	Code    string
	Text    string
	general bool // the text does not say which field it is about
}

// field is one question. Name, Kind and Label are enough; form.ask fills in the rest.
type field struct {
	Name     string
	Kind     string // text (or ""), email, tel, password, number, date, time, search, textarea, select, radios, checkboxes, checkbox, hidden
	Label    string
	Hint     string
	Optional bool   // says so behind the label
	Auto     string // autocomplete token of HTML
	Mode     string // inputmode
	Lang     string // of what is typed, where it is not that of the page
	Dir      string // "auto", or "ltr" for addresses, numbers and times
	Short    bool   // a narrow control
	Heading  bool   // the label is the heading of the page
	Choices  []choice
	Value    string
	Error    string
}

// Described names what else is read out with the control.
func (f field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.Name+"-error")
	}
	return strings.Join(ids, " ")
}

func (v visitor) form(values url.Values) form { return form{Values: values, words: v.catalogue} }

const formLimit = 64 << 10 // bytes; the longest form of ours is a tenth of it

// errBadForm is answered to a form that no browser sends.
var errBadForm = errors.New("form cannot be read")

// readForm reads what was posted; what stands in the address is no part of it.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	if err := r.ParseForm(); err != nil || r.PostForm == nil {
		return nil, errBadForm
	}
	return r.PostForm, nil
}

// posted is the form that was sent, in the words of its reader.
func (v visitor) posted(w http.ResponseWriter, r *http.Request) (form, error) {
	typed, err := readForm(w, r)
	return v.form(typed), err
}

// line is a value of one line, without the blanks around it.
func (f form) line(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// paragraph is a value of several lines, with the line ends that we store.
func (f form) paragraph(name string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(f.Values.Get(name)))
}

// ticked reports whether a checkbox was sent, alone or as one of several with its value.
func (f form) ticked(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// blame takes over what is wrong by booking's rules; false means that err is not about the input.
func (f *form) blame(err error) bool {
	var all booking.FieldErrors
	var one *booking.FieldError
	switch {
	case errors.As(err, &all):
		for _, e := range all {
			f.fault(e.Field, e.Code)
		}
	case errors.As(err, &one):
		f.fault(one.Field, one.Code)
	default:
		return false
	}
	return true
}

// fault notes that something is wrong with a field.
func (f *form) fault(name, code string) {
	text, general := f.words.fault(name, code)
	f.Faults = append(f.Faults, fieldFault{name, code, text, general})
}

var pathNumber = regexp.MustCompile(`\.\d+`)

// fault is the most special text that the catalogue has for a fault.
func (c *catalogue) fault(name, code string) (text string, general bool) {
	path := strings.ReplaceAll(pathNumber.ReplaceAllString(name, ""), "-", "_")
	for path != "" {
		if m, ok := c.messages["field."+path+"."+code]; ok {
			return m.text, false
		}
		_, path, _ = strings.Cut(path, ".")
	}
	if m, ok := c.messages["field."+code]; ok {
		return m.text, true
	}
	return c.text("field.invalid"), true
}

// order puts the summary into the order of the page. A copy of the form in the view lists the same faults.
func (f form) order() {
	at := map[string]int{}
	for i, x := range f.Fields {
		at[x.Name] = i
	}
	slices.SortStableFunc(f.Faults, func(a, b fieldFault) int { return cmp.Compare(at[a.Field], at[b.Field]) })
}

// faulty reports whether the form has to be shown again.
func (f form) faulty() bool { return len(f.Faults) > 0 }

// ask puts questions, in the order of the page, each with what was typed and what is wrong with it. Call it once all
// faults are known.
func (f *form) ask(fields ...field) {
	for _, x := range fields {
		f.Fields = append(f.Fields, f.complete(x))
	}
}

func (f *form) complete(x field) field {
	if x.Kind == "" {
		x.Kind = "text"
	}
	if x.Dir == "" && (x.Kind == "text" || x.Kind == "textarea" || x.Kind == "search") {
		x.Dir = "auto"
	} else if x.Dir == "" {
		x.Dir = "ltr"
	}
	if x.Value == "" {
		x.Value = f.Values.Get(x.Name)
	}
	for i, c := range x.Choices {
		x.Choices[i].Chosen = c.Chosen && !f.Values.Has(x.Name) || f.ticked(x.Name, c.Value)
	}
	for i, fault := range f.Faults {
		if fault.Field != x.Name {
			continue
		}
		if x.Error == "" {
			x.Error = fault.Text
		}
		if fault.general {
			f.Faults[i].Text = f.words.text("field.about", "label", x.Label, "text", fault.Text)
			f.Faults[i].general = false
		}
	}
	return x
}

// Field returns one question of the form, for templates that put it where it belongs.
func (f form) Field(name string) field {
	for _, x := range f.Fields {
		if x.Name == name {
			return x
		}
	}
	return field{Name: name}
}

// showForm renders a page with a form: fr is the frame of view, whose title tells that there are faults.
func (s *site) showForm(w http.ResponseWriter, r *http.Request, v visitor, name string, fr *frame, f form, view framed) error {
	keepOrigin(w)
	f.order()
	status := http.StatusOK
	if f.faulty() {
		status, fr.Faulty = cmp.Or(f.Status, http.StatusUnprocessableEntity), true
	}
	return s.render(w, r, v, name, status, view)
}

// seeOther ends a form that was good: reloading the page that follows sends nothing again.
func seeOther(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}
