package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"jalsa/booking"
)

// demoCommand is what a newcomer starts: a server whose appointments can be
// opened at once.
type demoCommand struct {
	network
	mailing
	logging `embed:"" set:"level=warn"`
	JSON    bool `name:"json" help:"Print the links as JSON."`
}

// demoFile keeps the links of the demo beside the store, which knows only
// their hashes, so that a second start prints the same ones. It exists for
// demo data only.
const demoFile = "demo-links.json"

// Help is printed by jalsa demo --help.
func (*demoCommand) Help() string {
	return "It makes a court and a ministry with services, counters, weekly hours and staff; a docket with hearings of today, requests that wait, " +
		"and three appointments whose personal links are printed: one that is open now, one of tomorrow, one that was cancelled. " +
		"The logins of the staff are printed too, all with one password, so the demo is for looking and never for real appointments. " +
		"Letters are not sent but shown at /mail/. A second start finds all of it again; remove the folder to begin anew."
}

func (c *demoCommand) Run(t terminal, s *settings) error {
	if err := claimDemo(s.Data); err != nil {
		return err
	}
	if !c.mailing.on() {
		c.MailFolder = filepath.Join(s.Data, "mail")
	}
	c.Shown = true
	frugal()
	server, err := newServer(s.Data, c.network, c.mailing, t.now, c.logger(t.err))
	if err != nil {
		return err
	}
	made, err := prepareDemo(server, s.Data, t.now())
	if err != nil {
		server.Close()
		return fmt.Errorf("prepare demo: %w", err)
	}
	if !c.JSON {
		introduce(t.out, server.certs)
		fmt.Fprintf(t.out, "Jalsa serves %s. Open some of these links, each in a window of its own:\n", server.public)
	}
	if err := printLinks(t.out, c.JSON, made...); err != nil {
		server.Close()
		return err
	}
	if !c.JSON {
		printMembers(t.out, server.public)
		if server.mailbox != nil {
			fmt.Fprintf(t.out, "\nMail is not sent; read it at %s/mail/\n", server.public)
		}
		fmt.Fprintf(t.out, "\nThe host admits the others. Ctrl-C ends the server; the data stays in %s.\nOther commands reach it with --data, such as: jalsa list --data %s\n", s.Data, s.Data)
	}
	return waitAndClose(t, server)
}

// isDemo reports whether a folder holds what a demo made up.
func isDemo(data string) bool {
	_, err := os.Stat(filepath.Join(data, demoFile))
	return err == nil
}

// claimDemo marks a folder as a demo's before anything is made up in it. The books of an institution are no place for accounts
// whose passwords are printed.
func claimDemo(data string) error {
	if isDemo(data) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(data, storeFile)); err == nil {
		return fmt.Errorf("%s holds appointments that no demo made: choose another --data for the demo", data)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(data, demoFile), []byte("{}"), 0o600); err != nil {
		return fmt.Errorf("mark data folder: %w", err)
	}
	return nil
}

// prepareDemo makes what the demo shows, as far as it is not there from an
// earlier start, and returns the appointments whose links are printed.
func prepareDemo(server *server, data string, now time.Time) ([]links, error) {
	if err := demoCalendar(server.store, now); err != nil {
		return nil, err
	}
	house, err := demoStaff(server.store)
	if err != nil {
		return nil, err
	}
	made, err := demoLinks(server.store, house, data, server.public, now)
	if err != nil {
		return nil, err
	}
	return made, house.fill(server.store, now)
}

// demoLinks returns the demo's appointments: those of an earlier start as far
// as they still are what they should show, new ones otherwise.
func demoLinks(store *booking.Store, house demoHouse, data, public string, now time.Time) ([]links, error) {
	path := filepath.Join(data, demoFile)
	kept := map[string][]booking.Invite{}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	all, err := demos(house, now)
	if err != nil {
		return nil, err
	}
	var made []links
	for _, d := range all {
		a, invites, err := d.keepOrBook(store, kept[d.name], now)
		if err != nil {
			return nil, err
		}
		kept[d.name] = invites
		made = append(made, newLinks(a, invites, public, now))
	}
	if text, err = json.Marshal(kept); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return made, nil
}

// demo is one appointment of the demo and the states in which it serves its purpose.
type demo struct {
	name   string
	draft  booking.Draft
	cancel bool
	wanted []booking.Status
}

func (d demo) keepOrBook(store *booking.Store, invites []booking.Invite, now time.Time) (booking.Appointment, []booking.Invite, error) {
	if len(invites) > 0 {
		a, _, err := store.Lookup(invites[0].Ticket)
		if err == nil {
			for _, s := range d.wanted {
				if a.Status(now) == s {
					return a, invites, nil
				}
			}
		} else if !errors.Is(err, booking.ErrUnknownLink) {
			return a, nil, err
		}
	}
	a, invites, err := store.Book(d.draft, operator)
	if err == nil && d.cancel {
		a, err = store.Cancel(a.ID, booking.Why{Code: "by_service"}, operator)
	}
	return a, invites, err
}

// demoZone is where the demo's institutions are.
const demoZone = "Africa/Casablanca"

var (
	demoCourt = booking.Text{
		"fr": "Tribunal de première instance de Rabat",
		"ar": "المحكمة الابتدائية بالرباط",
		"en": "Court of First Instance of Rabat",
	}
	demoMinistry = booking.Text{
		"fr": "Ministère chargé des Marocains résidant à l’étranger",
		"ar": "الوزارة المكلفة بالمغاربة المقيمين بالخارج",
		"en": "Ministry in charge of Moroccans Residing Abroad",
	}
	demoPrepare = []booking.Text{
		{"fr": "Votre pièce d’identité", "ar": "وثيقة هويتكم", "en": "Your identity document"},
		{"fr": "Le numéro de votre dossier", "ar": "رقم ملفكم", "en": "The number of your file"},
		{"fr": "Un endroit calme, où vous êtes seul", "ar": "مكان هادئ تكونون فيه وحدكم", "en": "A quiet place where you are alone"},
	}
)

func demos(house demoHouse, now time.Time) ([]demo, error) {
	zone, err := booking.Zone(demoZone)
	if err != nil {
		return nil, err
	}
	at := func(t time.Time) (c booking.Civil) {
		if err == nil {
			c, err = booking.NewCivil(t.In(zone).Format("2006-01-02T15:04"), demoZone)
		}
		return c
	}
	family := booking.Text{"fr": "Audience des affaires familiales", "ar": "جلسة قضايا الأسرة", "en": "Family hearing"}
	talk := booking.Text{"fr": "Entretien sur un dossier foncier", "ar": "مقابلة حول ملف عقاري", "en": "Talk about a land file"}
	host := func(login string) booking.Participant {
		a := house.accounts[login]
		return booking.Participant{Role: booking.RoleHost, Name: a.Name, Language: a.Language, Staff: a.ID}
	}
	citizen := booking.Participant{Role: booking.RoleParty, Name: "يوسف بناني", Language: "ar", Link: "interpretation"}
	draft := func(service, institution booking.Text, start time.Time, people ...booking.Participant) booking.Draft {
		return booking.Draft{
			InstitutionID: house.at(institution).ID, Institution: institution, Service: service, Prepare: demoPrepare, Start: at(start),
			Duration: time.Hour, EarlyEntry: 30 * time.Minute, Grace: 15 * time.Minute, Participants: people,
		}
	}
	start := now.Truncate(5 * time.Minute)
	hearing := draft(family, demoCourt, start, host("juge@tribunal.example"), citizen,
		booking.Participant{Role: booking.RoleRepresentative, Name: "Me Salma Idrissi", Language: "fr"},
		booking.Participant{Role: booking.RoleInterpreter, Name: "Karim Ouali", Language: "en", Link: "interpretation"},
		booking.Participant{Role: booking.RoleWitness, Name: "Nadia Berrada", Language: "fr"},
	)
	hearing.Judicial = true
	all := []demo{
		{
			name:   "now",
			draft:  hearing,
			wanted: []booking.Status{booking.StatusOpen, booking.StatusInSession, booking.StatusDelayed},
		},
		{
			name:   "tomorrow",
			draft:  draft(talk, demoMinistry, start.Add(24*time.Hour), host("agent@ministere.example"), citizen),
			wanted: []booking.Status{booking.StatusTooEarly},
		},
		{
			name:   "cancelled",
			draft:  draft(talk, demoMinistry, start.Add(48*time.Hour), host("agent@ministere.example"), citizen),
			cancel: true,
			wanted: []booking.Status{booking.StatusCancelled},
		},
	}
	return all, err
}
