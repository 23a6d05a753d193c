package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// The latest message is one that went out or did not; tomorrow's reminder is told as what it is.
func TestReminderToComeIsNoLatestMessage(t *testing.T) {
	c := newMailCourt(t)
	a := c.appointment(c.institution, c.magistrate, func(d *booking.Draft) { d.Reminders = []time.Duration{10 * time.Minute} })
	lines := func() (receipts, reminders int) {
		text := content(c.get(fileOf(a, "?lang=fr")).one("main"))
		return strings.Count(text, "Dernier message : envoyé"), strings.Count(text, "Rappel prévu le lundi 23 novembre 2026, 09:50 (UTC")
	}
	messages, err := c.store.Messages(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	sent, planned := 0, 0
	for _, m := range messages {
		if m.Planned() {
			planned++
			continue
		}
		if err := c.store.Sent(m.ID); err != nil {
			t.Fatal(err)
		}
		sent++
	}
	if receipts, reminders := lines(); sent == 0 || receipts != sent || planned == 0 || reminders != planned {
		t.Errorf("%d sent, %d told; %d reminders, %d told", sent, receipts, planned, reminders)
	}
	waiting, later, err := c.store.Queued()
	if err != nil || waiting != 0 || later != planned {
		t.Errorf("%d wait, %d later, %v", waiting, later, err)
	}
}

// What a page says was told is what was told: how many are written to, and who is not and has to be told by the staff.
func TestANoticeTellsWhoIsWrittenTo(t *testing.T) {
	move := url.Values{"held_on": {"2026-11-24"}, "held_at": {"11:00"}, "words": {"Salle fermée"}}
	cancel := url.Values{"why": {"by_service"}}
	late := url.Values{"late_by": {"20"}}
	for name, x := range map[string]struct {
		open         func(*testing.T) *court
		told, untold string
	}{
		"with mail":    {newMailCourt, "Un message part à 2 personnes.", "Sans adresse électronique"},
		"without mail": {newCourt, "", "L’envoi de messages est désactivé"},
	} {
		for deed, typed := range map[string]url.Values{"move": move, "cancel": cancel, "adjourn": move, "delay": late} {
			c := x.open(t)
			a := c.appointment(c.institution, c.magistrate)
			pages := []document{}
			if deed != "delay" { // which is asked for on the page itself
				pages = append(pages, c.get(fileOf(a, "/"+deed+"?lang=fr")))
			}
			for _, d := range append(pages, c.post(fileOf(a, "/"+deed), typed)) {
				text, untold := content(d.one("main")), strings.Join(texts(d, "untold"), " ")
				if strings.Contains(text, "Un message part") != (x.told != "") || !strings.Contains(text, x.told) {
					t.Errorf("%s, %s: %s", name, deed, text)
				}
				if !strings.Contains(untold, x.untold) || !strings.Contains(untold, "سناء العلوي") || strings.Contains(untold, "Youssef") != (x.told == "") || strings.Contains(untold, c.magistrate.Name) {
					t.Errorf("%s, %s: untold %q", name, deed, untold)
				}
			}
		}
		c := x.open(t)
		a := c.appointment(c.institution, c.magistrate)
		d := c.post("/staff/docket/delay", url.Values{"day": {"2026-11-23"}, "late_by": {"25"}})
		if untold := strings.Join(texts(d, "untold"), " "); !strings.Contains(untold, "سناء العلوي") || d.named("a", "href", fileOf(a, "")) == nil {
			t.Errorf("%s, the whole list: untold %q", name, untold)
		}
	}
}

// Where no mail is sent no link is offered to be sent, and one that is asked for all the same is not said to be.
func TestNoLinkIsSaidToBeSentWithoutMail(t *testing.T) {
	c := newCourt(t)
	a := c.appointment(c.institution, c.magistrate)
	page := content(c.get(fileOf(a, "?lang=fr")).one("main"))
	wantNotIn(t, page, "Envoyer de nouveau le lien", "Envoyer un nouveau lien")
	if told := texts(c.post(fileOf(a, "/people/2/send"), nil), "told"); len(told) != 1 || !strings.Contains(told[0], "n’est pas envoyé") {
		t.Errorf("told %q", told)
	}
	m := newMailCourt(t)
	b := m.appointment(m.institution, m.magistrate)
	wantIn(t, content(m.get(fileOf(b, "?lang=fr")).one("main")), "Envoyer de nouveau le lien", "Envoyer un nouveau lien")
	if told := texts(m.post(fileOf(b, "/people/2/send"), nil), "told"); len(told) != 1 || told[0] != "Le lien est envoyé de nouveau." {
		t.Errorf("told %q", told)
	}
}

// A request that was accepted from the list leads back to it, where is told who has to be called.
func TestWhoAskedIsToldByTheStaffWithoutMail(t *testing.T) {
	c := newCourt(t)
	for deed, typed := range map[string]url.Values{"accept": {"from": {"requests"}}, "reject": {"from": {"requests"}, "words": {"Dossier incomplet"}}} {
		a := c.request(map[string]string{"accept": "11:00", "reject": "15:00"}[deed])
		d := c.post(fileOf(a, "/"+deed), typed)
		if untold := strings.Join(texts(d, "untold"), " "); !strings.Contains(untold, "Leïla Amrani") || !strings.Contains(untold, "+33612345678") || d.named("a", "href", fileOf(a, "")) == nil {
			t.Errorf("%s: untold %q", deed, untold)
		}
	}
}
