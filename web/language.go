package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jalsa/booking"
)

// language is one the pages are written in.
type language struct {
	Code string // BCP 47
	Dir  string // of the script: ltr or rtl
	Name string // as its speakers write it
}

// languages in the order of the switch; the first one is what somebody gets who asks for none of them.
var languages = []language{
	{Code: "fr", Dir: "ltr", Name: "Français"},
	{Code: "ar", Dir: "rtl", Name: "العربية"},
	{Code: "en", Dir: "ltr", Name: "English"},
}

// Names of the two choices a reader can make, as query parameter and as cookie of a room.
const (
	languageChoice = "lang"
	zoneChoice     = "zone"
)

func spoken(code string) bool {
	return slices.ContainsFunc(languages, func(l language) bool { return l.Code == code })
}

// visitor is who reads a page: the language it is written in and the zone of the second clock.
type visitor struct {
	*catalogue
	zone   string     // IANA name, always a known one
	chosen url.Values // choices made in the address, to be carried in links; never anything else
	kept   url.Values // what else the address of this page says, kept when the language is switched
}

// visitor finds out, from the strongest wish to the weakest: address, cookie of the room, what the booking says
// (preferred, may be ""), what the browser says.
func (s *site) visitor(r *http.Request, preferred string) visitor {
	v := visitor{chosen: url.Values{}}
	asked := r.URL.Query()
	code := languages[0].Code
	for _, tag := range accepted(r.Header.Get("Accept-Language")) {
		if primary, _, _ := strings.Cut(tag, "-"); spoken(primary) {
			code = primary
			break
		}
	}
	for _, wish := range []string{preferred, cookieValue(r, languageChoice), asked.Get(languageChoice)} {
		if spoken(wish) {
			code = wish
		}
	}
	v.catalogue = s.catalogues[code]
	if spoken(asked.Get(languageChoice)) {
		v.chosen.Set(languageChoice, code)
	}
	v.zone = zoneOf(r)
	if asked.Get(zoneChoice) == v.zone {
		v.chosen.Set(zoneChoice, v.zone)
	}
	return v
}

// linkVisitor is who reads the page of a personal link, in the words for its appointment: who booked sees the second clock
// that they booked by.
func (s *site) linkVisitor(r *http.Request, a booking.Appointment, p booking.Participant) visitor {
	v := s.visitor(r, p.Language)
	v.catalogue = v.about(a)
	if p.Booker && a.Contact.Zone != "" && zoneWish(r) == "" {
		v.zone = a.Contact.Zone
	}
	return v
}

// languageLink is an entry of the switch.
type languageLink struct {
	language
	Href    string
	Current bool
}

// switches returns the links that show the same page in each language, other choices kept.
func (v visitor) switches() []languageLink {
	links := make([]languageLink, len(languages))
	for i, l := range languages {
		query := carried(v.kept)
		query.Set(languageChoice, l.Code)
		if v.chosen.Has(zoneChoice) {
			query.Set(zoneChoice, v.zone)
		}
		links[i] = languageLink{language: l, Href: "?" + query.Encode(), Current: l.Code == v.Code}
	}
	return links
}

// carried is a copy of a part of an address, to which more can be added.
func carried(part url.Values) url.Values {
	query := url.Values{}
	for name, values := range part {
		query[name] = values
	}
	return query
}

// remember keeps the choices made in the address for all pages under a path: the room of one participant, or booking.
func (s *site) remember(w http.ResponseWriter, v visitor, path string) {
	for _, choice := range []string{languageChoice, zoneChoice} {
		if v.chosen.Has(choice) {
			http.SetCookie(w, s.cookie(choice, url.PathEscape(v.chosen.Get(choice)), path))
		}
	}
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	value, err := url.PathUnescape(c.Value)
	if err != nil {
		return ""
	}
	return value
}

// acceptedLimit is how many entries of one Accept header are read.
const acceptedLimit = 20

// accepted returns the values of an Accept-Language or Accept-Encoding header (RFC 9110 §12.4.2), lower case,
// best first, without those of weight zero.
func accepted(header string) []string {
	type weighed struct {
		value string
		q     float64
	}
	var all []weighed
	for _, item := range strings.SplitN(header, ",", acceptedLimit+1) {
		value, parameter, weighted := strings.Cut(strings.ToLower(item), ";")
		entry := weighed{strings.TrimSpace(value), 1}
		if weighted {
			name, number, _ := strings.Cut(parameter, "=")
			q, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if strings.TrimSpace(name) != "q" || err != nil {
				continue
			}
			entry.q = q
		}
		if entry.value != "" && entry.q > 0 && len(all) < acceptedLimit {
			all = append(all, entry)
		}
	}
	slices.SortStableFunc(all, func(a, b weighed) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		}
		return 0
	})
	values := make([]string, len(all))
	for i, entry := range all {
		values[i] = entry.value
	}
	return values
}
