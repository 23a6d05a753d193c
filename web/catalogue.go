package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed locales
var localeFiles embed.FS

// message is one entry of a catalogue: a sentence with {slots}, or one sentence per plural category.
type message struct {
	text  string
	forms map[string]string // category → sentence; nil for a plain sentence
}

func (m *message) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &m.text); err == nil {
		return nil
	}
	return json.Unmarshal(b, &m.forms)
}

// MarshalJSON writes the message as it stands in the file, which is what the room client reads.
func (m message) MarshalJSON() ([]byte, error) {
	if m.forms != nil {
		return json.Marshal(m.forms)
	}
	return json.Marshal(m.text)
}

// sentence picks the form for count n; a category without a form is said as "other".
func (m message) sentence(lang string, n int) string {
	if m.forms == nil {
		return m.text
	}
	if s, ok := m.forms[plural(lang, n)]; ok {
		return s
	}
	return m.forms["other"]
}

var slotPattern = regexp.MustCompile(`\{([a-z_]+)\}`)

// slots lists the names in braces, over all forms, sorted.
func (m message) slots() []string {
	all := m.text
	for _, s := range m.forms {
		all += s
	}
	names := map[string]bool{}
	for _, found := range slotPattern.FindAllStringSubmatch(all, -1) {
		names[found[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// catalogue holds every text of one language. It is read-only after New.
type catalogue struct {
	language
	messages map[string]message
}

// ownCatalogues are those built into the program, read once for the pages and the letters of all.
var ownCatalogues = sync.OnceValues(func() (map[string]*catalogue, error) { return loadCatalogues(localeFiles) })

// loadCatalogues reads one folder per language, a file for each part of the house, and refuses languages that disagree
// on keys or slots and parts that say the same key.
func loadCatalogues(files fs.FS) (map[string]*catalogue, error) {
	loaded := map[string]*catalogue{}
	for _, l := range languages {
		c, err := readCatalogue(files, l)
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", l.Code, err)
		}
		loaded[l.Code] = c
	}
	first := loaded[languages[0].Code]
	for _, l := range languages {
		if err := loaded[l.Code].agrees(first); err != nil {
			return nil, fmt.Errorf("check catalogue %s: %w", l.Code, err)
		}
	}
	return loaded, nil
}

func readCatalogue(files fs.FS, l language) (*catalogue, error) {
	parts, err := fs.Glob(files, "locales/"+l.Code+"/*.json")
	if err != nil {
		return nil, err
	}
	c := &catalogue{language: l, messages: map[string]message{}}
	for _, name := range parts {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		part := map[string]message{}
		if err := json.Unmarshal(b, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, m := range part {
			if _, twice := c.messages[key]; twice {
				return nil, fmt.Errorf("%s: key %s stands in another part too", name, key)
			}
			c.messages[key] = m
		}
	}
	return c, nil
}

// agrees checks c against another language: same keys, same slots, same kind, and an "other" in each plural.
func (c *catalogue) agrees(with *catalogue) error {
	for key := range with.messages {
		if _, ok := c.messages[key]; !ok {
			return fmt.Errorf("key %s of %s is missing", key, with.Code)
		}
	}
	for key, m := range c.messages {
		w, ok := with.messages[key]
		switch {
		case !ok:
			return fmt.Errorf("key %s is missing in %s", key, with.Code)
		case (m.forms == nil) != (w.forms == nil):
			return fmt.Errorf("key %s is a plural in one of %s and %s only", key, c.Code, with.Code)
		case m.forms != nil && m.forms["other"] == "":
			return fmt.Errorf("plural %s has no form \"other\"", key)
		case !slices.Equal(m.slots(), w.slots()):
			return fmt.Errorf("key %s has slots %v, in %s %v", key, m.slots(), with.Code, w.slots())
		}
	}
	return nil
}

// text says key in the language of c. Slots come as name, value pairs; the slot n chooses the plural form. A key
// that does not exist is returned as it is: a page with one odd word serves its reader better than no page.
func (c *catalogue) text(key string, slots ...any) string {
	m, ok := c.messages[key]
	if !ok {
		return key
	}
	count := 0
	pairs := make([]string, 0, len(slots))
	for i := 0; i+1 < len(slots); i += 2 {
		name, value := fmt.Sprint(slots[i]), ""
		switch v := slots[i+1].(type) {
		case int:
			value = strconv.Itoa(v)
			if name == "n" {
				count = v
			}
		default:
			value = fmt.Sprint(v)
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(m.sentence(c.Code, count))
}

// under returns the messages whose key begins with one of the prefixes, for the room client.
func (c *catalogue) under(prefixes ...string) map[string]message {
	part := map[string]message{}
	for key, m := range c.messages {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			part[key] = m
		}
	}
	return part
}
