package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jalsa/booking"
)

// roomWords are what the room client says in one catalogue. The page brings the words of the first screens; the others are
// a file of its later parts, which browsers keep.
type roomWords struct {
	first  map[string]message
	later  string // address of what everybody reads behind the first screens
	toHost string // of the same, and what only hosts and clerks read
}

// firstKeys are the keys of the first screens, and beginnings of keys, which end in a dot.
// web/client/core/i18n.test.ts holds them to what the client says there.
func firstKeys() (keys []string, err error) {
	b, err := localeFiles.ReadFile("locales/room_first.json")
	if err != nil {
		return nil, fmt.Errorf("read keys of the first screens: %w", err)
	}
	if err := json.Unmarshal(b, &keys); err != nil {
		return nil, fmt.Errorf("read keys of the first screens: %w", err)
	}
	return keys, nil
}

// layWords divides the room's words of each catalogue, and puts what comes later among the assets.
func (a *assets) layWords(catalogues map[string]*catalogue) (map[*catalogue]roomWords, error) {
	keys, err := firstKeys()
	if err != nil {
		return nil, err
	}
	all := map[*catalogue]roomWords{}
	for _, language := range catalogues {
		for _, c := range []*catalogue{language, language.appointment} {
			w := roomWords{first: map[string]message{}}
			later, bench := map[string]message{}, c.under("room.bench.")
			for key, m := range c.under("room.", "reason.") {
				if slices.ContainsFunc(keys, func(k string) bool { return key == k || strings.HasSuffix(k, ".") && strings.HasPrefix(key, k) }) {
					w.first[key] = m
				} else if _, ok := bench[key]; !ok {
					later[key] = m
				}
			}
			if w.later, err = a.putJSON("words-"+c.Code, later); err != nil {
				return nil, err
			}
			maps.Copy(later, bench)
			if w.toHost, err = a.putJSON("words-"+c.Code, later); err != nil {
				return nil, err
			}
			all[c] = w
		}
	}
	return all, nil
}

// laterParts are the files of each later part of the room, for somebody of this role. Only hosts and clerks sit at the bench;
// its words come with the hearing, which says some of them.
func (s *site) laterParts(w roomWords, role booking.Role) map[string][]string {
	live, inside := s.assets.addresses("live."), s.assets.addresses("inside.")
	if role.Hosts() || role == booking.RoleClerk {
		return map[string][]string{"live": live, "inside": append(inside, w.toHost), "bench": s.assets.addresses("bench.")}
	}
	return map[string][]string{"live": live, "inside": append(inside, w.later)}
}
