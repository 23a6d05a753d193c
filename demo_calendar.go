package main

import (
	"fmt"
	"time"

	"jalsa/booking"
)

// What can be booked in the demo: two institutions with services, counters and hours on every day of the week, so that
// there is always something free, and a closure, so that there is a day without.

// demoInstitution is an institution of the demo with what it offers.
type demoInstitution struct {
	institution booking.Institution
	services    []booking.Service // Institution is filled in
	counters    []string
	hours       [][2]string
}

// demoCalendar makes the institutions of the demo in a store that has none.
func demoCalendar(store *booking.Store, now time.Time) error {
	there, err := store.Institutions()
	if err != nil || len(there) > 0 {
		return err
	}
	for _, d := range demoInstitutions() {
		if err := d.make(store, now); err != nil {
			return fmt.Errorf("make institution of the demo: %w", err)
		}
	}
	return nil
}

func (d demoInstitution) make(store *booking.Store, now time.Time) error {
	institution, err := store.PutInstitution(d.institution, operator)
	if err != nil {
		return err
	}
	var offered []string
	for _, service := range d.services {
		service.Institution = institution.ID
		made, err := store.PutService(service, operator)
		if err != nil {
			return err
		}
		offered = append(offered, made.ID)
	}
	for _, name := range d.counters {
		counter := booking.Counter{Institution: institution.ID, Name: name, Services: offered}
		for _, hours := range d.hours {
			counter.Openings = append(counter.Openings, booking.Opening{
				Weekdays: [7]bool{true, true, true, true, true, true, true}, From: hours[0], To: hours[1],
			})
		}
		if _, _, _, err := store.PutCounter(counter, booking.Treatment{}, operator); err != nil {
			return err
		}
	}
	holiday := now.AddDate(0, 0, 10).Format("2006-01-02")
	_, _, err = store.PutClosures([]booking.Closure{{
		Institution: institution.ID, First: holiday, Last: holiday,
		Name: booking.Text{"fr": "Jour férié", "ar": "يوم عطلة", "en": "Public holiday"},
	}}, booking.Treatment{}, operator)
	return err
}

// demoService is a service with the settings that suit a demo: bookable from the next hour on.
func demoService(name, about, who booking.Text, duration time.Duration) booking.Service {
	s := booking.NewService("")
	s.Name, s.About, s.Who, s.Duration = name, about, who, duration
	s.Notice, s.Cutoff = time.Hour, 2*time.Hour
	s.Prepare = demoPrepare
	return s
}

func demoInstitutions() []demoInstitution {
	return []demoInstitution{demoMinistryOffers(), demoCourtOffers()}
}

func demoMinistryOffers() demoInstitution {
	return demoInstitution{
		institution: booking.Institution{
			Name: demoMinistry, Zone: demoZone, Phone: "+212537000000", Email: "contact@mre.example",
			About: booking.Text{
				"fr": "Accompagnement des Marocains du monde dans leurs démarches au Maroc.",
				"ar": "مواكبة مغاربة العالم في مساطرهم الإدارية بالمغرب.",
				"en": "Help for Moroccans of the world with their affairs in Morocco.",
			},
		},
		services: []booking.Service{
			demoService(
				booking.Text{"fr": "Entretien sur un dossier foncier", "ar": "مقابلة حول ملف عقاري", "en": "Talk about a land file"},
				booking.Text{
					"fr": "Titre foncier, immatriculation, spoliation : faire le point sur votre dossier.",
					"ar": "الرسم العقاري، التحفيظ، الاستيلاء على العقار: الاطلاع على وضعية ملفكم.",
					"en": "Title deed, registration, dispossession: where your file stands.",
				},
				booking.Text{
					"fr": "Les Marocains résidant à l’étranger, ou leur mandataire.",
					"ar": "المغاربة المقيمون بالخارج أو من ينوب عنهم.",
					"en": "Moroccans residing abroad, or who acts for them.",
				}, 30*time.Minute),
			demoService(
				booking.Text{"fr": "Orientation administrative", "ar": "التوجيه الإداري", "en": "Administrative guidance"},
				booking.Text{
					"fr": "Savoir à quelle administration s’adresser, et avec quelles pièces.",
					"ar": "معرفة الإدارة المختصة والوثائق المطلوبة.",
					"en": "Learn which administration to turn to, and with which papers.",
				},
				booking.Text{"fr": "Tout le monde.", "ar": "الجميع.", "en": "Everybody."}, 15*time.Minute),
		},
		counters: []string{"Guichet 1", "Guichet 2"},
		hours:    [][2]string{{"08:30", "12:30"}, {"13:30", "16:30"}},
	}
}

func demoCourtOffers() demoInstitution {
	family := demoService(
		booking.Text{"fr": "Audience des affaires familiales", "ar": "جلسة قضايا الأسرة", "en": "Family hearing"},
		booking.Text{
			"fr": "Pension, garde d’enfants, exequatur d’un jugement étranger : entretien avec le magistrat chargé de votre affaire.",
			"ar": "النفقة، حضانة الأطفال، تذييل حكم أجنبي بالصيغة التنفيذية: مقابلة مع القاضي المكلف بقضيتكم.",
			"en": "Maintenance, custody, recognition of a foreign judgment: a talk with the magistrate in charge of your case.",
		},
		booking.Text{
			"fr": "Toute partie à une affaire ouverte, et son avocat.",
			"ar": "كل طرف في قضية معروضة على المحكمة، ومحاميه.",
			"en": "Any party to an open case, and their lawyer.",
		}, 45*time.Minute)
	family.Judicial, family.Accepted = true, true
	return demoInstitution{
		institution: booking.Institution{
			Name: demoCourt, Zone: demoZone, Phone: "+212537000001", Email: "greffe@tpi-rabat.example",
			About: booking.Text{
				"fr": "Audiences et entretiens à distance pour les justiciables résidant à l’étranger.",
				"ar": "جلسات ومقابلات عن بعد للمتقاضين المقيمين بالخارج.",
				"en": "Remote hearings and talks for parties who live abroad.",
			},
		},
		services: []booking.Service{
			family,
			demoService(
				booking.Text{"fr": "Renseignement au greffe", "ar": "استعلام لدى كتابة الضبط", "en": "Question to the registry"},
				booking.Text{
					"fr": "État d’une procédure, copie d’un jugement, frais de justice.",
					"ar": "مآل مسطرة، نسخة من حكم، المصاريف القضائية.",
					"en": "State of a procedure, copy of a judgment, court fees.",
				},
				booking.Text{"fr": "Toute personne, avec le numéro de son dossier.", "ar": "كل شخص يتوفر على رقم ملفه.", "en": "Anybody with the number of their file."},
				20*time.Minute),
		},
		counters: []string{"Salle 1"},
		hours:    [][2]string{{"09:00", "16:00"}},
	}
}
