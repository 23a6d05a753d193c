package conference

import (
	"encoding/json"
	"os"
	"testing"

	"jalsa/booking"
)

// The room page offers buttons by a table of its own, which its tests hold to
// testdata/rights.json; here the file is held to the table that counts.
func TestRightsAreThoseThatThePageOffers(t *testing.T) {
	raw, err := os.ReadFile("testdata/rights.json")
	if err != nil {
		t.Fatal(err)
	}
	var told map[string][]booking.Role
	if err := json.Unmarshal(raw, &told); err != nil {
		t.Fatal(err)
	}
	for _, verb := range Verbs() {
		if _, ok := told[verb]; !ok {
			t.Errorf("rights.json does not know %q", verb)
		}
	}
	for verb, roles := range told {
		for _, role := range everybody {
			listed := false
			for _, r := range roles {
				listed = listed || r == role
			}
			if listed != May(role, verb) {
				t.Errorf("%s %s: rights.json says %t, the table %t", role, verb, listed, May(role, verb))
			}
		}
	}
}
