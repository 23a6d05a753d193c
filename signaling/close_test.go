package signaling

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// TestCloseCodesAreThoseOfTheClient: the client's tests read the same file.
func TestCloseCodesAreThoseOfTheClient(t *testing.T) {
	data, err := os.ReadFile("testdata/close_codes.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]map[string]int
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	ours := map[string]map[string]int{"final": {}, "passing": {}}
	numbers := map[int]string{}
	for word, c := range closeCodes {
		kind := "final"
		if c.passing {
			kind = "passing"
		}
		ours[kind][word] = c.number
		if numbers[c.number] != "" {
			t.Errorf("%d is %s and %s", c.number, word, numbers[c.number])
		}
		numbers[c.number] = word
	}
	if !reflect.DeepEqual(ours, golden) {
		t.Errorf("the table says %v\nthe golden file %v", ours, golden)
	}
}

func TestEveryByeHasACloseCode(t *testing.T) {
	for _, code := range []string{"unknown_link", "too_early", "too_late", "cancelled", "moved", "closed", "removed", "already_connected",
		"capacity", "replaced", "slow", "bad_message", "rate", "left", "restart"} {
		if closeCodes[code].number == 0 {
			t.Errorf("%s has no close code", code)
		}
	}
}
