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

// pageSet holds the pages of one catalogue, by name. The functions t and tb speak its words.
type pageSet map[string]*template.Template

// ownPages are the pages in the built-in catalogues, parsed once.
var ownPages = sync.OnceValues(func() (map[*catalogue]pageSet, error) {
	catalogues, err := ownCatalogues()
	if err != nil {
		return nil, err
	}
	return parsePages(catalogues)
})

// parsePages reads templates/layout.html, the parts that several pages share (templates/parts), and each page, in each
// language. A page that names no key which appointments say otherwise serves both, for each weighs 0.2 MB.
func parsePages(catalogues map[string]*catalogue) (map[*catalogue]pageSet, error) {
	pages, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	shared, err := sourceOf("templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	sets := map[*catalogue]pageSet{}
	for _, c := range catalogues {
		layout, err := template.New("layout.html").
			Funcs(c.functions()).
			ParseFS(templateFiles, "templates/layout.html", "templates/parts/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse layout: %w", err)
		}
		sets[c], sets[c.appointment] = pageSet{}, pageSet{}
		for _, file := range pages {
			t, err := template.Must(layout.Clone()).ParseFS(templateFiles, file)
			if err != nil {
				return nil, fmt.Errorf("parse page %s: %w", file, err)
			}
			source, err := sourceOf(file)
			if err != nil {
				return nil, err
			}
			name := strings.TrimSuffix(path.Base(file), ".html")
			sets[c][name], sets[c.appointment][name] = t, t
			if c.appointment.rewords(shared + source) {
				sets[c.appointment][name] = template.Must(t.Clone()).Funcs(c.appointment.functions())
			}
		}
	}
	return sets, nil
}

// sourceOf is what stands in templates.
func sourceOf(patterns ...string) (string, error) {
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := fs.Glob(templateFiles, pattern)
		if err != nil {
			return "", fmt.Errorf("list %s: %w", pattern, err)
		}
		for _, file := range files {
			b, err := fs.ReadFile(templateFiles, file)
			if err != nil {
				return "", fmt.Errorf("read template: %w", err)
			}
			all.Write(b)
		}
	}
	return all.String(), nil
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
	Script    string   // address of the room client; "" on every other page
	Clock     string   // address of the script that tells the reader's zone; "" where no times are chosen
	Zone      string   // in which times are shown, for that script
	Home      string   // address of the home page in this language
	Desk      *deskBar // of a member of the staff; nil on pages of citizens
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
func (s *site) render(w http.ResponseWriter, r *http.Request, v visitor, name string, status int, view any) error {
	var body bytes.Buffer
	if err := s.pages[v.catalogue][name].ExecuteTemplate(&body, "layout.html", view); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	h := w.Header()
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
