package booking

import (
	"slices"
	"strings"
	"testing"
)

// The whole table of rights, written out: role → verbs at home. Everything else is refused.
func TestMay(t *testing.T) {
	verbs := []Verb{VerbDocket, VerbRun, VerbDecide, VerbCreate, VerbAttend, VerbClosures, VerbSetup, VerbAccounts, VerbInstitution, VerbInstitutions, VerbMachine, VerbSelf, "", "unknown"}
	for who, want := range map[string]string{
		"admin":      "docket run decide create attend closures setup accounts institution self",
		"clerk":      "docket run decide create attend closures self",
		"magistrate": "docket run decide create attend self",
		"prosecutor": "docket run decide create attend self",
		"official":   "docket run decide create attend self",
		"unknown":    "",
		"":           "",
	} {
		a := Account{ID: "a", Institution: "rabat", Role: StaffRole(who)}
		for _, v := range verbs {
			at := slices.Contains(strings.Fields(want), string(v))
			if May(a, v, "rabat") != at {
				t.Errorf("%s %s at home: %v, want %v", who, v, !at, at)
			}
			for _, elsewhere := range []string{"fes", "", "rabat "} {
				if May(a, v, elsewhere) {
					t.Errorf("%s may %s at %q", who, v, elsewhere)
				}
			}
			if disabled := (Account{ID: "a", Institution: "rabat", Role: a.Role, Disabled: true}); May(disabled, v, "rabat") {
				t.Errorf("disabled %s may %s", who, v)
			}
			if May(Account{Institution: "rabat", Role: a.Role}, v, "rabat") {
				t.Errorf("nobody as %s may %s", who, v)
			}
		}
	}
	operator := Account{ID: "o", Role: StaffAdmin}
	for _, v := range verbs {
		for at, want := range map[string]string{"": "institutions machine accounts self", "rabat": "institutions accounts"} {
			if is := slices.Contains(strings.Fields(want), string(v)); May(operator, v, at) != is {
				t.Errorf("operator %s at %q: want %v", v, at, is)
			}
		}
	}
	if May(Account{}, VerbMachine, "") {
		t.Error("nobody is the operator")
	}
}

func TestWhoGovernsWhom(t *testing.T) {
	operator, admin, clerk := Account{ID: "o", Role: StaffAdmin}, Account{ID: "a", Institution: "rabat", Role: StaffAdmin}, Account{ID: "c", Institution: "rabat", Role: StaffClerk}
	foreign := Account{ID: "f", Institution: "fes", Role: StaffAdmin}
	for _, c := range []struct {
		name       string
		who, other Account
		want       bool
	}{
		{"admin, own clerk", admin, clerk, true},
		{"admin, own account", admin, admin, true},
		{"admin, another institution", admin, foreign, false},
		{"admin, operator", admin, operator, false},
		{"clerk, anybody", clerk, clerk, false},
		{"operator, operator", operator, operator, true},
		{"operator, admin", operator, foreign, true},
		{"operator, clerk", operator, clerk, false},
	} {
		if got := c.who.Governs(c.other); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
