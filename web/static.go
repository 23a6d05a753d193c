package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// assets are the built files, held in memory: a few, small, hashed names.
type assets struct {
	names map[string]string            // "room.js" → "room-4f1c….js"
	files map[string]map[string][]byte // file → encoding ("", "br", "gzip") → bytes
}

// encodings we may have beside a file, best first: content coding and what the file name ends in.
var encodings = []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// mediaTypes are the kinds of file we serve; the system's table is not asked, it differs from machine to machine.
var mediaTypes = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".wav":   "audio/wav",
	".json":  "application/json",
}

// required must be in the manifest, or no page can be shown.
var required = []string{"room.js", "room.css", "live.js", "inside.js", "inside.css", "bench.js", "zone.js", "rehearsal.js", "rehearsal.css", "pages.css", "staff.css"}

func loadAssets(dist fs.FS) (*assets, error) {
	a := &assets{files: map[string]map[string][]byte{}}
	b, err := fs.ReadFile(dist, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("style and room client are not built: run node web/build.mjs and build again")
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if err := json.Unmarshal(b, &a.names); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	for _, name := range required {
		if a.names[name] == "" {
			return nil, fmt.Errorf("manifest has no %s: run node web/build.mjs again", name)
		}
	}
	entries, err := fs.ReadDir(dist, ".")
	if err != nil {
		return nil, fmt.Errorf("list built assets: %w", err)
	}
	for _, entry := range entries {
		if err := a.load(dist, entry.Name()); err != nil {
			return nil, err
		}
	}
	for name, file := range a.names {
		if a.files[file][""] == nil {
			return nil, fmt.Errorf("built asset %s (%s) is missing", file, name)
		}
	}
	return a, nil
}

// load reads one file with its compressed twins; twins, maps and the manifest are no files of their own.
func (a *assets) load(dist fs.FS, name string) error {
	if mediaTypes[path.Ext(name)] == "" || name == "manifest.json" {
		return nil
	}
	plain, err := fs.ReadFile(dist, name)
	if err != nil {
		return fmt.Errorf("read built asset: %w", err)
	}
	a.files[name] = map[string][]byte{"": plain}
	for _, e := range encodings {
		packed, err := fs.ReadFile(dist, name+e.suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read built asset: %w", err)
		}
		a.files[name][e.coding] = packed
	}
	return nil
}

// putJSON adds a file that is made here, under a name with its hash, and tells its address.
func (a *assets) putJSON(name string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write asset %s: %w", name, err)
	}
	packed, err := compress(plain)
	if err != nil {
		return "", fmt.Errorf("compress asset %s: %w", name, err)
	}
	hash := sha256.Sum256(plain)
	file := fmt.Sprintf("%s-%x.json", name, hash[:5])
	a.files[file] = map[string][]byte{"": plain, "gzip": packed.Bytes()}
	return "/static/" + file, nil
}

// addresses are where a browser finds all assets whose plain name begins so, in the order of their names.
func (a *assets) addresses(prefix string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(a.names)) {
		if strings.HasPrefix(name, prefix) {
			found = append(found, a.address(name))
		}
	}
	return found
}

// address is where a browser finds the asset of a plain name.
func (a *assets) address(name string) string { return "/static/" + a.names[name] }

// inlined is a style sheet that stands in the page, where a request for it would cost a citizen on a thin link a second.
type inlined struct {
	CSS    template.CSS
	source string // that allows it, for the policy
}

func (a *assets) inline(name string) *inlined {
	css := a.files[a.names[name]][""]
	hash := sha256.Sum256(css)
	return &inlined{template.CSS(css), "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"}
}

// asset serves GET /static/{file}. A name is a hash of its content, so browsers never ask twice.
func (s *site) asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	variants, ok := s.assets.files[name]
	if !ok {
		return errNotFound
	}
	wanted := accepted(r.Header.Get("Accept-Encoding"))
	body, coding := variants[""], ""
	for _, e := range encodings {
		if packed, ok := variants[e.coding]; ok && slices.Contains(wanted, e.coding) {
			body, coding = packed, e.coding
			break
		}
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'") // a file does nothing by itself; for a thin link each word counts
	h.Del("Permissions-Policy")
	h.Del("Cross-Origin-Opener-Policy")
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", mediaTypes[path.Ext(name)])
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	_, _ = w.Write(body) // the reader has gone: nobody to tell
	return nil
}
