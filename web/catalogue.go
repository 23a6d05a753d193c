package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"jalsa/booking"
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

// agrees checks that m can stand where with does.
func (m message) agrees(with message) error {
	switch {
	case (m.forms == nil) != (with.forms == nil):
		return errors.New("is a plural in one of them only")
	case m.forms != nil && m.forms["other"] == "":
		return errors.New("has no form \"other\"")
	case !slices.Equal(m.slots(), with.slots()):
		return fmt.Errorf("has slots %v and %v", m.slots(), with.slots())
	}
	return nil
}

// catalogue holds every text of one language. It is read-only after New.
type catalogue struct {
	language
	messages    map[string]message
	appointment *catalogue // the same language where an appointment is no hearing; nil in itself
	otherwise   []string   // keys that an appointment's catalogue says in words of its own
}

// about is the catalogue to speak of a in. It is the language's own for a hearing.
func (c *catalogue) about(a booking.Appointment) *catalogue {
	if a.Judicial {
		return c
	}
	return c.appointment
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
	for _, c := range loaded {
		if err := c.overlay(); err != nil {
			return nil, fmt.Errorf("check catalogue %s: %w", c.Code, err)
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
		if !ok {
			return fmt.Errorf("key %s is missing in %s", key, with.Code)
		}
		if err := m.agrees(w); err != nil {
			return fmt.Errorf("key %s, compared with %s, %w", key, with.Code, err)
		}
	}
	return nil
}

// overlaid begins the keys that replace another one, which follows, where an appointment is no hearing.
const overlaid = "appointment."

// overlay takes the overlaid keys out of c, and makes of them and the rest of c the catalogue of appointments.
func (c *catalogue) overlay() error {
	own := map[string]message{}
	for key, m := range c.messages {
		if of, ok := strings.CutPrefix(key, overlaid); ok {
			own[of] = m
			delete(c.messages, key)
		}
	}
	c.appointment = &catalogue{language: c.language, messages: maps.Clone(c.messages)}
	c.appointment.otherwise = slices.Collect(maps.Keys(own))
	for key, m := range own {
		hearing, ok := c.messages[key]
		if !ok {
			return fmt.Errorf("key %s%s stands in for none", overlaid, key)
		}
		if err := m.agrees(hearing); err != nil {
			return fmt.Errorf("key %s%s, compared with %s, %w", overlaid, key, key, err)
		}
		c.appointment.messages[key] = m
	}
	return nil
}

// openSlot hears of a slot of a key that was given no value, which the reader then sees in braces. Tests make it fail.
var openSlot func(key, name string)

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
	sentence := m.sentence(c.Code, count)
	if openSlot != nil {
		for _, found := range slotPattern.FindAllStringSubmatch(sentence, -1) {
			if !slices.Contains(pairs, found[0]) {
				openSlot(key, found[1])
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
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
