package web

import (
	"fmt"
	"slices"
	"strconv"

	"jalsa/booking"
)

// addedRoles are what somebody may be who is added, in the order of a form. Who holds the hearing is assigned.
var addedRoles = []booking.Role{
	booking.RoleParty, booking.RoleRepresentative, booking.RoleWitness, booking.RoleExpert, booking.RoleInterpreter,
	booking.RoleAssistant, booking.RoleObserver, booking.RolePanel, booking.RoleClerk,
}

// peopleForm is rows of people; each row N has the fields people.N.role, name, email, phone, language, sign and link.
type peopleForm struct {
	Rows []personRow
}

// personRow is the questions about one person.
type personRow struct {
	Title  string
	Fields []field
}

const (
	firstRows = 4
	moreRows  = 4
	mostRows  = 60
)

// rowsOf is how many rows a form has: as many as it says, and some more when it was sent for that.
func rowsOf(f form, first int) int {
	n, err := strconv.Atoi(f.line("rows"))
	if err != nil || n < first {
		n = first
	}
	if f.Values.Has("more") {
		n += moreRows
	}
	return min(n, mostRows)
}

func rowField(i int, name string) string { return fmt.Sprintf("people.%d.%s", i, name) }

// readPeople reads the rows that were filled in, and returns of each in which row it stood.
func readPeople(f *form, rows int) (people []booking.Participant, at []int) {
	for i := range rows {
		line := func(name string) string { return f.line(rowField(i, name)) }
		p := booking.Participant{
			Role: booking.Role(line("role")), Name: line("name"), Email: line("email"),
			Phone: booking.NormalPhone(line("phone")), Language: line("language"), Link: line("link"), Sign: f.Values.Has(rowField(i, "sign")),
		}
		if p.Name == "" && p.Email == "" && p.Phone == "" {
			continue
		}
		if !slices.Contains(addedRoles, p.Role) {
			f.fault(rowField(i, "role"), "unknown")
		}
		people, at = append(people, p), append(at, i)
	}
	return people, at
}

// askPeople puts the questions of all rows.
func (d desk) askPeople(f *form, rows int, groups bool) peopleForm {
	var people peopleForm
	for i := range rows {
		var roles, spoken []choice
		for _, role := range addedRoles {
			roles = append(roles, choice{Value: string(role), Label: d.text("room.role." + string(role))})
		}
		for _, l := range languages {
			spoken = append(spoken, choice{Value: l.Code, Label: l.Name, Lang: l.Code, Chosen: l.Code == languages[0].Code})
		}
		first := len(f.Fields)
		f.ask(
			field{Name: rowField(i, "role"), Kind: "select", Label: d.text("docket.person.role"), Choices: roles},
			field{Name: rowField(i, "name"), Label: d.text("docket.person.name"), Auto: "off"},
			field{Name: rowField(i, "email"), Kind: "email", Label: d.text("docket.person.email"), Auto: "off", Optional: true},
			field{Name: rowField(i, "phone"), Kind: "tel", Label: d.text("docket.person.phone"), Auto: "off", Optional: true},
			field{Name: rowField(i, "language"), Kind: "select", Label: d.text("docket.person.language"), Choices: spoken},
			field{Name: rowField(i, "sign"), Kind: "checkbox", Label: d.text("docket.person.sign"), Hint: d.text("docket.person.sign_hint")},
		)
		if groups {
			f.ask(field{Name: rowField(i, "link"), Label: d.text("docket.person.link"), Auto: "off", Short: true, Optional: true})
		}
		people.Rows = append(people.Rows, personRow{d.text("docket.person.title", "number", i+1), f.Fields[first:len(f.Fields):len(f.Fields)]})
	}
	return people
}
