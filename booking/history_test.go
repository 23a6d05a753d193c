package booking

import (
	"slices"
	"testing"
)

func TestHistoryTellsWhatHappenedInOrder(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	other, _ := book(t, s)
	must(t)(s.Admit(a.ID, []string{a.Participants[0].ID}, a.Participants[0].ID))
	must(t)(s.Cancel(other.ID, Why{Code: "by_service"}, "clerk"))
	must(t)(s.Cancel(a.ID, Why{Code: "illness", Text: "The judge is ill."}, "clerk"))
	events, err := s.History(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		if e.Kind != "invited" {
			kinds = append(kinds, e.Kind)
		}
		if e.Appointment != a.ID {
			t.Errorf("entry of another appointment: %+v", e)
		}
	}
	if want := []string{"booked", "admitted", "cancelled"}; !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
	last := events[len(events)-1]
	if last.Code != "illness" || last.Remark != "The judge is ill." || last.Actor != "clerk" {
		t.Errorf("%+v", last)
	}
	for _, id := range []string{"", "nobody", a.ID[:8]} {
		if events, err := s.History(id); err != nil || len(events) != 0 {
			t.Errorf("%q: %v, %v", id, events, err)
		}
	}
}

func TestAnAccountHasAHistory(t *testing.T) {
	s, _ := newStore(t)
	a := employ(t, s, institution(t, s).ID, StaffClerk)
	a.Role, a.Disabled = StaffAdmin, true
	if _, err := s.PutAccount(a, "another phrase entirely", "operator"); err != nil {
		t.Fatal(err)
	}
	events, err := s.History(a.ID)
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	if want := []string{"account_made", "account_changed", "password_changed", "role_changed", "account_disabled"}; err != nil || !slices.Equal(kinds, want) {
		t.Errorf("%v, %v, want %v", kinds, err, want)
	}
}
