package booking

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// list is what the desk has to do and did today, by kind.
func (b *bureau) list(t *testing.T) string {
	t.Helper()
	all, err := b.Tasks(b.institution.ID)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, k := range all {
		state := "open"
		if !k.Done.IsZero() {
			state = "done by " + k.By
		}
		words = append(words, fmt.Sprintf("%s %s", k.Kind, state))
	}
	return strings.Join(words, ", ")
}

func TestATaskIsOpenedAndDone(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	youssef, karim := a.Participants[0].ID, a.Participants[2].ID
	first, err := b.OpenTask(a.ID, youssef, TaskHelp, youssef)
	if err != nil || first.Institution != b.institution.ID || !first.Opened.Equal(b.clock.now) {
		t.Fatalf("opened %+v, %v", first, err)
	}
	b.clock.now = b.clock.now.Add(time.Minute)
	if again, err := b.OpenTask(a.ID, youssef, TaskHelp, youssef); err != nil || again != first {
		t.Errorf("asked twice: %+v, %v", again, err)
	}
	if _, err := b.OpenTask(a.ID, karim, "hearing_aid", karim); err != nil {
		t.Fatal(err)
	}
	if got := b.list(t); got != "help open, hearing_aid open" {
		t.Errorf("to do: %s", got)
	}
	for range 2 {
		if err := b.CloseTask(first.ID, "clerk"); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.list(t); got != "hearing_aid open, help done by clerk" {
		t.Errorf("one done: %s", got)
	}
	if again, err := b.OpenTask(a.ID, youssef, TaskHelp, youssef); err != nil || again.ID != first.ID || !again.Done.IsZero() || again.By != "" {
		t.Errorf("opened again: %+v, %v", again, err)
	}
	if got := b.kinds(t, a, "task_opened"); got != "task_opened:help task_opened:hearing_aid task_done:help task_opened:help" {
		t.Errorf("journal: %s", got)
	}
}

func TestATaskThatCannotBe(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	youssef := a.Participants[0].ID
	_, err := b.OpenTask(a.ID, youssef, "I need help", youssef)
	var bad *FieldError
	if !errors.As(err, &bad) || bad.Field != "kind" {
		t.Errorf("words as kind: %v", err)
	}
	_, err = b.OpenTask(a.ID, "nobody", TaskHelp, youssef)
	wantErr(t, err, ErrNotFound)
	_, err = b.OpenTask("none", youssef, TaskHelp, youssef)
	wantErr(t, err, ErrNotFound)
	wantErr(t, b.CloseTask("none", "clerk"), ErrNotFound)
	_, err = b.Tasks("none")
	wantErr(t, err, ErrNotFound)
	must(t)(b.End(a.ID, "judge"))
	_, err = b.OpenTask(a.ID, youssef, TaskHelp, youssef)
	wantRefused(t, err, ReasonClosed)
}

// What was done yesterday is no longer on the list, and after two days nothing is left of it.
func TestTasksAreOfTheDay(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	youssef, karim := a.Participants[0].ID, a.Participants[2].ID
	k, err := b.OpenTask(a.ID, youssef, TaskHelp, youssef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenTask(a.ID, karim, TaskHelp, karim); err != nil {
		t.Fatal(err)
	}
	if err := b.CloseTask(k.ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	b.sweep(t, 15*time.Hour) // past midnight there
	if got := b.list(t); got != "help open" {
		t.Errorf("a day later: %s", got)
	}
	b.sweep(t, keepTasks)
	for _, bucket := range []bucket{tasks, tasked} {
		if left := content(t, b.Store, bucket); len(left) != 0 {
			t.Errorf("left in %s: %v", bucket, left)
		}
	}
}
