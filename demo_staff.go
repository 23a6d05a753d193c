package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"jalsa/booking"
)

// Who works in the demo, and a day of theirs.

// demoPassword is that of all accounts of the demo. It is printed at each start and good for nothing else.
const demoPassword = "entrez dans la demo"

// demoMember is an account of the demo. The zero institution is the operation of the server.
type demoMember struct {
	institution booking.Text
	login, name string
	role        booking.StaffRole
	language    string
}

var demoMembers = []demoMember{
	{demoCourt, "greffe@tribunal.example", "Nadia Chraibi", booking.StaffClerk, "fr"},
	{demoCourt, "juge@tribunal.example", "Amina El Fassi", booking.StaffMagistrate, "fr"},
	{demoCourt, "parquet@tribunal.example", "عمر لحلو", booking.StaffProsecutor, "ar"},
	{demoCourt, "admin@tribunal.example", "Hassan Tazi", booking.StaffAdmin, "fr"},
	{demoMinistry, "agent@ministere.example", "Samira Bennis", booking.StaffOfficial, "fr"},
	{demoMinistry, "admin@ministere.example", "رشيد بنعلي", booking.StaffAdmin, "ar"},
	{nil, "exploitant@jalsa.example", "Exploitation", booking.StaffAdmin, "fr"},
}

// demoHouse is the institutions and accounts of the demo, by what they are found by: French name and login.
type demoHouse struct {
	institutions map[string]booking.Institution
	accounts     map[string]booking.Account
}

// at is the institution with this name.
func (h demoHouse) at(name booking.Text) booking.Institution { return h.institutions[name.In("fr")] }

// demoStaff makes the accounts that are not there yet.
func demoStaff(store *booking.Store) (demoHouse, error) {
	h := demoHouse{map[string]booking.Institution{}, map[string]booking.Account{}}
	all, err := store.Institutions()
	if err != nil {
		return h, err
	}
	for _, i := range all {
		h.institutions[i.Name.In("fr")] = i
	}
	for _, m := range demoMembers {
		a, err := store.AccountOf(m.login)
		if errors.Is(err, booking.ErrNotFound) {
			a, err = store.PutAccount(booking.Account{
				Institution: h.at(m.institution).ID, Login: m.login, Name: m.name, Role: m.role, Language: m.language,
			}, demoPassword, operator)
		}
		if err != nil {
			return h, fmt.Errorf("make account %s: %w", m.login, err)
		}
		h.accounts[m.login] = a
	}
	return h, nil
}

// fill gives each institution a day and a request that waits.
func (h demoHouse) fill(store *booking.Store, now time.Time) error {
	for _, day := range []struct {
		name  booking.Text
		cases []demoCase
	}{{demoCourt, demoCourtDay()}, {demoMinistry, demoMinistryDay()}} {
		at := h.at(day.name)
		if err := demoDay(store, at, h.accounts, day.cases, now); err != nil {
			return err
		}
		if err := demoRequest(store, at, now); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	return nil
}

// printMembers tells a newcomer how to sign in.
func printMembers(out io.Writer, public string) {
	fmt.Fprintf(out, "\nStaff sign in at %s/staff, all with the password %q:\n", public, demoPassword)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range demoMembers {
		where := m.institution.In("en")
		if m.institution == nil {
			where = "operation of the server"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", m.login, m.role, where)
	}
	table.Flush()
}

// demoCase is an appointment of the day, given by how far from now it begins.
type demoCase struct {
	after       time.Duration
	minutes     int
	service     booking.Text
	number      string // of the case
	host        string // login, or ""
	interpreter string
	needs       string
	screens     [][2]int // among people, the host not counted
	people      []booking.Participant
	then        func(store *booking.Store, a booking.Appointment) error
}

// demoDay fills the day of an institution, unless something stands on it that is not of the list of links.
func demoDay(store *booking.Store, at booking.Institution, accounts map[string]booking.Account, cases []demoCase, now time.Time) error {
	zone, err := booking.Zone(at.Zone)
	if err != nil {
		return err
	}
	local := now.In(zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	there, err := store.Docket(at.ID, midnight, midnight.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	for _, a := range there {
		if a.Case != "" {
			return nil
		}
	}
	for _, c := range cases {
		start, err := booking.NewCivil(now.Truncate(15*time.Minute).Add(c.after).In(zone).Format("2006-01-02T15:04"), at.Zone)
		if err != nil {
			return err
		}
		if err := c.book(store, at, accounts, start); err != nil {
			return fmt.Errorf("book %s: %w", c.number, err)
		}
	}
	return nil
}

func (c demoCase) book(store *booking.Store, at booking.Institution, accounts map[string]booking.Account, start booking.Civil) error {
	people, first := c.people, 0
	if host, ok := accounts[c.host]; ok {
		first = 1
		people = append([]booking.Participant{{Role: booking.RoleHost, Name: host.Name, Language: host.Language, Staff: host.ID}}, people...)
	}
	var screens [][2]int
	for _, pair := range c.screens {
		screens = append(screens, [2]int{pair[0] + first, pair[1] + first})
	}
	a, _, err := store.Book(booking.Draft{
		InstitutionID: at.ID, Institution: at.Name, Service: c.service, Prepare: demoPrepare, Judicial: strings.Contains(c.number, "/"), Case: c.number,
		Start: start, Duration: time.Duration(c.minutes) * time.Minute, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute, Keep: 365,
		Interpreter: c.interpreter, Needs: c.needs, Participants: people, Screens: screens,
	}, operator)
	if err != nil || c.then == nil {
		return err
	}
	return c.then(store, a)
}

// What became of some of them.
var (
	demoOver = func(store *booking.Store, a booking.Appointment) error {
		_, err := store.End(a.ID, operator)
		return err
	}
	demoAbsent = func(store *booking.Store, a booking.Appointment) error {
		for _, p := range a.Participants {
			if p.Role == booking.RoleParty {
				if _, err := store.NoShow(a.ID, p.ID, true, operator); err != nil {
					return err
				}
			}
		}
		return nil
	}
	demoOff = func(store *booking.Store, a booking.Appointment) error {
		_, err := store.Cancel(a.ID, booking.Why{Code: "by_citizen_asked", Text: "La partie a demandé un renvoi."}, operator)
		return err
	}
)

// demoCourtDay and demoMinistryDay are what the dockets show.
func demoCourtDay() []demoCase {
	party := func(name, language string) booking.Participant {
		return booking.Participant{Role: booking.RoleParty, Name: name, Language: language}
	}
	family := booking.Text{"fr": "Audience des affaires familiales", "ar": "جلسة قضايا الأسرة", "en": "Family hearing"}
	penal := booking.Text{"fr": "Audition de témoins", "ar": "الاستماع إلى شهود", "en": "Hearing of witnesses"}
	return []demoCase{
		{after: -2 * time.Hour, minutes: 45, service: family, number: "2026/1187", host: "juge@tribunal.example",
			people: []booking.Participant{party("Fatima Zahra Ouazzani", "fr"), party("Mehdi Ouazzani", "fr")}, then: demoOver},
		{after: -75 * time.Minute, minutes: 30, service: family, number: "2026/1191", host: "juge@tribunal.example",
			people: []booking.Participant{party("Rachid Amrani", "ar")}, then: demoAbsent},
		{after: 15 * time.Minute, minutes: 60, service: penal, number: "2026/0412", host: "parquet@tribunal.example", interpreter: "nl", screens: [][2]int{{0, 2}, {1, 2}},
			people: []booking.Participant{party("Jan de Vries", "en"), {Role: booking.RoleRepresentative, Name: "Me Salma Idrissi", Language: "fr"},
				{Role: booking.RoleWitness, Name: "سناء العلوي", Language: "ar", Link: "A"}, {Role: booking.RoleInterpreter, Name: "Karim Ouali", Language: "fr", Link: "A"}}},
		{after: 90 * time.Minute, minutes: 45, service: family, number: "2026/1204", host: "juge@tribunal.example",
			people: []booking.Participant{party("يوسف بناني", "ar"), {Role: booking.RoleRepresentative, Name: "Me Hind Sefrioui", Language: "fr"}}},
		{after: 150 * time.Minute, minutes: 45, service: family, number: "2026/1210", needs: "Personne malentendante : parler face à la caméra.",
			people: []booking.Participant{party("Laïla Haddad", "fr")}},
		{after: 210 * time.Minute, minutes: 45, service: family, number: "2026/1215", host: "juge@tribunal.example",
			people: []booking.Participant{party("Khalid Berrada", "fr")}, then: demoOff},
	}
}

func demoMinistryDay() []demoCase {
	land := booking.Text{"fr": "Entretien sur un dossier foncier", "ar": "مقابلة حول ملف عقاري", "en": "Talk about a land file"}
	citizen := func(name, language string) []booking.Participant {
		return []booking.Participant{{Role: booking.RoleParty, Name: name, Language: language}}
	}
	return []demoCase{
		{after: -time.Hour, minutes: 30, service: land, number: "FON-2231", host: "agent@ministere.example", people: citizen("Soukaina Tahiri", "fr"), then: demoOver},
		{after: 0, minutes: 30, service: land, number: "FON-2240", host: "agent@ministere.example", people: citizen("إبراهيم أيت الحاج", "ar")},
		{after: time.Hour, minutes: 30, service: land, number: "FON-2244", people: citizen("Mounir Kabbaj", "fr")},
	}
}

// demoRequest lets a citizen ask for the first free time of a service that the staff accepts, unless one waits already.
func demoRequest(store *booking.Store, at booking.Institution, now time.Time) error {
	waiting, err := store.Requests(at.ID)
	if err != nil || len(waiting) > 0 {
		return err
	}
	services, err := store.Services(at.ID)
	if err != nil {
		return err
	}
	for _, v := range services {
		if !v.Accepted {
			continue
		}
		free, err := store.Free(v.ID, now, now.AddDate(0, 0, 14))
		if err != nil {
			return err
		}
		if len(free) == 0 {
			return nil
		}
		return demoAsk(store, v.ID, free[0].Start.Instant)
	}
	return nil
}

func demoAsk(store *booking.Store, service string, start time.Time) error {
	const browser = "demo"
	key := strings.ToLower(rand.Text())
	if _, err := store.Hold(key, browser, "127.0.0.0/24", service, start); err != nil {
		return err
	}
	_, err := store.Fill(key, browser, booking.Application{
		Name: "Meryem Alaoui", Email: "meryem.alaoui@example.org", Phone: "+32470123456", Language: "fr", Interpreter: "zgh",
		Needs: "Je préfère une audience l’après-midi.",
	})
	if err != nil {
		return err
	}
	a, ticket, err := store.Request(key, browser)
	if err != nil {
		return err
	}
	if ticket == "" { // it was mailed, and the demo's citizen reads it
		if ticket, _, err = store.Ticket(a.Participants[0].ID); err != nil {
			return err
		}
		_, err = store.ProveByTicket(ticket, false)
	}
	return err
}
