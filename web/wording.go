package web

import (
	"net/url"
	"strings"

	"jalsa/booking"
)

// Texts of the booking in a form: one field for each language of the pages, side by side, name.fr, name.ar, name.en. A
// language that is left empty is not stored, and its readers see one of the others.

// askText asks for a text in each language; the label says which.
func (f *form) askText(name, kind, label, hint string) {
	for i, l := range languages {
		x := field{Name: name + "." + l.Code, Kind: kind, Lang: l.Code, Dir: l.Dir,
			Label: f.words.text("setup.in_language", "label", label, "language", l.Name)}
		if i == 0 {
			x.Hint = hint
		}
		f.ask(x)
	}
}

// Wording returns the questions for one text.
func (f form) Wording(name string) []field {
	var all []field
	for _, l := range languages {
		all = append(all, f.Field(name+"."+l.Code))
	}
	return all
}

func putText(values url.Values, name string, t booking.Text) {
	for _, l := range languages {
		values.Set(name+"."+l.Code, t[l.Code])
	}
}

// takeText reads a text from its fields. What was stored in a language that has no field stays.
func takeText(values url.Values, name string, was booking.Text) booking.Text {
	t := booking.Text{}
	for code, s := range was {
		if !spoken(code) {
			t[code] = s
		}
	}
	for _, l := range languages {
		if s := typed(values, name+"."+l.Code); s != "" {
			t[l.Code] = s
		}
	}
	if len(t) == 0 {
		return nil
	}
	return t
}

// putLines writes a list of texts as one line each: line n of every language is the same text.
func putLines(values url.Values, name string, list []booking.Text) {
	for _, l := range languages {
		lines := make([]string, len(list))
		for i, t := range list {
			lines[i] = t[l.Code]
		}
		values.Set(name+"."+l.Code, strings.TrimRight(strings.Join(lines, "\n"), "\n"))
	}
}

// takeLines reads them. A line that is empty in every language is left out.
func takeLines(values url.Values, name string, was []booking.Text) []booking.Text {
	var list []booking.Text
	for i := 0; ; i++ {
		line, more := url.Values{}, false
		for _, l := range languages {
			lines := strings.Split(strings.TrimRight(strings.ReplaceAll(values.Get(name+"."+l.Code), "\r\n", "\n"), "\n "), "\n")
			if i < len(lines) {
				line.Set("line."+l.Code, lines[i])
				more = true
			}
		}
		if !more {
			return list
		}
		var before booking.Text
		if i < len(was) {
			before = was[i]
		}
		if t := takeText(line, "line", before); t != nil {
			list = append(list, t)
		}
	}
}

// typed is what stands in a field, without the space around it and with plain line ends, as browsers send them otherwise.
func typed(values url.Values, name string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\t", " ").Replace(values.Get(name)))
}

// lead points faults of booking's fields at the controls that ask for them.
func (f *form) lead(to map[string]string) {
	for i, fault := range f.Faults {
		if control, ok := to[fault.Field]; ok {
			f.Faults[i].Field = control
		}
	}
}

// asked is the control that asked for what is wrong with one of these texts: the first language's where it is missing.
func asked(name string, texts ...booking.Text) string {
	for _, t := range texts {
		if lang, code := t.Fault(); code != "" && spoken(lang) {
			return name + "." + lang
		}
	}
	return name + "." + languages[0].Code
}
