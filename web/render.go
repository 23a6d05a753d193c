package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed templates
var templateFiles embed.FS

// pages are the layout, the parts that several pages share, and each page under its name, in the words of one catalogue.
// They stand in one set, since a set of its own for each page would hold all parts as often as there are pages.
type pages = template.Template

// ownPages are the pages in the built-in catalogues, parsed once.
var ownPages = sync.OnceValues(func() (map[*catalogue]*pages, error) {
	catalogues, err := ownCatalogues()
	if err != nil {
		return nil, err
	}
	return parsePages(catalogues)
})

func parsePages(catalogues map[string]*catalogue) (map[*catalogue]*pages, error) {
	sets := map[*catalogue]*pages{}
	for _, language := range catalogues {
		for _, c := range []*catalogue{language, language.appointment} {
			set, err := c.parsePages()
			if err != nil {
				return nil, err
			}
			sets[c] = set
		}
	}
	return sets, nil
}

// parsePages reads templates/layout.html, templates/parts, and of each page in templates what it defines as "main".
func (c *catalogue) parsePages() (*pages, error) {
	set, err := template.New("layout.html").Funcs(c.functions()).ParseFS(templateFiles, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return path.Base(file) == set.Name() })
	for _, file := range files {
		page, err := template.New(path.Base(file)).Funcs(c.functions()).ParseFS(templateFiles, file)
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", file, err)
		}
		for _, t := range page.Templates() {
			switch name := t.Name(); {
			case name == path.Base(file):
			case name == "main":
				_, err = set.AddParseTree(strings.TrimSuffix(path.Base(file), ".html"), t.Tree)
			case set.Lookup(name) != nil:
				err = fmt.Errorf("%q is defined elsewhere too", name)
			default:
				_, err = set.AddParseTree(name, t.Tree)
			}
			if err != nil {
				return nil, fmt.Errorf("parse page %s: %w", file, err)
			}
		}
	}
	return set, nil
}

// functions are how templates speak.
func (c *catalogue) functions() template.FuncMap {
	return template.FuncMap{"t": c.text, "tb": c.isolated}
}

// isolated is text whose slots stand in <bdi>, so that a name in another script does not reorder the sentence.
// This is the only place where markup is made outside the templates.
func (c *catalogue) isolated(key string, slots ...any) template.HTML {
	marked := slices.Clone(slots)
	for i := 1; i < len(marked); i += 2 {
		marked[i] = "<bdi>" + template.HTMLEscapeString(fmt.Sprint(marked[i])) + "</bdi>"
	}
	return template.HTML(c.text(key, marked...))
}

// frame is what layout.html needs of every page.
type frame struct {
	Lang, Dir string
	Title     string // of the document; pages may use it as their heading too
	Faulty    bool   // a form on the page has to be mended
	Languages []languageLink
	Style     string   // address of the style sheet
	Sheet     *inlined // the style sheet itself, in its place
	Script    string   // address of the room client; "" on every other page
	Ahead     string   // style of the next page: being of no medium here it comes last, and unlike a prefetch it is style to Firefox's policy
	Aid       string   // address of a script of this page: it tells the reader's zone, or rehearses; "" on most
	Zone      string   // in which times are shown, for that script
	Home      string   // address of the home page in this language
	Desk      *deskBar // of a member of the staff; nil on pages of citizens
}

// framed is the view of a page: it embeds a frame.
type framed interface{ outer() frame }

func (f frame) outer() frame { return f }

// laid is what layout.html shows: a page within its frame.
type laid struct {
	frame
	Main template.HTML
}

func (s *site) frame(v visitor, title string) frame {
	f := frame{
		Lang: v.Code, Dir: v.Dir, Title: title, Languages: v.switches(),
		Style: s.assets.address("pages.css"), Home: "/",
	}
	if v.chosen.Has(languageChoice) {
		f.Home = "/?" + languageChoice + "=" + v.Code
	}
	return f
}

// compressFrom is the size below which gzip saves no packet.
const compressFrom = 1200

// render writes the whole page or nothing. Pages are compressed: one that holds a ticket is asked for by an address or form
// that strangers cannot make, so its length tells them nothing (but see renderLinks).
func (s *site) render(w http.ResponseWriter, r *http.Request, v visitor, name string, status int, view framed) error {
	var main, body bytes.Buffer
	set := s.pages[v.catalogue]
	if err := set.ExecuteTemplate(&main, name, view); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	if err := set.ExecuteTemplate(&body, "layout.html", laid{view.outer(), template.HTML(main.String())}); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	h := w.Header()
	if sheet := view.outer().Sheet; sheet != nil {
		allow(h, "style-src", sheet.source)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Code)
	h.Add("Vary", "Accept-Encoding")
	if body.Len() >= compressFrom && slices.Contains(accepted(r.Header.Get("Accept-Encoding")), "gzip") {
		packed, err := compress(body.Bytes())
		if err != nil {
			return fmt.Errorf("compress %s: %w", name, err)
		}
		h.Set("Content-Encoding", "gzip")
		body = *packed
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = io.Copy(w, &body) // the reader has gone: nobody to tell
	return nil
}

// compressors are kept for the next page: each holds most of a megabyte, which a rush would make by the thousand.
var compressors = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestCompression) // fails for an unknown level only
	return z
}}

func compress(page []byte) (*bytes.Buffer, error) {
	var packed bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&packed)
	if _, err := z.Write(page); err != nil {
		return nil, err
	}
	return &packed, z.Close()
}
