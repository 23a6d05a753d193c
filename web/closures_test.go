package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// Nothing is changed before somebody has seen what is touched and has said what becomes of it.
func TestAClosureIsWeighed(t *testing.T) {
	for _, do := range []string{"keep", "move", "cancel"} {
		t.Run(do, func(t *testing.T) {
			o := newOffice(t)
			a := o.booked()
			typed := o.get("/staff/closures/new").typedIn()
			typed.Set("days", "25/11/2026 Fête <b>\n26/11/2026")
			typed.Set("name.fr", "Congé")
			w := o.post("/staff/closures/new", typed)
			d := parse(t, w)
			text := content(d.one("main"))
			if w.Code != http.StatusOK || !strings.Contains(text, a.Reference) || !strings.Contains(text, "Youssef Bennani") {
				t.Fatalf("status %d: %s", w.Code, text)
			}
			checkPage(t, deskless(d), languages[0])
			if all, _ := o.store.Closures(o.admin.Institution); len(all) != 0 {
				t.Fatal("it was entered unasked")
			}
			typed = d.typedIn()
			o.faulty(o.post("/staff/closures/new", typed), "treat")
			back := url.Values{}
			for name, values := range typed {
				back[name] = values
			}
			back.Set("act", "back")
			if form := parse(t, o.post("/staff/closures/new", back)).typedIn(); !strings.Contains(form.Get("days"), "Fête <b>") || form.Get("name.fr") != "Congé" {
				t.Errorf("back at the form: %v", form)
			}
			typed.Set("treat", do)
			typed.Set("words", "Jour férié")
			w = o.post("/staff/closures/new", typed)
			want := "/staff/closures?changed=1&done=closure"
			if do == "keep" {
				want = "/staff/closures?done=closure"
			}
			if do == "move" {
				want += "&moved=" + a.ID
			}
			o.faultyOrDone(w, want)
			all, _ := o.store.Closures(o.admin.Institution)
			if len(all) != 2 || all[0].Name["fr"] != "Fête <b>" || all[1].Name["fr"] != "Congé" {
				t.Errorf("closures %+v", all)
			}
			now, _ := o.store.Appointment(a.ID)
			moved := !now.Start.Instant.Equal(a.Start.Instant)
			if (now.State == booking.StateCancelled) != (do == "cancel") || moved != (do == "move") {
				t.Errorf("%s: state %s, at %s", do, now.State, now.Start.Local)
			}
			text = content(o.get(want).one("main"))
			if !strings.Contains(text, "La fermeture est enregistrée") || strings.Contains(text, now.Start.Local[11:]+" UTC+0 "+a.Reference) != (do == "move") {
				t.Errorf("overview: %s", text)
			}
		})
	}
}

// A list that is not the one that was looked at is shown again.
func TestTheTouchedListMayChangeMeanwhile(t *testing.T) {
	o := newOffice(t)
	a := o.booked()
	target := "/staff/counters/" + o.counter.ID
	typed := o.get(target).typedIn()
	typed["openings.0.weekdays"] = []string{"1"}
	d := parse(t, o.post(target, typed))
	if text := content(d.one("main")); strings.Contains(text, "fermeture") || !strings.Contains(text, "nouveaux horaires") {
		t.Errorf("other hours, no closure: %s", text)
	}
	if _, err := o.store.Delay([]string{a.ID}, 5*time.Minute, "test"); err != nil {
		t.Fatal(err)
	}
	typed = d.typedIn()
	typed.Set("treat", "cancel")
	w := o.post(target, typed)
	if w.Code != http.StatusConflict {
		t.Fatalf("status %d", w.Code)
	}
	typed = parse(t, w).typedIn()
	typed.Set("treat", "cancel")
	o.faultyOrDone(o.post(target, typed), "/staff/setup?changed=1&done=counter")
}

// Where no time is free, the overview names who stays, for somebody to decide.
func TestWhatCannotBeMovedIsNamed(t *testing.T) {
	o := newOffice(t)
	a := o.booked()
	typed := url.Values{"first": {"2026-11-24"}, "last": {"2027-12-31"}}
	typed = parse(t, o.post("/staff/closures/new", typed)).typedIn()
	typed.Set("treat", "move")
	want := "/staff/closures?done=closure&left=" + a.ID
	o.faultyOrDone(o.post("/staff/closures/new", typed), want)
	if text := content(o.get(want).one("main")); !strings.Contains(text, a.Reference) || !strings.Contains(text, "aucun créneau n’était libre") {
		t.Errorf("overview: %s", text)
	}
	if now, _ := o.store.Appointment(a.ID); now.State != booking.StateConfirmed || !now.Start.Instant.Equal(a.Start.Instant) {
		t.Errorf("it was changed: %s at %s", now.State, now.Start.Local)
	}
}

// An absence tells what the person holds at counters that are not theirs, before it is entered and after.
func TestAnAbsenceTellsWhatElseIsHeld(t *testing.T) {
	o := newOffice(t)
	a := o.booked()
	officer := o.account(o.admin.Institution, booking.StaffMagistrate)
	if _, err := o.store.Assign(a.ID, officer.ID, "test"); err != nil {
		t.Fatal(err)
	}
	for day, told := range map[string]bool{"2026-11-24": false, "2026-11-25": true} {
		w := o.post("/staff/closures/new", url.Values{"first": {day}, "for": {"staff:" + officer.ID}, "from": {"10:15"}, "to": {"11:00"}})
		if !told {
			o.faultyOrDone(w, "/staff/closures?done=closure")
			continue
		}
		d := parse(t, w)
		if text := content(d.one("main")); w.Code != http.StatusOK || !strings.Contains(text, a.Reference) || len(d.elements("textarea")) != 0 {
			t.Fatalf("status %d: %s", w.Code, text)
		} else if strings.Contains(text, "autre guichet") || !strings.Contains(text, "Cette absence touche") {
			t.Errorf("an absence at the only counter: %s", text)
		}
		checkPage(t, deskless(d), languages[0])
		o.faultyOrDone(o.post("/staff/closures/new", d.typedIn()), "/staff/closures?done=closure&left="+a.ID)
	}
}

func TestAClosureIsDeletedAfterAQuestion(t *testing.T) {
	o := newOffice(t)
	target := "/staff/closures/" + o.closure(o.admin.Institution).ID + "/delete"
	if all, _ := o.store.Closures(o.admin.Institution); len(all) != 1 {
		t.Fatal("no closure")
	}
	o.get(target)
	o.faultyOrDone(o.post(target, nil), "/staff/closures?done=deleted")
	if all, _ := o.store.Closures(o.admin.Institution); len(all) != 0 {
		t.Error("it is still there")
	}
}

func TestFaultsOfClosures(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		typed  url.Values
		fields []string
	}{
		{url.Values{}, []string{"first", "last"}},
		{url.Values{"first": {"2026-12-02"}, "last": {"2026-12-01"}}, []string{"last"}},
		{url.Values{"first": {"2/12/2026"}, "from": {"10:00"}}, []string{"to"}},
		{url.Values{"days": {"tomorrow"}}, []string{"days"}},
		{url.Values{"first": {"2026-12-02"}, "for": {"counter:nobody"}}, []string{"for"}},
	} {
		o.faulty(o.post("/staff/closures/new", c.typed), c.fields...)
	}
	for only, want := range map[string]string{"from": "l’heure de fin, ou laissez", "to": "l’heure de début, ou laissez"} {
		w := o.post("/staff/closures/new", url.Values{"first": {"2026-12-02"}, only: {"10:00"}})
		if faults := strings.Join(texts(parse(t, w), "errors"), " "); !strings.Contains(faults, want) {
			t.Errorf("only %s: %q", only, faults)
		}
	}
}
